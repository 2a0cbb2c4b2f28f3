"""The metrics, against values worked out by hand."""

import math
from dataclasses import dataclass

import pytest
from benchmarks.quality import metrics
from benchmarks.quality.ablation import KEPT, variants
from benchmarks.quality.compare import fallen, paired
from benchmarks.quality.groups import groups
from benchmarks.quality.intervals import RESAMPLES, interval, resamples
from benchmarks.raw.contexts import Chunks, Line, last

from recollect.recall.weights import WEIGHTS

RANKING = [["a"], ["b"], ["c"], ["d"]]


def test_recall_is_the_share_of_the_evidence_among_the_first_k():
    assert metrics.recall_at(RANKING, {"b", "d", "z"}, 10) == pytest.approx(2 / 3)
    assert metrics.recall_at(RANKING, {"b", "d", "z"}, 2) == pytest.approx(1 / 3)
    assert metrics.recall_at([], {"b"}, 10) == 0


def test_ndcg_divides_by_the_best_possible_with_no_more_than_k_relevant_turns():
    # b at place 2, d at place 4; the best would be places 1 and 2
    expected = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert metrics.ndcg_at(RANKING, {"b", "d"}, 10) == pytest.approx(expected)
    # of three relevant turns only two can be among the first two
    assert metrics.ndcg_at([["a"], ["b"]], {"a", "b", "z"}, 2) == pytest.approx(1.0)
    assert metrics.ndcg_at(RANKING, {"z"}, 10) == 0


def test_a_folded_turn_is_found_where_its_hit_stands_and_gains_once():
    ranking = [["a"], ["b", "b2"], ["c"]]
    assert metrics.recall_at(ranking, {"b2"}, 2) == 1
    assert metrics.ndcg_at(ranking, {"b2"}, 10) == pytest.approx(1 / math.log2(3))
    assert metrics.recall_at(ranking, {"b", "b2"}, 2) == 1
    assert metrics.ndcg_at(ranking, {"b", "b2"}, 10) == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))


def test_any_and_all():
    assert (metrics.any_at(RANKING, {"d", "z"}, 5), metrics.all_at(RANKING, {"d", "z"}, 5)) == (1, 0)
    assert (metrics.any_at(RANKING, {"a", "d"}, 5), metrics.all_at(RANKING, {"a", "d"}, 5)) == (1, 1)
    assert (metrics.any_at(RANKING, {"d"}, 3), metrics.all_at(RANKING, {"d"}, 3)) == (0, 0)


def test_a_session_stands_at_the_place_of_its_best_turn():
    session_of = {"a": "one", "b": "two", "c": "one", "d": "three"}
    assert metrics.sessions_of(RANKING, session_of) == [("one",), ("two",), ("three",)]
    assert metrics.sessions_of([["c", "d"], ["b"]], session_of) == [("one",), ("three",), ("two",)]


def test_the_mean_is_over_questions():
    one, none = dict.fromkeys(metrics.FIGURES, 1.0), dict.fromkeys(metrics.FIGURES, 0.0)
    assert metrics.mean([one, none, none, none]) == dict.fromkeys(metrics.FIGURES, 0.25)


def row(figure: float, n: int = 10, recipe: str = "recollect-words") -> dict:
    return {"set": "a set", "recipe": recipe, "n": n, **dict.fromkeys(metrics.FIGURES, 0.9), "turn_recall_10": figure}


def test_a_fall_of_more_than_a_point_is_reported_and_a_smaller_one_is_not():
    assert fallen([row(0.8)], [row(0.79)]) == []
    assert fallen([row(0.8)], [row(0.95)]) == []
    assert fallen([row(0.8)], [row(0.789)]) == ["a set, recollect-words: turn_recall_10 fell from 80.0 to 78.9"]


def test_what_is_no_longer_measured_is_reported():
    assert fallen([row(0.8)], [row(0.8, recipe="other")]) == ["a set, recollect-words: was measured before and is not now"]
    assert fallen([row(0.8)], [row(0.8, n=9)]) == ["a set, recollect-words: 10 questions before, 9 now"]
    lacking = {name: value for name, value in row(0.8).items() if name != "any_5"}
    assert fallen([row(0.8)], [lacking]) == ["a set, recollect-words: any_5 was measured before and is not now"]


