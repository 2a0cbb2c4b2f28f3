"""Exit codes, and the one sentence that a failure says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest
from command_line import Run

import recollect.engines
import recollect.memory
from recollect import Memory, errors
from recollect.cli.main import CODES

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md"


def test_the_documented_codes_are_the_codes() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]*) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert {name: code for name, code in documented.items() if name in CODES} == CODES
    assert set(documented) - set(CODES) == {"Unexpected", "Closed", "Usage", "Interrupted"}
    every = {name for name in errors.__all__ if name != "RecollectError"}
    assert every <= set(documented)


@pytest.mark.promise("input")
@pytest.mark.parametrize("name", [*CODES, "Closed"])
def test_each_error_of_ours_has_its_code_and_says_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise getattr(errors, name)("this is the\nreason")

    monkeypatch.setattr(recollect.memory, "Memory", refuse)
    code = CODES.get(name, 1)
    result = run("remember", "x", code=code)
    assert result.stderr == "recollect: this is the reason\n" and result.stdout == ""
    result = run("remember", "x", "--json", code=code)
    assert json.loads(result.stderr) == {"error": name, "message": "this is the reason"} and result.stdout == ""


def test_an_unexpected_error_is_a_sentence_too_and_a_traceback_only_on_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(recollect.memory, "Memory", fail)
    result = run("remember", "x", code=1)
    assert "boom" in result.stderr and "--debug" in result.stderr and "Traceback" not in result.stderr
    assert isinstance(run("remember", "x", "--debug", code=1).exception, RuntimeError)


@pytest.mark.promise("input")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["remember", ""], "empty"),
        (["remember", "x", "--importance", "2"], "importance"),
        (["remember", "x", "--expires", "2001-01-01"], "passed already"),
        (["remember", "x", "--expires", "soon"], "2025-03-31"),
        (["remember"], "Missing argument"),
        (["add", "robot", "hello"], "role must be one of"),
        (["add", "user", ""], "empty"),
        (["list", "dogs"], "KIND is one of"),
        (
            ["entities", "add", "Tom Weber", "person"],
            "'person' is one argument too many; add takes NAME (several words in quotes) and the options --type,",
        ),
        (["vacuum", "now"], "'now' is one argument too many; vacuum takes no argument; see `recollect vacuum --help`"),
        (["list", "fatcs"], "there is no kind 'fatcs'; did you mean 'facts'?"),
        (["recall", "x", "--kind", "mesage"], "did you mean 'messages'?"),
        (["facts", "set", "key"], "Missing argument"),
        (["facts", "revert", "key", "two"], "not a valid int"),
        (["rmember", "x"], "did you mean 'remember'?"),
        (["remember", "x", "--user", ""], "user must have 1 to 255"),
        (["remember", "x", "--user", "a\nb"], "control characters"),
        (["remember", "x", "--user", "u" * 256], "1 to 255"),
        (["completion", "tcsh"], "tcsh"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_is_code_2_with_a_hint(run: Run, words: list[str], part: str) -> None:
    result = run(*words, code=2)
    assert part in result.stderr.replace("\n", " ") and "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [["recall", "x", "--limit", "-1"], ["context", "--budget", "-5"], ["recall", "x", "--kind", "dogs"]])
def test_bad_values_are_code_2_on_an_existing_memory(run: Run, filled: Path, words: list[str]) -> None:
    run(*words, code=2)


@pytest.mark.parametrize(
    "words",
    [
        ["recall", "x"], ["context"], ["list", "notes"], ["show", "deadbeef"], ["stats"], ["verify"], ["forget", "deadbeef"], ["export", "-"],
        ["backup", "copy.db"], ["vacuum"], ["facts", "get", "x"], ["notes", "delete", "deadbeef"], ["erase", "--user", "x", "--yes"],
    ],
)  # fmt: skip
def test_a_missing_memory_is_not_made_by_those_who_only_want_to_look(run: Run, db: Path, words: list[str]) -> None:
    result = run(*words, code=3)
    assert "no memory at" in result.stderr and "recollect remember" in result.stderr.replace("\n", " ") and not db.exists()


def test_what_is_not_there_is_code_3(run: Run, filled: Path) -> None:
    for words in (
        ["show", "deadbeef"],
        ["why", "fish", "deadbeef"],
        ["forget", "nonsense"],
        ["undelete", "deadbeef"],
        ["import", "/no/file"],
        ["restore", "/no/file", "--yes"],
    ):
        run(*words, code=3)


def test_a_contradiction_is_code_4(run: Run) -> None:
    run("aliases", "add", "a", "b")
    run("aliases", "add", "b", "a", code=4)


def test_a_memory_in_use_is_code_5(run: Run, filled: Path, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "copy.db"))
    with Memory(filled) as memory:
        memory.remember("open")
        run("restore", str(tmp_path / "copy.db"), "--yes", code=5)


def test_another_file_is_code_8_and_a_directory_code_2(run: Run, tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"this is no database " * 100)
    for words in (["recall", "x"], ["remember", "x"], ["verify"]):
        run(*words, "--db", str(junk), code=8)
        assert "is a directory" in run(*words, "--db", str(tmp_path), code=2).stderr.replace("\n", " ")


def test_verify_names_damage_and_ends_with_8(run: Run, filled: Path) -> None:
    db = apsw.Connection(str(filled))
    db.execute("delete from documents where number = (select max(number) from documents)")
    db.close()
    assert "problems" in run("verify", code=8).stdout
    found = [json.loads(line) for line in run("verify", "--json", code=8).stdout.splitlines()]
    assert found[-1]["ok"] is False and set(found[0]["problem"]) == {"where", "what", "message"}


def test_a_file_of_a_later_version_is_code_9(run: Run, filled: Path) -> None:
    db = apsw.Connection(str(filled))
    db.execute("insert into migrations values ('9999_future', 'x', 0)")
    db.close()
    assert "upgrade" in run("recall", "x", code=9).stderr
    run("remember", "x", code=9)


def test_a_missing_part_is_code_10(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("recollect.engines.") and hasattr(sys.modules[name], "psycopg")]:
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.delattr(recollect.engines, module.rpartition(".")[2])
    monkeypatch.setitem(sys.modules, "psycopg", None)
    run("recall", "x", "--db", "postgresql://localhost/x", code=10)


def test_a_usage_error_is_json_too_and_options_stand_anywhere(run: Run, filled: Path) -> None:
    assert json.loads(run("--json", "recall", code=2).stderr)["error"] == "Usage"
    before = run("--user", "mira", "--json", "facts", "list").stdout
    assert before == run("facts", "--user", "mira", "list", "--json").stdout == run("facts", "list", "--json", "--user", "mira").stdout
    assert run("--user", "tom", "facts", "list", "--json", "--user", "mira").stdout == before
