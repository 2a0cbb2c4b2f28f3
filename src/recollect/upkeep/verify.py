"""Looking for damage. Four things are held against each other: the file, the records, the text index and the change log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..core.chain import ABOUT_NONE, FADED, SEEN, START, entry_hash, personal_digest
from ..core.clock import micros
from ..core.documents import documents, read
from ..core.effects import Begin, Document, Statement, many
from ..core.ids import id_text, id_time
from ..core.scope import PARTS, Scope
from ..core.table import content_digest
from ..core.traits import Clause, walls
from ..engines.index import NEAR
from ..shapes.collection import thawed
from .problem import Problem
from .spaces import verify_vectors

PAGE = 2000


class Entry(NamedTuple):
    """One log entry about a record."""

    salt: bytes
    content: bytes
    kind: str
    scope: tuple[str, ...]
    current: bool  # of the record itself, not of a version that was imported with it
    closes: bool  # a version: whatever was written but more evidence of the same


Entries = dict[bytes, list[Entry]]  # by record, in the order of writing


async def tenants(house: Any) -> list[str]:
    """Whose memory is looked at: the scope's tenant, or everybody of whom there is a trace."""
    await Begin()
    if any(house._scope.values()):
        return [house._scope.tenant]
    tables = ["chains", "changes", "owners", "documents", "versions", *house._kinds]
    return await many(lambda tenant: str(tenant), " union ".join(f"select tenant from {table} where tenant >= ''" for table in tables))


async def verify_records(house: Any, tenant: str) -> list[Problem]:
    """The change log by itself, and the records and their versions against it."""
    await Begin()
    entries, pruned, problems = await _chain(tenant)
    inside = walls(Scope(tenant=tenant, user=house._scope.user))
    if house._scope.user:
        entries = {record: some for record, some in entries.items() if some[-1].scope[1] == house._scope.user}
    problems += await _versions(house, inside, entries, pruned)
    return problems + await _records(house, inside, entries, pruned)


async def verify_index(house: Any, tenant: str) -> list[Problem]:
    """The text index against the records."""
    await Begin()
    inside = walls(Scope(tenant=tenant, user=house._scope.user))
    owners = await Statement(
        f'select number, "user", language, documents, words, near from owners where {inside.sql}', inside.params, list, indexed=True
    )
    problems: list[Problem] = []
    for number, user, language, *counted in owners:
        expected = await _expected(house, tenant, user, language)
        problems += await _owner(house, tenant, number, expected, f"user {user!r}", tuple(counted))
    problems += await verify_vectors(house, inside)
    if not house._scope.user:
        problems += await _strangers(house, tenant, [owner[1] for owner in owners])
    return problems


# the change log


async def verify_chain(tenant: str) -> list[Problem]:
    """The tenant's change log by itself."""
    await Begin()
    return (await _chain(tenant))[2]


async def _chain(tenant: str) -> tuple[Entries, int, list[Problem]]:
    """The entries by record, until when they were pruned, and what is wrong with them."""
    problems: list[Problem] = []
    entries: Entries = defaultdict(list)
    said = "select position, hash, anchor_position, anchor_hash, anchor_at from chains where tenant = :tenant"
    head = await many(lambda *row: row, said, tenant=tenant)
    last, sealed, position, before, pruned = head[0] if head else (0, START, 0, START, 0)
    while rows := await _entries(tenant, position):
        for row in rows:
            found, operation, at, kind, action, *personal, record, _, content, salt, digest, stored = row
            if found != position + 1:
                problems.append(Problem("log", f"entry {position + 1}", f"entries {position + 1} to {found - 1} of tenant {tenant!r} are missing"))
            if stored != entry_hash(before, found, operation, at, kind, action, digest) or not _vouched(tenant, row):
                problems.append(Problem("log", f"entry {found}", f"the log entry {found} of tenant {tenant!r} was altered"))
            if salt is not None and record is not None and kind not in ABOUT_NONE:
                entries[record].append(Entry(salt, content, kind, (tenant, *personal), action != "import version", action not in (SEEN, FADED)))
            position, before = found, stored
    for row in await _entries(tenant, None):  # on a server: written a moment ago, and not sealed yet
        kind, (*personal, record), (content, salt) = row[3], row[5:11], row[12:14]
        if not _vouched(tenant, row):
            problems.append(Problem("log", "an entry that waits", f"a log entry of tenant {tenant!r} that waits to be sealed was altered"))
        elif salt is not None and kind not in ABOUT_NONE:
            entries[record].append(Entry(salt, content, kind, (tenant, *personal), row[4] != "import version", row[4] not in (SEEN, FADED)))
    if position != last or before != sealed:
        problems.append(Problem("log", f"entry {position + 1}", f"the change log of tenant {tenant!r} is cut: it ends at {position}, not at {last}"))
    return dict(entries), pruned, problems