def test_lines_that_are_no_means_are_not_compared():
    ratio = {"set": "a set", "context": "c", "beside": "last-n", "times_2000": 3.0}
    assert fallen([ratio, row(0.8) | {"question": "q1"}], []) == []


def test_what_both_runs_say_of_a_question_is_compared_by_question():
    def one(question: str, figure: float) -> dict:
        return {"set": "a set", "recipe": "r", "question": question, "turn_recall_10": figure}

    (change,) = paired([one("1", 0.5), one("2", 0.0), one("3", 1.0), one("gone", 1.0)], [one("1", 1.0), one("2", 0.0), one("3", 0.75), row(0.1)])
    assert (change["n"], change["questions_better"], change["questions_worse"]) == (3, 1, 1)
    assert change["change"] == pytest.approx(0.25 / 3, abs=1e-6)
    assert change["change_low"] < 0 < change["change_high"]


def test_resamples_are_the_same_in_every_run_and_even():
    few = resamples(7)
    assert list(few[0]) == [5, 5, 4, 0, 1, 2, 3]
    assert len(few) == RESAMPLES
    drawn = [place for taken in few for place in taken]
    assert all(abs(drawn.count(place) / RESAMPLES - 1) < 0.15 for place in range(7))


def test_an_interval_has_the_width_that_statistics_expects():
    same = [0.25] * 40
    assert interval(same) == (0.25, 0.25, 0.25)
    mean, low, high = interval([1.0, 0.0] * 50)
    assert mean == 0.5
    assert (low, high) == (pytest.approx(0.5 - 1.96 * 0.05, abs=0.015), pytest.approx(0.5 + 1.96 * 0.05, abs=0.015))


def test_every_weight_is_an_ingredient_by_itself():
    @dataclass(frozen=True)
    class More:
        k1: float = 1.2
        b: float = 0.9
        near: int = 20
        question: float = -0.2
        vectors: float = 0.7
        unused: float = 0.0
        name: str = "no number"

    found = dict(variants(More()))  # type: ignore[arg-type]
    assert list(found) == ["b 0.75 instead of 0.9", "question", "vectors"]
    assert (found["vectors"].vectors, found["vectors"].question) == (0.0, -0.2)  # type: ignore[attr-defined]
    assert set(WEIGHTS.__dataclass_fields__) > KEPT


def test_groups_are_the_whole_then_with_what_stands_apart_then_categories():
    found = groups("a set", ["adversarial", "zeal", "temporal", "multi-hop", "care"])
    assert [one.name.removeprefix("a set") for one in found] == [
        "", " with adversarial", ": multi-hop", ": temporal", ": care", ": zeal", ": adversarial"
    ]  # fmt: skip
    assert found[0].categories == {"zeal", "temporal", "multi-hop", "care"}
    assert [one.name for one in groups("a set", ["abstention"])] == ["a set with abstention", "a set: abstention"]


def line(key: str, tokens: int, text: str = "") -> Line:
    return Line(key, key[0], text, tokens)


def test_the_newest_lines_are_taken_without_holes():
    lines = [line("a1", 1), line("a2", 100), line("a3", 10), line("a4", 10)]
    assert last(lines, 25) == {"a3", "a4"}
    assert last(lines, 9) == set()
    assert last(lines, 121) == {"a1", "a2", "a3", "a4"}


def test_chunks_end_with_their_conversation_and_before_they_grow_too_long():
    said = [line("a1", 90, "kayak "), line("a2", 90, "bread "), line("a3", 90, "kayak "), line("b1", 10, "kayak "), line("b2", 500, "kayak ")]
    tokens = {"kayak bread ": 180, "kayak ": 90}
    chunks = Chunks(said, tokens.__getitem__)
    found = chunks.best("Where is the kayak?")
    assert sorted(found) == [0, 1, 2, 3]  # a1 and a2 together, then one by one
    assert found[-1] == 0
    assert chunks.fitting([0, 1, 2], 200) == {"a1", "a2"}
    assert chunks.fitting([1, 0, 2], 200) == {"a3", "b1"}


def test_a_share_does_not_mind_the_order():
    assert metrics.share_of({"b", "x"}, {"a", "b", "c", "d"}) == 0.25
