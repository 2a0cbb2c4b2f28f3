"""Checkpoints: how far a run of several phases has come, so that it goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Json, Table, Versioned
from ..core.traits import Clause
from ..shapes.register import Register
from ..shapes.values import checked_choice, checked_json, optional_text

STATUSES = ("pending", "in_progress", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Checkpoint(Versioned):
    """One phase of one run. `key` is ``run/phase``; `attempt` counts how often it became in_progress after something else."""

    key: str
    run: str
    phase: str
    status: str
    output: Json | None
    error: str | None
    attempt: int


class Checkpoints(Register[Face, Checkpoint]):
    """One record for each phase of a run; every state it was in is kept as its history."""

    table: ClassVar = Table(
        name="checkpoints", record=Checkpoint, key="key", knowledge=True, versioned=True, aside=True, text=lambda one: f"{one.run} {one.phase}"
    )

    @operation
    async def save(self: Checkpoints[Async], run: Any, phase: str, status: str, output: Any = None, *, error: str | None = None) -> Checkpoint:
        """Keep how far this phase is: pending, in_progress, completed or failed.

        `run` is any string, or a record whose id is meant; it and `phase` have 254 characters together at most, of which a slash or a per
        cent sign takes three. `output` is what JSON holds; without one the stored one stays. `error` is that of this state: saved without
        one, the phase has none.
        """
        name = _named(run)
        key = _key(name, phase)
        checked_choice(status, "status", STATUSES)
        kept, said = None if output is None else checked_json(output, "output"), optional_text(error, "error")
        await Begin()
        known = await self._at_own_level(key)
        live = known if known is not None and known.deleted_at is None else None
        begun = status == "in_progress" and (live is None or live.status != "in_progress")
        values = {
            "run": name, "phase": phase, "status": status, "error": said, "attempt": (live.attempt if live else 0) + begun,
            "output": kept if kept is not None or live is None else live.output,
        }  # fmt: skip
        return await self._set(key, values, None)

    @query
    async def resume(self: Checkpoints[Async], run: Any) -> list[Checkpoint]:
        """The phases of a run in the order in which they were first saved; go on with the first that is not completed.

        Empty if nothing of this run was saved. In a project its own phases stand before general ones of the same name.
        """
        return await self._run(_named(run))

    @operation
    async def clear(self: Checkpoints[Async], run: Any = None) -> int:
        """Delete a run's checkpoints, or without `run` all that this scope lists; returns how many. `undelete` takes them back by key."""
        name = None if run is None else _named(run)
        moment_ = await Begin()
        found = await self._select(self._visible(moment_.now)) if name is None else await self._run(name)
        for checkpoint in found:
            await self._remove(checkpoint, moment_)
        return len(found)

    async def _run(self, run: str) -> list[Checkpoint]:
        where = self._visible((await Begin()).now) & self._owned() & Clause("run = :run", {"run": run})
        return await self._select(where, "order by created_at, seq")


def _named(run: object) -> str:
    return checked("run", getattr(run, "id", run))


def _key(run: str, phase: str) -> str:
    """Both parts in one, so that no two pairs are the same."""
    escaped = run.replace("%", "%25").replace("/", "%2F")
    return checked("run and phase together", f"{escaped}/{checked('phase', phase)}")
