"""What recall leaves out where much matches: the bounds are made small here, and what is found stays what looking at everything finds."""

from __future__ import annotations

import random
from typing import Any

import pytest

from recollect import Conflict
from recollect.recall import matching, search
from recollect.recall.weights import CANDIDATES, Reach

SMALL = {"POSTINGS": 40, "NEWEST": 30, "LENGTHS": 7}


@pytest.fixture
def crowded(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """200 notes of which most hold the same few words, where recall takes 40 to be many."""
    chance = random.Random(11)
    common = ["harbour", "garden", "letter", "winter"]
    for number in range(200):
        words = [word for word in common if chance.random() < 0.6] + [f"filler{chance.randrange(40)}" for _ in range(chance.randrange(1, 12))]
        chance.shuffle(words)
        alice.notes.add(f"{' '.join(words)} entry{number}")
    for name, few in SMALL.items():
        monkeypatch.setattr(matching, name, few)
    monkeypatch.setattr(search, "CANDIDATES", Reach(25, 25, 1))
    return alice


def texts(hits: Any) -> list[str]:
    return [hit.text for hit in hits]


def words_of(hit: Any) -> set[str]:
    return set(hit.text.split())


def test_of_only_common_words_those_that_hold_several_are_found(crowded: Any) -> None:
    hits = crowded.recall("harbour garden letter", limit=10)
    assert len(hits) == 10
    asked = {"harbour", "garden", "letter"}
    assert asked <= words_of(hits[0])
    assert all(len(asked & words_of(hit)) >= 2 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_one_common_word_is_enough(crowded: Any) -> None:
    hits = crowded.recall("winter", limit=10)
    assert len(hits) == 10
    assert all("winter" in words_of(hit) for hit in hits)


def test_a_filter_comes_before_the_cut_of_common_words(crowded: Any) -> None:
    first = crowded.notes.list(limit=200)[-1]  # the oldest, which no bound of the newest would reach
    crowded.facts.set("place", "harbour garden letter winter")
    assert [hit.kind for hit in crowded.recall("harbour garden letter winter", kinds=["facts"])] == ["facts"]
    assert crowded.recall(first.text, limit=1)[0].id == first.id


def test_what_is_left_out_would_not_have_been_among_the_first(crowded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["harbour entry17", "garden filler3", "letter winter filler8 filler9", "entry60 entry61 harbour", "filler1 filler2 winter"]
    few = [[(hit.id, pytest.approx(hit.score)) for hit in crowded.recall(question, limit=5)] for question in asked]
    monkeypatch.setattr(matching, "POSTINGS", 10_000)
    monkeypatch.setattr(search, "CANDIDATES", Reach(10_000, 10_000, 1))
    everything = [[(hit.id, hit.score) for hit in crowded.recall(question, limit=5)] for question in asked]
    for some, every in zip(few, everything, strict=True):
        assert some[0] == every[0]
        assert len({id for id, _ in some} & {id for id, _ in every}) >= 4


def test_more_hits_than_candidates_are_counted_out(crowded: Any) -> None:
    assert len(crowded.recall("harbour filler1 filler2", limit=60)) == 60
    assert CANDIDATES.most == 150


def test_an_answer_beside_the_least_of_many_is_found_if_a_filter_leaves_no_other(alice: Any) -> None:
    for number in range(60):
        conversation = alice.conversations.start()
        alice.messages.add("user", "kayak " + "and more words " * (number % 7 + (30 if number == 9 else 0)), conversation=conversation)
        alice.messages.add("assistant", f"reply {number}", conversation=conversation, metadata={"wanted": number == 9})
    (hit,) = alice.recall("kayak", where={"metadata.wanted": True}, limit=1)
    assert hit.text == "reply 9"


def test_lengths_are_read_only_until_the_best_are_known(crowded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "POSTINGS", 10_000)
    read: list[int] = []
    weigh = matching.Matching._weigh

    async def counted(self: Any) -> None:
        before = len(self._waiting)
        await weigh(self)
        read.append(before - len(self._waiting))

    monkeypatch.setattr(matching.Matching, "_weigh", counted)
    monkeypatch.setattr(search, "CANDIDATES", Reach(3, 3, 1))
    (best, *_) = crowded.recall("entry17 entry18 entry19 harbour", limit=3)
    assert "entry17" in best.text or "entry18" in best.text or "entry19" in best.text
    assert 0 < sum(read) < 60


def test_what_is_known_of_words_is_true_after_a_write_and_after_one_that_was_undone(memory: Any) -> None:
    def scores(view: Any) -> list[tuple[str, Any]]:
        return [(hit.text, pytest.approx(hit.score)) for hit in view.recall("harbour garden")]

    asker, other = memory.scope(user="alice"), memory.scope(user="bob")
    said = ["harbour one", "harbour two", "the garden", "harbour and garden"]
    for text in said[:3]:
        asker.notes.add(text)
    before = scores(asker)
    with pytest.raises(Conflict), asker.atomic() as block:
        block.notes.add("garden path")
        block.notes.add("garden gate")
        assert len(scores(block)) == 5
        raise Conflict("changed my mind")
    assert scores(asker) == before
    asker.notes.add(said[3])
    for text in said:
        other.notes.add(text)  # by somebody who has not asked before
    assert scores(asker) == scores(other) != before


def test_a_word_that_was_asked_for_before_it_came_is_found_when_it_has_come(alice: Any) -> None:
    note = alice.notes.add("kayak harbour")
    alice.facts.set("boat", "zebra")
    assert texts(alice.recall("canoe giraffe")) == []
    alice.notes.update(note.id, text="canoe harbour")  # as many words as before: nothing that is counted of the owner changes
    alice.facts.set("boat", "giraffe")
    assert texts(alice.recall("canoe")) == ["canoe harbour"]
    assert texts(alice.recall("giraffe")) == ["boat: giraffe"]


def test_no_more_words_are_kept_than_a_few_thousand(alice: Any, memory: Any) -> None:
    alice.notes.add("word1 word2 word3")
    alice.recall(" ".join(f"word{number}" for number in range(5000)))
    alice.recall("word1 word2")
    kept = [known for _, known in memory._shared.counted._kept.values()]
    assert kept and all(len(known) <= matching.KEPT_WORDS for known in kept)


def test_the_order_in_which_the_database_gives_equal_documents_decides_nothing(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        conversation = alice.conversations.start()
        alice.messages.add("user", "the kayak", conversation=conversation)
        alice.messages.add("assistant", f"reply {number} {'and more ' * (number % 5)}", conversation=conversation)
    before = [(hit.text, hit.score) for hit in alice.recall("kayak", limit=30)]
    given = search._Search._documents

    async def backwards(self: Any, numbers: list[int]) -> Any:
        return (await given(self, numbers))[::-1]

    monkeypatch.setattr(search._Search, "_documents", backwards)
    assert [(hit.text, hit.score) for hit in alice.recall("kayak", limit=30)] == before
    assert len({text for text, _ in before}) > 10
