"""How much of what exact comparison finds the memory's own search of vectors finds, and nothing beside vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

K = 10
SAME = 1e-4  # two likenesses that differ by less are the same: they are stored as 16-bit numbers


def recall(file: Path, asked: Sequence[str]) -> float:
    """The mean share over the questions, in a file of one user."""
    import numpy as np

    from recollect.embedders import embedding
    from recollect.recall.nearest import Matrix, Similarities

    numbers, vectors = stored(file)
    local = embedding("local")
    if local is None:
        raise ValueError("there is no local embedder")
    matrix = Matrix(1, numbers, np.ones_like(numbers), vectors)
    shares = []
    for question in asked:
        vector = local.question(question)
        if vector is not None:
            found = Similarities(matrix, vector).best(0, K)
            shares.append(share(numbers, vectors.astype(np.float32) @ vector, found))
    return float(np.mean(shares))


def share(numbers: Any, likeness: Any, found: Sequence[int], k: int = K) -> float:
    """How many of the k documents found are as much alike as the k-th best. Which of two equals is named does not matter."""
    import numpy as np

    k = min(k, len(numbers))
    least = np.partition(likeness, len(likeness) - k)[len(likeness) - k] - SAME
    places = np.searchsorted(numbers, np.array(sorted(set(found))[:k], dtype=np.int64))
    return float((likeness[places] >= least).sum() / k)


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
