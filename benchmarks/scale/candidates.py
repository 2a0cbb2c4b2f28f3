"""Whether the texts that are most alike are among those that recall's search of vectors names, before anything else is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from benchmarks.scale import files

K = 10
SAME = 1e-4  # two likenesses that differ by less are the same: they are stored as 16-bit numbers


def recall(file: Path, asked: Sequence[str]) -> tuple[float, float]:
    """The mean share over the questions, and how many documents were named; in a file of one user."""
    import numpy as np

    from recollect import Memory
    from recollect.embedders import embedding

    numbers, vectors = stored(file)
    exact = vectors.astype(np.float32)
    local = embedding("local")
    if local is None:
        raise ValueError("there is no local embedder")
    shares, counts = [], []
    with Memory(file, embedder="local") as memory, _named() as named:
        scope = memory.scope(user=files.asker(0))
        for question in asked:
            named.clear()
            scope.recall(question, limit=K)
            shares.append(share(numbers, exact @ local.question(question), named))
            counts.append(len(named))
    return float(np.mean(shares)), float(np.mean(counts))


@contextmanager
def _named() -> Iterator[set[int]]:
    """Holds the documents that searches of vectors name while it is open."""
    from recollect.recall.nearest import Similarities

    found: set[int] = set()
    following = Similarities.next

    async def noted(self: Any, first: int, count: int) -> list[int]:
        some = await following(self, first, count)
        found.update(some)
        return some

    Similarities.next = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Similarities.next = following  # type: ignore[method-assign]


def share(numbers: Any, likeness: Any, named: Iterable[int], k: int = K) -> float:
    """How many of the k documents most alike are named. Of several that are as much alike as the k-th, any will do."""
    import numpy as np

    k = min(k, len(numbers))
    least = np.partition(likeness, len(likeness) - k)[len(likeness) - k] - SAME
    places = np.searchsorted(numbers, np.array(sorted(set(named)), dtype=np.int64))
    return min(1.0, float((likeness[places] >= least).sum() / k))


def stored(file: Path) -> tuple[Any, Any]:
    """The documents of a file that have vectors, ascending, and the vectors, a row each."""
    import numpy as np

    db = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = list(db.execute("select document, vector from vectors order by document"))
    finally:
        db.close()
    numbers = np.array([number for number, _ in rows], dtype=np.int64)
    return numbers, np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float16).reshape(len(rows), -1)
