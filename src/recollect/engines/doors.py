"""How the ordinary face reaches the engine: a call waits, and returns its result."""

from __future__ import annotations

from typing import Any

from ..core.drive import Work
from ..core.operation import Make
from ..core.scope import Scope
from ..errors import Closed
from .answers import Job, ThreadJob, no_body
from .atomic import Block, Control
from .faces import OVER, InBlock, SyncFace
from .held import Hold
from .sqlite import Sqlite


class SyncDoor(SyncFace):
    """The ordinary face: a call returns its result."""

    def __init__(self, engine: Sqlite) -> None:
        self.engine = engine

    def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        engine = self.engine
        engine.ready()
        with engine.held():
            work = engine.prepared(make, patient=patient)
            if work.done:
                return work.result
            if engine.on_reader(write):
                return engine.read(work)
            job = ThreadJob(work, write=write)
            engine.run(job)
        return job.wait()

    def block(self, whose: Scope) -> SyncBlockDoor:
        self.engine.ready()
        return SyncBlockDoor(self.engine, Block()).begin(self.engine)


class BlockDoor(InBlock):
    """What the doors of an atomic block share. A nested block is a level in the same one."""

    def __init__(self, engine: Sqlite, block: Block, level: int = 0) -> None:
        self.engine, self._block, self._level = engine, block, level
        self._hold: Hold | None = None

    def _enter(self, job: Job, control: str | None = None) -> None:
        if self._block.put(job, self._level, control):
            try:
                self.engine.submit(self._block)
            except BaseException as error:
                self._block.settle(None, error)
                raise

    def _leave(self, done: bool) -> str | None:
        """What to tell the block at the end, if there is anything to tell."""
        self._over = True
        if self._hold is not None:
            self._hold.end()
        if self._level:
            return Control.RELEASE if done else Control.UNDO
        if self._block.submitted:
            return Control.COMMIT if done else Control.ROLLBACK
        self._block.settle(None, Closed(OVER))
        return None


class SyncBlockDoor(BlockDoor):
    """Calls inside ``with memory.atomic() as tx``."""

    def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        job = ThreadJob(self._prepared(make), write=write)
        self._enter(job)
        return job.wait()

    def _steer(self, control: str) -> Any:
        job = ThreadJob(Work(no_body))
        self._enter(job, control)
        return job.wait()

    def begin(self, holder: Any) -> SyncBlockDoor:
        self._hold = Hold(holder)
        return self

    def block(self, whose: Scope) -> SyncBlockDoor:
        self._prepared(no_body)
        return SyncBlockDoor(self.engine, self._block, self._steer(Control.SAVEPOINT)).begin(self)

    def leave(self, done: bool) -> None:
        control = self._leave(done)
        if control is not None and (done or self._block.over is None):
            self._steer(control)
