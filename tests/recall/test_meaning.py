"""Vectors beside the words: made with the write or later, never waited for, never mixed, never lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import apsw
import pytest

from recollect import Conflict, Invalid
from recollect.recall.weights import WEIGHTS
from recollect.testing import HashEmbedder
from recollect.upkeep.embedding import CLAIM, GIVEN_UP

np = pytest.importorskip("numpy")


class Meanings:
    """An embedder that knows what a few words mean: those of one row lie together."""

    ROWS = (("cat", "kitten", "feline", "pet"), ("car", "vehicle", "automobile", "engine"), ("rain", "weather", "storm", "cloud"))
    name, dimension, max_tokens = "meanings", 4, None

    def __init__(self, *, fast: bool = True, name: str = "meanings") -> None:
        self.fast, self.name = fast, name
        self.failing: Callable[[str], bool] = lambda text: False
        self.asked: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        assert self.gate.wait(30)
        self.asked.append(list(texts))
        if any(self.failing(text) for text in texts):
            raise OSError("the model is away")
        return [[sum(word in text.casefold() for word in row) + 0.1 for row in self.ROWS] + [0.1] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def texts(hits: Any) -> list[str]:
    return [hit.text for hit in hits]


def settled(memory: Any) -> None:
    """The thread in the background has nothing left to do."""
    for _ in range(600):
        if not memory.stats().pending:
            return
        time.sleep(0.02)
    raise AssertionError("texts still wait for vectors")


def filled(view: Any) -> None:
    for said in ("Tom the kitten sleeps on the sofa", "My automobile needs a new engine", "A storm is coming over the hills"):
        view.notes.add(said)


@pytest.mark.parametrize("fast", [True, False])
def test_what_shares_no_word_is_found_by_what_it_means(fresh: Any, fast: bool) -> None:
    memory = fresh(embedder=Meanings(fast=fast))
    alice = memory.scope(user="alice")
    filled(alice)
    settled(memory)
    (first, *_) = alice.recall("feline")
    assert first.text.startswith("Tom the kitten")
    assert first.signals["meaning"] == WEIGHTS.meaning and "words" not in {name for name, worth in first.signals.items() if worth}
    assert memory.stats().search == "words and vectors of meanings"
    assert memory.verify() == []


def test_without_an_embedder_it_says_so(memory: Any) -> None:
    assert memory.stats().search == "words"
    assert memory.embed_pending().made == 0


def test_contributions_add_up(fresh: Any) -> None:
    memory = fresh(embedder=Meanings())
    alice = memory.scope(user="alice")
    filled(alice)
    alice.notes.add("The cat hates the car")
    for hit in alice.recall("pet of my cat", explain=True):
        assert sum(hit.signals.values()) == pytest.approx(hit.score, abs=1e-12)


def test_a_write_waits_for_no_embedder_and_is_found_by_its_words_at_once(fresh: Any) -> None:
    model = Meanings(fast=False)
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    model.gate.clear()
    note = alice.notes.add("Tom the kitten sleeps on the sofa")
    assert memory.stats().pending == {"vectors": 1}
    with memory.atomic() as tx:  # a question in a block is answered by words: nobody waits under a lock
        assert texts(tx.scope(user="alice").recall("kitten")) == [note.text]
    model.gate.set()
    settled(memory)
    assert texts(alice.recall("feline")) == [note.text]


@pytest.mark.promise("writes")
@pytest.mark.parametrize("fast", [True, False])
def test_a_failing_embedder_never_fails_a_write(fresh: Any, clock: Any, fast: bool) -> None:
    model = Meanings(fast=fast)
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    model.failing = lambda text: True
    filled(alice)
    decision = alice.decisions.record("shop", {"item": "a vehicle"}, "deny", rationale="too expensive", goal="save money")
    assert alice.decisions.get(decision.id) == decision
    assert len(texts(alice.recall("kitten"))) == 1
    report = memory.embed_pending()
    assert (report.made, report.waiting) == (0, 4)
    assert report.error == "OSError: the model is away"
    model.failing = lambda text: False
    assert memory.embed_pending().waiting == 0
    assert texts(alice.recall("feline"))[0].startswith("Tom")
    assert memory.verify() == []


@pytest.mark.promise("writes")
def test_vectors_of_many_texts_in_a_transaction_are_made_beside_it(fresh: Any) -> None:
    """By a thread of their own, while the rest is written: each gets its own, and none if the embedder fails."""
    model = Meanings()
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    said = ["Tom the kitten sleeps", "My automobile needs a new engine", "A storm is coming"] * 20

    def put() -> None:
        with memory.atomic() as tx:
            tx.scope(user="alice").messages.add_many({"role": "user", "content": text} for text in said)

    put()
    assert len(model.asked) == 1  # together, and none of them a second time in the index
    assert alice.recall("feline")[0].text.startswith("Tom the kitten")
    model.failing = lambda text: True
    put()
    assert memory.stats().pending == {"vectors": len(said)}
    model.failing = lambda text: False
    assert memory.embed_pending().waiting == 0
    assert memory.verify() == []


def test_one_odd_text_holds_nobody_up(fresh: Any, clock: Any) -> None:
    model = Meanings(fast=False)
    model.failing = lambda text: "odd" in text
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    with memory.atomic() as tx:
        view = tx.scope(user="alice")
        filled(view)
        view.notes.add("something odd")
    for _ in range(GIVEN_UP):
        memory.embed_pending()
    assert memory.stats().pending == {"vectors": 1}
    assert texts(alice.recall("feline"))[0].startswith("Tom")
    assert texts(alice.recall("odd")) == ["something odd"]
    model.failing = lambda text: False
    assert memory.embed_pending().waiting == 0


def test_another_model_fills_its_own_space_while_the_old_one_answers(fresh: Any) -> None:
    """Defects 6 of nexo and 24 of engram: vectors of several models were mixed."""

    class Cats(Meanings):  # to which everything is a cat, but cats are storms
        def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
            super().embed_documents(texts)
            return [[1.0, 0.0, 0.0, 0.1] if "storm" in text or text == "feline" else [0.0, 0.0, 1.0, 0.1] for text in texts]

    old = HashEmbedder(32)
    with closing(fresh("two.db", embedder=old)) as memory:
        filled(memory.scope(user="alice"))
    new = Cats(fast=False, name="cats")
    new.gate.clear()
    memory = fresh("two.db", embedder=new)
    alice = memory.scope(user="alice")
    assert memory.stats().search.startswith("words; vectors of cats are being made (3 texts wait)")
    assert alice.recall("feline") == []  # the old model came as an object: nothing says how to have it again
    new.gate.set()
    settled(memory)
    alice.recall("feline")
    assert texts(alice.recall("feline"))[0].startswith("A storm")
    assert memory.verify() == []
    memory.close()
    again = fresh("two.db", embedder=old)  # its own vectors are still there
    assert again.stats().search == "words and vectors of hash/32"
    assert texts(again.scope(user="alice").recall("kitten"))[0].startswith("Tom")


def test_a_model_of_a_name_answers_until_the_new_one_is_complete(fresh: Any) -> None:
    pytest.importorskip("wordllama")
    with closing(fresh("named.db", embedder="local")) as memory:
        filled(memory.scope(user="alice"))
    new = Meanings(fast=False)
    new.gate.clear()
    memory = fresh("named.db", embedder=new)
    alice = memory.scope(user="alice")
    said = memory.stats().search
    assert said.startswith("words and vectors of static:wordllama") and said.endswith("those of meanings are being made (3 texts wait)")
    alice.notes.add("A cat on a hot tin roof")
    assert "A cat on a hot tin roof" not in texts(alice.recall("automobile", limit=1))
    assert texts(alice.recall("automobiles", limit=1)) == ["My automobile needs a new engine"]
    new.gate.set()
    settled(memory)
    assert memory.stats().search == "words and vectors of meanings"
    assert texts(alice.recall("feline", limit=2)) and new.asked[-1] == ["feline"]


def test_a_size_that_does_not_fit_is_a_sentence(fresh: Any) -> None:
    with closing(fresh("size.db", embedder=Meanings())):
        ...

    class Larger(Meanings):
        dimension = 5

    with pytest.raises(Conflict, match="with 4 numbers each, and the embedder now makes 5; give the changed model another name"):
        fresh("size.db", embedder=Larger()).stats()

    class Wrong(Meanings):
        dimension = 7

    memory = fresh("wrong.db", embedder=Wrong(fast=False))
    memory.scope(user="alice").notes.add("Tom the kitten")
    report = memory.embed_pending()
    assert report.error is not None and "gave vectors of the shape (1, 4) for 1 texts, and said it makes 7 numbers" in report.error


def test_what_changed_while_its_vector_was_made_gets_another_one(fresh: Any) -> None:
    model = Meanings(fast=False)
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    model.gate.clear()
    note = alice.notes.add("Tom the kitten sleeps")
    gone = alice.notes.add("A storm is coming")
    deadline = time.monotonic() + 10
    while not _claimed(memory) and time.monotonic() < deadline:
        time.sleep(0.01)
    alice.notes.update(note.id, text="My automobile needs care")
    alice.notes.delete(gone.id)
    model.gate.set()
    settled(memory)
    assert texts(alice.recall("vehicle")) == ["My automobile needs care"]
    assert memory.verify() == []


def _claimed(memory: Any) -> bool:
    return any(thread.name == "recollect-vectors" for thread in threading.enumerate())


@pytest.mark.promise("writes")
def test_who_died_with_a_claim_is_waited_for_and_then_replaced(fresh: Any, clock: Any) -> None:
    model = Meanings(fast=False)
    with closing(fresh("died.db", embedder=model)) as memory:
        model.gate.clear()
        memory.scope(user="alice").notes.add("Tom the kitten sleeps")
        deadline = time.monotonic() + 10
        while not model.asked and not _waits(memory) and time.monotonic() < deadline:
            time.sleep(0.01)
        model.failing = lambda text: True  # its answer never comes
        model.gate.set()
    other = Meanings(fast=False)
    memory = fresh("died.db", embedder=other)
    clock.advance(timedelta(microseconds=CLAIM + 1))
    memory.embed_pending()
    assert memory.stats().pending == {}
    assert texts(memory.scope(user="alice").recall("feline")) == ["Tom the kitten sleeps"]


def _waits(memory: Any) -> bool:
    return bool(memory.stats().pending)


@pytest.mark.parametrize("more", [{}, {"BY_COUNT": 400}, {"BY_COUNT": 400, "MEANWHILE": 100}], ids=["counted", "weighed", "by another thread"])
def test_signs_find_what_comparing_all_finds(fresh: Any, monkeypatch: pytest.MonkeyPatch, more: dict[str, int]) -> None:
    from recollect.recall import nearest

    memory = fresh(embedder=HashEmbedder(256))
    alice = memory.scope(user="alice")
    words = [f"word{number}" for number in range(60)]
    choose = random.Random(7)
    alice.messages.add_many([{"role": "user", "content": " ".join(choose.choices(words, k=6)) + f" {number}"} for number in range(700)])
    alice.facts.set("favourite", "word1 word2")
    questions = [" ".join(choose.choices(words, k=3)) for _ in range(20)]
    exactly = [[hit.id for hit in alice.recall(question)] for question in questions]
    for name, number in {"EXACT": 100, "PAGE": 200, "CANDIDATES": 100, **more}.items():
        monkeypatch.setattr(nearest, name, number)
    memory._shared.nearest._kept.clear()
    assert alice.recall(questions[0])
    (matrix,) = memory._shared.nearest._kept.values()
    assert matrix.columns.rows.dtype == np.uint64 and matrix.columns.rows.shape == (701, 4)
    found = [[hit.id for hit in alice.recall(question)] for question in questions]
    share = sum(len({*one} & {*other}) for one, other in zip(exactly, found, strict=True)) / sum(map(len, exactly))
    assert share >= 0.99
    assert [hit.kind for hit in alice.recall("word1 word9", kinds=["facts"])] == ["facts"]  # filters come before the cut
    note = alice.notes.add("word1 word2 word3 at last")
    alice.messages.add("user", "word4 word5")
    assert alice.recall("word1 word2 word3 at last")[0].id == note.id
    alice.forget(note.id)
    assert note.id not in [hit.id for hit in alice.recall("word1 word2 word3 at last", limit=100)]
    assert len(alice.recall("nothing of it", limit=100)) == 100


def test_what_goes_wrong_in_another_thread_is_heard(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recollect.recall import matrix, nearest

    memory = fresh(embedder=HashEmbedder(256))
    alice = memory.scope(user="alice")
    alice.messages.add_many([{"role": "user", "content": f"kayak number {number}"} for number in range(60)])
    for name, number in {"EXACT": 50, "MEANWHILE": 50}.items():
        monkeypatch.setattr(nearest, name, number)
    compared = matrix.Matrix.differences
    monkeypatch.setattr(matrix.Matrix, "differences", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        alice.recall("kayak")
    monkeypatch.setattr(matrix.Matrix, "differences", compared)
    assert len(alice.recall("kayak")) == 10


def test_what_was_taken_out_is_noticed_without_reading_the_rest(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recollect.recall import nearest

    memory = fresh(embedder=HashEmbedder(256))
    alice = memory.scope(user="alice")
    notes = [alice.notes.add(f"kayak number {number} on the lake") for number in range(120)]
    for name, number in {"EXACT": 50, "SOME": 10}.items():
        monkeypatch.setattr(nearest, name, number)
    assert len(alice.recall("kayak lake", limit=200)) == 120
    read: list[int] = []
    standing = nearest._Reader._standing

    async def counted(self: Any, columns: Any, count: int) -> Any:
        found = await standing(self, columns, count)
        read.append(len(columns.numbers) - len(found.numbers))
        return found

    monkeypatch.setattr(nearest._Reader, "_standing", counted)
    for number in (3, 64, 119):
        alice.notes.delete(notes[number].id)
    alice.notes.add("another kayak")
    found = {hit.id for hit in alice.recall("kayak lake", limit=200)}
    assert found.isdisjoint(notes[number].id for number in (3, 64, 119)) and len(found) == 118
    assert read in ([2], [3])  # in a file the last number is given again, which needs no counting
    (matrix,) = memory._shared.nearest._kept.values()
    assert len(matrix) == 118 and (np.diff(matrix.columns.numbers) > 0).all() and matrix.columns.rows.shape == (118, 4)
    assert not matrix.columns.rows.flags.c_contiguous  # the signs of one column beside each other


@pytest.mark.parametrize("by_signs", [False, True])
def test_what_is_added_stands_behind_what_is_known(fresh: Any, monkeypatch: pytest.MonkeyPatch, *, by_signs: bool) -> None:
    """A question after a write cost a copy of all vectors: 50 ms where 100,000 are known."""
    from recollect.recall import nearest

    memory = fresh(embedder=HashEmbedder(256))
    alice = memory.scope(user="alice")
    for number in range(120):
        alice.notes.add(f"kayak number {number} on the lake")
    if by_signs:
        monkeypatch.setattr(nearest, "EXACT", 50)

    def added(text: str) -> Any:
        note = alice.notes.add(text)
        assert note.id in [hit.id for hit in alice.recall(text, limit=3)]
        (matrix,) = memory._shared.nearest._kept.values()
        return matrix

    assert alice.recall("kayak")
    first, second = added("a bicycle in the shed"), added("a train to Porto")
    assert (first.centre is not None) == by_signs
    assert (len(first), len(second)) == (121, 122)
    assert np.shares_memory(first.columns.rows, second.columns.rows)
    third, rival = second.with_more(first.columns.part(slice(0)), second.stamp + 1), first.with_more(second.columns.part(slice(121, 122)), 7)
    assert len(third) == len(rival) == 122
    assert not np.shares_memory(first.columns.rows, rival.columns.rows)  # somebody else's row stands there
    monkeypatch.setattr(nearest._Reader, "_standing", None)  # nothing was taken out, so nothing is counted
    for number in range(3):
        added(f"a tent, and {number} pegs")


def test_the_number_of_a_space_is_never_given_again(fresh: Any, clock: Any) -> None:
    """A process that stays open for a month may see the space it asks dropped; another model's vectors are not for it."""
    fresh("long.db", embedder=Meanings(name="kept")).close()
    long = fresh("long.db", embedder=Meanings(name="old"))
    alice = long.scope(user="alice")
    filled(alice)
    assert texts(alice.recall("feline"))[0].startswith("Tom")
    clock.advance(timedelta(days=31))
    with closing(fresh("long.db", embedder=Meanings(name="kept"))) as memory:
        memory.embed_pending()
        memory.vacuum()
    with closing(fresh("long.db", embedder=Meanings(name="new"))) as memory:
        memory.embed_pending()
        assert alice.recall("feline") == []  # by words, until it is opened again
        alice.notes.add("a kitten in the rain")
        memory.embed_pending()
        assert [text for text in texts(memory.scope(user="alice").recall("feline", limit=2)) if "kitten" in text] == [
            "Tom the kitten sleeps on the sofa",
            "a kitten in the rain",
        ]
        assert memory.verify() == []


