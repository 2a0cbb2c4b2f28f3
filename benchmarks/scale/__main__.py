"""`python -m benchmarks.scale [--json] [--sizes 10k,100k,1M] [--only PART] [--texts PATH] [--keep FOLDER]`: recall at size, with vectors."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks import default, report
from benchmarks.scale.parts import PARTS, Plan
from benchmarks.speed import Row, Wrong

_UNITS = {"k": 1000, "m": 1_000_000}


def size(written: str) -> int:
    """10k, 1M or a number."""
    unit = _UNITS.get(written[-1:].lower(), 1)
    found = int(written[:-1] if unit > 1 else written) * unit
    if found < 100:
        raise argparse.ArgumentTypeError(f"{written} messages are too few to measure; 100 at least")
    return found


def sizes(written: str) -> list[int]:
    """Several, the smallest first."""
    return sorted({size(one.strip()) for one in written.split(",")})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--sizes", type=sizes, default="10k,100k,1M", help="how many messages, separated by commas")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--texts", type=Path, metavar="PATH", help="sentences of this file or folder of LoCoMo or LongMemEval, not invented ones")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the files are made, and found again by the next run")
    parser.add_argument("--dir", type=Path, help="where environments are made and kept; the user's cache if left out")
    given = parser.parse_args(arguments)
    if given.texts and not given.texts.exists():
        parser.error(f"{given.texts} does not exist")
    default.environment()
    cache: Path = given.dir or user_cache_path("recollect", appauthor=False) / "peers"
    rows: list[Row] = []
    wrong = False
    with tempfile.TemporaryDirectory(prefix="recollect-scale-") as scratch:
        folder: Path = given.keep or Path(scratch) / "files"
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(folder.resolve(), Path(scratch), cache.resolve(), given.sizes, given.texts)
        for name, part in PARTS.items():
            if given.only and name not in given.only:
                continue
            report.say(
                f"{name} … (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)" if hasattr(os, "getloadavg") else name, as_json=True
            )
            try:
                for row in part(plan):
                    rows.append(row)
                    if given.json:
                        report.show([asdict(row) | {"texts": plan.source.name}], as_json=True)
            except Wrong as error:
                wrong = True
                report.say(f"WRONG: {error}", as_json=True)
    if not given.json:
        report.show([asdict(row) for row in rows], as_json=False, title=f"scale ({plan.source.name} texts)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
