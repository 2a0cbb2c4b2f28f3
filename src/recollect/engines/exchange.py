"""One transaction on a PostgreSQL server, as a coroutine: it begins with the first statement, and its index and log entries go with the commit.

Writers of one user wait for each other by an advisory lock that ends with the transaction, so a body may read before it writes as it does on
SQLite; writers of different users do not meet. A scope without a user holds the lock of its whole tenant.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..core.chain import START, entry_hash
from ..core.documents import in_language
from ..core.effects import (
    Answering,
    Batch,
    Begin,
    Change,
    Document,
    Embed,
    Index,
    Language,
    Lock,
    Moment,
    OwnersChanged,
    Read,
    Statement,
    Unindex,
)
from ..core.scope import Scope
from ..core.traits import EVERYTHING
from .index import NEAR, prefix
from .log import ENTRY, WIDTH, entry
from .readings import reader
from .vectors import Maker, first_stamp, step, ticket
from .wire import Give, Rows, Send, Sql, Take, spoken

Owner = tuple[str, str]
Mark = tuple[int, frozenset[Owner]]

READ = Sql("begin isolation level repeatable read read only")
WRITE = Sql("begin isolation level read committed")
COMMIT, ROLLBACK = Sql("commit"), Sql("rollback")

# Every statement has its index; the planner, which does not know what a long tsvector costs to unpack, must not read a small table instead.
_SETTING = """select set_config('enable_seqscan', 'off', true), set_config('recollect.tenant', %s, true), set_config('recollect.user', %s, true),
    set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"""
_ENTRY = f"insert into changes ({ENTRY}) values ({', '.join(['%s'] * WIDTH)})"
_KNOWN_OWNER = 'select number, language from owners where tenant = %s and "user" = %s'
_OWNER = """insert into owners (tenant, "user", language, documents, words, near, stamp, shrank)
    values (%s, %s, %s, 0, 0, 0, %s, %s)
    on conflict (tenant, "user") do update set documents = owners.documents
    returning number, language, stamp, (select coalesce(array_agg(number), '{}') from spaces)"""
_COUNT = """update owners set documents = documents + %s, words = words + %s, near = near + %s, stamp = %s, shrank = greatest(shrank, %s)
    where tenant = %s and "user" = %s"""
_PLACES = """select thread, max(place) from documents where tenant = %s and owner = %s and thread = any(%s) group by thread"""
_GONE = """delete from documents d using unnest(%s::bytea[], %s::integer[]) as gone (record, part)
    where d.tenant = %s and d.owner = %s and d.record = gone.record and d.part = gone.part returning d.number, d.length"""
_DOCUMENT = """insert into documents
    (owner, tenant, kind, record, part, agent, project, thread, place, role, speaker, at, length, questions, timed, importance, tokens,
     repeated)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(string_to_array(%s, ' ')), %s::jsonb)"""

_NUMBERED = """from unnest(%s::bytea[], %s::integer[], %s::{}[]) as made (record, part, given)
    join documents d on d.record = made.record and d.part = made.part where d.tenant = %s and d.owner = %s"""
_VECTORS = f"""insert into vectors (document, space, owner, tenant, stamp, vector)
    select d.number, %s, d.owner, d.tenant, %s, made.given {_NUMBERED.format("bytea")}"""
_WAITING = f"""insert into pending (document, space, owner, tenant, ticket, attempts, retry_at)
    select d.number, %s, d.owner, d.tenant, made.given, 0, 0 {_NUMBERED.format("bigint")}"""
_FORGOTTEN = "delete from {} where tenant = %s and document = any(%s)"


class _Owner(NamedTuple):
    number: int
    language: str
    stamp: int
    spaces: Sequence[int]


def lock_of(kind: str, *names: str) -> int:
    """The number of an advisory lock, one of 2^64; two that share a number only wait for each other."""
    said = "\x1f".join(("recollect", kind, *names)).encode()
    return int.from_bytes(hashlib.sha256(said).digest()[:8], "big", signed=True)


def locking(whose: Scope) -> Sql:
    """What makes writers of the same rows wait for each other, until the transaction ends."""
    tenant = lock_of("tenant", whose.tenant)
    if not whose.user:
        return Sql("select pg_advisory_xact_lock(%s)", (tenant,))
    return Sql("select pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s)", (tenant, lock_of("user", whose.tenant, whose.user)))


def setting(whose: Scope, seconds: float) -> Sql:
    """What the server must know for this transaction only: a pooler may give the next one another connection."""
    tenant = EVERYTHING if whose == Scope() else whose.tenant
    milliseconds = str(int(seconds * 1000))
    return Sql(_SETTING, (tenant, whose.user, milliseconds, milliseconds))


class Exchange:
    """Given a connection and a body, it carries the body to its end and commits."""

    def __init__(
        self, connection: Any, whose: Scope, *, write: bool, moment: Moment, seconds: float, language: str, guesses: dict[Owner, str], maker: Maker
    ) -> None:
        self.connection, self.moment = connection, moment
        self._write = write
        self.committing = False  # from here on a lost connection leaves the outcome open
        self.watch: Callable[[str], None] | None = None
        self._language, self._guesses, self._maker = language, guesses, maker
        self._ahead = [WRITE if write else READ, setting(whose, seconds), *([locking(whose)] if write else [])]
        self._held = {(whose.tenant, whose.user)} if write else set[Owner]()
        self._entries: list[Index | Unindex] = []
        self._changes: list[tuple[Moment, Change]] = []
        self._owners: dict[Owner, _Owner] = {}

    @property
    def wrote(self) -> bool:
        """Whether it was committed, and may have written something."""
        return self.committing and self._write

    @property
    def begun(self) -> bool:
        return not self._ahead

    async def send(self, *statements: Sql) -> list[Rows]:
        ahead, self._ahead = self._ahead, []
        if self.watch is not None:
            for statement in statements:
                self.watch(statement.sql)
        return (await Send(self.connection, [*ahead, *statements]))[len(ahead) :]

    async def hold(self, whose: Scope) -> None:
        """Lock another owner's rows too, for a block whose calls are in several scopes."""
        if not {(whose.tenant, whose.user), (whose.tenant, "")} & self._held:
            await self.send(locking(whose))
            self._held.add((whose.tenant, whose.user))

    def draw(self, moment: Moment) -> None:
        self.moment = moment

    def mark(self) -> Mark:
        return len(self._changes), frozenset(self._held)

    def back_to(self, mark: Mark) -> None:
        """After a rollback to a savepoint, before which all index entries were written. Locks that were taken since are gone with it."""
        self._entries.clear()
        del self._changes[mark[0] :]
        self._held = set(mark[1])
        self._owners.clear()

    @property
    def owners(self) -> set[Owner]:
        """Whose rows this transaction has written, or may have."""
        return self._held | {(change.scope[0], change.scope[1]) for _, change in self._changes}

    @property
    def trace(self) -> tuple[str, bytes] | None:
        """The tenant in whose log the last change stands, and under which operation, if this transaction logs anything."""
        if not self._changes:
            return None
        moment, change = self._changes[-1]
        return change.scope[0], moment.operation

    async def execute(self, effect: Any) -> Any:
        """Answer what a body asks for."""
        kind = type(effect)
        if kind is Statement:
            if effect.indexed:
                await self.flush()
            return (await self.send(Sql(spoken(effect.sql), effect.params)))[0]
        if kind is Begin:
            return self.moment
        if kind is Change:
            self._changes.append((self.moment, effect))
        elif kind is Batch:
            await self.send(Sql(spoken(effect.sql), effect.rows, many=True))
        elif kind is Language:
            known = (await self.send(Sql(_KNOWN_OWNER, (effect.tenant, effect.user))))[0]
            return known[0][1] if known else self._language
        elif kind is Read:
            return reader(effect.count, effect.language)
        elif kind is Answering or kind is Embed:
            return self._maker.inside(effect)
        elif kind is OwnersChanged:
            self._owners.clear()
        elif kind is Lock:
            await self.hold(Scope(tenant=effect.tenant, user=effect.user))
        else:
            self._entries.append(effect)
        return None

    async def commit(self) -> None:
        if self._ahead and not (self._entries or self._changes):  # it never asked for anything
            return
        last = await self._indexing()
        if self._changes:
            last.append(Sql(_ENTRY, [entry(moment, change) for moment, change in self._changes], many=True))
        self.committing = True
        await self.send(*last, COMMIT)

    async def flush(self) -> None:
        """Write the index entries that wait, before something is searched or undone."""
        if statements := await self._indexing():
            await self.send(*statements)

    # the text index

    async def _indexing(self) -> list[Sql]:
        """Look up and remove what must be; what is still to be written is returned, to go with what comes next."""
        waiting, self._entries = self._entries, []
        documents = [(type(one) is Index, document) for one in waiting for document in one.documents]
        documents.sort(key=lambda one: (one[1].tenant, one[1].user))  # locked in one order, or two transactions would wait for each other
        later: list[Sql] = []
        for owner, some in groupby(documents, key=lambda one: (one[1].tenant, one[1].user)):
            later += await self._owner(owner, [(put, document) for put, document in some])
        return later

    async def _owner(self, owner: Owner, documents: Sequence[tuple[bool, Document]]) -> list[Sql]:
        known = await self._known(owner)
        number, language = known.number, known.language
        stamp = known.stamp + step()
        self._owners[owner] = known._replace(stamp=stamp)
        counts, shrank = [0, 0, 0], 0
        later: list[Sql] = []
        for put, some in groupby(documents, key=lambda one: one[0]):
            group = [document for _, document in some]
            if put:
                rows = await self._rows(number, owner, language, group)
                later.append(Sql(_DOCUMENT, rows, many=True))
                later += self._vectors(known, stamp, owner[0], group)
                lengths = [row[12] for row in rows]
            else:
                if later:
                    await self.send(*later)
                    later = []
                gone = await self.send(
                    Sql(_GONE, ([one.record for one in group], [one.part for one in group], owner[0], number))
                )  # fmt: skip
                numbers, lengths = [row[0] for row in gone[0]], [row[1] for row in gone[0]]
                shrank = stamp
                if known.spaces and numbers:
                    later += [Sql(_FORGOTTEN.format(table), (owner[0], numbers)) for table in ("vectors", "pending")]
            sign = 1 if put else -1
            for place, more in enumerate((len(lengths), sum(lengths), sum(min(length, NEAR) for length in lengths))):
                counts[place] += sign * more
        later.append(Sql(_COUNT, (*counts, stamp, shrank, *owner)))
        return later

    def _vectors(self, owner: _Owner, stamp: int, tenant: str, group: Sequence[Document]) -> list[Sql]:
        """What writes the vectors of documents that are written before it, or their places in the line of those that wait."""
        embedded = [document for document in group if document.embedded] if owner.spaces else []
        if not embedded:
            return []
        vectors = self._maker.of(embedded)
        statements = []
        for space in owner.spaces:
            own = space == self._maker.space
            ready = [(one.record, one.part, vector) for one, vector in zip(embedded, vectors, strict=True) if own and vector is not None]
            waiting = [(one.record, one.part, ticket()) for one, vector in zip(embedded, vectors, strict=True) if not own or vector is None]
            for sql, rows, first in ((_VECTORS, ready, (space, stamp)), (_WAITING, waiting, (space,))):
                if rows:
                    statements.append(Sql(sql, (*first, *map(list, zip(*rows, strict=True)), tenant, owner.number)))
        return statements

    async def _known(self, owner: Owner) -> _Owner:
        """The owner's number and language; its row is locked, so that places and counts of one owner are given by one at a time."""
        if owner not in self._owners:
            found = (await self.send(Sql(_OWNER, (*owner, self._language, *[first_stamp()] * 2))))[0][0]
            self._owners[owner] = _Owner(*found)
            if len(self._guesses) > 10_000:
                self._guesses.clear()
            self._guesses[owner] = found[1]
        return self._owners[owner]

    async def _rows(self, number: int, owner: Owner, language: str, group: list[Document]) -> list[tuple[Any, ...]]:
        threads = list({document.thread for document in group if document.thread})
        last = (await self.send(Sql(_PLACES, (owner[0], number, threads))))[0] if threads else []
        places = {bytes(thread): place + 1 for thread, place in last}
        mark = prefix(number)
        rows = []
        for one in (in_language(given, language) for given in group):
            place = places.get(one.thread, 0) if one.thread else None
            if one.thread and place is not None:
                places[one.thread] = place + 1
            times = Counter(mark + word for word in one.words)
            repeated = {word: count for word, count in times.items() if count > 1}
            rows.append((
                number, one.tenant, one.kind, one.record, one.part, one.agent, one.project, one.thread, place, one.role, one.speaker, one.at,
                len(one.words), one.questions, int(one.timed), one.importance, " ".join(times), json.dumps(repeated) if repeated else None,
            ))  # fmt: skip
        return rows