def _vouched(tenant: str, row: Any) -> bool:
    """Whether an entry's personal columns are those that its digest was made of; erased ones have none."""
    *_, user, agent, project, channel, session, record, actor, content, salt, digest, _ = row
    if salt is None:
        return record is None
    personal = (user, agent, project, channel, session, actor)
    if record is None or content is None or any(part is None for part in personal):
        return False
    return bool(personal_digest(salt, (tenant, *personal[:5]), record, actor, content) == digest)


async def _entries(tenant: str, after: int | None) -> list[Any]:
    """A page of the chain; without a place to go on after, the entries that have no place in it yet."""
    standing = "position > :after order by position limit :page" if after is not None else "position is null order by seq"
    return await Statement(
        f"""select position, operation, at, kind, action, "user", agent, project, channel, session, record, actor, content, salt, digest, hash
        from changes where tenant = :tenant and {standing}""",
        {"tenant": tenant} if after is None else {"tenant": tenant, "after": after, "page": PAGE},
        list,
    )


# the records


async def _records(house: Any, inside: Clause, entries: Entries, pruned: int) -> list[Problem]:
    """Each row against the last log entry about it: what was changed behind our back, and what is gone."""
    problems = []
    seen: set[bytes] = set()
    for name, kind in house._kinds.items():
        async for raw, params in _Rows(kind.table, inside, house._shared.dialect.raw_text):
            seen.add(raw)
            what = f"{name} {id_text(raw)}"
            if raw not in entries:
                if params is not None and min(params["updated_at"], id_time(raw)) <= pruned:
                    continue  # what vouched for it went with the log of that time
                problems.append(Problem("records", what, f"{what} is not in the change log; it was not written by recollect"))
            elif not _as_written(kind.table, [entry for entry in entries[raw] if entry.current][-1:], params):
                problems.append(Problem("records", what, f"{what} is not as it was written; restore it from a backup"))
    for raw, some in entries.items():
        if raw not in seen and some[-1].kind in house._kinds:
            what = f"{some[-1].kind} {id_text(raw)}"
            problems.append(Problem("records", what, f"{what} is in the change log, but its row is missing"))
    return problems


def _as_written(table: Any, last: list[Entry], params: dict[str, Any] | None) -> bool:
    if not last or params is None or tuple(params[part] for part in PARTS) != last[0].scope or not _derived(table, params):
        return False
    return bool(content_digest(last[0].salt, table.logged(params))[:16] == last[0].content)


def _derived(table: Any, params: dict[str, Any]) -> bool:
    """Whether what is computed from a row's fields is what stands beside them: a wrong one would let the same thing be kept twice."""
    try:
        record = table.decode(*(params[column.name] for column in table.columns)) if table.derived else None
        return all(bytes(params[name]) == derive(record) for name, (_, derive) in (table.derived or {}).items())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


