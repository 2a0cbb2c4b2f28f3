"""`python -m benchmarks.scale`: its texts, its files and its rows, at a size that takes no time."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.peers import environments
from benchmarks.scale import __main__ as command
from benchmarks.scale import candidates, child, files, parts, texts
from benchmarks.speed import Wrong

from recollect import Memory

DEMO = Path(__file__).resolve().parents[2] / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"
SOURCES = {"invented": texts.source(None), "demo": texts.source(DEMO)}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_user_always_says_the_same_and_another_something_else(source):
    assert source.talk(3, 7) == source.talk(3, 7)
    assert source.talk(3, 7) not in (source.talk(4, 7), source.talk(3, 8))
    assert len(source.talk(3, 7)) == texts.TALK
    assert all(text.strip() for text in source.talk(3, 7))


def test_messages_are_as_many_as_asked_for():
    assert [len(some) for some in texts.messages(SOURCES["invented"], 0, 23)] == [10, 10, 3]


def test_invented_messages_are_varied_and_leave_no_gap():
    said = [text for some in texts.messages(SOURCES["invented"], 0, 2000) for text in some]
    assert len(set(said)) > 0.95 * len(said)
    assert not any("{" in text or "}" in text for text in said)
    words = [word for text in said for word in text.lower().split()]
    assert 12 < len(words) / len(said) < 40
    assert len(set(words)) > 3000


def test_the_demonstration_lends_sentences_with_gaps():
    found = texts.demo_frames()
    assert len(found) > 50
    assert all("{" in frame for frame in found)


def test_a_question_has_words_of_its_message_and_is_always_the_same():
    text = "Nadia sold the harbour lighthouse to Viktor for the marathon."
    asked = {texts.question(text, seed) for seed in range(20)}
    assert {texts.question(text, seed) for seed in range(20)} == asked
    for one in asked:
        assert sum(word in one for word in ("Nadia", "sold", "harbour", "lighthouse", "Viktor", "marathon")) >= 2
    assert texts.question("…", 0)  # a message without words is asked about as well


@pytest.mark.parametrize(("size", "users"), [(200, 1), (200, 20), (10_000, 1000), (1_000_000, 1000), (230, 2)])
def test_every_conversation_is_written_once_and_users_take_turns(size, users):
    found = list(files.pieces(size, users))
    talks = {(user, number) for user, first, count in found for number in range(first, first + count)}
    each = -(-(size // users) // texts.TALK)
    assert len(talks) == sum(count for _, _, count in found) == users * each
    assert [user for user, _, _ in found[:users]] == list(range(users))


def test_questions_are_of_the_users_in_turn():
    asked = files.questions(SOURCES["invented"], range(2, 4), 15, 5)
    assert [user for user, _ in asked] == ["user-2", "user-3", "user-2", "user-3", "user-2"]
    assert asked == files.questions(SOURCES["invented"], range(2, 4), 15, 5)


def test_a_file_has_all_messages_with_vectors(tmp_path: Path):
    file = tmp_path / "some.db"
    files.made(file, SOURCES["invented"], 70, 2)
    assert files.counted(file) == (70, 70, 70)
    with Memory(file, embedder="local") as memory:
        said = memory.scope(user="user-1").messages.list(limit=100)
        assert sorted(one.content for one in said) == sorted(text for some in texts.messages(SOURCES["invented"], 1, 35) for text in some)
        assert len({one.conversation for one in said}) == 4
    assert list(tmp_path.iterdir()) == [file]


def test_equals_count_whichever_is_named():
    numbers = np.array([3, 5, 8, 9])
    likeness = np.array([0.9, 0.5, 0.5, 0.1], dtype=np.float32)
    assert candidates.share(numbers, likeness, [3, 5], k=2) == 1
    assert candidates.share(numbers, likeness, [8, 3], k=2) == 1
    assert candidates.share(numbers, likeness, [3, 9], k=2) == 0.5
    assert candidates.share(numbers, likeness, [3, 3], k=2) == 0.5
    assert candidates.share(numbers, likeness, [], k=2) == 0
    assert candidates.share(numbers, likeness, [3, 5, 8, 9], k=10) == 1
    assert candidates.share(numbers, likeness, [3, 5, 8, 9], k=2) == 1
    assert candidates.share(numbers, likeness, [5, 8, 9], k=1) == 0


def test_the_search_names_what_is_most_alike(tmp_path: Path):
    file = tmp_path / "some.db"
    files.made(file, SOURCES["invented"], 300, 1)
    asked = [question for _, question in files.questions(SOURCES["invented"], range(1), 300, 10)]
    share, count = candidates.recall(file, asked)
    assert share == 1
    assert 10 <= count <= 300
    from recollect.recall.nearest import Similarities

    assert Similarities.next.__name__ == "next"  # nothing is noted afterwards


@pytest.mark.parametrize(("written", "meant"), [("200", 200), ("10k", 10_000), ("1M", 1_000_000), ("1m", 1_000_000)])
def test_sizes_are_written_short(written, meant):
    assert command.size(written) == meant
    assert command.sizes(f"{written},300,{written}") == sorted({meant, 300})


@pytest.mark.parametrize("written", ["", "many", "5", "-3k", "k"])
def test_what_is_no_size_is_refused(written):
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        command.size(written)


def test_a_goal_is_met_or_not_and_a_comparison_neither():
    assert parts.below("a", 4.0, "ms", 5.0).met is True
    assert parts.below("a", 6.0, "ms", 5.0).met is False
    assert parts.below("a", 6.0, "ms", None, 3.0) == parts.row("a", 6.0, 3.0, "ms", "for comparison", None)


# the command


def here(what: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a process of its own would do, in this one."""
    return json.loads(json.dumps(child.WORKS[what](json.loads(json.dumps(given)))))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "run", here)
    monkeypatch.setattr(parts, "ASKED", 8)
    if hasattr(os, "sched_setaffinity"):
        monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)

    def refused(*_: Any) -> None:
        raise environments.Failed("not installed: no network")

    monkeypatch.setattr(environments, "made", refused)


