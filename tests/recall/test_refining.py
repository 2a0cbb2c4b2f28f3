"""What a caller may add to recall: other phrasings, a reranker, hits that differ; and why a record was found or was not."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Invalid
from recollect.recall.hits import Hit
from recollect.recall.refining import diverse

HOUR = timedelta(hours=1)


def texts(hits: Any) -> list[str]:
    return [hit.text for hit in hits]


@pytest.fixture
def pets(alice: Any) -> Any:
    for said in ("The cat sat on the mat", "The cat sat on the mats today", "A dog barked at the cat", "A parrot said hello"):
        alice.notes.add(said)
    return alice


def test_a_reranker_decides_the_order_and_the_score(pets: Any) -> None:
    asked: list[tuple[str, list[str]]] = []

    def rerank(question: str, those: list[str]) -> list[float]:
        asked.append((question, those))
        return [float(len(text)) for text in those]

    hits = pets.recall("cat", limit=2, rerank=rerank, explain=True)
    assert texts(hits) == ["The cat sat on the mats today", "A dog barked at the cat"]
    assert [hit.score for hit in hits] == [29.0, 23.0]
    assert [dict(hit.signals) for hit in hits] == [{"rerank": 29.0}, {"rerank": 23.0}]
    assert all(hit.details["recall"]["words"] > 0 for hit in hits)
    ((question, those),) = asked
    assert question == "cat" and len(those) == 3  # more than the limit are looked at


@pytest.mark.parametrize(
    "answer", [[1.0], [1.0, 2.0, float("nan")], ["a", "b", "c"], None, [1.0] * 4], ids=["few", "nan", "words", "nothing", "many"]
)
def test_a_reranker_that_answers_wrongly_is_told_so(pets: Any, answer: Any) -> None:
    with pytest.raises(Invalid, match="rerank must return"):
        pets.recall("cat", rerank=lambda question, those: answer)


@pytest.mark.parametrize("name", ["rerank", "expand"])
def test_what_is_no_callable_is_refused(pets: Any, name: str) -> None:
    with pytest.raises(Invalid, match=f"{name} must be a callable"):
        pets.recall("cat", **{name: "a model"})


def test_other_phrasings_are_searched_too(pets: Any) -> None:
    assert pets.recall("feline") == []
    hits = pets.recall("feline", expand=lambda question: [question + " cat", "parrot", "", "parrot"], explain=True)
    assert {hit.text for hit in hits} == {"The cat sat on the mat", "The cat sat on the mats today", "A dog barked at the cat", "A parrot said hello"}
    assert {hit.details["query"] for hit in hits} == {"feline cat", "parrot"}
    assert texts(pets.recall("parrot", expand=lambda question: "cat"))[0] == "A parrot said hello"
    with pytest.raises(Invalid, match="expand must return a string or several"):
        pets.recall("cat", expand=lambda question: [1, 2])


def test_an_iterator_of_kinds_holds_for_every_phrasing(pets: Any) -> None:
    found = pets.recall("feline", kinds=iter(["notes"]), expand=lambda question: ["cat", "parrot"])
    assert {hit.text for hit in found} >= {"The cat sat on the mat", "A parrot said hello"}


@pytest.mark.parametrize("limit", [-1, "x", 1.5, True])
def test_a_wrong_limit_is_refused_beside_a_model(pets: Any, limit: Any) -> None:
    with pytest.raises(Invalid, match="limit"):
        pets.recall("cat", limit=limit, diversity=0.5)
    with pytest.raises(Invalid, match="limit"):
        pets.recall("cat", limit=limit, rerank=lambda question, those: [1.0] * len(those))


def test_a_wrong_filter_is_said_before_a_model_is_asked(pets: Any) -> None:
    def model(*given: Any) -> Any:
        raise AssertionError("nobody should have been asked")

    with pytest.raises(Invalid, match="kinds must be among"):
        pets.recall("cat", kinds=["cats"], rerank=model, expand=model)


def test_callables_run_under_no_lock(memory: Any, pets: Any) -> None:
    def rerank(question: str, those: list[str]) -> list[float]:
        return [float(number) for number in range(len(those))]

    with memory.atomic() as tx:
        assert len(tx.scope(user="alice").recall("cat")) == 3
        with pytest.raises(Invalid, match="cannot run inside an atomic block"):
            tx.scope(user="alice").recall("cat", rerank=rerank)


def test_hits_that_differ(alice: Any) -> None:
    for said in ("Cats sleep all day", "Cats sleep all day long", "Cats hunt mice, birds and lizards"):
        alice.notes.add(said)
    assert texts(alice.recall("cats", limit=2)) == ["Cats sleep all day", "Cats sleep all day long"]
    hits = alice.recall("cats", limit=2, diversity=1)
    assert texts(hits) == ["Cats sleep all day", "Cats hunt mice, birds and lizards"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert sum(hit.signals.values()) == pytest.approx(hit.score, abs=1e-12)
    with pytest.raises(Invalid, match="diversity must be a number from 0 to 1"):
        alice.recall("cats", diversity=2)


@given(st.lists(st.tuples(st.text("abc ", max_size=8), st.floats(0, 3)), max_size=12), st.floats(0, 1), st.integers(0, 12))
def test_diverse_hits_are_some_of_them_best_first_and_add_up(given_hits: list[tuple[str, float]], diversity: float, limit: int) -> None:
    ranked = sorted(given_hits, key=lambda one: -one[1])
    hits = [Hit("notes", str(place), text, score, {"words": score}, None) for place, (text, score) in enumerate(ranked)]  # type: ignore[arg-type]
    chosen = diverse(hits, diversity, limit, str.split)
    assert len(chosen) == min(limit, len(hits))
    assert len({hit.id for hit in chosen}) == len(chosen)
    assert all(later.score <= earlier.score + 1e-9 for earlier, later in pairwise(chosen))
    assert all(sum(hit.signals.values()) == pytest.approx(hit.score, abs=1e-9) for hit in chosen)
    if chosen:
        assert chosen[0].id == "0" or chosen[0].score == hits[0].score


# why


def test_why_names_the_place_of_what_is_found(pets: Any) -> None:
    hits = pets.recall("cat sat")
    for place, hit in enumerate(hits, start=1):
        why = pets.why("cat sat", hit.id)
        assert why.place == place and why.hit.signals == hit.signals
        assert why.reason.startswith(f"it is hit {place} of 3, most of all by its words")
    assert "with limit=1 it is not shown" in pets.why("cat sat", hits[1].id, limit=1).reason
    assert pets.why("cat sat", hits[1].id[-8:]).id == hits[1].id


def test_why_names_what_keeps_a_record_out(alice: Any, clock: Any) -> None:
    note = alice.notes.add("A dog barked", tags=["pets"])
    gone = alice.notes.add("A dog slept")
    alice.notes.delete(gone.id)
    brief = alice.notes.add("A dog left", expires_at=clock() + HOUR)
    clock.advance(2 * HOUR)
    walk = alice.facts.set("daily", "walk the dog")
    cases = {
        "there is no record with this id": alice.why("dog", "01980000-0000-7000-8000-000000000000"),
        "it was deleted at": alice.why("dog", gone.id),
        "it expired at": alice.why("dog", brief.id),
        "notes are only searched if kinds names them": alice.why("dog", note.id, kinds=["facts"]),
        "it is older": alice.why("dog", note.id, since=clock()),
        "it is not older": alice.why("dog", note.id, until=clock() - 3 * HOUR),
        "it was not there yet as of": alice.why("dog", note.id, as_of=clock() - 3 * HOUR),
        "where wants tags = ['cars'], and that is not so": alice.why("dog", note.id, where={"tags": ["cars"]}),
        "it has no word of the question": alice.why("parrot", note.id),
        "it is hit 1 of": alice.why("walk", walk.id),
    }
    for reason, why in cases.items():
        assert why.reason.startswith(reason), (reason, why.reason)
        assert (why.place is None) == (not reason.startswith("it is hit"))


def test_why_names_who_stands_for_a_near_duplicate(alice: Any) -> None:
    first = alice.messages.add("user", "I live in Lisbon.")
    second = alice.messages.add("user", "I live in Lisbon!")
    why = alice.why("Lisbon", second.id)
    assert why.reason == f"it says the same as {first.id}, which stands for both in place 1"


@pytest.mark.promise("isolation")
def test_why_says_nothing_of_others(memory: Any, alice: Any) -> None:
    theirs = memory.scope(user="bob").notes.add("A dog barked")
    assert alice.why("dog", theirs.id).reason == "there is no record with this id in this scope"
