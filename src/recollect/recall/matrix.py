"""An owner's vectors in memory: a row each, in the order of their documents, and each column by itself.

What somebody looks at is never changed, so any number of threads may: new rows are put behind the last, where nobody looks yet, and for
everything else the columns are replaced.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

ROOM = 1000  # rows, at least, for what comes


class Columns(NamedTuple):
    """Those of a matrix."""

    numbers: Any  # documents, ascending
    stamps: Any  # of each row
    kinds: Any  # of each row, as a code
    times: Any
    rows: Any
    """32-bit vectors, which are compared ten times as fast as those of 16 bits. Or, with a centre, their signs as 64-bit words, those of one
    column beside each other in memory."""

    @property
    def by_signs(self) -> bool:
        """Whether the rows are signs, whose columns stand together, and not vectors, whose rows do."""
        return bool(self.rows.dtype.kind == "u")

    def part(self, rows: slice) -> Columns:
        return Columns(*(column[rows] for column in self))

    def put(self, rows: slice, other: Columns) -> None:
        for own, new in zip(self, other, strict=True):
            own[rows] = new


def empty(count: int, width: int, *, by_signs: bool) -> Columns:
    """For so many rows of so many numbers, or words of signs."""
    import numpy as np

    rows = np.empty((width, count), np.uint64).T if by_signs else np.empty((count, width), np.float32)
    return Columns(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.uint8), np.empty(count, np.int64), rows)


class _Room:
    """Columns of which only the first so many rows are in use yet."""

    def __init__(self, columns: Columns, used: int) -> None:
        self.columns, self._used = columns, used
        self._gate = threading.Lock()

    def append(self, after: int, fresh: Columns) -> bool:
        """Put these rows after the first so many: if there is room, and nobody has put others there."""
        end = after + len(fresh.numbers)
        with self._gate:
            if after != self._used or end > len(self.columns.numbers):
                return False
            self._used = end
        self.columns.put(slice(after, end), fresh)
        return True


@dataclass(frozen=True)
class Matrix:
    """An owner's vectors as of a stamp, a row each, in the order of their documents."""

    stamp: int
    columns: Columns
    present: frozenset[int] = frozenset()  # the codes of kinds there are
    centre: Any = None
    sample: Any = None  # 32-bit vectors of some
    room: _Room | None = None  # what the columns are the beginning of

    def __len__(self) -> int:
        return len(self.columns.numbers)

    @property
    def by_signs(self) -> bool:
        return self.centre is not None

    @property
    def size(self) -> int:
        return sum(int(column.nbytes) for column in self.columns)

    def precedes(self, fresh: Columns) -> bool:
        """Whether all of these rows are of later documents, in their order."""
        numbers = fresh.numbers
        return not len(numbers) or not len(self) or bool(numbers[0] > self.columns.numbers[-1] and (numbers[1:] > numbers[:-1]).all())

    def with_more(self, fresh: Columns, stamp: int) -> Matrix:
        """With rows of later documents as well. Only now and then, when there is no room for them, is everything copied."""
        room, count = self.room, len(self) + len(fresh.numbers)
        if room is None or not room.append(len(self), fresh):
            room = _Room(joined(self.columns, fresh, room=count // 8 + ROOM), count)
        return replace(self, stamp=stamp, columns=room.columns.part(slice(count)), present=self.present.union(fresh.kinds.tolist()), room=room)

    def differences(self, question: Any) -> Any:
        """How many signs of each document differ from the question's."""
        import numpy as np

        asked = signs(question[None, :], self.centre)[0]
        found = np.zeros(len(self), dtype=np.uint16)
        for start in range(0, len(found), 65_536):  # what is computed on the way fits into the processor's cache
            some = found[start : start + 65_536]
            for plane, word in zip(self.columns.rows.T, asked, strict=True):
                some += np.bitwise_count(plane[start : start + 65_536] ^ word)
        return found

    def agreement(self, places: Any, question: Any) -> Any:
        """Of these rows: the sum of the question's numbers whose sign is theirs too, which orders them as counting the others against them does."""
        import numpy as np

        bits = np.unpackbits(np.ascontiguousarray(self.columns.rows[places]).view(np.uint8), axis=1)[:, : len(question)]
        return np.vecdot(bits.astype(np.float32), question - self.centre)


def signs(vectors: Any, centre: Any) -> Any:
    """Which numbers lie above the centre's, 64 in a word."""
    import numpy as np

    bits = np.packbits(vectors > centre, axis=1)
    return np.ascontiguousarray(np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))).view(np.uint64)


def joined(known: Columns, fresh: Columns, *, room: int = 0) -> Columns:
    """One after the other, with so many rows of room behind them."""
    place, count = len(known.numbers), len(known.numbers) + len(fresh.numbers)
    columns = empty(count + room, known.rows.shape[1], by_signs=known.by_signs)
    columns.put(slice(place), known)
    columns.put(slice(place, count), fresh)
    return columns


def ordered(columns: Columns) -> Columns:
    """In the order of the documents. A number that was given again stands twice: the later row is the one that counts."""
    import numpy as np

    numbers = columns.numbers
    if (numbers[1:] > numbers[:-1]).all():
        return columns
    order = np.lexsort((columns.stamps, numbers))
    return taken(columns, order[np.append(numbers[order][1:] != numbers[order][:-1], True)])


def taken(columns: Columns, places: Any) -> Columns:
    import numpy as np

    *others, rows = columns
    return Columns._make([*(column[places] for column in others), np.take(rows.T, places, axis=1).T if columns.by_signs else rows[places]])
