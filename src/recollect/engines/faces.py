"""What the doors of all engines have in common: flows and streams over single calls, and what an atomic block refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

from ..core.drive import Work, adrive_flow, apages, drive_flow, pages
from ..core.effects import Perform, Unasked
from ..core.operation import Make
from ..core.scope import Scope
from ..errors import Busy, Closed, Invalid
from .held import is_held

MISSED = 20
"""Vectors that one call may miss, one after the other: the owners of an administrator's scope may each need another form of the question."""

OVER = "this atomic block is over; call the memory itself, or begin a new block"


def too_long(seconds: float) -> Busy:
    return Busy(f"this atomic block held the database for more than {seconds:g} s and was rolled back; keep blocks short")


class SyncFace:
    """The ordinary face, given an engine and how one call is performed."""

    engine: Any

    def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        patient = True
        for _ in range(MISSED):
            try:
                return self._perform(make, write=write, whose=whose, patient=patient)
            except Unasked as missed:
                patient = self.engine.ask(missed.text)
        return self._perform(make, write=write, whose=whose, patient=False)

    def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        """Once; `Unasked` if a patient question misses a vector."""
        raise NotImplementedError

    def flow(self, make: Make) -> Any:
        self.engine.ready()
        return drive_flow(make, lambda step: self.perform(step.make, write=step.write, whose=step.whose))

    def pages(self, page: Callable[[Any], Make], whose: Scope) -> Iterator[Any]:
        return pages(page, lambda make: self.perform(make, write=False, whose=whose))


class AsyncFace:
    """The awaitable face. Its engine is opened by the first call."""

    _engine: Any = None

    @property
    def engine(self) -> Any:
        if self._engine is None:
            raise Closed("this memory is not open yet; use `async with`, or await a call first")
        return self._engine

    async def opened(self) -> Any:
        raise NotImplementedError

    async def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        patient = True
        for _ in range(MISSED):
            try:
                return await self._perform(make, write=write, whose=whose, patient=patient)
            except Unasked as missed:
                patient = await self._aside(partial(self.engine.ask, missed.text))
        return await self._perform(make, write=write, whose=whose, patient=False)

    async def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        """Once; `Unasked` if a patient question misses a vector."""
        raise NotImplementedError

    async def _aside(self, function: Callable[[], Any]) -> Any:
        """In a thread, so that the loop goes on."""
        raise NotImplementedError

    def _prepared(self, engine: Any, make: Make, patient: bool) -> Work:
        with engine.held():
            work: Work = engine.prepared(make, patient=patient)
        return work

    async def flow(self, make: Make) -> Any:
        (await self.opened()).ready()
        return await adrive_flow(make, self._step)

    async def _step(self, step: Perform) -> Any:
        return await self.perform(step.make, write=step.write, whose=step.whose)

    def pages(self, page: Callable[[Any], Make], whose: Scope) -> AsyncIterator[Any]:
        return apages(page, lambda make: self.perform(make, write=False, whose=whose))


class InBlock:
    """A door into an atomic block. A nested block is a level in the same one."""

    engine: Any
    _block: Any
    _over = False

    def _prepared(self, make: Make) -> Work:
        self.engine.ready_inside()
        if self._over:
            raise Closed(OVER)
        if self._block.over is not None:
            raise self._block.over
        if is_held(self):
            raise Invalid("an inner atomic block is open; use its own object until it ends")
        with self.engine.held():
            work: Work = self.engine.prepared(make)
        return work

    def flow(self, make: Make) -> Any:
        raise Invalid("this is made of several transactions and cannot run inside an atomic block; call it outside")

    def pages(self, page: Callable[[Any], Make], whose: Scope) -> Any:
        raise Invalid("this runs over several transactions and cannot run inside an atomic block; use list with after= there")
