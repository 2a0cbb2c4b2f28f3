"""The tables on a server: the migrations, the snapshot and the declared columns are the same, and every rule that Citus needs is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recollect import Corrupt, Memory, SchemaTooNew, SchemaTooOld
from recollect.kinds import KINDS
from recollect.schema import migrate
from recollect.schema.server import SHARED, by_tenant, distribution, roles
from scripted import Told, statements_of
from servers import DATABASES, tables

SNAPSHOT = Path(__file__).parent / "schema.postgres.txt"
TYPES = {"text": "text", "integer": ("bigint", "integer"), "real": "double precision", "blob": "bytea"}
OURS = {"owners", "documents", "versions", "changes", "chains", "leases", "vectors", "pending", "spaces"}


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("schema")
    DATABASES.release()


@pytest.fixture
def server(url: str) -> Iterator[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def snapshot(connection: Any) -> str:
    """Tables with their columns, constraints and indexes, as the server knows them."""
    found = []
    for table in sorted([*tables(connection), "settings", "migrations"]):
        columns = connection.execute(
            """select column_name, data_type, coalesce(collation_name, ''), is_nullable, is_identity from information_schema.columns
            where table_schema = 'public' and table_name = %s order by ordinal_position""",
            [table],
        ).fetchall()
        lines = [" ".join([name, kind, *([f"collate {collation}"] if collation else []), *([] if null == "YES" else ["not null"]),
                 *(["identity"] if identity == "YES" else [])]) for name, kind, collation, null, identity in columns]  # fmt: skip
        rules = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype <> 'n' order by 1", [table]
        ).fetchall()
        indexes = connection.execute("select indexdef from pg_indexes where schemaname = 'public' and tablename = %s order by 1", [table]).fetchall()
        found.append("\n    ".join([table, *lines, *(rule for (rule,) in rules), *(index for (index,) in indexes)]))
    return "\n\n".join(found) + "\n"


def test_the_migrations_make_the_schema_of_the_snapshot(server: Any) -> None:
    """Made anew by `python tests/schema/regenerate.py`, after a migration was added."""
    assert snapshot(server) == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", KINDS)
def test_a_kinds_columns_are_its_records_fields(server: Any, name: str) -> None:
    table = KINDS[name].table
    rows = server.execute(
        "select column_name, data_type, is_nullable = 'NO' from information_schema.columns where table_schema = 'public' and table_name = %s", [name]
    ).fetchall()
    there = {column: (kind, required) for column, kind, required in rows}
    assert there.pop("seq") == ("bigint", True)
    declared = {column.name: (column.codec.sql, column.required) for column in table.columns}
    declared |= {column: (codec.sql, True) for column, (codec, _) in (table.derived or {}).items()}
    assert there.keys() == declared.keys()
    for column, (kind, required) in declared.items():
        assert there[column][0] in TYPES[kind]
        assert there[column][1] == required, column


def test_what_sorts_or_is_compared_sorts_by_its_bytes(server: Any) -> None:
    """A server's own collation would page and list in another order than a file does."""
    indexed = server.execute(
        """select distinct c.relname, a.attname, coalesce(l.collname, '') from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) left join pg_collation l on l.oid = a.attcollation
        where c.relnamespace = 'public'::regnamespace and a.atttypid = 'text'::regtype"""
    ).fetchall()
    assert len(indexed) > 20
    assert {(table, column) for table, column, collation in indexed if collation != "C"} == set()


@pytest.mark.promise("isolation")
def test_the_tenant_is_first_in_every_key(server: Any) -> None:
    keys = server.execute(
        """select c.relname, i.indexrelid::regclass::text, a.attname from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where i.indisunique and c.relnamespace = 'public'::regnamespace"""
    ).fetchall()
    first = {(table, index): column for table, index, column in keys if table not in SHARED}
    assert len(first) > 15
    assert set(first.values()) == {"tenant"}
    foreign = server.execute("select pg_get_constraintdef(oid) from pg_constraint where contype = 'f'").fetchall()
    assert foreign
    assert all(rule.startswith("FOREIGN KEY (tenant,") and "(tenant," in rule.partition("REFERENCES")[2] for (rule,) in foreign)


def test_there_are_no_triggers_and_no_functions(server: Any) -> None:
    assert server.execute("select count(*) from pg_trigger where not tgisinternal").fetchone() == (0,)
    assert server.execute("select count(*) from pg_proc where pronamespace = 'public'::regnamespace").fetchone() == (0,)


