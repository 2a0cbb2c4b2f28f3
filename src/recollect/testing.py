"""For tests of your own: a memory that leaves nothing behind, a clock that stands still, and an embedder that needs no model."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .core.clock import micros
from .errors import Invalid
from .memory import Memory


class FrozenClock:
    """A clock that says the same time until it is told another: ``Memory(clock=FrozenClock(start))``."""

    def __init__(self, start: datetime = datetime(2025, 1, 1, tzinfo=UTC)) -> None:
        micros(start)  # refuses a naive time
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def set(self, time: datetime) -> None:
        """From now on it is this time."""
        micros(time)
        self._now = time

    def advance(self, delta: timedelta) -> None:
        """So much later."""
        self._now += delta


class HashEmbedder:
    """An embedder for tests: the same text has the same vector on every machine, and texts that share words lie near each other.

    Each word is hashed to a direction; a text is the sum of its words', of length 1, and all zeros if it has none. It knows nothing of what words
    mean. It needs numpy only. ``HashEmbedder(fast=False)`` is one whose vectors wait for `embed_pending`, as those of a large model do.
    """

    max_tokens: int | None = None

    def __init__(self, dimension: int = 64, *, fast: bool = True) -> None:
        if not isinstance(dimension, int) or dimension < 1:
            raise Invalid(f"dimension must be a whole number from 1 on, not {dimension!r}")
        self.dimension, self.fast = dimension, fast
        self.name = f"hash/{dimension}"

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """An array of (texts, dimension)."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Any:
        """The same as that of a document."""
        import numpy as np

        found = np.zeros(self.dimension, dtype=np.float32)
        for word in re.findall(r"\w+", text.casefold()):
            found += self._direction(word)
        length = float(np.linalg.norm(found))
        return found / length if length else found

    def _direction(self, word: str) -> Any:
        import numpy as np

        signs = hashlib.shake_256(word.encode(errors="surrogatepass")).digest(-(-self.dimension // 8))
        return np.unpackbits(np.frombuffer(signs, dtype=np.uint8))[: self.dimension].astype(np.float32) * 2 - 1


@contextmanager
def temp_memory(**options: Any) -> Iterator[Memory]:
    """A memory in a folder of its own that is removed afterwards; takes the options of `Memory`."""
    folder = tempfile.TemporaryDirectory(prefix="recollect-", ignore_cleanup_errors=True)
    with folder, Memory(Path(folder.name) / "memory.db", **options) as memory:
        yield memory
