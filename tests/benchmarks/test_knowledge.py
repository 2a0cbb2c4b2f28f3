"""`python -m benchmarks.knowledge`: facts and notes among messages."""

import contextlib
import io
import json

import pytest
from benchmarks.knowledge import FIGURES, questions

from benchmarks import knowledge
from recollect.cli import demonstration


@pytest.fixture(scope="module")
def rows():
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert knowledge.main(["--json"]) == 0
    return {row["weights"]: row for row in map(json.loads, stream.getvalue().splitlines())}


def test_every_answer_exists_and_nothing_is_asked_twice():
    known = json.loads((demonstration.DATA / "facts.json").read_text(encoding="utf-8"))
    keys = {fact["key"] for fact in known["facts"]}
    for one in questions():
        assert one["fact"] in keys if "fact" in one else sum(one["note"] in note["text"] for note in known["notes"]) == 1
    assert len({one["text"] for one in questions()}) == len(questions())


def test_every_variant_has_every_figure(rows):
    assert list(rows) == list(knowledge.VARIANTS)
    assert all(0 <= row[name] <= 1 for row in rows.values() for name in FIGURES)
    assert {(row["n"], row["turns_n"]) for row in rows.values()} == {(len(questions()), 60)}


def test_what_was_set_down_is_found_better_with_its_own_weights_than_without(rows):
    """By ten points, as `Weights.kind` says; and messages lose no more than the turn that the fact which answers displaces."""
    own, without = rows["recall's own"], rows["none of the three"]
    assert own["mrr"] >= without["mrr"] + 0.1
    assert own["turns_recall_10"] >= without["turns_recall_10"] - 1 / own["turns_n"] - 1e-5
    assert own["mrr"] >= 0.64