def said(*arguments: str) -> list[dict[str, Any]]:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert command.main(["--json", *arguments]) == 0
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.usefixtures("quick")
def test_the_command_at_200_messages(tmp_path: Path):
    keep = tmp_path / "kept"
    rows = said("--sizes", "200", "--keep", str(keep), "--dir", str(tmp_path))
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    assert {row["texts"] for row in rows} == {"invented"}
    goals = {row["name"]: (row["goal"], row["met"]) for row in rows if row["goal"] != "for comparison"}
    assert [goal for goal, _ in goals.values()] == ["ours < 1 ms", "ratio >= 0.6", "ratio <= 3", "ratio <= 3", "ours >= 0.99"]
    assert all(met is None for name, (_, met) in goals.items() if "no network" in name)
    assert all(row["ours"] > 0 for row in rows if "no network" not in row["name"])
    assert sorted(file.name for file in keep.iterdir()) == ["invented-200-of-1.db", "invented-200-of-20.db"]
    # What was kept is not made again.
    assert not any("making both" in row["name"] for row in said("--sizes", "200", "--keep", str(keep), "--only", "recall"))


@pytest.mark.usefixtures("quick")
def test_the_command_with_the_texts_of_a_data_set():
    row, _ = said("--sizes", "200", "--only", "candidates", "--texts", str(DEMO))
    assert (row["texts"], row["met"]) == ("mira_and_tom.json", True)


@pytest.mark.usefixtures("quick")
def test_a_file_that_lacks_something_is_called_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setattr(files, "counted", lambda _: (200, 200, 199))
    assert command.main(["--json", "--sizes", "200", "--only", "memory", "--keep", str(tmp_path)]) == 1
    assert "WRONG: invented-200-of-1.db" in capsys.readouterr().err


ECHO = """import json, sys
texts = json.loads(sys.stdin.readline())
for line in sys.stdin:
    assert any(word in text for word in json.loads(line).split() for text in texts)
    print(json.dumps([2.0, 1.0]), flush=True)
"""


@pytest.mark.parametrize("ends", [False, True])
def test_both_sides_are_asked_in_turns(tmp_path: Path, ends: bool):
    file = tmp_path / "some.db"
    files.made(file, SOURCES["invented"], 40, 1)
    asked = files.questions(SOURCES["invented"], range(1), 40, 6)
    program = "import sys; sys.stdin.readline(); sys.stdin.readline()" if ends else ECHO
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        said = [text for some in texts.messages(SOURCES["invented"], 0, 40) for text in some]
        if ends:
            with pytest.raises(Wrong, match="ended with 0"):
                parts.in_turns(other, said, file, asked)
            return
        found = parts.in_turns(other, said, file, asked)
    assert found["bm25s"] == [(2.0, 1.0)] * 6
    assert [len(found[side]) for side in ("local", "none")] == [6, 6]


def test_a_part_runs_in_a_process_of_its_own():
    assert 0 < parts.run("embed", {"asked": [["user-0", "Where is the garlic from?"]] * 5})["p50"] < 100


def test_texts_that_are_not_there_are_refused(tmp_path: Path):
    with pytest.raises(SystemExit):
        command.main(["--texts", str(tmp_path / "none")])
