"""The vectors of an owner, read once and kept as long as they are true: the owner's stamp moves with every change.

Up to `EXACT` vectors all are kept and compared. Above it only the signs of their numbers are kept, around the mean of some: the texts whose
signs differ least from the question's are candidates, and theirs are read and compared exactly.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..core.effects import Begin, Statement, value
from ..core.meanwhile import Meanwhile
from .matrix import Columns, Matrix, empty, joined, ordered, signs, taken

PAGE = 20_000  # rows that are read at once
SOME = 1000  # rows that are looked through rather than counted by halves

EXACT = 20_000
"""Vectors that are compared one by one: 1 ms. Above it signs are faster, and need a thirtieth of the room."""

BY_SIGNS = 256
"""Numbers that a vector must have for its signs to be enough; with fewer, all are compared, which is quick then."""

BY_COUNT = 4000
"""Texts whose signs differ least from the question's. The candidates are chosen of them by how much each number matters to the question."""

CANDIDATES = 500
"""Texts whose vectors are read for a question. `python -m benchmarks.scale --only candidates` prints how many of the ten nearest are among them."""

MEANWHILE = 200_000
"""Vectors that are compared by another thread while this one looks for words. A million take some 5 ms."""

SAMPLE = 4096  # vectors that are kept beside the signs, for how little alike a text can be

KEPT = 128 * 2**20
"""Bytes of vectors that are kept, of the owners that were asked last."""


class Similarities:
    """How much each of an owner's texts has in common with a question, among those of these rows, or of all."""

    def __init__(self, matrix: Matrix, question: Any, among: Any, statement: str, whose: Mapping[str, Any]) -> None:
        self._matrix, self._question = matrix, question
        self._statement, self._whose = statement, whose
        self._exactly = not matrix.by_signs
        self._places = among
        self.count = len(matrix) if among is None else len(among)
        self.enough = 0 if self._exactly else CANDIDATES
        self._read: dict[int, float] = {}  # likeness by document, where the vectors are not kept
        self._order: Any = None
        self._far: Any = None
        self._head: Any = None  # the candidates, where they are chosen by more than counting
        self._least = 0.0
        self._comparing = Meanwhile(self._compare, "recollect-compare") if len(matrix) > MEANWHILE else None
        if self._comparing is None:
            self._compare()

    def _compare(self) -> None:
        import numpy as np

        matrix, question = self._matrix, self._question
        self._far = -np.vecdot(matrix.columns.rows, question) if self._exactly else matrix.differences(question)
        self._least = float((-self._far if self._exactly else np.vecdot(matrix.sample, question)).min())
        if not self._exactly and self.count > BY_COUNT:
            near, _ = self._nearest(BY_COUNT)
            self._head = near[np.argsort(-matrix.agreement(near, question), kind="stable")][:CANDIDATES]

    def _compared(self) -> None:
        if self._comparing is not None:
            self._comparing.done()
            self._comparing = None

    @property
    def least(self) -> float:
        """How little a text of the owner's has in common with the question."""
        self._compared()
        return self._least

    async def next(self, first: int, count: int) -> list[int]:
        """So many documents from this place on of those that are most alike; by signs, these are chosen and then put in their true order."""
        numbers: list[int] = self._matrix.columns.numbers[self._chosen(first, count)].tolist()
        if not self._exactly:
            alike = await self.of(numbers)
            numbers.sort(key=lambda number: -alike.get(number, -1.0))
        return numbers

    def _chosen(self, first: int, count: int) -> Any:
        """Their rows."""
        import numpy as np

        self._compared()
        if self._order is None:
            if first == 0 and self._head is not None and count <= len(self._head):
                return self._head[:count]
            if self._head is None and first + count < self.count // 4:  # the far ones need no order
                near, far = self._nearest(first + count)
                return near[np.argsort(far, kind="stable")][first : first + count]
            near, far = self._nearest(self.count)
            others = near[np.argsort(far, kind="stable")]
            self._order = others if self._head is None else np.concatenate([self._head, others[~np.isin(others, self._head)]])
        return self._order[first : first + count]

    def _nearest(self, count: int) -> tuple[Any, Any]:
        """So many rows or some more, in their own order, and how far away each is."""
        import numpy as np

        far = self._far if self._places is None else self._far[self._places]
        near = np.flatnonzero(far <= _bound(far, count)) if count < len(far) else np.arange(len(far))
        return (near if self._places is None else self._places[near]), far[near]

    async def of(self, numbers: Collection[int]) -> dict[int, float]:
        """The likeness of these documents; one without a vector is left out. No vector is read twice."""
        import numpy as np

        if self._exactly:
            known = self._matrix.columns.numbers
            wanted = np.fromiter(numbers, np.int64, len(numbers))
            places = np.minimum(known.searchsorted(wanted), len(known) - 1)
            there = known[places] == wanted
            self._compared()
            return dict(zip(wanted[there].tolist(), (-self._far[places[there]]).tolist(), strict=True))
        unread = sorted(number for number in numbers if number not in self._read)  # rows that lie beside each other are read together
        rows: list[Any] = await Statement(self._statement, {**self._whose, "numbers": json.dumps(unread)}, list) if unread else []
        if rows:
            read = _vectors([vector for _, vector in rows], len(self._question))
            self._read |= zip((int(number) for number, _ in rows), np.vecdot(read.astype(np.float32), self._question).tolist(), strict=True)
        return {number: self._read[number] for number in numbers if number in self._read}


