"""Our own export: everything goes out, everything comes in again, to the byte."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recollect import Denied, Invalid, RecollectError

HOUR = timedelta(hours=1)
TEXT = st.text(st.characters(codec=None), min_size=1, max_size=40)
PART = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


def lived(view: Any, clock: Any) -> None:
    """Something of every kind, changed, deleted and brought back."""
    session = view.sessions.start("Moving house", external_id="run-7", metadata={"a": [1, None, {"b": "é"}]})
    here = view.scope(session=session.id, channel="mail", project="atlas", agent="scout")
    here.messages.add("system", "Answer briefly.")
    here.messages.exchange('I\'m moving to Lisbon.\n"Really"', "Noted! 愛 🦜 \u2028")
    here.messages.add("assistant", "", tool_calls=[{"id": "c1", "function": {"name": "find", "arguments": "{}"}}], tokens=7)
    here.messages.add("tool", "three", tool_call_id="c1", name="find", importance=1 / 3, metadata={"k": 0.1})
    here.messages.add("user", [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "a.png"}}], external_id="x-1")
    view.messages.delete(view.messages.add("user", "Forget this.", at=clock() - 400 * HOUR).id)
    view.sessions.compress(session.id, keep=2)
    clock.advance(timedelta(microseconds=1))
    for city in ("Porto", "Faro", "Lisbon"):
        view.facts.set("home_city", city, source="a letter")
        clock.advance(HOUR)
    here.facts.set("home_city", "Braga")
    view.facts.set("pet", "a parrot")
    view.facts.delete("pet")
    view.facts.set("preferred_language", "German")
    note = view.notes.add("The flat is free.", tags=["flat", "é"], expires_at=clock() + 1000 * HOUR)
    view.notes.update(note.id, text="The flat is taken.")
    view.notes.add("The flat is taken.")
    view.notes.delete(view.notes.add("Gone.").id)
    view.notes.pin(view.notes.add("Stay.").id)
    view.conversations.close(view.conversations.start("Flats", "thread-1").id, "They took a flat.")
    view.conversations.delete(view.conversations.start("nothing").id)


@pytest.fixture
def whole(memory: Any, clock: Any) -> Any:
    """Several tenants and users."""
    for tenant, user in (("", ""), ("", "alice"), ("acme", "alice"), ("acme", "b'o%b_"), ("愛", "🦜")):
        parts = {name: value for name, value in (("tenant", tenant), ("user", user)) if value}
        lived(memory.scope(**parts), clock)
    memory.aliases.add("phone", "alice")
    memory.aliases.add("phone", "bob")
    memory.scope(tenant="acme").aliases.delete(memory.scope(tenant="acme").aliases.add("mail", "alice").id)
    return memory


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def rewritten(path: Path, found: list[Any]) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line, separators=(",", ":")) for line in found]
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return path


# there and back


def test_export_import_export_gives_the_same_bytes(whole: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    """Defect 12 of engram: an import lost scopes, times, versions and links."""
    count = whole.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    report = copy.import_(tmp_path / "one.jsonl")
    assert (report.format, report.bad, report.known) == ("recollect", (), 0)
    assert copy.export(tmp_path / "two.jsonl") == count
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert copy.verify() == []


def test_what_was_imported_answers_as_the_original_does(whole: Any, fresh: Callable[..., Any], tmp_path: Path, clock: Any) -> None:
    whole.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    copy.import_(tmp_path / "one.jsonl")
    for ask in (
        lambda view: view.recall("Wohnung flat Lisbon", limit=50),
        lambda view: view.context("flat", budget=600),
        lambda view: view.profile(),
        lambda view: view.facts.history("home_city"),
        lambda view: view.facts.as_of(clock() - 2 * HOUR),
        lambda view: view.notes.list(),
        lambda view: view.messages.list(),
        lambda view: view.conversations.history(),
        lambda view: view.sessions.active(),
    ):
        assert repr(ask(copy.scope(user="alice"))) == repr(ask(whole.scope(user="alice")))
    assert copy.aliases.resolve("phone") == "bob"


def test_the_languages_of_the_owners_go_along(whole: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    whole.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    copy.import_(tmp_path / "one.jsonl")
    assert copy.scope(user="alice").profile().language == "de"
    assert copy.scope(tenant="acme", user="alice").profile().language == "de"


@pytest.mark.promise("text")
@settings(max_examples=25)
@given(user=PART, texts=st.lists(TEXT, min_size=1, max_size=4), key=PART, tags=st.lists(TEXT, max_size=3))
def test_any_content_goes_out_and_comes_in(
    memory: Any, fresh: Callable[..., Any], tmp_path: Path, user: str, texts: list[str], key: str, tags: list[str]
) -> None:
    number = len(list(tmp_path.glob("*a.jsonl")))
    tenant = f"of example {number}"
    view = memory.scope(tenant=tenant, user=user, project=key)
    for text in texts:
        view.notes.add(text, tags=tags, source=text)
        view.messages.add("user", text, metadata={text: tags}, name=text)
        view.facts.set(key, text)
    one, two = tmp_path / f"{number}a.jsonl", tmp_path / f"{number}b.jsonl"
    memory.scope(tenant=tenant).export(one)
    with fresh("copy.db") as copy:
        assert copy.import_(one).bad == ()
        copy.scope(tenant=tenant).export(two)
    assert two.read_bytes() == one.read_bytes()


def test_a_users_export_holds_this_user_and_nobody_else(whole: Any, tmp_path: Path) -> None:
    whole.scope(tenant="acme", user="alice").export(tmp_path / "one.jsonl")
    found = lines(tmp_path / "one.jsonl")[1:]
    owners = {(line["body"] if line["kind"] == "versions" else line)["user"] for line in found}
    tenants = {(line["body"] if line["kind"] == "versions" else line)["tenant"] for line in found}
    assert (owners, tenants) == ({"alice"}, {"acme"})
    assert {line["kind"] for line in found} == {"owners", "sessions", "conversations", "messages", "facts", "notes", "versions"}


def test_a_users_export_comes_in_again_in_that_users_scope(whole: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    whole.scope(user="alice").export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    report = copy.scope(user="alice").import_(tmp_path / "one.jsonl")
    assert report.bad == ()
    copy.scope(user="alice").export(tmp_path / "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_an_export_after_a_merge_comes_in_again_with_its_history(memory: Any, fresh: Callable[..., Any], tmp_path: Path, clock: Any) -> None:
    memory.scope(user="phone").facts.set("home_city", "Porto")
    then = clock()
    clock.advance(HOUR)
    memory.scope(user="phone").facts.set("home_city", "Lisbon")
    memory.aliases.add("phone", "mira")
    memory.aliases.merge("phone")
    memory.scope(user="mira").export(tmp_path / "one.jsonl")
    copy = fresh("copy.db").scope(user="mira")
    assert copy.import_(tmp_path / "one.jsonl").bad == ()
    assert [fact.value for fact in copy.facts.as_of(then)] == ["Porto"]


def test_an_export_says_what_it_is_and_how_many_records_it_has(alice: Any, tmp_path: Path) -> None:
    alice.notes.add("one")
    alice.notes.add("two")
    assert alice.export(tmp_path / "one.jsonl") == 2
    found = lines(tmp_path / "one.jsonl")
    assert found[0] == {"recollect": "export", "format": 1}
    assert [line["text"] for line in found if line.get("kind") == "notes"] == ["one", "two"]


def test_an_empty_memory_has_an_export_of_one_line(memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    assert memory.export(tmp_path / "one.jsonl") == 0
    assert len(lines(tmp_path / "one.jsonl")) == 1
    report = fresh("copy.db").import_(tmp_path / "one.jsonl")
    assert (report.added, report.known, report.bad) == ({}, 0, ())


def test_the_change_log_stays_behind(alice: Any, tmp_path: Path) -> None:
    alice.notes.add("one")
    alice.export(tmp_path / "one.jsonl")
    assert {line.get("kind") for line in lines(tmp_path / "one.jsonl")} == {None, "owners", "notes"}


# idempotent


def test_importing_twice_adds_nothing(whole: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    """Defect 12 of engram: what was passed over was counted as imported."""
    whole.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    first = copy.import_(tmp_path / "one.jsonl")
    again = copy.import_(tmp_path / "one.jsonl")
    assert again.added == {}
    assert again.known == sum(first.added.values()) > 0
    copy.export(tmp_path / "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert copy.verify() == []


def test_importing_into_the_memory_it_came_from_adds_nothing(whole: Any, tmp_path: Path) -> None:
    whole.export(tmp_path / "one.jsonl")
    assert whole.import_(tmp_path / "one.jsonl").added == {}
    whole.export(tmp_path / "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_what_was_deleted_here_stays_deleted(alice: Any, tmp_path: Path) -> None:
    note = alice.notes.add("one")
    alice.facts.set("pet", "a parrot")
    alice.export(tmp_path / "one.jsonl")
    alice.notes.delete(note.id)
    alice.facts.delete("pet")
    report = alice.import_(tmp_path / "one.jsonl")
    assert (report.added, alice.notes.list(), alice.facts.list()) == ({}, [], [])


def test_what_was_deleted_there_is_deleted_here_and_can_be_brought_back(alice: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    note = alice.notes.add("one")
    alice.notes.delete(note.id)
    alice.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db").scope(user="alice")
    copy.import_(tmp_path / "one.jsonl")
    assert copy.notes.list() == []
    assert copy.recall("one") == []
    assert copy.notes.undelete(note.id) is True
    assert [hit.id for hit in copy.recall("one")] == [note.id]


def test_a_key_that_is_known_here_keeps_its_value_and_its_own_history(memory: Any, fresh: Callable[..., Any], tmp_path: Path, clock: Any) -> None:
    """Versions of a record that did not come in must not come in either."""
    there = memory.scope(user="alice")
    there.facts.set("home_city", "Porto")
    then = clock()
    clock.advance(HOUR)
    there.facts.set("home_city", "Faro")
    there.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    here = copy.scope(user="alice")
    mine = here.facts.set("home_city", "Lisbon")
    here.import_(tmp_path / "one.jsonl")
    assert here.facts.get("home_city") == mine
    assert [fact.value for fact in here.facts.history("home_city")] == ["Lisbon"]
    assert here.facts.as_of(then) == []
    assert here.recall("Porto", as_of=then) == []
    assert copy.verify() == []


def test_a_note_that_is_known_here_by_its_text_is_not_doubled(memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    memory.scope(user="alice").notes.add("Buy milk")
    memory.export(tmp_path / "one.jsonl")
    here = fresh("copy.db").scope(user="alice")
    here.notes.add("Buy milk")
    here.import_(tmp_path / "one.jsonl")
    assert here.notes.count() == 1


# walls


def test_another_users_lines_are_refused_line_by_line(memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    memory.scope(user="alice").notes.add("hers")
    memory.scope(user="bob").notes.add("his")
    memory.scope(tenant="acme", user="alice").notes.add("another's")
    memory.aliases.add("phone", "bob")
    memory.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    report = copy.scope(user="alice").import_(tmp_path / "one.jsonl")
    assert report.added == {"notes": 1}
    assert len(report.bad) == 6  # two owners, two notes, one alias and its owner
    assert all(where.startswith("line ") for where, _ in report.bad)
    assert copy.scope(user="bob").notes.list() == []
    assert copy.scope(tenant="acme").notes.list() == []
    assert copy.aliases.list() == []


def test_a_foreign_version_cannot_be_smuggled_in(alice: Any, memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    """A version's line names a record and carries a body: both must be of the scope."""
    alice.facts.set("home_city", "Porto")
    alice.facts.set("home_city", "Lisbon")
    alice.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    bobs = copy.scope(user="bob").facts.set("home_city", "Faro")
    found = lines(tmp_path / "one.jsonl")
    for line in found:
        if line.get("kind") == "versions":
            line["record"] = bobs.id
    copy.scope(user="alice").import_(rewritten(tmp_path / "two.jsonl", found))
    assert [fact.value for fact in copy.scope(user="bob").facts.history("home_city")] == ["Faro"]
    assert copy.verify() == []