def test_a_scope_that_shrank_below_the_bound_is_compared_exactly_again(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recollect.recall import nearest

    memory = fresh(embedder=HashEmbedder(256))
    alice = memory.scope(user="alice")
    notes = [alice.notes.add(f"kayak number {number} on the lake") for number in range(60)]
    monkeypatch.setattr(nearest, "EXACT", 50)
    assert alice.recall("kayak")
    for note in notes[:20]:
        alice.notes.delete(note.id)
    assert len(alice.recall("kayak", limit=100)) == 40
    (matrix,) = memory._shared.nearest._kept.values()
    assert matrix.centre is None and len(matrix) == 40


def test_filters_come_before_the_cut(fresh: Any) -> None:
    """Defect 1 of nexo: the nearest were chosen first and filtered then, so that matching ones were not found."""
    memory = fresh(embedder=Meanings())
    alice = memory.scope(user="alice")
    for number in range(60):
        alice.notes.add(f"a cat, a kitten and another feline pet, number {number}")
    alice.notes.add("the kitten that we look for", tags=["wanted"])
    alice.facts.set("animal", "a kitten")
    assert texts(alice.recall("feline", where={"tags": ["wanted"]}, kinds=["notes"], limit=3)) == ["the kitten that we look for"]
    assert [hit.kind for hit in alice.recall("feline", kinds=["facts"], limit=3)] == ["facts"]
    assert len(alice.recall("feline", limit=25)) == 25


@pytest.mark.file
def test_vectors_are_read_once_and_then_only_the_new_ones(fresh: Any, tmp_path: Any) -> None:
    """Defect 6 of engram: every search by meaning read every row, one by one."""
    memory = fresh("read.db", embedder=Meanings())
    alice = memory.scope(user="alice")
    filled(alice)
    alice.recall("feline")
    nearest = memory._shared.nearest
    (known,) = nearest._kept.values()
    alice.recall("vehicle")
    assert next(iter(nearest._kept.values())) is known
    alice.notes.add("A cat and a kitten")
    assert texts(alice.recall("feline pet"))[0] == "A cat and a kitten"
    assert len(next(iter(nearest._kept.values()))) == 4


def test_users_meet_as_little_in_vectors_as_in_words(fresh: Any) -> None:
    memory = fresh(embedder=Meanings())
    memory.scope(user="alice").notes.add("Tom the kitten")
    memory.scope(user="bob").notes.add("Felix the cat")
    assert texts(memory.scope(user="alice").recall("feline")) == ["Tom the kitten"]
    assert texts(memory.scope(user="bob").recall("feline")) == ["Felix the cat"]
    assert sorted(texts(memory.recall("feline"))) == ["Felix the cat", "Tom the kitten"]
    assert memory.scope(tenant="other", user="alice").recall("feline") == []


@pytest.mark.promise("forgetting")
def test_vectors_go_with_what_they_are_of(fresh: Any) -> None:
    """Defect 16 of sessions-db: vectors lay beside the transaction, and nobody removed them."""
    memory = fresh("gone.db", embedder=Meanings())
    alice = memory.scope(user="alice")
    filled(alice)
    (first, *_) = alice.recall("feline", limit=1)
    alice.forget(first.id)
    assert not any(text.startswith("Tom") for text in texts(alice.recall("feline")))
    alice.undelete(first.id)
    assert texts(alice.recall("feline"))[0].startswith("Tom")
    memory.erase(user="alice")
    assert alice.recall("feline") == []
    assert memory.verify() == []


@pytest.mark.file
def test_damage_is_found(fresh: Any, tmp_path: Any) -> None:
    memory = fresh("damage.db", embedder=Meanings())
    filled(memory.scope(user="alice"))
    memory.close()
    with apsw.Connection(str(tmp_path / "damage.db")) as db:
        first, second, third = (number for (number,) in db.execute("select document from vectors order by document"))
        db.execute("delete from vectors where document = ?", (first,))
        db.execute("update vectors set vector = x'00' where document = ?", (second,))
        db.execute("update vectors set key = 999 * 1024 + space where document = ?", (third,))
    said = [problem.message for problem in fresh("damage.db", embedder=Meanings()).verify()]
    assert len(said) == 4
    assert sum("has no vector in the space of meanings" in message for message in said) == 2
    assert sum("is not as it was written" in message for message in said) == 1
    assert sum("belongs to no text" in message for message in said) == 1


@pytest.mark.file
def test_there_is_room_for_many_embedders_and_no_more(fresh: Any, tmp_path: Any) -> None:
    fresh("spaces.db", embedder=Meanings()).close()
    with apsw.Connection(str(tmp_path / "spaces.db")) as db:
        db.execute("update spaces set number = 1023, name = 'another'")
    with pytest.raises(Conflict, match="1023 embedders"):
        fresh("spaces.db", embedder=Meanings())


def test_other_processes_see_each_others_vectors(fresh: Any) -> None:
    first, second = fresh("shared.db", embedder=Meanings()), fresh("shared.db", embedder=Meanings())
    one, other = first.scope(user="alice"), second.scope(user="alice")
    filled(one)
    assert texts(other.recall("feline"))[0].startswith("Tom")
    for number in range(5):
        note = other.notes.add(f"kitten number {number}, a feline pet")
        assert note.text in texts(one.recall("feline", limit=3 + number))
        one.notes.delete(note.id)
        assert note.text not in texts(other.recall("feline"))
    assert first.verify() == []


def test_what_is_rolled_back_is_not_remembered(fresh: Any) -> None:
    memory = fresh(embedder=Meanings())
    alice = memory.scope(user="alice")
    filled(alice)
    with pytest.raises(Invalid, match="never mind"), memory.atomic() as tx:
        view = tx.scope(user="alice")
        view.notes.add("a cat and a kitten")
        assert texts(view.recall("feline pet"))[0] == "a cat and a kitten"
        raise Invalid("never mind")
    assert texts(alice.recall("feline pet"))[0].startswith("Tom")
    alice.notes.add("a storm and a cloud")
    assert texts(alice.recall("feline pet"))[0].startswith("Tom")


@pytest.mark.file
def test_a_space_that_nobody_asked_for_goes_with_a_vacuum(fresh: Any, clock: Any, tmp_path: Any) -> None:
    with closing(fresh("old.db", embedder=Meanings(name="old"))) as memory:
        filled(memory.scope(user="alice"))
    with closing(fresh("old.db", embedder=Meanings(name="new"))) as memory:
        memory.embed_pending()
        memory.vacuum()
    clock.advance(timedelta(days=31))
    with closing(fresh("old.db", embedder=Meanings(name="new"))) as memory:
        memory.vacuum()
        assert _spaces(tmp_path / "old.db") == ["new"]
        assert memory.verify() == []
        assert texts(memory.scope(user="alice").recall("feline"))[0].startswith("Tom")


def _spaces(path: Any) -> list[str]:
    with apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) as db:
        return [name for (name,) in db.execute("select name from spaces order by number")]


