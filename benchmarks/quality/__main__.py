"""`python -m benchmarks.quality PATH…`: recall beside plain FTS5, in one run; on request contexts, ingredients, and an earlier run beside it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks import default, report
from benchmarks.quality import ablation, compare, contexts, metrics, pairs
from benchmarks.quality.ablation import Ablation
from benchmarks.quality.contexts import Contexts
from benchmarks.quality.recipes import NONE, Plain, Recollect
from benchmarks.quality.retrieval import Retrieval
from benchmarks.quality.sets import histories
from benchmarks.quality.together import apart, together
from recollect import RecollectError


class Run:
    """Conversations, asked of every recipe: each question in its own, or all in the memory of one user."""

    def __init__(self, paths: Sequence[Path], *, embedder: str = NONE, context: bool = False, ablate: bool = False, one_memory: bool = False) -> None:
        self.name = " and ".join(path.resolve().name.removesuffix(".gz").removesuffix(".json") for path in paths)
        self.retrieval = Retrieval()
        every = chain.from_iterable(map(histories, paths))
        with Recollect(embedder) as ours, Plain() as theirs:
            self.recipe = ours.name
            self.contexts = Contexts(ours.name) if context else None
            self.ablation = Ablation(ours.weights, embedder != NONE) if ablate else None
            for history, filled, plain in (together if one_memory else apart)(every, ours, theirs):
                self.retrieval.add(history, {ours.name: filled, theirs.name: plain})
                if self.contexts:
                    self.contexts.add(history, filled)
                if self.ablation:
                    self.ablation.add(history, filled)
        if not any(self.retrieval.found.values()):
            raise ValueError(f"{' and '.join(map(str, paths))} has no question with evidence")

    def rows(self) -> list[dict[str, Any]]:
        """What an earlier run can be compared with."""
        return self.retrieval.rows(self.name) + (self.contexts.rows(self.name) if self.contexts else [])

    def each(self) -> list[dict[str, Any]]:
        return self.retrieval.each(self.name) + (self.contexts.each(self.name) if self.contexts else [])

    def show(self, as_json: bool) -> None:
        report.show(self.retrieval.rows(self.name), as_json=as_json, title=f"{self.name} (per cent)", percent=metrics.FIGURES)
        if self.contexts:
            title = f"{self.name}: evidence that stands in a context of so many tokens (per cent)"
            report.show(self.contexts.rows(self.name), as_json=as_json, title=title, percent=contexts.FIGURES)
            report.show(self.contexts.ratios(self.name), as_json=as_json, title=f"{self.name}: times as much evidence as beside it")
        if self.ablation:
            title = f"{self.name}: change when an ingredient is left out, and its 95 % interval (points)"
            report.show(self.ablation.rows(self.name), as_json=as_json, title=title, percent=ablation.PERCENT)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("path", nargs="*", type=Path, help="a file or folder of LoCoMo, REALTALK, LongMemEval or BEAM")
    parser.add_argument("--embedder", default=NONE, metavar="NAME", help=f"what Memory(embedder=…) is given; {NONE} (the default) is words only")
    parser.add_argument("--context", action="store_true", help="also how much evidence stands in contexts of 500 to 4000 tokens")
    parser.add_argument("--ablate", action="store_true", help="also what each ingredient of recall is worth")
    parser.add_argument("--together", action="store_true", help="all conversations of all paths in the memory of one user")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--each", action="store_true", help="with --json, also a line for each question, so that runs can be compared by question")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="an earlier --json output; exit 1 if a figure fell by more than a point")
    parser.add_argument("--paired", nargs=2, type=Path, metavar=("A", "B"), help="only compare two outputs of --json --each, question by question")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="also print the N questions that fared worst")
    asked = parser.parse_args(arguments)
    if bool(asked.path) == bool(asked.paired):
        parser.error("give what to measure, or --paired and two outputs")
    if asked.together and (asked.context or asked.ablate):
        parser.error("--together goes with neither --context nor --ablate")
    for path in [*asked.path, *filter(None, [asked.compare]), *(asked.paired or [])]:
        if not path.exists():
            parser.error(f"{path} does not exist")
    default.environment()
    try:
        return _paired(*asked.paired, as_json=asked.json) if asked.paired else _measured(asked)
    except (ValueError, RuntimeError, RecollectError) as error:
        parser.error(str(error))


def _measured(asked: argparse.Namespace) -> int:
    before = compare.earlier(asked.compare) if asked.compare else []
    rows, each = [], []
    for paths in [asked.path] if asked.together else [[path] for path in asked.path]:
        run = Run(paths, embedder=asked.embedder, context=asked.context, ablate=asked.ablate, one_memory=asked.together)
        rows += run.rows()
        each += run.each()
        run.show(asked.json)
        if asked.each:
            report.show(run.each() if asked.json else [], as_json=asked.json)
        if asked.misses:
            report.say(run.retrieval.misses(run.recipe, asked.misses), as_json=asked.json)
    if changes := compare.paired(before, each):
        report.show(changes, as_json=asked.json, title=f"since {asked.compare.name}, question by question (points)", percent=compare.PERCENT)
    worse = compare.fallen(before, rows)
    for sentence in worse:
        print(sentence, file=sys.stderr)
    return 1 if worse else 0


def _paired(first: Path, second: Path, *, as_json: bool) -> int:
    before, after = compare.earlier(first), compare.earlier(second)
    rows = pairs.rows(pairs.pairs(before, after))
    title = f"{second.name} less {first.name}, question by question, and its 95 % interval (points)"
    report.show(rows if as_json else pairs.condensed(rows), as_json=as_json, title=title, percent=pairs.PERCENT)
    if alone := pairs.alone(before, after):
        print(f"{alone} questions are in one of the files only and are left out", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