# bad files

GOOD = '{"recollect":"export","format":1}'


@pytest.mark.parametrize(
    "spoiled",
    [
        "not json",
        "[]",
        "5",
        "null",
        '"text"',
        "{}",
        '{"kind": "dreams", "id": "x"}',
        '{"kind": "notes"}',
        '{"kind": 5}',
        '{"kind": ["notes"]}',
        '{"kind": "versions"}',
        '{"kind": "versions", "of": "dreams", "body": {}}',
        '{"kind": "owners"}',
        "{" * 5000,
    ],
)
def test_a_bad_line_is_named_and_the_rest_comes_in(alice: Any, fresh: Callable[..., Any], tmp_path: Path, spoiled: str) -> None:
    alice.notes.add("one")
    alice.notes.add("two")
    alice.export(tmp_path / "one.jsonl")
    good = (tmp_path / "one.jsonl").read_text().splitlines()
    copy = fresh("copy.db").scope(user="alice")
    report = copy.import_(rewritten(tmp_path / "two.jsonl", [*good[:3], spoiled, *good[3:]]))
    assert [where for where, _ in report.bad] == ["line 4"]
    assert sorted(note.text for note in copy.notes.list()) == ["one", "two"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "nothing"),
        ("id", None),
        ("id", 5),
        ("user", "bob"),
        ("user", 5),
        ("user", "a\nb"),
        ("tenant", "acme"),
        ("text", None),
        ("text", 5),
        ("text", ""),
        ("text", "a\0b"),
        ("tags", "flat"),
        ("tags", [5]),
        ("importance", "high"),
        ("importance", 7),
        ("pinned", "yes"),
        ("version", "one"),
        ("version", -1),
        ("version", 10**30),
        ("reinforced", None),
        ("created_at", "yesterday"),
        ("created_at", "2025-01-01T00:00:00"),
        ("created_at", 5),
        ("updated_at", None),
        ("deleted_at", "soon"),
        ("expires_at", True),
        ("project", "x" * 256),
        ("type", 5),
    ],
)
def test_a_line_with_a_wrong_value_is_named_and_left_out(alice: Any, fresh: Callable[..., Any], tmp_path: Path, field: str, value: Any) -> None:
    alice.notes.add("one")
    alice.notes.add("two")
    alice.export(tmp_path / "one.jsonl")
    found = lines(tmp_path / "one.jsonl")
    found[2][field] = value
    memory = fresh("copy.db")
    report = memory.scope(user="alice").import_(rewritten(tmp_path / "two.jsonl", found))
    assert [where for where, _ in report.bad] == ["line 3"]
    assert [note.text for note in memory.notes.list()] == ["two"]
    assert memory.verify() == []