# decisions


def test_decisions_are_found_by_what_they_mean_and_far_ones_are_not(fresh: Any) -> None:
    """Defects 1 and 4 of nexo: a goal got none of its own, and where little was stored whatever was there was similar."""
    alice = fresh(embedder=Meanings()).scope(user="alice")
    alice.notes.add("A storm is coming over the hills")
    alice.decisions.record("shop", {"item": "a vehicle"}, "deny", goal="save money")
    assert alice.decisions.similar("feline") == []
    for number in range(30):
        alice.decisions.record("shop", {"item": f"automobile with engine {number}"}, "allow", goal="race")
    found = alice.decisions.similar("car", k=3, goal="save money")
    assert [one.goal for one in found] == ["save money"]
    assert len(alice.decisions.similar("car", k=3, goal="save money", fallback_to_global=True)) == 3
    assert alice.decisions.similar("feline") == []


def test_a_recommendation_counts_what_means_the_same(fresh: Any) -> None:
    alice = fresh(embedder=Meanings()).scope(user="alice")
    for item in ("an automobile", "a vehicle", "an engine"):
        alice.decisions.record("shop", {"item": item}, "deny", rationale="too expensive")
    alice.decisions.record("shop", {"item": "food for the kitten"}, "allow")
    advice = alice.decisions.recommend({"tool": "shop", "input": {"item": "my new car"}})
    assert advice.choice == "deny" and len(advice.decisions) == 3
    assert alice.decisions.recommend({"tool": "shop", "input": {"item": "an umbrella for the storm"}}).choice is None
    assert alice.decisions.recommend({"tool": "rent", "input": {"item": "my new car"}}).choice is None


