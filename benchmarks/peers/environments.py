"""An environment for each peer: made once in a folder, and weighed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from benchmarks.peers.table import EMBEDDER, ROOT, Peer

KEPT = (
    *("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
)
QUIET = {"ANONYMIZED_TELEMETRY": "False", "MEM0_TELEMETRY": "False", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
# Some peers keep their vectors in an SQLite extension, and not every Python is built to load one.
SUITS = "import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 11) or not hasattr(sqlite3.Connection, 'enable_load_extension'))"


class Failed(Exception):
    """A peer cannot be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python with one peer, and what the peer added to it."""

    python: str
    megabytes: float
    packages: int


def variables(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """What a child process sees: no keys and no settings of the user, and a home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **QUIET, "HOME": str(home), "USERPROFILE": str(home), "RECOLLECT_CONFIG": os.devnull, **more}


@cache
def interpreter() -> str:
    """The Python for all environments: this one, or the first on the path whose sqlite3 can load extensions; else this one after all."""
    return next((one for one in _pythons() if _suits(one)), sys.executable)


def _pythons() -> Iterator[str]:
    yield sys.executable
    for folder in os.get_exec_path():
        for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3"):
            if (file := Path(folder) / name).is_file():
                yield str(file)


def _suits(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", SUITS], env=_clean(), capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def made(peer: Peer, folder: Path) -> Environment:
    """The peer's environment, from an earlier run if the folder has it."""
    of = _said([interpreter(), "-c", "import sys; print(sys.base_prefix, sys.version)"])
    name = hashlib.sha256(repr((peer.packages, EMBEDDER, of)).encode()).hexdigest()[:8]
    home = folder / "environments" / f"{peer.adapter.rpartition('.')[2].replace(':', '-')}-{name}"
    note = home / "weighed.json"
    # The project itself changes between runs; a release of another does not.
    if note.exists() and not any(package.startswith(str(ROOT)) for package in peer.packages):
        return Environment(**json.loads(note.read_text(encoding="utf-8")))
    _said([interpreter(), "-m", "venv", "--clear", str(home)])
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    place = Path(_said([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    size, before = _size(place), _packages(python)
    if peer.packages:
        _said([*_pip(python), "install", "--quiet", *peer.packages])
    if not peer.packages:  # the yardstick that is nothing but our embedder
        _embedder(python)
    result = Environment(python, _size(place) - size, len(_packages(python) - before))
    if any(way.embedder == "ours" for way in peer.ways):
        _embedder(python)
    note.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return result


def _embedder(python: str) -> None:
    """Our embedder, without what its distributions ask for and do not need here; nothing that the peer brought is replaced."""
    for module, package in EMBEDDER:
        there = [python, "-c", f"import importlib.util as u; raise SystemExit(u.find_spec({module!r}) is None)"]
        if subprocess.run(there, env=_clean(), check=False).returncode:
            _said([*_pip(python), "install", "--quiet", "--no-deps", package])


def _pip(python: str) -> list[str]:
    return [python, "-m", "pip", "--disable-pip-version-check"]


def _packages(python: str) -> set[str]:
    return {one["name"].lower() for one in json.loads(_said([*_pip(python), "list", "--format=json"]))}


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, env=_clean(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"not installed: {last_error(done.stderr)}")
    return done.stdout


def last_error(stderr: str) -> str:
    """The line of a program's complaints that says what was wrong: pip marks it, Python prints it last."""
    lines = [line for line in stderr.splitlines() if line.strip()] or ["it said nothing"]
    marked = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return [*lines, *marked][-1]


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
