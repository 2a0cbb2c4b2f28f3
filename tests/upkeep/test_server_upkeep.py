"""On a server too: what is erased is in no row, and each kind of damage is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from faces import SERVED, opened
from recollect import Invalid, Memory
from servers import DATABASES, tables

SECRET = "xanadu"


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("upkeep")
    DATABASES.release()


@pytest.fixture(params=SERVED)
def memory(request: pytest.FixtureRequest, url: str) -> Iterator[Any]:
    with opened(request.param, "upkeep") as found:
        yield found


def run(url: str, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def left(url: str, *also: str) -> list[str]:
    """The tables in which any row still says the secret, in any column, or holds one of these ids."""
    said = [SECRET, *(id.replace("-", "") for id in also)]
    with psycopg.connect(url) as connection:
        names = tables(connection)
        asked = "select 1 from {} t where t::text ilike %s"
        return [name for name in names for word in said if connection.execute(asked.format(name), [f"%{word}%"]).fetchall()]


def lived(view: Any) -> list[str]:
    """Everything that a user can leave behind, each with the secret in it."""
    session = view.sessions.start(f"About {SECRET}", external_id=f"their-{SECRET}", metadata={"on": SECRET})
    here = view.scope(session=session.id)
    message = here.messages.add("user", f"I moved to {SECRET}.", name=SECRET, metadata={"in": SECRET})
    here.messages.exchange(f"Where is {SECRET}?", f"In {SECRET}.")
    view.facts.set("home", SECRET, source=message)
    fact = view.facts.set("home", f"near {SECRET}")
    note = view.remember(f"Likes {SECRET}", tags=[SECRET], source=SECRET)
    note = view.notes.update(note.id, text=f"Loves {SECRET}")
    view.notes.delete(view.remember(f"Forget {SECRET}").id)
    return [session.id, message.id, fact.id, note.id]


@pytest.mark.promise("forgetting")
def test_erasing_a_user_leaves_no_row_of_it_and_every_row_of_others(memory: Any, url: str) -> None:
    ids = lived(memory.scope(user=SECRET))
    bob = memory.scope(user="bob")
    bob.remember("A note of bob's")
    bob.facts.set("home", "Porto")
    memory.aliases.add(f"+351 {SECRET}", SECRET)
    assert set(left(url)) > {"messages", "facts", "notes", "sessions", "documents", "versions", "changes", "owners", "aliases"}
    report = memory.erase(user=SECRET)
    assert report.complete
    assert "write-ahead log" in report.remaining[0]
    assert left(url, *ids) == []
    assert memory.verify() == []
    assert [hit.text for hit in bob.recall("note bob", kinds=["notes"])] == ["A note of bob's"]
    assert bob.facts.get("home").value == "Porto"


@pytest.mark.promise("forgetting")
def test_erasing_one_record_a_session_and_a_tenant(memory: Any, url: str) -> None:
    alice = memory.scope(tenant="acme", user="alice")
    note = alice.remember(f"Loves {SECRET}")
    alice.erase(id=note.id)
    assert left(url, note.id) == []
    session = alice.sessions.start(f"About {SECRET}")
    alice.scope(session=session.id).messages.add("user", f"I moved to {SECRET}.")
    alice.erase(session=session.id)
    assert left(url, session.id) == []
    assert memory.verify() == []
    lived(alice)
    kept = memory.scope(tenant="other", user="alice").remember("Stays.")
    memory.erase(tenant="acme")
    assert left(url) == []
    tenants = run(url, "select tenant from changes union select tenant from owners union select tenant from chains")
    assert tenants == [("other",)]
    assert memory.scope(tenant="other").notes.get(kept.id) == kept
    assert memory.verify() == []


DAMAGE: dict[str, tuple[str, str]] = {
    "update facts set value = 'Paris' where key = 'home'": ("records", "not as it was written"),
    "delete from notes": ("records", "row is missing"),
    "insert into facts select 9999, decode(repeat('ab', 16), 'hex'), tenant, \"user\", agent, project, channel, session, created_at,"
    " updated_at, deleted_at, version, 'forged', value, source from facts limit 1": ("records", "not in the change log"),
    "update versions set body = replace(body, 'Lisbon', 'London')": ("records", "version"),
    "delete from versions": ("records", "earlier versions"),
    "delete from documents where kind = 'facts'": ("index", "missing from the text index"),
    "update documents set tokens = array_to_tsvector(array['1_other']) where kind = 'notes'": ("index", "does not hold the words"),
    "update documents set at = at + 1": ("index", "wrongly"),
    "update documents set owner = 4242 where kind = 'notes'": ("index", "does not exist"),
    "update owners set words = words + 1": ("index", "counts"),
    "update changes set action = 'forged' where position = 2": ("log", "was altered"),
    "update changes set digest = decode(repeat('ab', 32), 'hex') where position = 2": ("log", "was altered"),
    "update changes set actor = 'somebody' where position = 1": ("log", "was altered"),
    "delete from changes where position = 2": ("log", "missing"),
    "delete from changes where position = (select max(position) from changes)": ("log", "is cut"),
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage[:60])
def test_each_kind_of_damage_is_named(url: str, damage: str) -> None:
    with Memory(url) as memory:
        alice = memory.scope(user="alice")
        alice.facts.set("home", "Porto")
        alice.facts.set("home", "Lisbon")
        alice.facts.set("home", "Faro")
        alice.remember("The harbour opens at nine")
        assert memory.verify() == []
        run(url, damage)
        where, said = DAMAGE[damage]
        found = memory.verify()
        assert any(problem.where == where and said in problem.message for problem in found), found


@pytest.mark.parametrize("call", [lambda m, p: m.backup(p), lambda m, p: Memory.restore(p, DATABASES.url("upkeep"))], ids=["backup", "restore"])
def test_copies_are_the_servers_own_work(url: str, tmp_path: Any, call: Callable[[Any, Any], Any]) -> None:
    with Memory(url) as memory, pytest.raises(Invalid, match=r"pg_(dump|restore)"):
        call(memory, tmp_path / "copy.db")


def test_vacuum_and_a_memory_that_only_reads(url: str) -> None:
    with Memory(url) as memory:
        memory.remember("The harbour opens at nine")
        assert isinstance(memory.vacuum(), int)
    with Memory(url, read_only=True) as memory:
        assert [hit.text for hit in memory.recall("harbour")] == ["The harbour opens at nine"]
        assert memory.verify() == []