# A slow embedder is asked under no lock, once it is known who takes part


@pytest.fixture(params=[True, False], ids=["fast", "slow"])
def pets(request: pytest.FixtureRequest, fresh: Any) -> Any:
    """A memory with the notes above and a chat of Mira and Tom, whose embedder is a fast or a slow one; with the embedder."""
    model = Meanings(fast=request.param)
    memory = fresh(embedder=model)
    alice = memory.scope(user="alice")
    filled(alice)
    for name, said in (("Mira", "I saw nobody all day"), ("Tom Sawyer", "Mine purrs on the sofa, my dear feline")):
        alice.messages.add("user", said, name=name)
    settled(memory)
    model.asked.clear()
    return alice, model


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which pet does Mira have?", "Which pet does   have?"),
        ("What is Tom Sawyer's pet?", "What is     pet?"),
        ("Which pet is it?", "Which pet is it?"),
        ("Mira?", "Mira?"),
    ],
)
def test_the_names_of_those_who_take_part_are_no_part_of_what_is_embedded(pets: Any, question: str, asked: str) -> None:
    alice, model = pets
    alice.recall(question)
    assert model.asked == [[asked]]


def test_every_verb_that_searches_goes_by_meaning_at_once(pets: Any) -> None:
    """context() and why() had words only where an embedder takes its time, unless recall had asked the same before."""
    alice, model = pets
    assert "kitten" in alice.context("Which pet, Mira?", budget=2000).text
    (kitten,) = (hit for hit in alice.recall("felines") if "kitten" in hit.text)
    assert "meaning" in alice.why("cats", kitten.id).reason
    assert alice.messages.search("a vehicle, a pet", limit=1)[0].name == "Tom Sawyer"
    before = len(model.asked)
    alice.context("Which pet, Mira?", budget=2000)
    assert len(model.asked) == before + model.fast


