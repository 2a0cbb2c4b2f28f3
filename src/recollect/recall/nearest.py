"""The vectors of an owner, read once and kept as long as they are true: the owner's stamp moves with every change.

What is kept is never changed, only replaced, so any number of threads may look at it. Up to `EXACT` vectors all are compared; above, the
signs of the centred numbers choose candidates, whose vectors are then read and compared exactly.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.effects import Begin, Statement, many, value

PAGE = 20_000  # rows that are read at once
KEPT = 128 * 2**20
"""Bytes of vectors that are kept, of the owners that were asked last."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """An owner's vectors as of a stamp, in the order of their documents."""

    stamp: int
    numbers: Any  # documents, ascending
    stamps: Any  # of each row
    vectors: Any  # float16, a row each

    @property
    def size(self) -> int:
        return int(self.vectors.nbytes + 16 * len(self.numbers))

    def similarities(self, question: Any) -> Any:
        """The cosine of each document with the question."""
        import numpy as np

        found = np.empty(len(self.numbers), dtype=np.float32)
        for start in range(0, len(found), 4096):  # comparing 16-bit numbers directly is five times as slow
            found[start : start + 4096] = self.vectors[start : start + 4096].astype(np.float32) @ question
        return found


class Similarities:
    """How much each of an owner's texts has in common with a question."""

    def __init__(self, matrix: Matrix, question: Any) -> None:
        self._numbers, self._found = matrix.numbers, matrix.similarities(question)
        self.count = len(self._numbers)
        self.least = float(self._found.min())
        self._order: Any = None

    def best(self, first: int, count: int) -> list[int]:
        """The documents from this place on of those that are most alike."""
        import numpy as np

        if self._order is None:
            self._order = np.lexsort((self._numbers, -self._found))
        return [int(number) for number in self._numbers[self._order[first : first + count]]]

    def of(self, numbers: Sequence[int]) -> dict[int, float]:
        """The likeness of these documents; one without a vector is left out."""
        import numpy as np

        wanted = np.fromiter(numbers, np.int64, len(numbers))
        places = np.minimum(self._numbers.searchsorted(wanted), self.count - 1)
        there = self._numbers[places] == wanted
        return dict(zip(wanted[there].tolist(), self._found[places[there]].tolist(), strict=True))


def without(question: str, names: Sequence[str]) -> str:
    """The question without the participants' names, which swamp a short one: nearly every text of theirs has them."""
    parts = {re.escape(part) for name in names for part in name.split() if len(part) > 1}
    if not parts:
        return question
    rest = re.sub(rf"\b(?:{'|'.join(sorted(parts, key=len, reverse=True))})\b(?:['\u2019]s\b)?", " ", question, flags=re.IGNORECASE)
    return rest if any(letter.isalnum() for letter in rest) else question


class Nearest:
    """What is kept of the vectors of all owners."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], Matrix] = OrderedDict()
        self._gate = threading.Lock()

    async def of(self, tenant: str, owner: int, space: int, stamp: int, dimension: int) -> Matrix:
        """The vectors of an owner whose stamp was just read, in the same snapshot."""
        key = (owner, space)
        with self._gate:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is not None and known.stamp == stamp:
            return known
        matrix = await _read(tenant, owner, space, stamp, dimension, known)
        if not (await Begin()).operation:  # what a transaction sees that may yet be undone is not kept
            self._keep(key, matrix)
        return matrix

    def _keep(self, key: tuple[int, int], matrix: Matrix) -> None:
        with self._gate:
            self._kept[key] = matrix
            self._kept.move_to_end(key)
            room = sum(one.size for one in self._kept.values())
            while room > KEPT and len(self._kept) > 1:
                room -= self._kept.popitem(last=False)[1].size


async def _read(tenant: str, owner: int, space: int, stamp: int, dimension: int, known: Matrix | None) -> Matrix:
    """What is new since it was read last, and without what is gone; everything, if that does not add up."""
    import numpy as np

    whose: dict[str, Any] = {"tenant": tenant, "owner": owner, "space": space}
    of_owner = "from vectors where tenant = :tenant and owner = :owner and space = :space"
    if known is not None and known.stamp < stamp:
        fresh = await _rows(whose, known.stamp, dimension)
        matrix = _joined(known, fresh, stamp)
        count = int(await value(f"select count(*) {of_owner}", **whose))
        if len(matrix.numbers) != count:  # something was taken out since
            standing = await many(lambda *row: row, f"select document, stamp {of_owner}", **whose)
            left = dict(standing)
            mask = np.fromiter((left.get(int(n)) == int(s) for n, s in zip(matrix.numbers, matrix.stamps, strict=True)), bool, len(matrix.numbers))
            matrix = Matrix(stamp, matrix.numbers[mask], matrix.stamps[mask], matrix.vectors[mask])
        if len(matrix.numbers) == count:
            return matrix
    empty = Matrix(0, np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, dimension), np.float16))
    return _joined(empty, await _rows(whose, -1, dimension), stamp)


async def _rows(whose: dict[str, Any], since: int, dimension: int) -> Any:
    """(documents, stamps, vectors) that were written after this stamp."""
    import numpy as np

    found: list[tuple[Any, Any, Any]] = []
    at, document = since, 2**62
    while True:
        page: list[Any] = await Statement(
            """select document, stamp, vector from vectors where tenant = :tenant and owner = :owner and space = :space
            and (stamp, document) > (:at, :document) order by stamp, document limit :page""",
            {**whose, "at": at, "document": document, "page": PAGE},
            list,
        )
        if page:
            numbers, stamps, raw = zip(*page, strict=True)
            vectors = np.frombuffer(b"".join(map(bytes, raw)), dtype=np.float16).reshape(len(page), dimension)
            found.append((np.array(numbers, np.int64), np.array(stamps, np.int64), vectors))
            at, document = page[-1][1], page[-1][0]
        if len(page) < PAGE:
            return found


def _joined(known: Matrix, fresh: Any, stamp: int) -> Matrix:
    import numpy as np

    if not fresh:
        return Matrix(stamp, known.numbers, known.stamps, known.vectors)
    numbers = np.concatenate([known.numbers, *(one[0] for one in fresh)])
    stamps = np.concatenate([known.stamps, *(one[1] for one in fresh)])
    vectors = np.concatenate([known.vectors, *(one[2] for one in fresh)])
    # A number that was given again stands twice: the later row is the one that counts.
    order = np.lexsort((stamps, numbers))
    numbers, stamps, vectors = numbers[order], stamps[order], vectors[order]
    last = np.append(numbers[1:] != numbers[:-1], True)
    return Matrix(stamp, numbers[last], stamps[last], vectors[last])