def test_every_table_of_a_kind_has_a_kind(server: Any) -> None:
    assert set(tables(server)) - OURS == set(KINDS)


# every statement of every kind


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    told = Told(tmp_path_factory.mktemp("server"), DATABASES.url("statements"))
    with psycopg.connect(DATABASES.url("statements"), autocommit=True) as connection:
        connection.execute(roles())
    yield statements_of(told, without=frozenset({"memory.backup"}))  # the server's own tools do that
    DATABASES.release()


ROUTED = re.compile(r"\btenant = (%\(\w+\)s|%s)|insert into \w+\s*\((\w+, |\"\w+\", |\s)*tenant\b|%s::bytea\[\].*tenant = %s", re.DOTALL)
WHOLE = "tenant >= ''"  # upkeep of the whole database, by its administrator: it concerns every shard


def test_every_statement_goes_to_one_tenant(statements: dict[str, str]) -> None:
    assert len(statements) > 100
    for sql, verb in statements.items():
        plain = sql in ("commit", "rollback") or sql.startswith(("savepoint", "release", "rollback to", "select pg_advisory"))
        size = "pg_database_size" in sql or re.fullmatch(r"select [^()]* from spaces [^()]*", sql)  # which every node has
        assert plain or size or WHOLE in sql or ROUTED.search(sql), f"{verb} runs a statement that cannot be sent to one tenant: {sql}"
        assert WHOLE not in sql or verb in ("memory.stats", "memory.verify", "memory.export"), f"{verb} concerns all tenants: {sql}"


def test_no_statement_asks_the_server_for_the_time_or_for_chance(statements: dict[str, str]) -> None:
    """Times are parameters: servers' clocks differ, and Citus refuses them in an upsert."""
    asking = r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|random|gen_random_uuid|nextval)\s*\(|\bcurrent_(date|time)"
    for sql, verb in statements.items():
        assert not re.search(asking, sql), (verb, sql)


def test_no_statement_locks_rows_by_itself(statements: dict[str, str]) -> None:
    for sql, verb in statements.items():
        assert not re.search(r"\bfor (update|share|no key update)\b", sql), (verb, sql)


# what is refused


@pytest.mark.promise("files")
def test_a_newer_database_is_refused(url: str, server: Any) -> None:
    server.execute("insert into migrations values ('9999_later', 'x', 0)")
    try:
        with pytest.raises(SchemaTooNew, match="9999_later"):
            Memory(url)
    finally:
        server.execute("delete from migrations where name = '9999_later'")


@pytest.mark.promise("files")
def test_an_edited_history_is_refused(url: str, server: Any) -> None:
    (name, _, checksum), *_ = migrate.steps("postgres")
    server.execute("update migrations set checksum = 'edited' where name = %s", (name,))
    try:
        with pytest.raises(Corrupt, match=name):
            Memory(url)
    finally:
        server.execute("update migrations set checksum = %s where name = %s", (checksum, name))


def test_a_database_that_lacks_a_step_is_not_opened_to_read(url: str) -> None:
    empty = DATABASES.made(tables=False)
    with pytest.raises(SchemaTooOld, match="read_only"):
        Memory(empty, read_only=True)


# distribution


def test_every_table_is_distributed_with_its_tenant_or_shared(server: Any) -> None:
    there = {name for (name,) in server.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()}
    assert {*by_tenant(), *SHARED} == there
    assert set(distribution()) == there
    for table in by_tenant():
        ((first, *_),) = server.execute("select count(*) from information_schema.columns where table_name = %s and column_name = 'tenant'", [table])
        assert first == 1
    assert all("colocate_with => 'owners'" in sql for table, sql in distribution().items() if table in by_tenant()[1:])


def test_the_roles_reach_every_table(server: Any) -> None:
    Memory(DATABASES.url("schema")).close()
    server.execute("begin")
    try:
        server.execute(roles())
        walled = {name for (name,) in server.execute("select tablename from pg_policies where policyname = 'walls'").fetchall()}
        secured = {name for (name,) in server.execute("select relname from pg_class where relrowsecurity").fetchall()}
        assert walled == secured == set(by_tenant())
        for table in (*by_tenant(), *SHARED):
            ((may,),) = server.execute("select has_table_privilege('recollect_app', %s, 'select')", [table]).fetchall()
            assert may, table
    finally:
        server.execute("rollback")
