"""Importing what other programs wrote: each format through the memory itself, again and again, bad records and walls."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recollect import Denied, Invalid, NotFound, RecollectError
from recollect.transfer import importing

ASKED, ANSWERED = "Where is the old harbour?", "Behind the church of Santa Clara."


@dataclass(frozen=True)
class Foreign:
    """A format, a file of it with one conversation of a question and its answer, and the same with a further message."""

    name: str
    write: Callable[[Path, list[tuple[str, str]]], Path]


def turns(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("user", ASKED), ("assistant", ANSWERED), *more]


def chat_jsonl(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "chat.jsonl"
    path.write_text(json.dumps({"id": "talk-1", "title": "Harbour", "messages": [{"role": role, "content": text} for role, text in said]}) + "\n")
    return path


def _chatgpt(said: list[tuple[str, str]]) -> list[Any]:
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": ["n0"]}}
    for place, (role, text) in enumerate(said):
        message = {
            "id": f"m{place}",
            "author": {"role": role},
            "create_time": 1717236000 + place,
            "content": {"content_type": "text", "parts": [text]},
        }
        mapping[f"n{place}"] = {"id": f"n{place}", "message": message, "parent": f"n{place - 1}" if place else "root", "children": [f"n{place + 1}"]}
    mapping[f"n{len(said) - 1}"]["children"] = []
    return [{"id": "talk-1", "title": "Harbour", "create_time": 1717236000, "mapping": mapping, "current_node": f"n{len(said) - 1}"}]


def chatgpt(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "conversations.json"
    path.write_text(json.dumps(_chatgpt(said)))
    return path


def chatgpt_zip(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", json.dumps(_chatgpt(said)))
        archive.writestr("user.json", "{}")
    return path


def claude(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "claude.json"
    messages = [
        {"uuid": f"m{place}", "sender": {"user": "human"}.get(role, role), "text": text, "created_at": f"2024-06-01T10:00:{place:02}Z"}
        for place, (role, text) in enumerate(said)
    ]
    path.write_text(json.dumps([{"uuid": "talk-1", "name": "Harbour", "created_at": "2024-06-01T10:00:00Z", "chat_messages": messages}]))
    return path


def claude_code(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "5f3a.jsonl"
    lines = [
        {
            "type": role,
            "uuid": f"m{place}",
            "parentUuid": f"m{place - 1}" if place else None,
            "sessionId": "5f3a",
            "timestamp": f"2024-06-01T10:00:{place:02}Z",
            "message": {"role": role, "content": text},
        }
        for place, (role, text) in enumerate(said)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def locomo(folder: Path, said: list[tuple[str, str]]) -> Path:
    path = folder / "locomo.json"
    told = [
        {"speaker": {"user": "Mira", "assistant": "Tom"}[role], "dia_id": f"D1:{place}", "text": text} for place, (role, text) in enumerate(said, 1)
    ]
    talk = {"speaker_a": "Mira", "speaker_b": "Tom", "session_1_date_time": "1:56 pm on 8 May, 2023", "session_1": told}
    path.write_text(json.dumps([{"sample_id": "conv-1", "qa": [], "conversation": talk}]))
    return path


FORMATS = [
    Foreign("chat-jsonl", chat_jsonl),
    Foreign("chatgpt", chatgpt),
    Foreign("chatgpt", chatgpt_zip),
    Foreign("claude", claude),
    Foreign("claude-code", claude_code),
    Foreign("locomo", locomo),
]


@pytest.fixture(params=FORMATS, ids=["chat-jsonl", "chatgpt", "chatgpt zip", "claude", "claude-code", "locomo"])
def foreign(request: pytest.FixtureRequest) -> Foreign:
    found: Foreign = request.param
    return found


def contents(view: Any) -> list[str]:
    return [message.content for message in view.messages.list()]


# each format


def test_a_file_is_recognised_and_read(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    report = alice.import_(foreign.write(tmp_path, turns()))
    assert (report.format, report.added, report.known, report.bad) == (foreign.name, {"conversations": 1, "messages": 2}, 0, ())
    assert contents(alice) == [ASKED, ANSWERED]
    assert [message.role for message in alice.messages.list()] == ["user", "assistant"]
    assert alice.verify() == []


def test_what_was_read_can_be_recalled(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    alice.import_(foreign.write(tmp_path, turns()))
    assert ANSWERED in [hit.text for hit in alice.recall("church Santa Clara")]


def test_the_format_can_be_named(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    assert alice.import_(foreign.write(tmp_path, turns()), foreign.name).format == foreign.name
    assert alice.messages.count() == 2


def test_the_same_file_again_adds_nothing(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    path = foreign.write(tmp_path, turns())
    alice.import_(path)
    before = [alice.messages.list(), alice.conversations.list()]
    report = alice.import_(path)
    assert (report.added, report.known, report.bad) == ({}, 3, ())
    assert [alice.messages.list(), alice.conversations.list()] == before


def test_a_file_that_has_grown_adds_what_is_new(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    alice.import_(foreign.write(tmp_path, turns()))
    report = alice.import_(foreign.write(tmp_path, turns(("user", "And the new one?"))))
    assert report.added == {"messages": 1}
    assert contents(alice) == [ASKED, ANSWERED, "And the new one?"]
    assert alice.conversations.count() == 1


def test_a_deleted_message_stays_deleted(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    path = foreign.write(tmp_path, turns())
    alice.import_(path)
    alice.messages.delete(alice.messages.list()[0].id)
    assert alice.import_(path).added == {}
    assert contents(alice) == [ANSWERED]


def test_a_deleted_conversation_stays_deleted_with_what_was_said_in_it(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    path = foreign.write(tmp_path, turns())
    alice.import_(path)
    alice.messages.clear()
    alice.conversations.clear()
    assert alice.import_(path).added == {}
    assert (alice.messages.count(), alice.conversations.count()) == (0, 0)


def test_an_imported_conversation_is_over_and_nothing_new_joins_it(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    alice.import_(foreign.write(tmp_path, turns()))
    (talk,) = alice.conversations.list()
    assert talk.status == "closed"
    assert alice.messages.add("user", "something new").conversation != talk.id


def test_two_users_may_import_the_same_file(memory: Any, foreign: Foreign, tmp_path: Path) -> None:
    path = foreign.write(tmp_path, turns())
    for user in ("alice", "bob"):
        assert memory.scope(user=user).import_(path).added["messages"] == 2
    assert contents(memory.scope(user="bob")) == [ASKED, ANSWERED]


def test_what_is_imported_belongs_to_the_scope(memory: Any, foreign: Foreign, tmp_path: Path) -> None:
    memory.scope(tenant="acme", user="alice", project="atlas").import_(foreign.write(tmp_path, turns()))
    view = memory.scope(tenant="acme", user="alice", project="atlas")
    assert {(message.tenant, message.user, message.project) for message in view.messages.list()} == {("acme", "alice", "atlas")}
    assert memory.messages.list() == []


def test_a_strict_import_reads_a_good_file(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    assert alice.import_(foreign.write(tmp_path, turns()), strict=True).added == {"conversations": 1, "messages": 2}


def test_nul_and_half_an_emoji_in_a_file_are_stored_as_replacements(alice: Any, foreign: Foreign, tmp_path: Path) -> None:
    alice.import_(foreign.write(tmp_path, [("user", "a\0b\ud83dc"), ("assistant", "fine 🦜")]))
    assert contents(alice) == ["a\ufffdb\ufffdc", "fine 🦜"]


@pytest.mark.parametrize("name", ["~", "a?b", "50%", "a#b", "with space", "愛"])
def test_folder_names_that_others_choke_on_are_fine(alice: Any, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert alice.import_(str(chat_jsonl(folder, turns()))).added["messages"] == 2


# times, names and structure


def test_times_of_the_file_are_kept(alice: Any, tmp_path: Path) -> None:
    alice.import_(claude(tmp_path, turns()))
    assert [message.created_at for message in alice.messages.list()] == [datetime(2024, 6, 1, 10, 0, second, tzinfo=UTC) for second in (0, 1)]
    (talk,) = alice.conversations.list()
    assert (talk.title, talk.created_at) == ("Harbour", datetime(2024, 6, 1, 10, tzinfo=UTC))


def test_a_file_without_times_keeps_its_order(alice: Any, tmp_path: Path, clock: Any) -> None:
    said = [("user" if n % 2 == 0 else "assistant", f"turn {n}") for n in range(30)]
    alice.import_(chat_jsonl(tmp_path, said))
    assert contents(alice) == [text for _, text in said]
    assert all(message.created_at <= clock() for message in alice.messages.list())


def test_speakers_are_found_by_their_names(alice: Any, tmp_path: Path) -> None:
    alice.import_(locomo(tmp_path, [("user", "My favourite food is soup."), ("assistant", "My favourite food is bread.")]))
    hits = alice.recall("What is Tom's favourite food?")
    assert (hits[0].text, hits[0].record.name) == ("My favourite food is bread.", "Tom")


def test_tool_calls_and_their_results_stay_together(alice: Any, tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "there"},
    ]
    path = tmp_path / "calls.jsonl"
    path.write_text(json.dumps({"id": "t", "messages": messages}))
    alice.import_(path)
    stored = alice.messages.list()
    assert stored[1].tool_calls == (call,)
    assert stored[2].tool_call_id == "c1"


def test_the_ids_of_two_programs_do_not_meet(alice: Any, tmp_path: Path) -> None:
    alice.import_(chatgpt(tmp_path, turns()))
    assert alice.import_(claude(tmp_path, turns())).added == {"conversations": 1, "messages": 2}


# bad records


def mixed(folder: Path) -> Path:
    """Two good conversations, and between them what is none."""
    good = [{"id": f"talk-{n}", "messages": [{"role": "user", "content": f"{ASKED} {n}"}]} for n in range(2)]
    bad = [
        "not json",
        json.dumps({"id": "x", "messages": []}),
        json.dumps({"id": "y", "messages": [{"role": "wizard", "content": "x"}]}),
    ]
    path = folder / "mixed.jsonl"
    path.write_text("\n".join([json.dumps(good[0]), *bad, json.dumps(good[1])]) + "\n")
    return path


def test_a_bad_record_is_reported_with_its_line_and_skipped(alice: Any, tmp_path: Path) -> None:
    report = alice.import_(mixed(tmp_path))
    assert report.added == {"conversations": 2, "messages": 2}
    assert [where.partition(", message")[0] for where, _ in report.bad] == [f"mixed.jsonl, line {n}" for n in (2, 3, 4)]
    assert all(why for _, why in report.bad)


def test_strict_reads_everything_first_and_writes_nothing_when_a_record_is_bad(alice: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="line 2"):
        alice.import_(mixed(tmp_path), strict=True)
    assert (alice.messages.count(), alice.conversations.count()) == (0, 0)


def test_strict_writes_nothing_when_the_memory_refuses_a_message(alice: Any, tmp_path: Path) -> None:
    """A message may be well-formed in its format and still be none for us: 11 MiB, say."""
    path = chat_jsonl(tmp_path, turns(("user", "x" * (11 << 20))))
    with pytest.raises(RecollectError):
        alice.import_(path, strict=True)
    assert (alice.messages.count(), alice.conversations.count()) == (0, 0)


def test_a_message_that_the_memory_refuses_is_reported_and_the_rest_is_kept(alice: Any, tmp_path: Path) -> None:
    report = alice.import_(chat_jsonl(tmp_path, turns(("user", "x" * (11 << 20)), ("assistant", "Too long."))))
    assert len(report.bad) == 1
    assert "10,485,760" in report.bad[0][1]
    assert contents(alice) == [ASKED, ANSWERED, "Too long."]


@pytest.mark.parametrize("raw", [b"", b"\n", b"hello", b"\xff\xfe\x00", b"PK\x03\x04 broken", b"{", b"[]", b'{"a": 1}', b"\x00" * 100])
def test_a_file_of_no_known_format_is_invalid_and_the_formats_are_named(alice: Any, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "what.bin").write_bytes(raw)
    with pytest.raises(Invalid, match="chat-jsonl"):
        alice.import_(tmp_path / "what.bin")
    assert alice.conversations.count() == 0


def test_an_unknown_format_is_invalid_and_a_missing_file_is_not_found(alice: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="telepathy"):
        alice.import_(chat_jsonl(tmp_path, turns()), "telepathy")
    with pytest.raises(NotFound, match="nowhere"):
        alice.import_(tmp_path / "nowhere.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Invalid):
        alice.import_(tmp_path / "empty")


# progress, and being killed


class Killed(Exception): ...


@pytest.fixture
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)


def many(folder: Path, talks: int = 12) -> Path:
    path = folder / "many.jsonl"
    said = [[{"role": "user", "content": f"{ASKED} {n}"}, {"role": "assistant", "content": f"{n}"}] for n in range(talks)]
    path.write_text("".join(json.dumps({"id": f"t{n}", "messages": messages}) + "\n" for n, messages in enumerate(said)))
    return path


def test_a_message_is_told_apart_from_another_conversations_and_its_changes_are_reported(alice: Any, tmp_path: Path) -> None:
    def talk(id: str, *said: str) -> dict[str, Any]:
        return {"uuid": id, "chat_messages": [{"uuid": f"m{place}", "sender": "human", "text": text} for place, text in enumerate(said)]}

    path = tmp_path / "claude.json"
    talks = [talk("one", "hello", "hi"), talk("two", "other hello", "other hi"), talk("three", "third", "hi")]
    path.write_text(json.dumps(talks))
    report = alice.import_(path)
    assert (report.added, report.known, report.bad) == ({"conversations": 3, "messages": 5}, 1, ())
    assert alice.import_(path).added == {}
    path.write_text(json.dumps([talk("one", "hello", "changed"), talk("two", "other hello", "changed too")]))
    again = alice.import_(path)
    assert again.added == {} and len(again.bad) == 2 and all("another content" in reason for _, reason in again.bad)
    assert sorted(contents(alice)) == ["hello", "hi", "other hello", "other hi", "third"]


@pytest.mark.usefixtures("few_together")
def test_progress_is_told_as_it_is_made(alice: Any, tmp_path: Path) -> None:
    told: list[int] = []
    alice.import_(many(tmp_path), progress=lambda done, total: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 12
    assert len(told) > 1


@pytest.mark.parametrize("together", [1, 3, 200])
def test_conversations_written_together_are_as_those_written_one_by_one(alice: Any, tmp_path: Path, monkeypatch: Any, together: int) -> None:
    monkeypatch.setattr(importing, "BATCH", together)

    def talk(id: str, *said: tuple[str, str]) -> dict[str, Any]:
        return {"uuid": id, "chat_messages": [{"uuid": uuid, "sender": "human", "text": text} for uuid, text in said]}

    path, asked, more, thanks = tmp_path / "claude.json", ("m1", ASKED), ("m2", "And the new one?"), ("m3", "Thanks!")
    path.write_text(json.dumps([talk("one", asked), talk("one", asked, more), talk("fork", asked, more, thanks), talk("other", ("m4", ANSWERED))]))
    report = alice.import_(path)
    assert (report.added, report.known, report.bad) == ({"conversations": 3, "messages": 4}, 4, ())
    said = {one.external_id: [message.content for message in alice.messages.list(conversation=one)] for one in alice.conversations.list()}
    assert said == {"claude:one": [ASKED, more[1]], "claude:fork": [thanks[1]], "claude:other": [ANSWERED]}
    assert {one.status for one in alice.conversations.list()} == {"closed"}
    assert alice.import_(path).added == {}


@pytest.mark.usefixtures("few_together")
@pytest.mark.parametrize("at", [1, 5, 12])
def test_a_killed_import_has_whole_conversations_and_is_completed_by_the_same_command(alice: Any, tmp_path: Path, at: int) -> None:
    path = many(tmp_path)

    def progress(done: int, total: int) -> None:
        if done >= at:
            raise Killed

    with pytest.raises(Killed):
        alice.import_(path, progress=progress)
    for talk in alice.conversations.list():
        assert len(alice.messages.list(conversation=talk)) == 2
    assert 0 < alice.conversations.count() <= 12
    report = alice.import_(path)
    assert report.bad == ()
    assert (alice.conversations.count(), alice.messages.count()) == (12, 24)
    assert alice.import_(path).added == {}


def test_a_file_cannot_be_imported_inside_an_atomic_block(alice: Any, tmp_path: Path) -> None:
    path = chat_jsonl(tmp_path, turns())
    with alice.atomic() as block, pytest.raises(Invalid, match="atomic"):
        block.import_(path)
    assert alice.messages.count() == 0


def test_a_memory_that_only_reads_imports_nothing(memory: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    memory.scope(user="alice").notes.add("one")
    reading = fresh("memory.db", read_only=True)
    with pytest.raises(Denied):
        reading.scope(user="alice").import_(chat_jsonl(tmp_path, turns()))
    assert memory.messages.count() == 0


def test_an_import_in_the_past_does_not_become_the_current_conversation(alice: Any, tmp_path: Path, clock: Any) -> None:
    going = alice.messages.add("user", "what we speak about now")
    alice.import_(claude(tmp_path, turns()))
    clock.advance(timedelta(minutes=1))
    assert alice.messages.add("user", "and go on").conversation == going.conversation