def test_a_message_without_its_conversation_is_named_and_left_out(alice: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    alice.messages.add("user", "one")
    alice.notes.add("two")
    alice.export(tmp_path / "one.jsonl")
    found = [line for line in lines(tmp_path / "one.jsonl") if line.get("kind") != "conversations"]
    copy = fresh("copy.db").scope(user="alice")
    report = copy.import_(rewritten(tmp_path / "two.jsonl", found))
    assert [where for where, _ in report.bad] == ["line 3"]
    assert copy.messages.list() == []
    assert copy.notes.count() == 1


@pytest.mark.parametrize("role", ["developer", "", 5])
def test_a_message_with_an_unknown_role_is_left_out(alice: Any, fresh: Callable[..., Any], tmp_path: Path, role: Any) -> None:
    alice.messages.add("user", "one")
    alice.export(tmp_path / "one.jsonl")
    found = lines(tmp_path / "one.jsonl")
    found[-1]["role"] = role
    copy = fresh("copy.db").scope(user="alice")
    report = copy.import_(rewritten(tmp_path / "two.jsonl", found))
    assert [where for where, _ in report.bad] == [f"line {len(found)}"]
    assert copy.messages.list() == []


def test_invalid_utf_8_is_named_by_its_line(alice: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    alice.notes.add("one")
    alice.export(tmp_path / "one.jsonl")
    raw = (tmp_path / "one.jsonl").read_bytes() + b'{"kind": "notes", "text": "\xff\xfe"}\n'
    (tmp_path / "two.jsonl").write_bytes(raw)
    report = fresh("copy.db").scope(user="alice").import_(tmp_path / "two.jsonl")
    assert [(where, "UTF-8" in why) for where, why in report.bad] == [("line 4", True)]
    assert report.added == {"notes": 1}


def test_a_file_that_ends_in_the_middle_of_a_line_brings_in_the_lines_before(alice: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    alice.notes.add("one")
    alice.notes.add("two")
    alice.export(tmp_path / "one.jsonl")
    (tmp_path / "two.jsonl").write_bytes((tmp_path / "one.jsonl").read_bytes()[:-20])
    copy = fresh("copy.db").scope(user="alice")
    assert [where for where, _ in copy.import_(tmp_path / "two.jsonl").bad] == ["line 4"]
    assert [note.text for note in copy.notes.list()] == ["one"]


@pytest.mark.promise("files")
def test_a_later_format_is_refused_with_a_sentence(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(RecollectError, match="999"):
        memory.import_(rewritten(tmp_path / "one.jsonl", ['{"recollect":"export","format":999}']))


def test_another_file_under_our_formats_name_is_invalid(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        memory.import_(rewritten(tmp_path / "one.jsonl", ['{"role": "user", "content": "x"}']), format="recollect")


# strict


@pytest.mark.promise("input")
def test_strict_writes_nothing_when_one_line_is_bad(alice: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    """Defect 12 of engram: what was called one transaction was many."""
    for n in range(500):
        alice.notes.add(f"note {n}")
    alice.export(tmp_path / "one.jsonl")
    good = (tmp_path / "one.jsonl").read_text().splitlines()
    copy = fresh("copy.db").scope(user="alice")
    with pytest.raises(Invalid, match="line 503"):
        copy.import_(rewritten(tmp_path / "two.jsonl", [*good, "not json"]), strict=True)
    assert copy.notes.count() == 0
    assert copy.import_(tmp_path / "one.jsonl", strict=True).added == {"notes": 500}


def test_strict_writes_nothing_when_one_line_is_refused_by_the_scope(memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    memory.scope(user="alice").notes.add("hers")
    memory.scope(user="bob").notes.add("his")
    memory.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db").scope(user="alice")
    with pytest.raises(Denied, match="bob"):
        copy.import_(tmp_path / "one.jsonl", strict=True)
    assert copy.notes.count() == 0


# killed


class Killed(Exception): ...


@pytest.mark.promise("writes")
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_killed_import_is_completed_by_the_same_command(whole: Any, fresh: Callable[..., Any], tmp_path: Path, at: int) -> None:
    for n in range(600):
        whole.scope(user="alice").notes.add(f"note {n}")
    whole.export(tmp_path / "one.jsonl")
    copy = fresh("copy.db")
    steps: list[int] = []

    def progress(done: int, total: int) -> None:
        steps.append(done)
        if len(steps) == at:
            raise Killed

    with pytest.raises(Killed):
        copy.import_(tmp_path / "one.jsonl", progress=progress)
    assert len(steps) == at
    report = copy.import_(tmp_path / "one.jsonl")
    assert report.known > 0
    assert report.bad == ()
    copy.export(tmp_path / "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert copy.verify() == []


# the file


def test_the_exported_file_is_its_owners_alone(alice: Any, tmp_path: Path) -> None:
    alice.notes.add("secret")
    alice.export(tmp_path / "one.jsonl")
    assert os.stat(tmp_path / "one.jsonl").st_mode & 0o777 == 0o600


def test_an_export_replaces_the_file_whole_or_leaves_it(alice: Any, tmp_path: Path) -> None:
    alice.notes.add("one")
    (tmp_path / "one.jsonl").write_text("what was there")
    alice.export(tmp_path / "one.jsonl")
    assert lines(tmp_path / "one.jsonl")[0]["recollect"] == "export"
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize("name", ["~.jsonl", "a?b.jsonl", "50%.jsonl", "a#b.jsonl", "with space.jsonl", "愛.jsonl"])
def test_file_names_that_others_choke_on_are_fine(alice: Any, fresh: Callable[..., Any], tmp_path: Path, name: str) -> None:
    alice.notes.add("one")
    alice.export(tmp_path / name)
    assert fresh("copy.db").import_(tmp_path / name).added == {"notes": 1}
    assert (tmp_path / name).is_file()


def test_an_export_that_cannot_be_written_is_a_typed_error(alice: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="directory"):
        alice.export(tmp_path)
    with pytest.raises(Denied):
        alice.export(tmp_path / "no" / "such" / "folder.jsonl")


def test_an_export_is_one_snapshot(alice: Any, memory: Any, tmp_path: Path) -> None:
    with memory.atomic() as block:
        block.scope(user="alice").notes.add("not committed yet")
    alice.export(tmp_path / "one.jsonl")
    before = (tmp_path / "one.jsonl").read_bytes()
    alice.notes.add("later")
    alice.export(tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == before
    assert len(lines(tmp_path / "two.jsonl")) == len(lines(tmp_path / "one.jsonl")) + 1