async def _versions(house: Any, inside: Clause, entries: Entries, pruned: int) -> list[Problem]:
    """Each closed version against the log entries of its record: one of them must vouch for it."""
    problems = []
    counted: Counter[bytes] = Counter()
    sql = f"select kind, record, version, body, began_at, ended_at from versions where {inside.sql} order by seq"
    cut: set[bytes] = set()  # records of which the log does not know the beginning any more
    ends: dict[tuple[bytes, int], tuple[str, int]] = {}
    begins: dict[tuple[bytes, int], int] = {}
    for kind, raw, version, body, began_at, ended_at in await many(lambda *row: row, sql, **inside.params):
        what = f"{kind} {id_text(raw)} version {version}"
        ends[raw, version], begins[raw, version] = (kind, ended_at), began_at
        counted[raw] += 1
        if min(began_at, id_time(raw)) <= pruned:
            cut.add(raw)
            continue
        values = _values(house, kind, body)
        standing = values is not None and _stands_where_it_says(house, kind, body, version, began_at)
        if not standing or not any(content_digest(entry.salt, values)[:16] == entry.content for entry in entries.get(raw, [])):  # type: ignore[arg-type]
            problems.append(Problem("records", what, f"{what} is not as it was written; restore it from a backup"))
    for raw, some in entries.items():  # the first entry is the record's beginning, each other one closed a version
        kept = some[0].kind in house._kinds and house._kinds[some[0].kind].table.versioned
        closed = sum(entry.closes for entry in some) - 1
        if kept and raw not in cut and counted[raw] != closed and not (pruned and counted[raw] == closed + 1):
            what = f"{some[0].kind} {id_text(raw)}"
            problems.append(Problem("records", what, f"{what} has {counted[raw]} earlier versions where the change log knows {closed}"))
    begins |= await _standing_since(house, inside, {kind for kind, _ in ends.values()})
    for (raw, version), (kind, ended_at) in ends.items():
        if begins.get((raw, version + 1), ended_at) != ended_at:
            what = f"{kind} {id_text(raw)} version {version}"
            problems.append(Problem("records", what, f"{what} does not end where the next one begins; restore it from a backup"))
    return problems


async def _standing_since(house: Any, inside: Clause, kinds: set[str]) -> dict[tuple[bytes, int], int]:
    """The beginning of each current version of these kinds that has an earlier one."""
    found: dict[tuple[bytes, int], int] = {}
    for kind in sorted(kinds & set(house._kinds)):
        sql = f"select id, version, updated_at from {kind} where {inside.sql} and version > 1"
        found |= dict(await many(lambda raw, version, since: ((raw, version), since), sql, **inside.params))
    return found


def _stands_where_it_says(house: Any, kind: str, body: str, version: int, began_at: int) -> bool:
    """Whether a version's number and beginning are those of the record that it holds."""
    was = thawed(house._kinds[kind].table, body)
    return bool(was.version == version and micros(was.updated_at) == began_at)


def _values(house: Any, kind: str, body: str) -> tuple[Any, ...] | None:
    """The stored values that a version was made of; None if it cannot even be read."""
    try:
        table = house._kinds[kind].table
        return tuple(table.logged(table.encode(thawed(table, body))))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


class _Rows:
    """A table's raw rows, page by page: (id, stored values), or None for values that are no text any more.

    Text is read as bytes, since damage must not stop the search for damage.
    """

    def __init__(self, table: Any, inside: Clause, raw_text: str) -> None:
        self._table, self._inside, self._after = table, inside, 0
        self._names = [column.name for column in table.columns]
        self._texts = {column.name for column in table.columns if column.codec.sql == "text"}
        selected = [raw_text.format(column.quoted) if column.name in self._texts else column.quoted for column in table.columns]
        self._names += list(table.derived or ())
        self._selected = ", ".join([*selected, *(table.derived or ())])
        self._waiting: Iterator[Any] = iter(())

    def __aiter__(self) -> _Rows:
        return self

    async def __anext__(self) -> tuple[bytes, dict[str, Any] | None]:
        row = next(self._waiting, None)
        if row is None:
            self._waiting = iter(await self._page())
            row = next(self._waiting, None)
        if row is None:
            raise StopAsyncIteration
        self._after = row[0]
        params = dict(zip(self._names, row[1:], strict=True))
        try:
            readable = {name: held.decode() if name in self._texts and held is not None else held for name, held in params.items()}
        except UnicodeDecodeError:
            return params["id"], None
        return params["id"], readable

    async def _page(self) -> list[Any]:
        return await Statement(
            f"select seq, {self._selected} from {self._table.name} where {self._inside.sql} and seq > :after order by seq limit :page",
            {**self._inside.params, "after": self._after, "page": PAGE},
            list,
        )


# the text index


