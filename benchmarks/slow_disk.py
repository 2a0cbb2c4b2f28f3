"""The benchmark of many writers on a slower disk: an fsync of a fast one takes a fifth of a millisecond, of many others one to ten.

Both sides run in a process whose `fsync` and `fdatasync` wait a while longer, by a small library that is compiled for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGER = 1000  # microseconds
_SOURCE = Path(__file__).resolve().parent / "raw" / "slow_sync.c"


class Unmeasured(Exception):
    """Why this machine cannot be made slower."""


def rows(folder: Path, quick: bool) -> Iterator[dict[str, Any]]:
    """What `--only threads` prints where each fsync takes so much longer."""
    command = [sys.executable, "-m", "benchmarks.speed", "--only", "threads", "--json", "--dir", str(folder), *(["--quick"] if quick else [])]
    environment = {**os.environ, "LD_PRELOAD": str(_library(folder)), "SLOW_SYNC_US": str(LONGER)}
    done = subprocess.run(command, env=environment, cwd=_SOURCE.parents[2], stdout=subprocess.PIPE, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())


def _library(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        raise Unmeasured("it takes Linux and a C compiler called cc")
    made = folder / "slow_sync.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(_SOURCE), "-ldl"], check=True)
    return made
