"""The command line over a server: the same commands, and a password that is never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Run

from servers import DATABASES


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("command line")
    DATABASES.release()


def test_what_is_kept_on_a_server_is_found_there(run: Run, url: str) -> None:
    run("--db", url, "remember", "The harbour opens at nine", "--user", "mira")
    run("--db", url, "facts", "set", "home", "Lisbon", "--user", "mira")
    (hit,) = map(json.loads, run("--db", url, "recall", "when does the harbour open", "--user", "mira", "--json").stdout.splitlines())
    assert hit["text"] == "The harbour opens at nine"
    stats = json.loads(run("--db", url, "stats", "--json").stdout)
    assert (stats["counts"]["notes"], stats["counts"]["facts"]) == (1, 1)
    assert stats["bytes"] > 100_000
    assert "what is remembered here" in run("--db", url).stdout
    assert "no problems" in run("--db", url, "verify").stdout


def test_a_server_has_its_own_tools_for_backups(run: Run, url: str, tmp_path: Path) -> None:
    assert "pg_dump" in run("--db", url, "backup", str(tmp_path / "copy.db"), code=2).stderr
    assert "pg_restore" in run("--db", url, "restore", str(tmp_path / "copy.db"), "--yes", code=2).stderr


def test_a_server_that_is_away_is_busy(run: Run) -> None:
    assert "cannot be reached" in run("--db", "postgresql://u:secret@127.0.0.1:1/x?timeout=2", "stats", code=5).stderr


def test_a_password_is_never_shown(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = url.replace("postgres:@", "postgres:hush@")
    monkeypatch.setenv("RECOLLECT_DB", named)
    for words in (["where"], ["where", "--json"], ["stats"], ["stats", "--json"], [], ["--json"], ["vacuum", "--json"], ["--db", named, "where"]):
        done = run(*words)
        assert "hush" not in done.stdout + done.stderr
        assert "postgres@" in done.stdout
    assert "hush" not in run("--db", "postgresql://u:hush@127.0.0.1:1/x?timeout=2", "stats", code=5).stderr


def test_the_roles_are_printed_to_be_run(run: Run) -> None:
    assert "create role recollect_app" in run("admin", "roles").stdout


def test_the_distribution_is_printed_and_refused_where_there_is_no_citus(run: Run, url: str) -> None:
    said = run("admin", "distribute", "--print").stdout
    assert said.index("'conversations'") < said.index("'messages'")
    assert "Citus" in run("admin", "distribute", "--db", url, code=2).stderr
    assert "is a file" in run("admin", "distribute", code=2).stderr