def test_each_owner_of_an_administrators_scope_has_names_of_its_own(fresh: Any) -> None:
    model = Meanings(fast=False)
    memory = fresh(embedder=model)
    for user, name in (("alice", "Mira"), ("bob", "Tom"), ("carol", "Zoe")):
        memory.scope(user=user).messages.add("user", f"My kitten is {name}'s", name=name)
    settled(memory)
    model.asked.clear()
    assert len(memory.recall("Which feline do Mira and Tom have?")) == 3
    assert sorted(text for (text,) in model.asked) == sorted(
        ["Which feline do   and Tom have?", "Which feline do Mira and   have?", "Which feline do Mira and Tom have?"]
    )


def test_a_slow_embedder_that_fails_is_asked_once_and_words_answer(pets: Any) -> None:
    alice, model = pets
    model.failing = lambda text: True
    assert texts(alice.recall("the storm")) == ["A storm is coming over the hills"]
    assert len(model.asked) == 1
    model.failing = lambda text: False
    assert any("kitten" in text for text in texts(alice.recall("felines, Mira")))


def test_in_an_atomic_block_nobody_waits_for_a_slow_embedder(pets: Any) -> None:
    alice, model = pets
    with alice.atomic() as block:
        assert any("kitten" in text for text in texts(block.recall("felines, Mira"))) == model.fast
        assert bool(model.asked) == model.fast
    alice.recall("felines, Mira")
    model.asked.clear()
    with alice.atomic() as block:
        assert any("kitten" in text for text in texts(block.recall("felines, Mira")))
        assert bool(model.asked) == model.fast


def test_nobody_holds_the_file_while_a_slow_embedder_thinks(pets: Any, fresh: Any) -> None:
    alice, model = pets
    if model.fast:
        pytest.skip("a fast one is asked inside")
    model.gate.clear()
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(alice.recall("felines, Mira")))
    thread.start()
    for number in range(5):
        alice.facts.set("mood", str(number))
    assert not found
    model.gate.set()
    thread.join(30)
    assert any("kitten" in hit.text for hit in found[0])
