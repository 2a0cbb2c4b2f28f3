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
from typing import Any

from benchmarks import default, report
from benchmarks.quality import metrics
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

Asked = tuple[str, set[str]]  # a question, and the ids of what answers it


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
            known, turns = _known(mira), _turns(mira)
            usual = memory._shared
            rows = []
            for name, changed in VARIANTS.items():
                memory._shared = replace(usual, weights=replace(usual.weights, **changed))
                mira = memory.scope(user=demonstration.USER)
                of_known = metrics.mean(_found(_ranking(mira, question), evidence) for question, evidence in known)
                of_turns = metrics.mean({"turns_recall_10": metrics.recall_at(_ranking(mira, asked), evidence, LIMIT)} for asked, evidence in turns)
                rows.append({"weights": name, "embedder": embedder, "n": len(known), **of_known, "turns_n": len(turns), **of_turns})
            return rows


def _known(mira: Any) -> list[Asked]:
    """The questions that a fact or a note answers, with its id."""
    notes = mira.notes.list(limit=100)
    return [
        (one["text"], {mira.facts.need(one["fact"]).id} if "fact" in one else {note.id for note in notes if one["note"] in note.text})
        for one in questions()
    ]


def _turns(mira: Any) -> list[Asked]:
    """The set's own questions, with the ids of the messages that answer them."""
    id_of = {message.metadata["dia_id"]: message.id for message in mira.messages.iterate()}
    asked = json.loads((demonstration.DATA / "mira_and_tom.json").read_text(encoding="utf-8"))["qa"]
    return [(one["question"], {id_of[turn] for turn in one["evidence"]}) for one in asked if one["evidence"]]


def _ranking(mira: Any, question: str) -> metrics.Ranking:
    return [(hit.id, *hit.folded) for hit in mira.recall(question, limit=LIMIT)]


def _found(ranking: metrics.Ranking, evidence: set[str]) -> dict[str, float]:
    return {
        "hit_1": metrics.any_at(ranking, evidence, 1),
        "hit_5": metrics.any_at(ranking, evidence, 5),
        "mrr": metrics.reciprocal(ranking, evidence),
    }


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
