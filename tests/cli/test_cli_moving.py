"""Import, export, backup, restore, erase, and what says how things are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import DEMO, Run, lines

MIRA = ("--user", "mira")


def test_import_reports_what_was_added_and_adds_nothing_the_second_time(run: Run) -> None:
    assert "added 16 conversations, 300 messages" in run("import", str(DEMO), *MIRA).stdout
    (again,) = lines(run("import", str(DEMO), *MIRA, "--json"))
    assert again == {"format": "locomo", "added": {}, "known": 316, "bad": []}


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    path = tmp_path / "chat.jsonl"
    good = {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]}
    path.write_text(f"{json.dumps(good)}\nthis is not JSON\n", encoding="utf-8")
    return path


def test_a_bad_record_is_named_and_passed_over(run: Run, spoilt: Path) -> None:
    result = run("import", str(spoilt))
    assert "2 messages" in result.stdout and "1 bad" in result.stdout and "line 2" in result.stderr
    (report,) = lines(run("import", str(spoilt), "--json"))
    assert len(report["bad"]) == 1 and set(report["bad"][0]) == {"where", "why"}


def test_strict_writes_nothing_when_a_record_is_bad(run: Run, spoilt: Path) -> None:
    assert "nothing was imported" in run("import", str(spoilt), "--strict", code=2).stderr.replace("\n", " ")
    assert lines(run("messages", "count", "--json")) == [{"result": 0}]


def test_export_to_a_file_and_to_standard_output_are_the_same_bytes(run: Run, filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert "wrote" in run("export", str(target), *MIRA).stdout
    printed = run("export", "-", *MIRA)
    assert printed.stdout_bytes == target.read_bytes() and len(printed.stdout.splitlines()) > 300
    assert lines(run("export", str(target), *MIRA, "--json"))[0]["path"] == str(target)
    other = ("--db", str(tmp_path / "other.db"))
    run("import", str(target), *other)
    assert run("export", "-", *other).stdout_bytes == target.read_bytes()


def test_a_file_to_export_to_is_never_taken_for_a_memory_on_a_server(run: Run, tmp_path: Path) -> None:
    (target := tmp_path / "out.jsonl").write_text("old")
    run("export", str(target), "--db", "postgresql://nobody@127.0.0.1:1/none?timeout=0.1", code=5)  # which nobody answers
    assert target.read_text() == "old"


def test_an_export_never_replaces_the_memory_itself(run: Run, filled: Path) -> None:
    assert "is the memory itself" in run("export", str(filled), code=2).stderr
    run("verify")


def test_backup_and_restore(run: Run, filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert "copied" in run("backup", str(copy)).stdout
    run("backup", str(copy), code=4)
    run("remember", "after the backup")
    assert "nothing was done" in run("restore", str(copy), code=130, input="n\n").stderr
    run("restore", str(copy), code=2, input="")
    assert lines(run("notes", "count", "--json")) == [{"result": 2}]
    assert "restored" in run("restore", str(copy), input="y\n").stdout
    assert lines(run("notes", "count", "--json")) == [{"result": 1}]
    assert lines(run("restore", str(copy), "--yes", "--json"))[0]["restored"] is True


def test_what_concerns_the_file_refuses_a_scope_but_not_the_settings_user(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "leave --user out" in run("verify", *MIRA, code=2).stderr
    monkeypatch.setenv("RECOLLECT_USER", "mira")
    run("verify")
    run("vacuum")


def test_erase_asks_names_what_it_erased_and_never_takes_the_settings_user(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOLLECT_USER", "mira")
    assert "say what to erase" in run("erase", "--yes", code=2).stderr
    run("erase", *MIRA, code=130, input="no\n")
    assert lines(run("messages", "count", "--json")) == [{"result": 300}]
    (report,) = lines(run("erase", *MIRA, "--yes", "--json"))
    assert report["what"] == {"user": "mira"} and report["records"]["messages"] == 300 and report["complete"]
    assert b"hazelnut" not in filled.read_bytes()
    run("erase", "--session", "0198f2c4-77aa-7e01-b3c1-5d2e3f9a1c07", "--yes")
    run("erase", "--tenant", "acme", "--yes")


def test_stats_verify_vacuum(run: Run, filled: Path) -> None:
    assert re.search(r"messages +300", run("stats").stdout)
    (stats,) = lines(run("stats", *MIRA, "--json"))
    assert stats["counts"]["facts"] == 2 and stats["scope"] == {"user": "mira"} and stats["bytes"] > 0
    assert "no problems" in run("verify").stdout
    assert lines(run("verify", "--json"))[-1]["ok"] is True
    assert "tidied" in run("vacuum").stdout
    assert "bytes" in lines(run("vacuum", "--json"))[0]


def test_where_says_what_decided(run: Run, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = lines(run("where", "--json"))
    assert found["where"] == str(db) and found["from"] == "RECOLLECT_DB" and found["exists"] is False
    (found,) = lines(run("where", "--db", str(tmp_path / "x.db"), "--json", *MIRA))
    assert found["from"] == "--db" and found["settings"]["user"] == {"value": "mira", "from": "--user"}
    config = tmp_path / "other.toml"
    config.write_text('db = "/somewhere/else.db"\nuser = "tom"\n', encoding="utf-8")
    monkeypatch.setenv("RECOLLECT_CONFIG", str(config))
    monkeypatch.delenv("RECOLLECT_DB")
    (found,) = lines(run("where", "--json"))
    assert (found["where"], found["from"]) == ("/somewhere/else.db", str(config)) and found["settings"]["user"]["value"] == "tom"
    assert "settings file" in run("where").stdout


@pytest.mark.parametrize(("installed", "meant"), [(True, "local"), (False, "none")])
def test_where_says_which_embedder_nobody_had_to_name(run: Run, monkeypatch: pytest.MonkeyPatch, installed: bool, meant: str) -> None:
    monkeypatch.delenv("RECOLLECT_EMBEDDER", raising=False)
    monkeypatch.setattr("recollect.embedders.has_local", lambda: installed)
    assert lines(run("where", "--json"))[0]["settings"]["embedder"] == {"value": meant, "from": "default"}
    assert re.search(rf"embedder +{meant} +default", run("where").stdout)
    assert "no vectors" in " ".join(run("embed", "--help").stdout.split())
    monkeypatch.setenv("RECOLLECT_EMBEDDER", "none")
    assert lines(run("where", "--json"))[0]["settings"]["embedder"] == {"value": "none", "from": "RECOLLECT_EMBEDDER"}


def test_the_settings_user_is_the_default_scope(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOLLECT_USER", "mira")
    assert run("facts", "get", "home_city").stdout == "Lisbon\n"
    run("facts", "get", "home_city", "--user", "tom", code=3)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, shell: str) -> None:
    said = run("completion", shell).stdout
    assert "_RECOLLECT_COMPLETE" in said and f"{shell}_complete" in said


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("recollect re", {"remember", "recall", "restore"}),
        ("recollect list me", {"messages", "metrics"}),
        ("recollect recall x --kind pa", {"passages", "patterns"}),
        ("recollect why x 3f9a1c07 --kind fa", {"facts"}),
        ("recollect import chats.json --format cha", {"chat-jsonl", "chatgpt"}),
        ("recollect add a", {"assistant"}),
        ("recollect tasks schedule x 2030-01-01 --missed s", {"skip"}),
        ("recollect blocks create x --overflow a", {"archive"}),
        ("recollect decisions record shell x d", {"deny"}),
        ("recollect usage summary --by m", {"model"}),
        ("recollect audit changes --kind le", {"lessons"}),
    ],
)
def test_completion_completes_commands_and_what_is_known_of_values(run: Run, monkeypatch: pytest.MonkeyPatch, words: str, offered: set[str]) -> None:
    monkeypatch.setenv("_RECOLLECT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert {line.split(",")[1] for line in run().stdout.splitlines()} == offered


def test_a_path_is_completed_by_the_shell(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RECOLLECT_COMPLETE", "bash_complete")
    for words in ("recollect import ch", "recollect export ch", "recollect backup ch", "recollect restore ch"):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", "2")
        assert run().stdout == "file,ch\n"
