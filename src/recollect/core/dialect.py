"""The fragments of SQL in which the databases differ. Everything else is one text for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Walk(NamedTuple):
    """How all of a table is read, page by page, in the order of a column. The places in braces are filled in."""

    patience: tuple[str, ...]  # said first of all: reading everything takes its time, and is no lookup
    first: tuple[str, ...]  # said before a table's first page
    page: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database says the few things that are not common SQL."""

    name: str
    frequencies: str  # :terms (JSON list) -> place in the list, number of documents
    occurrences: str  # :terms (JSON list) -> document, place in the list; a row an occurrence
    together: str  # :rare (JSON list), :common -> documents with the common word and any of the rare ones
    newest: str  # :terms (JSON list), :since, :until, :kinds, :most -> documents with all these words and their lengths, the newest ones
    numbered: str  # :numbers (JSON list) -> the rows of `documents`
    lengths: str  # :numbers (JSON list) -> document, length
    vectors: str  # :numbers (JSON list), :space -> document, vector
    put_vector: str  # :document, :space, :owner, :stamp, :vector
    vocabulary: str  # :owner, :first, :last -> document, word, occurrences
    bytes: str  # -> size of the database
    raw_text: str  # a column's text as bytes
    blob: str  # the type of an id
    empty_index: str  # take every document's words out of the text index, whatever they were
    around: str  # :owner, :ranges (JSON list of [thread, first, last]) -> thread, place, document, length
    fence: str  # ends a subquery that is to be carried out by itself
    walk: Walk

    # Each of them is also given :tenant.


SPACES = 1024
"""Spaces of vectors that a memory can have. In a file a vector's key is its document's number times this, and its space."""

DOCUMENT = (
    "d.number, d.kind, d.record, d.part, d.agent, d.project, d.thread, d.place, d.role, d.speaker, d.at, d.length, d.questions, d.timed, d.importance"
)

SQLITE = Dialect(
    name="sqlite",
    frequencies="select j.key, coalesce(f.doc, 0) from json_each(:terms) j left join frequencies f on f.term = j.value",
    occurrences="select p.doc, j.key from json_each(:terms) j cross join postings p on p.term = j.value",
    together="""select rowid from words where words match
        '(' || (select group_concat('"' || value || '"', ' OR ') from json_each(:rare)) || ') AND "' || :common || '"'""",
    newest="""select w.rowid, d.length from words w cross join documents d on d.number = w.rowid
        where w.words match (select group_concat('"' || value || '"', ' AND ') from json_each(:terms))
        and d.tenant = :tenant and d.at >= coalesce(:since, d.at) and (:until is null or d.at < :until)
        and d.kind in (select value from json_each(:kinds)) order by w.rowid desc limit :most""",
    numbered=f"select {DOCUMENT} from json_each(:numbers) j cross join documents d on d.number = j.value where d.tenant = :tenant",
    lengths="select d.number, d.length from json_each(:numbers) j cross join documents d on d.number = j.value where d.tenant = :tenant",
    vectors=f"""select v.document, v.vector from json_each(:numbers) j cross join vectors v on v.key = j.value * {SPACES} + :space
        where v.tenant = :tenant""",
    put_vector=f"""insert into vectors (key, owner, tenant, stamp, vector)
        values (:document * {SPACES} + :space, :owner, :tenant, :stamp, :vector)""",
    vocabulary="select doc, term, count(*) from postings where term >= :first and term < :last group by doc, term",
    raw_text="cast({} as blob)",
    blob="blob",
    empty_index="insert into words (words) values ('delete-all')",
    bytes="select page_count * page_size from pragma_page_count, pragma_page_size",
    around="""select d.thread, d.place, d.number, d.length from json_each(:ranges) j
        cross join documents d on d.owner = :owner and d.thread = unhex(j.value ->> 0) and d.place between j.value ->> 1 and j.value ->> 2
        where d.tenant = :tenant""",
    fence="limit -1",
    # The plus keeps a tenant's rows from being collected by an index, and sorted for each page anew.
    walk=Walk((), (), "select {selected} from {name} where +{inside} {beyond} order by {order} limit {most}"),
)

# A word in quotes is taken as it is, never parsed: the analyser emits letters and digits only.
_TERMS = "json_array_elements_text(cast(:terms as json)) with ordinality as j (word, place)"
_NUMBERS = "(select cast(value as bigint) from json_array_elements_text(cast(:numbers as json)) as n (value))"
_HOLDS = "d.tenant = :tenant and d.tokens @@ cast('''' || {} || '''' as tsquery)"

POSTGRES = Dialect(
    name="postgres",
    frequencies=f"select cast(j.place - 1 as integer), (select count(*) from documents d where {_HOLDS.format('j.word')}) from {_TERMS}",
    occurrences=f"""select d.number, cast(j.place - 1 as integer) from {_TERMS} join documents d on {_HOLDS.format("j.word")}
        cross join generate_series(1, coalesce(cast(d.repeated ->> j.word as integer), 1)) order by j.place""",
    together=f"""select d.number from documents d where {_HOLDS.format(":common")} and d.tokens @@ cast(
        (select string_agg('''' || word || '''', ' | ') from json_array_elements_text(cast(:rare as json)) as r (word)) as tsquery)""",
    newest="""select d.number, d.length from documents d where d.tenant = :tenant and d.tokens @@ cast(
        (select string_agg('''' || word || '''', ' & ') from json_array_elements_text(cast(:terms as json)) as t (word)) as tsquery)
        and d.at >= coalesce(:since, d.at) and d.at < coalesce(:until, d.at + 1)
        and d.kind in (select value from json_array_elements_text(cast(:kinds as json)) as k (value)) order by d.number desc limit :most""",
    numbered=f"select {DOCUMENT} from documents d where d.tenant = :tenant and d.number in {_NUMBERS}",
    lengths=f"select d.number, d.length from documents d where d.tenant = :tenant and d.number in {_NUMBERS}",
    vectors=f"select v.document, v.vector from vectors v where v.tenant = :tenant and v.space = :space and v.document in {_NUMBERS}",
    put_vector="""insert into vectors (document, space, owner, tenant, stamp, vector)
        values (:document, :space, :owner, :tenant, :stamp, :vector)""",
    vocabulary="""select d.number, l.lexeme, coalesce(cast(d.repeated ->> l.lexeme as integer), 1) from documents d cross join unnest(d.tokens) as l
        where d.tenant = :tenant and d.owner = :owner and l.lexeme >= :first and l.lexeme < :last""",
    raw_text="convert_to({}, 'UTF8')",
    blob="bytea",
    empty_index="update documents set tokens = '', repeated = null where tenant >= ''",
    bytes="select pg_database_size(current_database())",
    around="""select d.thread, d.place, d.number, d.length from json_array_elements(cast(:ranges as json)) as r (part)
        cross join lateral (
            select * from documents d where d.tenant = :tenant and d.owner = :owner and d.thread = decode(r.part ->> 0, 'hex')
            and d.place between cast(r.part ->> 1 as bigint) and cast(r.part ->> 2 as bigint) offset 0
        ) d""",  # `offset 0`, or all of an owner's documents would be read beside the ranges
    fence="offset 0",
    # No index has this order: the rows are sorted once, and the answer is kept at hand.
    walk=Walk(
        ("select set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)",),
        ("declare walk_{name} no scroll cursor for select {selected} from {name} where {inside} {beyond} order by {order}",),
        "fetch {most} from walk_{name}",
    ),
)
