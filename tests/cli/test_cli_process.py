"""What only a real process shows: pipes, signals, colours, what is imported, what is left behind."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import DEMO

from recollect import Memory
from recollect.cli.demonstration import LINES

RECOLLECT = [sys.executable, "-c", "from recollect.cli.main import main; main()"]
ESCAPE = "\x1b["


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RECOLLECT, *words], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}, check=False)


def test_output_that_is_closed_early_ends_quietly(filled: Path) -> None:
    for words in (("list", "messages", "--limit", "300", "--json"), ("list", "messages", "--limit", "300"), ("export", "-"), ("where",)):
        reader, writer = os.pipe()
        os.close(reader)  # nobody reads: the first write meets a closed pipe
        with os.fdopen(writer, "wb") as closed:
            done = subprocess.run([*RECOLLECT, "--user", "mira", *words], stdout=closed, stderr=subprocess.PIPE, timeout=60, check=False)
        assert (done.returncode, done.stderr.replace(b"more: recollect list messages", b"")[:20]) in [(0, b""), (0, b" --limit 300 --after")]
    piped = f'{sys.executable} -c "from recollect.cli.main import main; main()" --user mira list messages --limit 300 --json | head -1'
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {piped}"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1 and done.stderr == ""


def test_ctrl_c_during_an_import_is_clean_and_the_same_command_completes_it(db: Path, tmp_path: Path) -> None:
    sample = json.loads(DEMO.read_text(encoding="utf-8"))
    many = tmp_path / "many.json"
    many.write_text(json.dumps([{**sample, "sample_id": f"copy {number}"} for number in range(20)]), encoding="utf-8")
    with Memory(db):  # so that the file is there
        pass
    process = subprocess.Popen([*RECOLLECT, "import", str(many), "--user", "mira"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with Memory(db, read_only=True) as memory:
            if memory.stats().counts["conversations"]:
                break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, (out, err)
    assert "stopped" in err and "Traceback" not in err and out == ""
    with Memory(db) as memory:
        held = memory.stats().counts["conversations"]
        assert 0 < held < 20 * 16 and memory.verify() == []
    assert _run("import", str(many), "--user", "mira").returncode == 0
    with Memory(db) as memory:
        counts = memory.stats().counts
    assert (counts["conversations"], counts["messages"]) == (20 * 16, 20 * 300)
    assert _run("verify").returncode == 0


def test_colours_are_for_terminals_and_obey_no_color(filled: Path) -> None:
    words = ("--user", "mira", "recall", "fish")
    assert ESCAPE not in _run(*words).stdout
    assert ESCAPE in _run(*words, FORCE_COLOR="1").stdout
    assert ESCAPE in _terminal(*words)
    without = _terminal(*words, NO_COLOR="1")
    assert "\x1b[3" not in without and ";3" not in without and "words" in without


def _terminal(*words: str, **environment: str) -> str:
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", **environment}
    process = subprocess.Popen([*RECOLLECT, *words], stdout=side, stderr=side, stdin=side, env=environment)
    os.close(side)
    said = b""
    while True:
        try:
            more = os.read(main, 65536)
        except OSError:
            break
        if not more:
            break
        said += more
    os.close(main)
    assert process.wait(30) == 0
    return said.decode()


def test_a_terminal_sees_a_bar_while_an_import_runs(db: Path) -> None:
    said = _terminal("import", str(DEMO), "--user", "mira")
    assert "reading mira_and_tom.json" in said and "300 messages" in said


_HELP = """
import sys
{before}
seen = set(sys.modules)
from recollect.cli.main import cli
try:
    cli.main(["--help"], prog_name="recollect")
except SystemExit:
    pass
print(sorted({{"rich", "apsw", "recollect.memory", "recollect.house"}} & (set(sys.modules) - seen)))
"""
_BARE = "import types; package = types.ModuleType('recollect'); package.__path__ = [{path!r}]; sys.modules['recollect'] = package"


@pytest.mark.parametrize("before", ["import recollect", _BARE])
def test_help_imports_neither_the_memory_nor_the_terminal_library(before: str) -> None:
    path = str(DEMO.parents[2])
    done = subprocess.run([sys.executable, "-c", _HELP.format(before=before.format(path=path))], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_demo_shows_everything_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    nowhere = {"HOME": str(home), "TMPDIR": str(temporary), "XDG_DATA_HOME": "", "RECOLLECT_DB": str(home / "x.db"), "RECOLLECT_USER": "somebody"}
    begun = time.monotonic()
    done = subprocess.run([*RECOLLECT, "demo"], capture_output=True, text=True, timeout=60, cwd=home, env={**os.environ, **nowhere}, check=False)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun < 10
    assert done.stdout.count("✓ holds the answer") >= 4
    for part in ("home_city = Lisbon", "Leipzig", "of 600 tokens", "why it stayed out", "messages a second", "from recollect import Memory"):
        assert part in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100 and "…budg" not in done.stdout
    assert list(home.iterdir()) == [] and list(temporary.iterdir()) == []


def test_the_demo_as_json(db: Path) -> None:
    done = _run("demo", "--json")
    parts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["part"] for one in parts] == ["loaded", *["recall"] * 4, "fact", "context", "stats", "timings", "code"]
    assert all(1 <= len(one["hits"]) <= 3 for one in parts if one["part"] == "recall")
    context = next(one for one in parts if one["part"] == "context")
    assert context["tokens"] <= context["budget"] == 600
    assert not db.exists()


def test_the_five_lines_of_the_demo_run(tmp_path: Path) -> None:
    assert len(LINES) == 5 and max(map(len, LINES)) <= 76  # with a margin of two on each side, in a terminal of 80
    done = subprocess.run([sys.executable, "-c", "\n".join(LINES)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0 and "Lisbon" in done.stdout, done.stderr
