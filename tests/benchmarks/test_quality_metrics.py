"""The metrics, against values worked out by hand."""

import math
from dataclasses import replace
from typing import Any

import pytest
from benchmarks.quality import metrics, pairs
from benchmarks.quality.ablation import variants
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


def test_the_reciprocal_rank_is_that_of_the_first_turn_of_the_evidence():
    assert metrics.reciprocal(RANKING, {"z", "d", "c"}) == pytest.approx(1 / 3)
    assert metrics.reciprocal([["a"], ["b", "b2"]], {"b2"}) == 0.5
    assert metrics.reciprocal(RANKING, {"z"}) == 0


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


def one(question: str, figure: float, **changes: Any) -> dict[str, Any]:
    """The line of a question; what stands before the point of its name is its conversation."""
    known = {"set": "a set", "recipe": "recollect-words", "question": question, "category": "temporal", "conversation": question.partition(".")[0]}
    return {**known, "turn_recall_10": figure, "turn_ndcg_10": figure / 2, **changes}


def test_what_both_runs_say_of_a_question_is_compared_by_question():
    before = [one("1", 0.5), one("2", 0.0), one("3", 1.0), one("gone", 1.0), one("4", 1.0, category="adversarial")]
    now = [one("1", 1.0), one("2", 0.0), one("3", 0.75), row(0.1), one("4", 0.0, category="adversarial")]
    change, _ = paired(before, now)
    assert (change["figure"], change["n"], change["questions_better"], change["questions_worse"]) == ("turn_recall_10", 3, 1, 1)
    assert change["change"] == pytest.approx(0.25 / 3, abs=1e-6)
    assert change["change_low"] < 0 < change["change_high"]


def test_two_runs_are_paired_over_each_set_and_together_and_without_each_conversation():
    questions = ["a.1", "a.2", "b.1"]
    first = [one(name, 0.5) for name in questions] + [one("c.1", 0.0, set="other")]
    second = [one(name, figure) for name, figure in zip(questions, (1.0, 0.5, 0.0), strict=True)] + [one("c.1", 1.0, set="other")]
    found = [row for row in pairs.rows(pairs.pairs(first, second)) if row["figure"] == "turn_recall_10"]
    assert [(row["set"], row["left_out"], row["n"], row["change"]) for row in found] == [
        ("a set", "nothing", 3, 0.0), ("a set", "a", 1, -0.5), ("a set", "b", 2, 0.25),
        ("other", "nothing", 1, 1.0),
        ("all sets together", "nothing", 4, 0.25), ("all sets together", "a", 2, 0.25), ("all sets together", "b", 3, 0.5),
        ("all sets together", "c", 3, 0.0),
    ]  # fmt: skip
    assert (found[0]["first"], found[0]["second"], found[0]["questions_better"], found[0]["questions_worse"]) == (0.5, 0.5, 1, 1)
    assert found[0]["change_low"] == -0.5
    assert found[0]["change_high"] == 0.5


def test_only_recalls_questions_of_the_main_line_are_paired():
    first = [one("a.1", 0.5), one("a.2", 0.5, category="adversarial"), one("a.1", 0.1, recipe="fts5-porter"), one("a.3", 0.5), row(0.8)]
    context = {
        "set": "a set",
        "recipe": "recollect-words context",
        "question": "a.1",
        "category": "temporal",
        "conversation": "a",
        "evidence_500": 1.0,
    }
    second = [one("a.1", 1.0, recipe="recollect-local"), one("a.2", 1.0, recipe="recollect-local"), context]
    assert [(pair.conversation, pair.second["recipe"]) for pair in pairs.pairs(first, second)] == [("a", "recollect-local")]
    assert pairs.alone(first, [one("a.1", 1.0)]) == 1


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([row(0.8)], "the second file has no lines of questions; make it with --json --each"),
        ([one("a.9", 0.5)], "the two files have no question in common"),
        ([one("a.1", 0.5), one("a.1", 0.5, recipe="recollect-local")], "the second file has two lines of recall for the question a.1 of a set"),
    ],
)
def test_what_cannot_be_paired_is_refused(second: list[dict[str, Any]], said: str):
    with pytest.raises(ValueError, match=said):
        pairs.pairs([one("a.1", 0.5)], second)


def test_of_many_conversations_people_see_the_lowest_and_the_highest_result():
    first = [one(f"{number:02}.1", 0.5) for number in range(12)]
    second = [one(f"{number:02}.1", {3: 1.0, 7: 0.0}.get(number, 0.5)) for number in range(12)]
    shown = pairs.condensed(pairs.rows(pairs.pairs(first, second)))
    assert [row["left_out"] for row in shown] == ["nothing", "03", "07"] * 2
    few = pairs.rows(pairs.pairs(first[:3], second[:3]))
    assert sorted(map(str, pairs.condensed(few))) == sorted(map(str, few))


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
    words = dict(variants(WEIGHTS, vectors=False))
    assert list(words) == [name for name in WEIGHTS.__dataclass_fields__ if name not in ("meaning", "before")]
    assert all(getattr(weights, name) == 0 and replace(weights, **{name: getattr(WEIGHTS, name)}) == WEIGHTS for name, weights in words.items())


def test_with_an_embedder_vectors_are_ingredients_too():
    found = dict(variants(WEIGHTS, vectors=True))
    assert list(found) == [*WEIGHTS.__dataclass_fields__, "vectors"]
    assert (found["meaning"].meaning, found["vectors"]) == (0, WEIGHTS)


def test_a_weight_that_is_0_already_is_no_ingredient():
    assert "when" not in dict(variants(replace(WEIGHTS, when=0.0), vectors=False))


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