def _bound(far: Any, count: int) -> Any:
    """A value that so many are not above, and few more: if it can be, judged by some of them, which takes a tenth of the time."""
    import numpy as np

    some = far[:: max(1, len(far) // 65_536)]
    place = min(len(some) - 1, count * len(some) // len(far) + 32)
    bound = np.partition(some, place)[place]
    return bound if np.count_nonzero(far <= bound) >= count else np.partition(far, count)[count]


def _vectors(raw: Sequence[Any], dimension: int) -> Any:
    """Vectors as they are stored, a row each."""
    import numpy as np

    return np.frombuffer(b"".join(map(bytes, raw)), dtype=np.float16).reshape(len(raw), dimension)


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
        self._codes: dict[str, int] = {}  # of kinds

    async def of(self, tenant: str, owner: int, space: int, stamp: int, shrank: int, dimension: int) -> Matrix:
        """The vectors of an owner whose stamps were just read, in the same snapshot."""
        key = (owner, space)
        with self._gate:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is not None and known.stamp == stamp:
            return known
        reader = _Reader({"tenant": tenant, "owner": owner, "space": space}, dimension, self._codes)
        matrix = await reader.read(stamp, shrank, known)
        if not (await Begin()).operation:  # what a transaction sees that may yet be undone is not kept
            self._keep(key, matrix)
        return matrix

    def among(self, matrix: Matrix, kinds: Sequence[str], since: int | None, until: int | None) -> Any:
        """The rows of these kinds and times; None if all are."""
        import numpy as np

        columns = matrix.columns
        found = np.ones(len(matrix), bool)
        for code in matrix.present.difference(self._codes[kind] for kind in kinds if kind in self._codes):
            found &= columns.kinds != code
        if since is not None:
            found &= columns.times >= since
        if until is not None:
            found &= columns.times < until
        return None if found.all() else np.flatnonzero(found)

    def _keep(self, key: tuple[int, int], matrix: Matrix) -> None:
        with self._gate:
            self._kept[key] = matrix
            self._kept.move_to_end(key)
            room = sum(one.size for one in self._kept.values())
            while room > KEPT and len(self._kept) > 1:
                room -= self._kept.popitem(last=False)[1].size


_FROM = "from vectors v where v.tenant = :tenant and v.owner = :owner and v.space = :space"
_DESCRIBED = _FROM.replace(" where", " join documents d on d.number = v.document and d.tenant = v.tenant where")
_BETWEEN = "and v.stamp >= :first and v.stamp <= :last"
_LAST = 2**62  # after every stamp


class _Reader:
    """Reads the vectors of one owner in one space, page by page."""

    def __init__(self, whose: dict[str, Any], dimension: int, codes: dict[str, int]) -> None:
        self._whose, self._dimension, self._codes = whose, dimension, codes
        self._centre: Any = None
        self._sample: Any = None

    async def read(self, stamp: int, shrank: int, known: Matrix | None) -> Matrix:
        """What is new since it was read last, and without what is gone; everything, if that does not add up."""
        if known is not None and known.stamp < stamp and (matrix := await self._renewed(known, stamp, shrank)) is not None:
            return matrix
        self._centre = self._sample = None
        count = await self._count()
        return self._matrix(ordered(await self._after(-1, count, by_signs=self._by_signs(count))), stamp)

    async def _renewed(self, known: Matrix, stamp: int, shrank: int) -> Matrix | None:
        self._centre, self._sample = known.centre, known.sample
        more = await self._count(known.stamp + 1)
        if self._by_signs(len(known) + more) != known.by_signs:
            return None
        fresh = await self._after(known.stamp, more)
        if shrank <= known.stamp and known.precedes(fresh):
            return known.with_more(fresh, stamp)
        count = await self._count()
        if self._by_signs(count) != known.by_signs:
            return None
        columns = ordered(joined(known.columns, fresh)) if len(fresh.numbers) else known.columns
        if len(columns.numbers) > count:
            columns = await self._standing(columns, count)
        return self._matrix(columns, stamp) if len(columns.numbers) == count else None

    def _by_signs(self, count: int) -> bool:
        return count > EXACT and self._dimension >= BY_SIGNS

    def _matrix(self, columns: Columns, stamp: int) -> Matrix:
        import numpy as np

        present = frozenset(np.flatnonzero(np.bincount(columns.kinds)).tolist())
        return Matrix(stamp, columns, present, self._centre, self._sample)

    async def _count(self, first: int = 0, last: int = _LAST) -> int:
        return int(await value(f"select count(*) {_FROM} {_BETWEEN}", first=first, last=last, **self._whose))

    async def _after(self, since: int, room: int, *, by_signs: bool = False) -> Columns:
        """So many rows that were written after this stamp, in the order of their stamps. With `by_signs` the first of them say what the centre is."""
        columns, filled = self._empty(0), 0
        at, document = since, _LAST
        while filled < room:
            page: list[Any] = await Statement(
                f"""select v.document, v.stamp, v.vector, d.kind, d.at {_DESCRIBED}
                and (v.stamp, v.document) > (:at, :document) order by v.stamp, v.document limit :page""",
                {**self._whose, "at": at, "document": document, "page": PAGE},
                list,
            )
            if not page:
                return columns.part(slice(filled))
            vectors = _vectors([vector for _, _, vector, _, _ in page], self._dimension)
            if by_signs and not filled:
                self._centre, self._sample = vectors.mean(axis=0, dtype="float32"), vectors[:SAMPLE].astype("float32")
            if not filled:
                columns = self._empty(room)
            put = slice(filled, filled := filled + len(page))
            columns.numbers[put], columns.stamps[put] = [row[0] for row in page], [row[1] for row in page]
            columns.kinds[put] = [self._codes.setdefault(row[3], len(self._codes)) for row in page]
            columns.times[put] = [row[4] for row in page]
            columns.rows[put] = vectors if self._centre is None else signs(vectors, self._centre)
            at, document = page[-1][1], page[-1][0]
        return columns

    def _empty(self, count: int) -> Columns:
        by_signs = self._centre is not None
        return empty(count, -(-self._dimension // 64) if by_signs else self._dimension, by_signs=by_signs)

    async def _standing(self, columns: Columns, count: int) -> Columns:
        """Without the rows that are gone: so many are left. They are looked for where counting finds fewer, by halves."""
        import numpy as np

        order = None if (columns.stamps[1:] >= columns.stamps[:-1]).all() else columns.stamps.argsort(kind="stable")
        stamps = columns.stamps if order is None else columns.stamps[order]
        begins = np.flatnonzero(np.append(True, stamps[1:] != stamps[:-1]))  # of rows with the same stamp
        ends = np.append(begins, len(stamps))
        keep = np.ones(len(stamps), bool)
        parts = [(0, len(begins), count)]
        while parts:
            start, end, left = parts.pop()
            rows = slice(int(ends[start]), int(ends[end]))
            here = rows.stop - rows.start
            if left == here:
                continue
            first, last, middle = int(stamps[rows.start]), int(stamps[rows.stop - 1]), (start + end) // 2
            if end - start > 1 and here > SOME:
                before = await self._count(first, int(stamps[ends[middle] - 1]))
                parts += [(start, middle, before), (middle, end, left - before)]
                continue
            sql = f"select v.document {_FROM} {_BETWEEN}"
            standing = [number for (number,) in await Statement(sql, {**self._whose, "first": first, "last": last}, list)]
            places = np.arange(rows.start, rows.stop) if order is None else order[rows]
            keep[places] = np.isin(columns.numbers[places], standing)
        return taken(columns, np.flatnonzero(keep))
