"""The line of texts that wait for vectors: it stands in the database, so it survives whatever happens to those who work it off.

Who takes texts out of the line claims them for a while, so that several processes do not pay for the same vectors. A text that was changed or
deleted meanwhile has another ticket, or none, and its vector is not stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from ..core.documents import pieces
from ..core.effects import Batch, Begin, Call, OwnersChanged, many, run, value
from ..core.ids import id_bytes
from ..core.operation import Async, Room, operation, query
from ..core.traits import Clause, among
from ..engines.vectors import step
from ..recall.search import ready_spaces

TOGETHER = 64
"""Texts in one call of an embedder: the size that the HTTP services' own examples use; a claim holds for all of them."""

QUICKLY = 1024
"""The same for a fast embedder: the vectors of so many take it a twentieth of a second."""

CLAIM = timedelta(minutes=2) // timedelta(microseconds=1)
"""How long claimed texts are left alone. Longer than a call with its retries takes; who died with a claim is waited for so long."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30) // timedelta(microseconds=1), timedelta(hours=1) // timedelta(microseconds=1)
"""Until a text that failed is tried again: the first, doubled each time, up to the longest."""

DOUBLINGS = (LONGEST_PAUSE // FIRST_PAUSE).bit_length()

GIVEN_UP = 8
"""Failures after which a text is left to `embed_pending`: with the pauses above, after about an hour."""

IN_A_ROW = 2
"""Failures one after the other after which the embedder is taken to be away, and not one of the texts to be odd."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What `embed_pending` did: texts that have a vector now, texts that still wait, and what the embedder said when it failed."""

    made: int
    waiting: int
    error: str | None = None


class Due(NamedTuple):
    """A text that was claimed."""

    document: int
    ticket: int
    owner: int
    tenant: str
    text: str


Progress = Callable[[int, int], None]


async def embed_pending(house: Any, *, again: bool, stopped: Callable[[], bool] | None = None, progress: Progress | None = None) -> Embedded:
    """The flow: claim some, make their vectors with no lock held, store them. `again` tries those at once that failed before."""
    embedding, space = house._shared.embedding, house._engine.maker.space
    if embedding is None or space is None:
        return Embedded(0, 0)
    line = Line(house, space)
    if again:
        await line.due_again()
    made, failures, error = 0, 0, None
    total = await line.waiting()
    while failures < IN_A_ROW and not (stopped is not None and stopped()):
        claimed: list[Due] = await line.claimed()
        if not claimed:
            break
        try:
            vectors = await Call(embedding.documents, ([due.text for due in claimed],))
        except Exception as failure:
            failures += 1
            error = f"{type(failure).__name__}: {failure}"
            await line.failed(claimed, error)
            continue
        failures = 0
        made += await line.stored(claimed, vectors)
        if progress is not None:
            await Call(progress, (made, max(total, made)))
    return Embedded(made, await line.left(), error)


async def worked_off(house: Any, stopped: Callable[[], bool]) -> float | None:
    """The same for a thread in the background; returns in how many seconds something will be due, or None."""
    await embed_pending(house, again=False, stopped=stopped)
    return await Line(house, house._engine.maker.space).next_try()


