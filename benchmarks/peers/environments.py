"""An environment for each peer: made once in a folder, and weighed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.peers.table import EMBEDDER, ROOT, Peer

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
PIP = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class Failed(Exception):
    """A peer cannot be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python with one peer, and what the peer added to it."""

    python: str
    megabytes: float
    packages: int


def variables(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a child process sees: no keys and no settings of the user, and a home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    quiet = {"ANONYMIZED_TELEMETRY": "False", "MEM0_TELEMETRY": "False", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
    return kept | quiet | {"HOME": str(home), "USERPROFILE": str(home), "RECOLLECT_CONFIG": os.devnull} | dict(more or {})


def made(peer: Peer, folder: Path) -> Environment:
    """The peer's environment, from an earlier run if the folder has it."""
    name = hashlib.sha256(repr((peer.packages, EMBEDDER, sys.version)).encode()).hexdigest()[:8]
    home = folder / "environments" / f"{peer.adapter.rpartition('.')[2].replace(':', '-')}-{name}"
    note = home / "weighed.json"
    # The project itself changes between runs; a release of another does not.
    if note.exists() and str(ROOT) not in peer.packages:
        return Environment(**json.loads(note.read_text(encoding="utf-8")))
    _said([sys.executable, "-m", "venv", "--clear", str(home)])
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    place = Path(_said([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    size, before = _size(place), _packages(python)
    if peer.packages:
        _pip(python, [*peer.packages])
    if not any(way.embedder == "ours" for way in peer.ways):
        result = Environment(python, _size(place) - size, len(_packages(python) - before))
    else:
        alone = not peer.packages  # then the embedder is all there is to weigh
        result = Environment(python, _size(place) - size, len(_packages(python) - before))
        _embedder(python)
        if alone:
            result = Environment(python, _size(place) - size, len(_packages(python) - before))
    note.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return result


def _embedder(python: str) -> None:
    """Our embedder, without what its distributions ask for and do not need here; nothing that the peer brought is replaced."""
    for module, package in EMBEDDER:
        there = subprocess.run([python, "-c", f"import importlib.util as u; raise SystemExit(u.find_spec({module!r}) is None)"], check=False)
        if there.returncode:
            _pip(python, ["--no-deps", package])


def _pip(python: str, arguments: Sequence[str]) -> None:
    _said([python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments])


def _packages(python: str) -> set[str]:
    listed = json.loads(_said([python, "-m", "pip", "--disable-pip-version-check", "list", "--format=json"]))
    return {one["name"].lower() for one in listed}


def _said(command: Sequence[str]) -> str:
    # Compiled files are part of what an installation takes, and of what a first import need not do.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines() or ["it ended with an error"]
        raise Failed(f"not installed: {errors[-1]}")
    return done.stdout


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
