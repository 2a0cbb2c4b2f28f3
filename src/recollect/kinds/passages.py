"""Passages: what did not fit into a block any more, still readable and searchable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.effects import Moment
from ..core.operation import Face
from ..core.scope import PARTS
from ..core.table import Id, Record, Table
from ..shapes.log import Log


@dataclass(frozen=True, slots=True)
class Passage(Record):
    """One text that was archived: from which block, when it had which version."""

    block: Id
    name: str
    content: str
    tokens: int
    version: int


class Passages(Log[Face, Passage]):
    """Written by blocks when they overflow; `blocks.archived` reads those of one block in order. They go where their block goes."""

    table: ClassVar = Table(
        name="passages", record=Passage, knowledge=True, part_of=(("block", "blocks"),), text=lambda passage: f"{passage.name}\n{passage.content}"
    )

    async def _keep_of(self, block: Any, text: str, moment_: Moment) -> None:
        fresh = self._fresh(moment_) | {part: getattr(block, part) for part in PARTS}
        passage = Passage(**fresh, block=block.id, name=block.name, content=text, tokens=self._house._count(text), version=block.version)
        await self._insert(passage)