class Line(Room[Async]):
    """The texts of a scope that wait for a vector in a space: of the tenant and the user whom it names, or of everybody."""

    def __init__(self, house: Any, space: int) -> None:
        self._house, self._door, self._scope, self._space = house, house._door, house._scope, space

    @property
    def _inner(self) -> Line:
        return Line(self._house._inner, self._space)

    def _own(self) -> Clause:
        where = Clause("space = :space", {"space": self._space})
        where &= Clause("tenant = :tenant", {"tenant": self._scope.tenant}) if any(self._scope.values()) else Clause("tenant >= ''")
        if self._scope.user:
            where &= Clause('owner in (select number from owners where tenant = :tenant and "user" = :user)', {"user": self._scope.user})
        return where

    @query
    async def waiting(self: Line) -> int:
        await Begin()
        return await self._count()

    @query
    async def left(self: Line) -> int:
        """How many wait after the work. If it made the space ready, the next question is answered by it."""
        await Begin()
        await ready_spaces(self._house)
        return await self._count()

    async def _count(self) -> int:
        where = self._own()
        return int(await value(f"select count(*) from pending where {where.sql}", **where.params))

    @query
    async def next_try(self: Line) -> float | None:
        """In how many seconds somebody should look again; None if nothing waits that is not given up."""
        now = (await Begin()).now
        where = self._own()
        least = await value(f"select min(retry_at) from pending where {where.sql} and attempts < {GIVEN_UP}", **where.params)
        return None if least is None else max(0.0, (least - now) / 1_000_000)

    @operation
    async def due_again(self: Line) -> None:
        """What failed before is tried now, however often it did."""
        await Begin()
        where = self._own()
        await run(f"update pending set retry_at = 0, attempts = 1 where {where.sql} and error is not null", **where.params)

    @operation
    async def claimed(self: Line) -> list[Due]:
        """The next texts, claimed: fresh ones together; one that failed before by itself, so that it takes no other with it."""
        now = (await Begin()).now
        while rows := await self._next(now):
            await Batch(
                f"update pending set retry_at = :until, error = null where {_THIS}",
                [{"until": now + CLAIM, **self._this(document, ticket, tenant)} for document, ticket, _, tenant in rows],
            )
            texts = await self._texts(rows)
            await self._done([(document, ticket, tenant) for document, ticket, _, tenant in rows if document not in texts])  # it says nothing now
            if texts:
                return [Due(*row, texts[row[0]]) for row in rows if row[0] in texts]
        return []

    async def _next(self, now: int) -> list[tuple[int, int, int, str]]:
        where = self._own() & Clause("retry_at <= :now", {"now": now})
        together = QUICKLY if self._house._shared.embedding.fast else TOGETHER
        for attempts, most in (("= 0", together), (f"between 1 and {GIVEN_UP - 1}", 1)):
            rows: list[Any] = await many(
                lambda *row: row,
                f"""select document, ticket, owner, tenant from pending where {where.sql} and attempts {attempts}
                order by retry_at, document limit {most}""",
                **where.params,
            )
            if rows:
                return rows
        return []

    def _this(self, document: int, ticket: int, tenant: str) -> dict[str, Any]:
        return {"space": self._space, "document": document, "ticket": ticket, "tenant": tenant}

    async def _texts(self, rows: Sequence[tuple[int, int, int, str]]) -> dict[int, str]:
        """What each of these documents says."""
        texts: dict[int, str] = {}
        for tenant in sorted({row[3] for row in rows}):
            numbers = [row[0] for row in rows if row[3] == tenant]
            wanted: dict[str, dict[bytes, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
            for number, kind, record, part in await self._documents(tenant, numbers):
                wanted[kind][bytes(record)].append((number, part))
            for kind, records in wanted.items():
                room = getattr(self._house, kind)
                those = among("id", list(records))
                for record in await room._select(Clause("tenant = :tenant", {"tenant": tenant}) & those):
                    parts = pieces(room.table.text(record))
                    texts |= {number: parts[part] for number, part in records[id_bytes(record.id) or b""] if part < len(parts)}
        return texts

    async def _documents(self, tenant: str, numbers: Sequence[int]) -> list[Any]:
        those = among("number", numbers)
        sql = f"select number, kind, record, part from documents where tenant = :tenant and {those.sql}"
        return await many(lambda *row: row, sql, tenant=tenant, **those.params)

    @operation
    async def stored(self: Line, claimed: Sequence[Due], vectors: Sequence[bytes]) -> int:
        """Write the vectors of those whose ticket still counts. With the last one that waited, the space is ready."""
        await Begin()
        counting = await self._counting(claimed)
        stamps: dict[int, int] = {}
        rows = []
        for due, vector in zip(claimed, vectors, strict=True):
            if due.ticket in counting:
                stamp = stamps[due.owner] = stamps.get(due.owner) or await _next_stamp(due)
                about = {"document": due.document, "space": self._space, "owner": due.owner, "tenant": due.tenant}
                rows.append({**about, "stamp": stamp, "vector": vector})
        await Batch(self._house._shared.dialect.put_vector, rows)
        await self._done([(due.document, due.ticket, due.tenant) for due in claimed])
        left = await value(f"select 1 from pending where space = :space and tenant >= '' and attempts < {GIVEN_UP} limit 1", space=self._space)
        if left is None and rows:
            await run("update spaces set ready = 1 where number = :space and ready = 0", space=self._space)
        await OwnersChanged()
        return len(rows)

    async def _counting(self, claimed: Sequence[Due]) -> set[int]:
        found: set[int] = set()
        for tenant in sorted({due.tenant for due in claimed}):
            those = among("document", [due.document for due in claimed if due.tenant == tenant])
            sql = f"select ticket from pending where tenant = :tenant and space = :space and {those.sql}"
            found |= {*await many(int, sql, tenant=tenant, space=self._space, **those.params)}
        return found

    async def _done(self, those: Sequence[tuple[int, int, str]]) -> None:
        await Batch(f"delete from pending where {_THIS}", [self._this(*one) for one in those])

    @operation
    async def failed(self: Line, claimed: Sequence[Due], error: str) -> None:
        """Back into the line, for later."""
        now = (await Begin()).now
        await Batch(
            f"""update pending set attempts = attempts + 1, error = :error,
                retry_at = :now + case when attempts < {DOUBLINGS} then {FIRST_PAUSE} * (1 << cast(attempts as integer)) else {LONGEST_PAUSE} end
            where {_THIS}""",
            [{"error": error[:500], "now": now, **self._this(due.document, due.ticket, due.tenant)} for due in claimed],
        )


_THIS = "space = :space and document = :document and ticket = :ticket and tenant = :tenant"


async def _next_stamp(due: Due) -> int:
    sql = "update owners set stamp = stamp + :step where tenant = :tenant and number = :owner returning stamp"
    return int(await value(sql, step=step(), tenant=due.tenant, owner=due.owner))
