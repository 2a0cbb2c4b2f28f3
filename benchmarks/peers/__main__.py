"""`python -m benchmarks.peers [PATH…] [--json] [--only NAME]…`: other memories beside recollect, asked the same questions."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks import report
from benchmarks.peers.comparison import QUALITY, TEXTS, Row, chosen, compared
from benchmarks.peers.table import PEERS, ROOT, Peer
from benchmarks.quality.sets import histories

DEMO = ROOT / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"


def show(rows: Sequence[Row], name: str) -> None:
    """For people: each way with the form of the text that serves it best, and then what could not be run."""
    order = [peer.name for peer in PEERS]
    found = sorted(chosen(rows), key=lambda one: order.index(one["peer"]) if one["peer"] in order else len(order))
    shown = [{key: one[key] for key in one if key not in ("set", "refused", "reason")} for one in found if not one["reason"]]
    failed = [{key: one[key] for key in ("peer", "version", "way", "embedder", "reason")} for one in found if one["reason"]]
    report.show(shown, as_json=False, title=f"{name} (quality in per cent; times are the shortest of the forms' medians)", percent=QUALITY)
    report.show(failed, as_json=False, title="could not be run")
    for one in found:
        if one["refused"]:
            report.say(f"{one['peer']}, {one['way']}: {one['refused']} turns were refused")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("path", nargs="*", type=Path, default=[DEMO], help="a file or folder of LoCoMo conversations or LongMemEval questions")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: every form of the text, and what could not be run")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this peer only; may be repeated")
    parser.add_argument("--text", action="append", default=[], choices=TEXTS, help="this form of the text only; may be repeated")
    parser.add_argument("--quick", action="store_true", help="the first conversation only")
    parser.add_argument("--dir", type=Path, help="where environments are made and kept for the next run; the user's cache if left out")
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS", help="how long one peer may take for one form of the text")
    return parser


def _named(parser: argparse.ArgumentParser, names: Sequence[str]) -> list[Peer]:
    known = {peer.name.lower(): peer for peer in PEERS}
    for name in names:
        if name.lower() not in known:
            parser.error(f"{name} is none of {', '.join(peer.name for peer in PEERS)}")
    return [known[name.lower()] for name in names] or list(PEERS)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    peers = _named(parser, given.only)
    for path in given.path:
        if not path.exists():
            parser.error(f"{path} does not exist")
    cache: Path = given.dir or user_cache_path("recollect", appauthor=False) / "peers"
    cache.mkdir(parents=True, exist_ok=True)
    for path in given.path:
        try:
            read = list(histories(path))[: 1 if given.quick else None]
        except ValueError as error:
            parser.error(str(error))
        name = path.resolve().name.removesuffix(".gz").removesuffix(".json")
        rows = []
        # Two runs at a time share the environments and nothing else.
        with tempfile.TemporaryDirectory(prefix="run-", dir=cache.resolve()) as run:
            for one in compared(name, read, peers, cache.resolve(), Path(run), given.limit, given.text or TEXTS):
                rows.append(one)
                report.show([one] if given.json else [], as_json=given.json)
                report.say(f"{one['peer']}, {one['way']}, {one['text'] or 'no text'}: {one['reason'] or 'done'}", as_json=True)
        if not given.json:
            show(rows, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
