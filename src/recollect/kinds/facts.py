"""Facts: what is known about somebody, one value per key, with everything it ever was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.operation import Async, Face, operation
from ..core.scope import checked
from ..core.table import Table, Versioned
from ..core.text import clean
from ..core.traits import Clause
from ..shapes.register import Register
from ..shapes.values import source_text

SYSTEM_KEYS = ("active_project", "onboarding_stage", "personality", "preferred_language", "welcomed")
"""Keys that agents keep for themselves: readable by `get`, never listed, searched or put into a profile."""


@dataclass(frozen=True, slots=True)
class Fact(Versioned):
    """One thing that is known."""

    key: str
    value: str
    source: str | None


class Facts(Register[Face, Fact]):
    """`set` replaces and keeps what it replaces; `history` and `as_of` read it again."""

    table: ClassVar = Table(
        name="facts",
        record=Fact,
        key="key",
        knowledge=True,
        versioned=True,
        text=lambda fact: f"{fact.key.replace('_', ' ')}: {fact.value}",
        shown=lambda fact: f"{fact.key}: {fact.value}",
        hidden=lambda fact: fact.key in SYSTEM_KEYS,
    )

    @operation
    async def set(self: Facts[Async], key: str, value: str, *, source: Any = None) -> Fact:
        """Hold this value under this key from now on; what it replaces is kept as history.

        `key` has 1 to 255 characters. `source` says where it is known from: a text, or any record. Setting
        ``preferred_language`` also decides by which language's words this user's memory is searched.
        """
        checked("key", key)
        values = {"value": clean(value, "value"), "source": source_text(source)}
        if key == "preferred_language":
            await self._house._speak(values["value"])
        reading = await self._read(f"{key.replace('_', ' ')}: {values['value']}")
        return await self._set(key, values, reading)

    def _shown(self) -> Clause:
        return Clause(f"key not in ({', '.join(repr(key) for key in SYSTEM_KEYS)})")
