"""Patterns: what was seen to happen again and again, such as a workflow or a sequence of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Codec, Json, Table
from ..core.text import essence
from ..core.traits import Clause
from ..errors import Invalid
from ..shapes.belief import Belief
from ..shapes.evidence import FIRST, Evidence, Evidenced, first
from ..shapes.values import checked_json, checked_limit, checked_share, digest, titled


@dataclass(frozen=True, slots=True)
class Pattern(Evidenced):
    """One pattern. `key` says what happens, `value` whatever else is known of it, `seen` how often it was observed."""

    type: str
    key: str
    value: Json | None


class Patterns(Evidence[Face, Pattern], Belief[Face, Pattern]):
    """Observe a pattern each time it is met: its confidence grows with each time, and fades by `decay`."""

    table: ClassVar = Table(
        name="patterns",
        record=Pattern,
        knowledge=True,
        versioned=True,
        text=lambda pattern: f"{pattern.type.replace('_', ' ')}: {pattern.key}",
        derived={"digest": (Codec("blob"), lambda pattern: _saying(pattern.type, pattern.key))},
    )

    @operation
    async def observe(
        self: Patterns[Async], type: str, key: str | Sequence[Any] | Mapping[str, Any], value: Any = None, *, confidence: float = FIRST
    ) -> Pattern:
        """Say that a pattern was met once more.

        `key` is a text, which is the same if it says the same (case, articles, plural s and punctuation aside), or a list or mapping, which is the
        same to the letter, whatever the order of its keys. `type` is any word of 1 to 255 characters: workflow, tool_sequence,
        error_pattern, command_sequence. `confidence` (0 to 1) is that of the first time; it grows by 0.1 below 5 times, then by 0.05,
        from 10 on by 0.02 and from 50 on by 0.01, up to 0.99. Another `value` replaces the one that is known; None leaves it.
        """
        said = titled(key, "key") if isinstance(key, str) else _canonical(key)
        values: dict[str, Any] = {"type": checked("type", type), "key": said, "value": None if value is None else checked_json(value, "value")}
        share = checked_share(confidence, "confidence")
        reading = await self._read(f"{values['type'].replace('_', ' ')}: {said}")
        moment_ = await Begin()
        known = await self._same(_saying(values["type"], said))
        if known is not None:
            if value is not None:
                known = await self._change(known, replace(known, value=values["value"]), "update", moment_)
            return await self._seen(known, moment_)
        pattern = Pattern(**self._fresh(moment_), **first(share, moment_), **values)
        await self._insert(pattern, reading)
        return pattern

    @query
    async def frequent(self: Patterns[Async], limit: int = 20, *, type: str | None = None, confidence: float = 0.5) -> list[Pattern]:
        """Patterns of at least this confidence (0 to 1), the most often seen first: of this type, if one is named; at most `limit`."""
        return await self._strong("seen desc, confidence desc, seq desc", limit, type, confidence)

    @query
    async def confident(self: Patterns[Async], limit: int = 20, *, type: str | None = None, confidence: float = 0.7) -> list[Pattern]:
        """Patterns of at least this confidence (0 to 1), the most certain first: of this type, if one is named; at most `limit`."""
        return await self._strong("confidence desc, seen desc, seq desc", limit, type, confidence)

    async def _strong(self, order: str, limit: int, type: str | None, confidence: float) -> list[Pattern]:
        where = self._visible((await Begin()).now) & Clause("confidence >= :least", {"least": checked_share(confidence, "confidence")})
        if type is not None:
            where &= Clause("type = :type", {"type": checked("type", type)})
        return await self._select(where, f"order by {order} limit :limit", limit=checked_limit(limit))


def _canonical(key: Any) -> str:
    """A list or mapping as one text, the same whatever the order of keys."""
    if not isinstance(key, (list, tuple, Mapping)) or not key:
        raise Invalid(f"key must be a text, or a list or mapping that is not empty, not {key!r}")
    return titled(json.dumps(checked_json(dict(key) if isinstance(key, Mapping) else key, "key"), sort_keys=True, ensure_ascii=False), "key")


def _saying(type: str, key: str) -> bytes:
    """What makes two patterns the same. A list or mapping is data: where its parts end, and the sign of a number, matter."""
    said = key.encode() if _is_data(key) else essence(key)
    return digest(f"{type.encode().hex()} {said.hex()}")


def _is_data(key: str) -> bool:
    try:
        return isinstance(json.loads(key), (list, dict))
    except (ValueError, RecursionError):
        return False
