"""`python -m benchmarks.knowledge [--embedder NAME] [--json]`: whether what an agent set down is found among what was said.

The demonstration's memory as `recollect demo` makes it: 300 messages, and the facts and notes that an agent kept from them. Questions
that a fact or a note answers (`knowledge.json`), and the set's own, which messages answer; with several weights for what no other set has.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import default, report
from recollect import Memory
from recollect.cli import demonstration
from recollect.testing import FrozenClock

LIMIT = 10  # hits that are asked for; what stands further down counts as not found
VARIANTS: dict[str, dict[str, float]] = {
    "recall's own": {},
    "kind 0": {"kind": 0.0},
    "kind 0.1": {"kind": 0.1},
    "kind 0.3": {"kind": 0.3},
    "importance 0": {"importance": 0.0},
    "importance 0.2": {"importance": 0.2},
    "importance 0.3": {"importance": 0.3},
    "recency 0": {"recency": 0.0},
    "none of the three": {"kind": 0.0, "importance": 0.0, "recency": 0.0},
}
FIGURES = ("hit_1", "hit_5", "mrr", "turns_recall_10")


def questions() -> list[dict[str, str]]:
    """Each with its text, and the key of the fact or a word of the note that answers it."""
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["questions"]  # type: ignore[no-any-return]


def measured(embedder: str = "none") -> list[dict[str, Any]]:
    """A row for each set of weights."""
    with tempfile.TemporaryDirectory(prefix="recollect-knowledge-") as folder:
        clock = FrozenClock(demonstration.TODAY)
        with Memory(Path(folder) / "knowledge.db", clock=clock, embedder=embedder) as memory:
            mira = memory.scope(user=demonstration.USER)
            mira.import_(demonstration.DATA / "mira_and_tom.json")
            demonstration.kept(mira, clock)
            memory.embed_pending()
            usual = memory._shared
            rows = []
            for name, changed in VARIANTS.items():
                memory._shared = replace(usual, weights=replace(usual.weights, **changed))
                rows.append({"weights": name, "embedder": embedder, **_figures(memory.scope(user=demonstration.USER))})
            return rows


def _figures(mira: Any) -> dict[str, Any]:
    places = [_place(mira.recall(one["text"], limit=LIMIT), one) for one in questions()]
    asked = json.loads((demonstration.DATA / "mira_and_tom.json").read_text(encoding="utf-8"))["qa"]
    found = [_share(mira.recall(one["question"], limit=LIMIT), set(one["evidence"])) for one in asked if one["evidence"]]
    return {
        "n": len(places),
        "hit_1": round(fmean(place == 1 for place in places), 6),
        "hit_5": round(fmean(0 < place <= 5 for place in places), 6),
        "mrr": round(fmean(1 / place if place else 0.0 for place in places), 6),
        "turns_n": len(found),
        "turns_recall_10": round(fmean(found), 6),
    }


def _place(hits: Sequence[Any], wanted: dict[str, str]) -> int:
    """Of the fact or the note among the hits, from 1; 0 if it is not there."""
    for place, hit in enumerate(hits, start=1):
        if (hit.kind == "facts" and hit.record.key == wanted.get("fact")) or (hit.kind == "notes" and wanted.get("note", "\0") in hit.text):
            return place
    return 0


def _share(hits: Sequence[Any], evidence: set[str]) -> float:
    return len(evidence & {hit.record.metadata["dia_id"] for hit in hits if hit.kind == "messages"}) / len(evidence)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knowledge", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--embedder", default="none", metavar="NAME", help="what Memory(embedder=…) is given; none (the default) is words only")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.parse_args(arguments)
    default.environment()
    report.show(measured(asked.embedder), as_json=asked.json, title="facts and notes among messages (per cent)", percent=FIGURES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
