"""The least-privilege role, and the second lock behind our own scoping: with ours taken away, the server still shows nobody else's rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from serverkit import rows

import recollect.core.traits
from recollect import Denied, Memory
from recollect.core.traits import Clause
from servers import DATABASES, altered

pytestmark = pytest.mark.promise("isolation")

ROLES = Path(recollect.__file__).parent / "schema" / "roles.postgres.sql"


@pytest.fixture
def urls() -> tuple[str, str]:
    """The owner's, and a program's."""
    owner = DATABASES.made()
    rows(owner, ROLES.read_text(encoding="utf-8"))
    rows(owner, ROLES.read_text(encoding="utf-8"))  # doing it again changes nothing
    rows(owner, "do $$ begin if not exists (select from pg_roles where rolname = 'a_service') then create role a_service login; end if; end $$")
    rows(owner, "grant recollect_app to a_service")
    return owner, altered(owner, "a_service")


def filled(memory: Any) -> dict[str, Any]:
    made = {}
    for tenant, user in (("acme", "alice"), ("acme", "bob"), ("other", "alice")):
        view = memory.scope(tenant=tenant, user=user)
        made[tenant, user] = [
            view.facts.set("home", f"{user} of {tenant}"), view.remember(f"A note by {user} of {tenant}"),
            view.messages.add("user", f"Said by {user} of {tenant}"), view.sessions.start("Work"), view.aliases.add(f"{user}'s", user),
        ]  # fmt: skip
    return made


def test_a_program_without_rights_on_tables_can_do_everything_a_memory_does(urls: tuple[str, str]) -> None:
    with Memory(urls[1]) as memory:
        filled(memory)
        view = memory.scope(tenant="acme", user="alice")
        assert [hit.text for hit in view.recall("Said by alice", kinds=["messages"])] == ["Said by alice of acme"]
        assert view.facts.delete("home")
        assert view.facts.undelete("home") or view.facts.get("home")
        with view.atomic() as tx:
            tx.facts.set("pet", "a parrot")
        assert memory.stats().counts["notes"] == 3
        assert memory.verify() == []
        assert view.erase(user="alice").records["notes"] == 1
        assert memory.verify() == []


def test_a_program_can_neither_change_tables_nor_their_history(urls: tuple[str, str]) -> None:
    for forbidden in ("drop table facts", "create table mine (x int)", "delete from migrations", "alter table facts disable row level security"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(urls[1], forbidden)


def test_a_role_without_the_rights_is_told_so(urls: tuple[str, str]) -> None:
    rows(urls[0], "do $$ begin if not exists (select from pg_roles where rolname = 'nobody') then create role nobody login; end if; end $$")
    with pytest.raises(Denied, match="does not allow"):
        Memory(altered(urls[0], "nobody"))


def test_without_our_scoping_the_server_still_shows_nobody_elses_rows(urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(urls[1]) as memory:
        made = filled(memory)
        owners = {(tenant, user): [record.id for record in records] for (tenant, user), records in made.items()}

        def open_to_all(*_: Any, **__: Any) -> Clause:
            return Clause("tenant >= ''")

        for module in [module for name, module in sys.modules.items() if name.startswith("recollect.") and hasattr(module, "walls")]:
            monkeypatch.setattr(module, "walls", open_to_all)
        monkeypatch.setattr(recollect.core.traits, "divided", open_to_all)
        view = memory.scope(tenant="acme", user="alice")
        theirs = {id for owner, ids in owners.items() if owner != ("acme", "alice") for id in ids}
        shared = {records[4].id for (tenant, _), records in made.items() if tenant == "acme"}  # aliases are the tenant's
        seen = [
            record.id for kind in ("facts", "notes", "messages", "sessions", "conversations", "aliases")
            for record in getattr(view, kind).list() + [one for one in map(getattr(view, kind).get, theirs) if one is not None]
        ]  # fmt: skip
        assert set(owners["acme", "alice"]) <= set(seen)
        assert not set(seen) & (theirs - shared)
        assert view.messages.count() == 1
    with psycopg.connect(urls[1]) as connection:  # and who does not say whose he is sees nothing at all
        for table in ("facts", "notes", "messages", "documents", "changes", "versions", "owners", "chains"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)
