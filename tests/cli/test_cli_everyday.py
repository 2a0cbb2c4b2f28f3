"""Remembering, finding, looking at a record, taking it back: each command as a table and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import Run, lines

from recollect import Memory
from recollect.cli.base import of
from recollect.kinds import KINDS

MIRA = ("--user", "mira")


def test_without_a_word_and_without_a_file_it_says_how_to_begin(run: Run, db: Path) -> None:
    said = run().stdout
    assert "no memory yet" in said and "recollect demo" in said and str(db) in said.replace("\n", "")
    assert lines(run("--json")) == [{"where": str(db), "exists": False}]
    assert not db.exists()


def test_without_a_word_it_says_what_is_in_the_memory_and_what_to_try(run: Run, filled: Path) -> None:
    said = run().stdout
    assert re.search(r"messages +300", said) and "last activity 2025-09-20" in said and "recollect recall" in said
    (found,) = lines(run("--json"))
    assert found["counts"]["messages"] == 300 and found["bytes"] >= filled.stat().st_size and found["last_activity"].startswith("2025-09-20")


def test_remember_keeps_a_note_and_says_it_again_when_it_is_known(run: Run) -> None:
    assert "kept as note" in run("remember", "Tom", "drinks", "Assam", "--tag", "tea", "--tag", "tom").stdout
    assert "known already, reinforced 1" in run("remember", "Tom drinks Assam").stdout
    (note,) = lines(run("remember", "Tom drinks Assam", "--json", "--importance", "0.9", "--type", "preference", "--expires", "2999-01-01"))
    assert note["kind"] == "notes" and note["reinforced"] == 2 and note["importance"] == 0.9 and note["expires_at"] is None


def test_a_dash_reads_standard_input_whatever_bytes_come(run: Run) -> None:
    (note,) = lines(run("remember", "-", "--json", input="first line\nsecond line\n"))
    assert note["text"] == "first line\nsecond line"
    (message,) = lines(run("add", "user", "-", "--json", input=b"caf\xe9\n"))
    assert message["content"] == "caf�"


def test_add_joins_the_conversation_that_goes_on_or_the_one_that_is_named(run: Run) -> None:
    (first,) = lines(run("--json", "add", "user", "I am moving", "--name", "Mira"))
    assert first["name"] == "Mira" and first["role"] == "user"
    assert first["conversation"][-8:] in run("add", "assistant", "Noted.").stdout
    (third,) = lines(run("add", "user", "to Lisbon", "--conversation", first["conversation"][-8:], "--json"))
    assert third["conversation"] == first["conversation"]


def test_recall_shows_score_signals_who_and_when(run: Run, filled: Path) -> None:
    said = run("recall", "when did she start eating fish again?", *MIRA, "--limit", "2").stdout
    assert "1  ██" in said and "words +" in said and "Mira  2025-07-17 20:26" in said and "eating fish again" in said
    assert "bm25" in run(*MIRA, "recall", "fish", "--explain", "--limit", "1").stdout
    assert "nothing found" in run(*MIRA, "recall", "xylophone").stdout


def test_recall_as_json_has_the_same_keys_for_every_hit(run: Run, filled: Path) -> None:
    hits = lines(run(*MIRA, "recall", "hazelnuts home city", "--json", "--limit", "5"))
    keys = ["kind", "id", "text", "score", "signals", "words", "snippet", "folded", "record"]
    assert hits and all(list(hit) == keys for hit in hits)
    assert all(abs(sum(hit["signals"].values()) - hit["score"]) < 1e-6 for hit in hits)
    assert {hit["record"]["kind"] for hit in hits} >= {"notes", "facts"}


def test_recall_filters_by_kind_and_time(run: Run, filled: Path) -> None:
    assert {hit["kind"] for hit in lines(run(*MIRA, "recall", "tom allergic", "--kind", "notes", "--json"))} == {"notes"}
    found = lines(run(*MIRA, "recall", "mail", "--since", "2025-03-01", "--until", "2025-04-01", "--json", "--kind", "messages"))
    assert found and all(hit["record"]["created_at"].startswith("2025-03") for hit in found)
    before = lines(run(*MIRA, "recall", "home city", "--kind", "facts", "--as-of", "2025-02-01T00:00+00:00", "--json"))
    assert [hit["record"]["value"] for hit in before] == ["Leipzig"]


def test_recall_why_and_context_take_conditions(run: Run, filled: Path) -> None:
    def found(*conditions: str) -> list[dict]:
        said = [word for condition in conditions for word in ("--where", condition)]
        return [
            hit["record"]
            for hit in lines(run(*MIRA, "recall", "tom azores mira", "--json", "--limit", "999", "--kind", "notes", "--kind", "messages", *said))
        ]

    everything = found()
    assert {one["importance"] for one in everything} == {0.5, 0.9}
    for condition, keeps in (
        ("importance>=0.9", lambda one: one["importance"] >= 0.9),
        ("importance<0.9", lambda one: one["importance"] < 0.9),
        ("type=warning", lambda one: one.get("type") == "warning"),
        ("type!=warning", lambda one: one.get("type") != "warning"),
        ("tags~food", lambda one: "food" in one.get("tags", ())),
        ("created_at>2025-06-01", lambda one: one["created_at"] > "2025-06-01"),
        ('role=["user"]', lambda one: one.get("role") == "user"),
    ):
        those = [one for one in everything if keeps(one)]
        assert [one["id"] for one in found(condition)] == [one["id"] for one in those], condition
    assert found("importance>0.5", "importance<=0.8") == []
    warning = next(one for one in everything if one.get("type") == "warning")
    assert "Where wants type" in run(*MIRA, "why", "tom allergic", warning["id"], "--where", "type=plan").stdout
    assert "hazelnuts" in run(*MIRA, "context", "tom allergic", "--where", "type=warning").stdout
    assert "hazelnuts" not in run(*MIRA, "context", "tom allergic", "--where", "type=plan").stdout


@pytest.mark.parametrize("condition", ["importance", "=5", "colour=red", "created_at>soon", "importance>0.1"])
def test_a_bad_condition_is_a_sentence(run: Run, filled: Path, condition: str) -> None:
    result = run(*MIRA, "recall", "tom", "--where", condition, "--where", "importance>0.1", code=2)
    assert result.stdout == "" and len(result.stderr.strip().splitlines()) < 8


def test_context_prints_the_text_itself_so_that_it_can_be_piped(run: Run, filled: Path) -> None:
    result = run(*MIRA, "context", "where does she live", "--budget", "300", "--base-prompt", "You are kind.")
    assert result.stdout.startswith("You are kind.\n") and "of 300 tokens" in result.stderr
    with Memory(filled) as memory:
        context = memory.scope(user="mira").context("where does she live", budget=300, base_prompt="You are kind.")
    assert result.stdout == context.text + "\n"


def test_context_as_messages_as_manifest_and_as_json(run: Run, filled: Path) -> None:
    messages = json.loads(run(*MIRA, "context", "fish", "--budget", "500", "--messages").stdout)
    assert messages[0]["role"] == "system" and messages == lines(run(*MIRA, "context", "fish", "--budget", "500", "--messages", "--json"))
    assert "conversation" in run(*MIRA, "context", "fish", "--budget", "500", "--manifest").stdout
    assert set(lines(run(*MIRA, "context", "--manifest", "--json"))[0]) == {"section", "kind", "id", "tokens", "included", "reason"}
    (whole,) = lines(run(*MIRA, "context", "fish", "--budget", "500", "--json"))
    assert set(whole) == {"text", "messages", "sections", "tokens", "budget", "manifest"} and whole["tokens"] <= 500


def test_a_manifest_says_once_why_many_stayed_out(run: Run, filled: Path) -> None:
    entries = lines(run(*MIRA, "context", "fish", "--budget", "500", "--manifest", "--json"))
    said = run(*MIRA, "context", "fish", "--budget", "500", "--manifest").stdout
    assert len(entries) > 60 and sum(not one["included"] for one in entries) > 40
    assert all(one["id"][-8:] in said for one in entries if one["included"])
    older = sum(one["reason"] == "older than what filled the section" for one in entries)
    assert f"{older} older than what filled the section" in said and said.count("older than") == 1
    assert "of 500 tokens" in said
    assert "0 of 500 tokens" in run("--user", "nobody", "context", "fish", "--budget", "500", "--manifest").stdout


@pytest.mark.parametrize("kind", ["messages", "facts", "notes", "conversations"])
def test_list_pages_through_a_kind_without_holes_and_without_repeating(run: Run, filled: Path, kind: str) -> None:
    table = run(*MIRA, "list", kind, "--limit", "3").stdout
    assert table.startswith("id")
    every = [one["id"] for one in lines(run(*MIRA, "list", kind, "--limit", "1000", "--json"))]
    seen: list[str] = []
    after: tuple[str, ...] = ()
    while page := [one["id"] for one in lines(run(*MIRA, "list", kind, "--limit", "100", "--json", *after))]:
        seen = page + seen if kind == "messages" else seen + page
        after = ("--after", page[0] if kind == "messages" else page[-1])
    assert seen == every
    assert all(f"{id[-8:]}" in table for id in (every[-3:] if kind == "messages" else every[:3]))


def test_one_of_a_kind_names_the_kind(run: Run, filled: Path) -> None:
    assert run(*MIRA, "list", "fact", "--json").stdout == run(*MIRA, "list", "facts", "--json").stdout
    note, notes = (run(*MIRA, "recall", "tom allergic", "--kind", kind, "--json").stdout for kind in ("note", "notes"))
    assert note == notes != ""
    assert "more: recollect list messages" in run(*MIRA, "list", "message", "--limit", "2").stderr
    assert [lines(run("list", of(kind), "--json")) == lines(run("list", kind, "--json")) for kind in KINDS] == [True] * len(KINDS)


def test_show_finds_any_record_by_its_whole_or_its_short_id_with_its_history(run: Run, filled: Path) -> None:
    city = next(one for one in lines(run(*MIRA, "list", "facts", "--json")) if one["key"] == "home_city")
    said = run(*MIRA, "show", city["id"][-8:]).stdout
    assert "Lisbon" in said and "History" in said and "Leipzig" in said
    (whole,) = lines(run(*MIRA, "show", city["id"], "--json"))
    assert whole["kind"] == "facts" and [one["value"] for one in whole["history"]] == ["Lisbon", "Leipzig"]
    (message,) = lines(run(*MIRA, "list", "messages", "--limit", "1", "--json"))
    assert message["content"] in run(*MIRA, "show", message["id"][-8:].upper()).stdout


def test_a_short_id_that_several_records_have_names_them(run: Run, filled: Path) -> None:
    """Defect 11 of kernex: a prefix that several ids began with meant all of them."""
    one, other = "11111111-1111-4111-8111-11110badcafe", "22222222-2222-4222-8222-22220badcafe"
    for id in (one, other):
        run(*MIRA, "decisions", "record", "shell", id, "deny", "--id", id)
    result = run(*MIRA, "show", "0badcafe", code=2)
    assert one in result.stderr.replace("\n", "") and other in result.stderr.replace("\n", "")


def test_what_is_forgotten_comes_back_and_what_is_erased_does_not(run: Run, filled: Path) -> None:
    (note,) = lines(run(*MIRA, "list", "notes", "--json"))
    assert "forgotten" in run(*MIRA, "forget", note["id"][-8:]).stdout
    assert lines(run(*MIRA, "list", "notes", "--json")) == []
    assert lines(run(*MIRA, "undelete", note["id"][-8:], "--json")) == [{"id": note["id"], "undeleted": True}]
    assert "erased 1 note" in run(*MIRA, "erase", "--id", note["id"][-8:], "--yes").stdout
    run(*MIRA, "undelete", note["id"], code=3)
    assert lines(run("verify", "--json"))[-1]["ok"]


def test_why_explains_a_record_that_is_deleted_and_knows_no_record_that_is_not_there(run: Run, filled: Path) -> None:
    (note,) = lines(run(*MIRA, "list", "notes", "--json"))
    assert "is hit 1" in run(*MIRA, "why", "hazelnuts", note["id"][-8:]).stdout
    run(*MIRA, "forget", note["id"])
    assert "was deleted" in run(*MIRA, "why", "hazelnuts", note["id"][-8:]).stdout
    said = run(*MIRA, "why", "hazelnuts", "01234567-89ab-7def-8123-456789abcdef", "--json", code=3)
    assert json.loads(said.stderr)["error"] == "NotFound" and said.stdout == ""


def test_records_of_another_scope_are_not_shown(run: Run, filled: Path) -> None:
    (note,) = lines(run(*MIRA, "list", "notes", "--json"))
    run("--user", "tom", "show", note["id"], code=3)
    assert lines(run("--user", "tom", "recall", "hazelnuts", "--json")) == []


@pytest.mark.promise("quoted")
def test_stored_text_cannot_command_the_terminal(run: Run) -> None:
    run("remember", "harmless\x1b]0;owned\x07\x1b[2J\u202e text")
    for words in (("list", "notes"), ("recall", "harmless"), ("notes", "list")):
        said = run(*words).stdout
        assert "harmless" in said and not {"\x1b", "\x07", "\u202e"} & set(said)
