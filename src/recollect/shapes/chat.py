"""What a message may look like: its role, its text or parts, its tool calls, as chat APIs have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..core.clock import optional_micros
from ..core.scope import checked
from ..core.table import Record
from ..core.text import clean
from ..errors import Invalid
from .values import checked_json, checked_list, checked_mapping, checked_share

ROLES = ("user", "assistant", "system", "tool")
MOST_TOKENS = 2**40  # of one message, so that no sum over a session leaves 64 bits


def called(tool_calls: Sequence[Any] | None) -> str:
    found = []
    for call in tool_calls or ():
        function = call.get("function", call) if isinstance(call, Mapping) else {"name": str(call)}
        arguments = function.get("arguments", "")
        said = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        found.append(f"{function.get('name', '')}({said})")
    return " ".join(found)


def arguments_of(place: int, message: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(message, Mapping) or "role" not in message:
        raise Invalid(f"message {place} must be a mapping with at least 'role' and 'content', as in messages.add")
    unknown = set(message) - KEYS
    if unknown:
        raise Invalid(f"message {place} has the unknown key {min(unknown)!r}; messages.add takes {', '.join(sorted(KEYS))}")
    return dict(message)


KEYS = {
    "role", "content", "conversation", "name", "tool_calls", "tool_call_id", "tokens", "importance", "metadata", "at", "external_id",
}  # fmt: skip


def checked_message(
    role: str,
    content: str | Sequence[Any] | None,
    *,
    conversation: str | Record | None = None,
    name: str | None = None,
    tool_calls: Sequence[Any] | None = None,
    tool_call_id: str | None = None,
    tokens: int | None = None,
    importance: float = 0.5,
    metadata: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    external_id: str | None = None,
) -> tuple[dict[str, Any], str | None, int | None]:
    calls = tuple(checked_json(checked_list(tool_calls, "tool_calls"), "tool_calls")) if tool_calls else None
    parts = None if content is None or isinstance(content, str) else _checked_parts(content)
    text = content or "" if parts is None else "\n".join(filter(None, map(_part_text, parts)))
    if tokens is not None and (not isinstance(tokens, int) or isinstance(tokens, bool) or not 0 <= tokens <= MOST_TOKENS):
        raise Invalid(f"tokens must be a whole number from 0 to {MOST_TOKENS:,}, not {tokens!r}; leave it out to have them counted")
    values = {
        "role": checked_role(role),
        "content": clean(text, "content", empty=bool(calls) or bool(parts)),
        "parts": parts,
        "name": clean(name, "name") if name is not None else None,
        "tool_calls": calls,
        "tool_call_id": clean(tool_call_id, "tool_call_id") if tool_call_id is not None else None,
        "tokens": tokens,
        "importance": checked_share(importance, "importance"),
        "metadata": checked_mapping(metadata, "metadata"),
        "external_id": checked("external_id", external_id) if external_id is not None else None,
    }
    return values, conversation_id(conversation), optional_micros(at)


def checked_role(role: object) -> str:
    if role not in ROLES:
        raise Invalid(f"role must be one of {', '.join(ROLES)}, not {role!r}")
    return str(role)


def _checked_parts(content: object) -> tuple[Any, ...]:
    if isinstance(content, (bytes, Mapping)) or not isinstance(content, Iterable):
        raise Invalid(f"content must be a text or a list of parts, not {type(content).__name__}")
    parts = tuple(checked_json(list(content), "content"))
    for part in parts:
        if not isinstance(part, (str, dict)):
            raise Invalid(f"a part of content must be a text or a mapping such as {{'type': 'text', 'text': …}}, not {part!r}")
    return parts


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text", "") if isinstance(part, Mapping) else ""
    return text if isinstance(text, str) else ""


def conversation_id(conversation: str | Record | None) -> str | None:
    return None if conversation is None else str(getattr(conversation, "id", conversation))
