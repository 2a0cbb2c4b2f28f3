"""Patterns: what was seen to happen again and again, such as a workflow or a sequence of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Codec, Json, Table
from ..core.text import essence
from ..core.traits import Clause
from ..shapes.belief import Belief
from ..shapes.collection import checked_limit
from ..shapes.evidence import FIRST, Evidence, Evidenced, first
from ..shapes.values import checked_json, checked_share, titled


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
        derived={"digest": (Codec("blob"), lambda pattern: essence(f"{pattern.type}\n{pattern.key}"))},
    )

    @operation
    async def observe(
        self: Patterns[Async], type: str, key: str | Sequence[Any] | Mapping[str, Any], value: Any = None, *, confidence: float = FIRST
    ) -> Pattern:
        """Say that a pattern was met once more. `key` is a text, or a list or mapping, whose keys' order does not matter.

        `type` is any word: workflow, tool_sequence, error_pattern, command_sequence. `confidence` is that of the first time.
        """
        said = titled(key, "key") if isinstance(key, str) else _canonical(key)
        values: dict[str, Any] = {"type": checked("type", type), "key": said, "value": None if value is None else checked_json(value, "value")}
        share = checked_share(confidence, "confidence")
        reading = await self._read(f"{values['type'].replace('_', ' ')}: {said}")
        moment_ = await Begin()
        known = await self._same(essence(f"{values['type']}\n{said}"))
        if known is not None:
            return await self._seen(known, moment_, **({} if value is None else {"value": values["value"]}))
        pattern = Pattern(**self._fresh(moment_), **first(share, moment_), **values)
        await self._insert(pattern, reading)
        return pattern

    @query
    async def frequent(self: Patterns[Async], limit: int = 20, *, type: str | None = None, confidence: float = 0.5) -> list[Pattern]:
        """Patterns of at least this confidence, the most often seen first."""
        return await self._strong("seen desc, confidence desc, seq desc", limit, type, confidence)

    @query
    async def confident(self: Patterns[Async], limit: int = 20, *, type: str | None = None, confidence: float = 0.7) -> list[Pattern]:
        """Patterns of at least this confidence, the most certain first."""
        return await self._strong("confidence desc, seen desc, seq desc", limit, type, confidence)

    async def _strong(self, order: str, limit: int, type: str | None, confidence: float) -> list[Pattern]:
        where = self._visible((await Begin()).now) & Clause("confidence >= :least", {"least": checked_share(confidence, "confidence")})
        if type is not None:
            where &= Clause("type = :type", {"type": type})
        return await self._select(where, f"order by {order} limit :limit", limit=checked_limit(limit))


def _canonical(key: Any) -> str:
    return titled(json.dumps(checked_json(list(key) if isinstance(key, tuple) else key, "key"), sort_keys=True, ensure_ascii=False), "key")
