"""The commands that are derived from the registry of kinds."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import click
import pytest
from command_line import Run, lines

from recollect import kinds
from recollect.cli.base import Span, brief
from recollect.cli.choices import _WORDS
from recollect.cli.kinds import group
from recollect.cli.main import COMMANDS, cli
from recollect.kinds import KINDS

FILES = Path(kinds.__file__).parent
MIRA = ("--user", "mira")


def _all() -> list[list[str]]:
    context = click.Context(cli)
    names = [[name] for section in COMMANDS.values() for name in section]
    return names + [[kind, verb] for kind in KINDS for verb in group(kind).list_commands(context)]


def test_every_kind_of_the_registry_has_its_commands_and_is_listed() -> None:
    assert all(group(kind).name == kind for kind in KINDS)
    assert set(KINDS) <= {name for section in COMMANDS.values() for name in section}
    assert {"list", "get", "set", "history", "delete", "undelete", "as-of", "search", "count", "revert"} <= set(group("facts").commands)
    assert {"list", "get", "add", "delete", "undelete", "search"} <= set(group("notes").commands)
    assert not {"clear", "export", "iterate", "add-many"} & {verb for kind in KINDS for verb in group(kind).commands}


@pytest.mark.parametrize("words", _all(), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, words: list[str]) -> None:
    said = run(*words, "--help").stdout
    assert "Example" in said and "recollect " + " ".join(words[:1]) in said


def test_the_line_about_a_command_is_no_half_of_one() -> None:
    context = click.Context(cli)
    for place in [*KINDS, "admin"]:
        found = cli.get_command(context, place)
        assert isinstance(found, click.Group)
        for name, command in found.commands.items():
            line = command.get_short_help_str()
            assert line and line.count("(") == line.count(")") and line.count("`") % 2 == 0 and not line.endswith(("...", ",", ":")), (name, line)
            assert len(line) <= 80, (place, name, line)
    assert brief("Offer `a, b: c` of this session (the scope's, if none is named) to others. More.") == "Offer `a, b: c` of this session to others"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("tasks schedule", "--missed [once|skip|all] [default: once]"),
        ("tasks fail", "--back-off SPAN [default: 2m]"),
        ("preferences decay", "--half-life SPAN [default: 90d]"),
        ("facts list", "--limit NUMBER [default: 100]"),
        ("links of", "--direction [both|out|in] [default: both]"),
        ("blocks create", "--overflow [refuse|archive] [default: refuse]"),
        ("blocks pin", "--pinned / --no-pinned [default: pinned]"),
        ("metrics summary", "--by [name|user|agent|project|channel|session|day] [default: name]"),
        ("limitations report", "--description TEXT --plan TEXT"),
    ],
)
def test_help_says_what_an_option_takes_and_what_it_is_if_nothing_is_said(run: Run, words: str, shown: str) -> None:
    assert shown in " ".join(run(*words.split(), "--help").stdout.split())


def test_the_few_words_that_a_parameter_takes_are_those_of_a_verb() -> None:
    for kind, name in _WORDS:
        assert any(name in [param.name for param in command.params] for command in group(kind).commands.values()), (kind, name)
    checked = {(path.stem, name) for path in FILES.glob("*.py") for name in re.findall(r'checked_choice\(\w+, "(\w+)", ', path.read_text("utf-8"))}
    assert checked <= set(_WORDS)


@pytest.mark.parametrize(("said", "seconds"), [("90s", 90), ("10m", 600), ("36h", 129600), ("90d", 7776000), ("2w", 1209600), ("1.5s", 1.5)])
def test_a_span_is_said_as_it_is_read(said: str, seconds: float) -> None:
    assert Span.said(timedelta(seconds=seconds)) == said and Span().convert(said, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("blocks pin", "`--no-pinned` lets it go"),
        ("blocks create", "`--overflow` says what becomes of an edit over that budget: it is refused as `Invalid` (`refuse`)"),
        ("tasks edit", "`--repeat once` leaves the next time as the last one"),
        ("tasks schedule", "of `--timezone` (else of the user's fact `timezone`"),
        ("decisions record", "Say `--recommended` of a decision that only followed `recommend`"),
        ("usage against-budget", "from `--since` (inclusive) to `--until` (exclusive)"),
        ("blocks replace", "Put `NEW` where `OLD` stands"),
        ("metrics summary", "by `name`, `user`"),
        ("notes delete", "Exit code 3 if there is none."),
        ("entities resolve", "to the letter; exit code 3 if there is none."),
    ],
)
def test_help_speaks_of_arguments_and_options_as_they_are_written(run: Run, words: str, said: str) -> None:
    assert said in " ".join(run(*words.split(), "--help").stdout.split())


def test_no_help_speaks_python() -> None:
    for kind in KINDS:
        for name, command in group(kind).commands.items():
            assert not re.search(r"``|`\w+=|(None|False) if there is|, or None\.", command.help or ""), (kind, name, command.help)


def test_facts_are_set_read_changed_and_looked_up_in_the_past(run: Run, db: Path) -> None:
    run(*MIRA, "facts", "set", "home_city", "Leipzig")
    (fact,) = lines(run(*MIRA, "facts", "set", "home_city", "Lisbon,", "Graça", "--source", "a chat", "--json"))
    assert fact["value"] == "Lisbon, Graça" and fact["source"] == "a chat" and fact["version"] == 2
    got = run(*MIRA, "facts", "get", "home_city")
    assert got.stdout == "Lisbon, Graça\n" and "version 2" in got.stderr
    assert [one["value"] for one in lines(run(*MIRA, "facts", "history", "home_city", "--json"))] == ["Lisbon, Graça", "Leipzig"]
    assert "Leipzig" in run(*MIRA, "facts", "history", "home_city").stdout
    assert lines(run(*MIRA, "facts", "as-of", "2020-01-01", "--json")) == []
    assert [one["key"] for one in lines(run(*MIRA, "facts", "as-of", "2999-01-01", "--json"))] == ["home_city"]
    assert lines(run(*MIRA, "facts", "count", "--json")) == [{"result": 1}]


def test_a_fact_is_deleted_and_brought_back_by_its_key(run: Run, filled: Path) -> None:
    assert "done" in run(*MIRA, "facts", "delete", "diet").stdout
    run(*MIRA, "facts", "get", "diet", code=3)
    run(*MIRA, "facts", "delete", "diet", code=3)
    assert lines(run(*MIRA, "facts", "undelete", "diet", "--json")) == [{"done": True}]
    assert run(*MIRA, "facts", "get", "diet").stdout == "vegetarian\n"


def test_a_key_that_looks_like_a_short_id_is_a_key(run: Run) -> None:
    run("facts", "set", "deadbeef", "a colour")
    assert run("facts", "get", "deadbeef").stdout == "a colour\n"


def test_what_json_holds_is_said_as_json_and_anything_else_as_the_text_that_it_is(run: Run) -> None:
    for _ in range(3):
        run("decisions", "record", "shell", '{"cmd": "rm x"}', "deny")
    (advice,) = lines(run("decisions", "recommend", '{"tool": "shell", "input": {"cmd": "rm x"}}', "--near", "1", "--json"))
    assert advice["choice"] == "deny"
    for said, held in (("5", 5), ("true", True), ("no meat", "no meat"), ('"5"', "5")):
        assert lines(run("preferences", "set", "key", *said.split(), "--json"))[0]["value"] == held


def test_links_of_a_short_id(run: Run) -> None:
    one, other = (lines(run("notes", "add", text, "--json"))[0]["id"] for text in ("Tea", "Milk"))
    run("links", "add", one[-8:], other[-8:])
    assert lines(run("links", "of", one[-8:], "--json"))[0]["target"] == other


def test_notes_are_added_pinned_and_found(run: Run) -> None:
    (note,) = lines(run("notes", "add", "Tom", "likes", "tea", "--tag", "a", "--tag", "b", "--json"))
    assert note["text"] == "Tom likes tea" and note["tags"] == ["a", "b"]
    (pinned,) = lines(run("notes", "pin", note["id"][-8:], "--json"))
    assert pinned["pinned"] is True
    assert lines(run("notes", "pin", note["id"], "--no-pinned", "--json"))[0]["pinned"] is False
    assert "Tom likes tea" in run("notes", "search", "tea").stdout


def test_sessions_move_through_their_states(run: Run) -> None:
    (session,) = lines(run("sessions", "start", "--title", "Flat hunting", "--json"))
    id = session["id"][-8:]
    assert "paused" in run("sessions", "pause", id).stdout
    assert lines(run("sessions", "usage", id, "--json"))[0]["stage"] == "ok"
    assert "Flat hunting" in run("sessions", "brief", id).stdout
    run("sessions", "archive", id)
    run("sessions", "resume", id, code=4)


def test_conversations_and_messages(run: Run, filled: Path) -> None:
    (first, *_) = lines(run(*MIRA, "conversations", "list", "--limit", "1", "--json"))
    said = lines(run(*MIRA, "messages", "list", "--conversation", first["id"][-8:], "--json"))
    assert said and {one["conversation"] for one in said} == {first["id"]}
    assert [one["role"] for one in lines(run(*MIRA, "messages", "exchange", "hi", "hello", "there", "--json"))] == ["user", "assistant"]
    assert "fish" in run(*MIRA, "messages", "search", "fish", "--role", "user", "--json").stdout


def test_aliases_resolve(run: Run) -> None:
    run("aliases", "add", "+351911", "mira")
    assert run("aliases", "resolve", "+351911").stdout == "mira\n"
    assert lines(run("aliases", "resolve", "nobody", "--json")) == [{"result": "nobody"}]
