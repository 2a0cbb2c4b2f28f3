"""Texts read into words by another process, so that what adds or moves many has two cores for its work and not one.

Run as a module it is that process: it takes lists of texts on standard input and gives their readings on standard output, both pickled.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO

from ..core.documents import Reading, read

Said = tuple[str, str]  # a text, and the language that it is in


class Analyst:
    """Asked for the readings of some texts, it has them ready a little later. One question at a time.

    Without the other process, which may not start or may be killed, the texts are read here.
    """

    def __init__(self, *, apart: bool) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: Sequence[Said] = ()
        if apart and _cores() > 1 and sys.executable and not getattr(sys, "frozen", False):
            with suppress(OSError):
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )

    @property
    def apart(self) -> bool:
        """Whether there is another process."""
        return self._process is not None

    def ask(self, texts: Sequence[Said]) -> None:
        self._asked = texts
        if self._process is not None and self._process.stdin is not None:
            try:
                _put(self._process.stdin, texts)
            except OSError:
                self.close()

    def answer(self) -> list[Reading]:
        if self._process is not None and self._process.stdout is not None:
            try:
                found: list[Reading] = pickle.load(self._process.stdout)
                return found
            except Exception:  # it is gone, or was never ours: an embedded Python may name another program as its own
                self.close()
        return [read(text, language) for text, language in self._asked]

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(OSError):  # what was not sent is not wanted any more
                process.communicate()

    def __enter__(self) -> Analyst:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _cores() -> int:
    """That this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _put(stream: IO[bytes], what: object) -> None:
    pickle.dump(what, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    with suppress(EOFError, OSError):
        while True:
            _put(sys.stdout.buffer, [read(text, language) for text, language in pickle.load(sys.stdin.buffer)])


if __name__ == "__main__":
    main()