async def _expected(house: Any, tenant: str, user: str, language: str) -> dict[tuple[bytes, int], Document]:
    found: dict[tuple[bytes, int], Document] = {}
    inside = Clause('tenant = :tenant and "user" = :user and deleted_at is null', {"tenant": tenant, "user": user})
    for name, kind in house._kinds.items():
        if kind.table.text is None:
            continue
        for record in await getattr(house, name)._select(inside):
            for document in documents(kind.table, record, read(kind.table.text(record), language)):
                found[document.record, document.part] = document
    return found


async def _owner(
    house: Any, tenant: str, number: int, expected: dict[tuple[bytes, int], Document], whose: str, counted: tuple[int, ...]
) -> list[Problem]:
    problems: list[Problem] = []
    held = await _held(house, tenant, number)
    rows = await _described(tenant, "owner = :owner", owner=number)
    lengths = []
    for document, record, part, *described in rows:
        wanted = expected.pop((record, part), None)
        what = f"{described[0]} {id_text(record)}"
        words = held.pop(document, Counter())
        if wanted is None:
            problems.append(Problem("index", what, f"the text index holds {what}, which should not be found"))
            continue
        lengths.append(len(wanted.words))
        if words != Counter(wanted.words):
            problems.append(Problem("index", what, f"the text index does not hold the words of {what}"))
        if tuple(described) != _description(wanted):
            problems.append(Problem("index", what, f"the text index describes {what} wrongly, so that filters and scores are wrong"))
    for document in expected.values():
        what = f"{document.kind} {id_text(document.record)}"
        problems.append(Problem("index", what, f"{what} is missing from the text index"))
    if held:
        problems.append(Problem("index", whose, f"the text index holds words of {whose} that belong to no record ({len(held)} entries)"))
    if not problems and counted != (len(lengths), sum(lengths), sum(min(length, NEAR) for length in lengths)):
        problems.append(Problem("index", whose, f"the text index counts the documents or words of {whose} wrongly"))
    return problems


async def _held(house: Any, tenant: str, number: int) -> dict[int, Counter[str]]:
    """The words of each document, as the index has them."""
    prefix = house._shared.prefix(number)
    held: dict[int, Counter[str]] = defaultdict(Counter)
    given = {"tenant": tenant, "owner": number, "first": prefix, "last": prefix[:-1] + "`"}
    terms = await Statement(house._shared.dialect.vocabulary, given, list)
    for document, term, times in terms:
        held[document][term.removeprefix(prefix)] = times
    return held


async def _described(tenant: str, condition: str, **params: Any) -> list[Any]:
    return await Statement(
        f"""select number, record, part, kind, agent, project, thread, role, speaker, at, length, questions, timed, importance
        from documents where tenant = :tenant and {condition}""",
        {"tenant": tenant, **params},
        list,
    )


def _description(document: Document) -> tuple[Any, ...]:
    return (
        document.kind, document.agent, document.project, document.thread, document.role, document.speaker, document.at,
        len(document.words), document.questions, int(document.timed), document.importance,
    )  # fmt: skip


# From one owner's number to the next, by the index: the table itself is not read.
_OWNERLESS = """with recursive next (number) as (
        select min(owner) from documents where tenant >= ''
        union all select (select min(owner) from documents where owner > next.number and tenant >= '') from next where next.number is not null
    )
    select number from next where number is not null and number not in (select number from owners where tenant >= '')"""


async def _strangers(house: Any, tenant: str, users: list[str]) -> list[Problem]:
    """Documents of owners that do not exist, and owners with records whom the index does not know."""
    problems = []
    for number in await many(lambda number: int(number), _OWNERLESS):
        for _, record, _, kind, *_ in await _described(tenant, "owner = :owner", owner=number):
            what = f"{kind} {id_text(record)}"
            problems.append(Problem("index", what, f"the text index holds {what} for an owner that does not exist"))
    known = set(users)
    for name, kind in house._kinds.items():
        if kind.table.text is None:
            continue
        sql = f'select distinct "user" from {name} where tenant = :tenant and deleted_at is null'
        for user in await many(lambda found: str(found), sql, tenant=tenant):
            if user not in known:
                known.add(user)
                for document in (await _expected(house, tenant, user, house._shared.language)).values():
                    what = f"{document.kind} {id_text(document.record)}"
                    problems.append(Problem("index", what, f"{what} is missing from the text index"))
    return problems
