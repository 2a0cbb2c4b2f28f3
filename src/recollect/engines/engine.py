"""What every engine is to its doors: open or closed, of this process, and never called from inside its own work."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..core.clock import Clock
from ..core.drive import Work
from ..core.effects import Answering, Embed, Language, Read
from ..core.operation import Make
from ..embedders import Embedding
from ..errors import Closed, Denied, Invalid
from .held import Hold, is_held
from .readings import reader
from .vectors import Maker
from .worker import Worker


class Engine:
    """One database, opened by this process."""

    def __init__(self, path: str, *, clock: Clock, language: str, read_only: bool, embedding: Embedding | None = None) -> None:
        self.path, self.clock, self.language, self.read_only = path, clock, language, read_only
        self.maker = Maker(embedding)
        self._worker: Worker | None = None
        self.watch: Callable[[str], None] | None = None
        self.stale = False
        self._pid, self._closed = os.getpid(), False

    def ready(self) -> None:
        """Refuse a call that could not end well."""
        self.ready_inside()
        if is_held(self) or self._at_work():
            raise Invalid("this call would wait for itself: inside an atomic block, or a function that recollect calls, use the block's own object")

    def ready_inside(self) -> None:
        if self._pid != os.getpid():
            raise Closed("this memory was opened before a fork; open it again in the child process")
        if self._closed:
            raise Closed()

    def _at_work(self) -> bool:
        """Whether the caller runs on the engine's own thread."""
        return False

    def writable(self) -> None:
        if self.read_only:
            raise Denied("this memory was opened with read_only=True; open it again without to write")

    def attend(self, worker: Worker) -> None:
        """From now on this worker makes the vectors that writes leave to later."""
        self._worker, self.maker.wake = worker, worker.wake

    def rest(self) -> None:
        """The worker lets somebody else do it, from the end of its batch until `resume`."""
        if self._worker is not None:
            self._worker.rest()

    def resume(self) -> None:
        if self._worker is not None:
            self._worker.resume()

    def _dismiss(self) -> None:
        if self._worker is not None and self._pid == os.getpid():
            self._worker.stop()

    def held(self) -> Hold:
        return Hold(self)

    def prepared(self, make: Make, *, patient: bool = False) -> Work:
        """A body as far as it goes without a transaction. Call it while the engine is held, since a tokenizer may be the user's.

        Who is `patient` has the vector made that a question misses, and asks again.
        """
        work = Work(make, patient=patient)
        work.prepare(self._before)
        return work

    def ask(self, text: str) -> bool:
        """Have a slow embedder make the vector of a question; False if it cannot."""
        with self.held():
            return self.maker.ask(text)

    def _before(self, wanted: Language | Read | Embed | Answering) -> Any:
        """What a body asks for before its transaction."""
        if isinstance(wanted, Language):
            return self._language_of(wanted)
        if isinstance(wanted, Read):
            return reader(wanted.count, wanted.language)
        if isinstance(wanted, Embed):
            return self.maker.made(wanted.texts)
        return self.maker.asked()

    def _language_of(self, wanted: Language) -> str:
        """A guess is enough."""
        raise NotImplementedError

    def seal(self) -> int:
        """Seal the log entries that wait; how many they were. In a file none ever does."""
        return 0

    def watching(self, watch: Callable[[str], None] | None) -> None:
        """Show every statement to this function, for tests and for tracing."""
        self.watch = watch