# the change log

_UNSEALED = """select seq, operation, at, kind, action, digest from changes where tenant = %s and position is null order by seq limit 5000"""
_SEALED = """update changes c set position = w.position, hash = w.hash from unnest(%s::bigint[], %s::bigint[], %s::bytea[]) as w (seq, position, hash)
    where c.tenant = %s and c.seq = w.seq"""
_HEAD = """insert into chains (tenant, position, hash, anchor_position, anchor_hash) values (%s, %s, %s, 0, %s)
    on conflict (tenant) do update set position = excluded.position, hash = excluded.hash"""


async def sealed(seconds: float) -> int:
    """Give the entries that wait their places in their tenants' chains; how many that were.

    A head that every transaction moves would make a tenant's writers wait for each other to the end of their commits: that costs two thirds
    of the throughput, so it is done here, a little later.
    """
    connection = await Take()
    try:
        asked = Sql("select distinct tenant from changes where tenant >= '' and position is null")
        *_, tenants, _ = await Send(connection, [READ, setting(Scope(), seconds), asked, COMMIT])
        count = 0
        for (tenant,) in tenants:
            while some := await _seal(connection, tenant, seconds):
                count += some
        await Give(connection)
    except BaseException:
        await Give(connection, broken=True)
        raise
    return count


async def _seal(connection: Any, tenant: str, seconds: float) -> int:
    whose = Scope(tenant=tenant)
    # Beside writers, but not beside an erasure of the tenant, which takes the chain away.
    locks = Sql("select pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s)", (lock_of("tenant", tenant), lock_of("chain", tenant)))
    await Send(connection, [WRITE, setting(whose, seconds), locks])
    waiting, head = await Send(connection, [Sql(_UNSEALED, (tenant,)), Sql("select position, hash from chains where tenant = %s", (tenant,))])
    position, before = head[0] if head else (0, START)
    sealed: list[tuple[int, int, bytes]] = []
    for seq, operation, at, kind, action, digest in waiting:
        position += 1
        before = entry_hash(bytes(before), position, bytes(operation), at, kind, action, bytes(digest))
        sealed.append((seq, position, before))
    if sealed:
        columns = [list(column) for column in zip(*sealed, strict=True)]
        await Send(connection, [Sql(_SEALED, (*columns, tenant)), Sql(_HEAD, (tenant, position, before, START)), COMMIT])
    else:
        await Send(connection, [COMMIT])
    return len(sealed)


def new_operation(now: int) -> Moment:
    return Moment(now, os.urandom(16))
