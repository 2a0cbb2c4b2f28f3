"""Recall: any question is answered, k is k, every score has its reasons, and nothing is written."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faces import written
from recollect import Invalid, RecollectError
from recollect.recall.scoring import Candidate, Clues, Found, weigh
from recollect.recall.weights import WEIGHTS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANY_TEXT = st.text(st.characters(codec=None), max_size=80)  # NUL and lone surrogates too


def texts(hits: Any) -> list[str]:
    return [hit.text for hit in hits]


def talk(view: Any, *turns: tuple[str, str], **more: Any) -> Any:
    """A conversation of these turns, (role or name, text); names are users'."""
    conversation = view.conversations.start()
    for who, text in turns:
        named = {} if who in ("user", "assistant", "system") else {"name": who}
        view.messages.add("user" if named else who, text, conversation=conversation, **named, **more)
    return conversation


@pytest.fixture
def life(alice: Any, clock: Any) -> Any:
    """A memory with something of every searchable kind."""
    talk(alice, ("Mira", "I love the old harbour in Porto."), ("Tom", "I prefer the mountains. When did you go?"), ("Mira", "Last May, with Ana."))
    talk(alice, ("user", "Which restaurant has vegetarian dishes?"), ("assistant", "The Olive Garden, near the harbour."), ("user", "Thanks!"))
    alice.facts.set("home_city", "Lisbon, near the harbour")
    alice.notes.add("The harbour flat was too small.", tags=["flat"])
    alice.notes.add("Mira moves to the mountains in May.", at=clock() - 30 * DAY)
    alice.conversations.close(alice.conversations.start().id, "They compared flats at the harbour.")
    return alice


QUESTIONS = [
    "Where is the harbour?",
    "What does Mira love?",
    "which restaurant did you recommend",
    "When did Mira go to Porto?",
    "flats last month",
    "Ana May",
]


# what a hit is


def test_a_hit_says_what_it_is(alice: Any) -> None:
    note = alice.notes.add("The harbour flat was too small.")
    (hit,) = alice.recall("harbour")
    assert (hit.kind, hit.id, hit.text, hit.record, hit.folded) == ("notes", note.id, note.text, note, ())


def test_all_searchable_kinds_are_found_by_one_question(life: Any) -> None:
    assert {hit.kind for hit in life.recall("harbour", limit=50)} == {"messages", "facts", "notes", "conversations"}


def test_kinds_chooses_among_them(life: Any) -> None:
    assert {hit.kind for hit in life.recall("harbour", kinds=["facts", "notes"])} == {"facts", "notes"}
    assert {hit.kind for hit in life.recall("harbour", kinds="notes")} == {"notes"}
    assert life.recall("harbour", kinds=[]) == []


def test_the_best_match_stands_first_and_scores_fall(life: Any) -> None:
    """Defect 1 of engram: the best match had the lowest score."""
    for question in QUESTIONS:
        scores = [hit.score for hit in life.recall(question, limit=50)]
        assert scores == sorted(scores, reverse=True)


def test_a_fact_is_found_by_its_key_and_by_its_value(alice: Any) -> None:
    alice.facts.set("favourite_colour", "green")
    assert texts(alice.recall("colour")) == ["favourite_colour: green"]
    assert texts(alice.recall("what is green")) == ["favourite_colour: green"]


def test_words_are_found_in_their_other_forms(alice: Any) -> None:
    """Defect 3 of kernex: no stemming, no diacritics."""
    alice.notes.add("Mira visited cafés in São Paulo.")
    for question in ("visiting", "visits", "cafe", "sao paulo", "CAFÉ", "Mira's"):
        assert len(alice.recall(question)) == 1, question


@pytest.mark.promise("text")
def test_scripts_without_spaces_are_found(alice: Any) -> None:
    """Defect 3 of kernex: CJK could not be found at all."""
    alice.notes.add("我住在里斯本的老港口附近")
    alice.notes.add("ฉันชอบทะเล")
    assert texts(alice.recall("里斯本")) == ["我住在里斯本的老港口附近"]
    assert texts(alice.recall("港")) == ["我住在里斯本的老港口附近"]
    assert texts(alice.recall("ทะเล")) == ["ฉันชอบทะเล"]


@pytest.mark.promise("text")
@pytest.mark.parametrize(
    ("stored", "question"),
    [
        ("We write it in C++ only.", "C++"),
        ("Mail joe.doe@example.org for the keys.", "joe.doe@example.org"),
        ("The config is in /etc/app/config.toml now.", "/etc/app/config.toml"),
        ("Call getUserName before saving.", "user name"),
        ("Set max_open_files to 20.", "max_open_files"),
        ("Upgrade to version 3.11.7 first.", "3.11.7"),
        ("The party is on 2024-05-03.", "2024-05-03"),
        ("We fetch it with node-fetch now.", "node-fetch"),
        ("It is written in C# only.", "C#"),
        ("We laughed 🦜 a lot.", "🦜"),
    ],
)
def test_what_people_type_is_found(alice: Any, stored: str, question: str) -> None:
    """Defects 2 of engram and 4 of sessions-db: an address or a file name was a syntax error."""
    alice.notes.add(stored)
    alice.notes.add("Nothing of the kind is said here.")
    assert texts(alice.recall(question))[:1] == [stored]


# reasons


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_signals_add_up_to_the_score(life: Any, question: str) -> None:
    hits = life.recall(question, limit=50)
    assert hits
    for hit in hits:
        assert math.fsum(hit.signals.values()) == pytest.approx(hit.score, abs=1e-9)
        assert hit.signals["words"] > 0


def test_the_best_match_by_words_counts_one(life: Any) -> None:
    assert max(hit.signals["words"] for hit in life.recall("harbour", limit=50)) == pytest.approx(1.0)


def test_words_are_those_of_the_question_that_the_hit_holds(alice: Any) -> None:
    alice.notes.add("The harbour was loud.")
    alice.notes.add("Cafés everywhere.")
    found = {hit.text: hit.words for hit in alice.recall("Harbours and cafes or the zoo")}
    assert found == {"The harbour was loud.": ("Harbours",), "Cafés everywhere.": ("cafes",)}


def test_the_snippet_shows_where_the_word_stands(alice: Any) -> None:
    alice.notes.add("word " * 500 + "the hidden harbour is here " + "word " * 500)
    (hit,) = alice.recall("harbour")
    assert "hidden harbour" in hit.snippet
    assert len(hit.snippet) <= 162
    assert (hit.snippet[0], hit.snippet[-1]) == ("…", "…")


@pytest.mark.parametrize("around", ["İ ", "é ", "🦜 ", "愛", "👩‍👩‍👧 ", "ß "])
def test_the_snippet_shows_the_word_among_letters_of_any_width(alice: Any, around: str) -> None:
    """Defect 17 of engram: a preview was cut by bytes, which ended the program in the middle of a letter."""
    alice.notes.add(around * 500 + " the hidden harbour is here " + around * 500)
    (hit,) = alice.recall("harbour")
    assert "hidden harbour" in hit.snippet
    assert hit.snippet.strip("…") in hit.text


def test_a_short_text_is_its_own_snippet(alice: Any) -> None:
    alice.notes.add("The harbour was loud.")
    assert alice.recall("harbour")[0].snippet == "The harbour was loud."


def test_explain_shows_what_each_word_is_worth(life: Any) -> None:
    hits = life.recall("harbour Porto", explain=True)
    for hit in hits:
        assert hit.details["bm25"] > 0
        assert math.fsum(hit.details["terms"].values()) == pytest.approx(hit.signals["words"])
        assert 0 <= hit.details["around"] <= hit.signals["words"]
    assert "harbour" in hits[0].details["terms"] or "porto" in " ".join(hits[0].details["terms"]).lower()
    assert life.recall("harbour")[0].details is None


def test_explaining_changes_neither_hits_nor_scores(life: Any) -> None:
    plain = [(hit.id, hit.score, hit.signals) for hit in life.recall("harbour Porto", limit=50)]
    assert [(hit.id, hit.score, hit.signals) for hit in life.recall("harbour Porto", limit=50, explain=True)] == plain


def candidates() -> list[Candidate]:
    """Two turns and a note for which everything speaks, or against."""
    made = []
    for number, (kind, speaker, role, questions, timed, importance, lexical) in enumerate([
        ("messages", "Mira", "user", 0.0, 1, 0.5, 3.0), ("notes", "Mira", "user", 1.0, 0, 0.9, 2.0), ("messages", "", "assistant", 0.5, 1, 0.0, 1.5)
    ]):  # fmt: skip
        at = number * 7 * 86_400_000_000  # a week later each
        found = Found(number, kind, bytes([number]), 0, "", "", b"t", number, role, speaker, at, 10, questions, timed, importance)
        made.append(Candidate(found, lexical, {0: 1.0}, {0: 1.0}, {0: lexical}, 0.0))
    return made


@pytest.mark.parametrize("signal", ["session", "speaker", "role", "when", "question", "time", "recency", "importance", "kind"])
def test_a_signal_set_to_zero_changes_the_score_by_just_that(signal: str) -> None:
    clues = Clues(speaker="Mira", role="assistant", asks_when=True, start=50, end=10 * 86_400_000_000)
    whole, without = candidates(), candidates()
    weigh([(clues, whole)], WEIGHTS, {"notes"})
    weigh([(clues, without)], replace(WEIGHTS, **{signal: 0.0}), {"notes"})
    assert any(signal in candidate.signals for candidate in whole)
    for one, other in zip(whole, without, strict=True):
        assert signal not in other.signals
        assert other.score == pytest.approx(one.score - one.signals.get(signal, 0.0), abs=1e-9)


# k is k


@pytest.fixture
def many(alice: Any, clock: Any) -> Any:
    """40 notes and 40 messages of the harbour, an hour apart; every fourth message is the assistant's."""
    start = clock() - 100 * HOUR
    with alice.atomic() as block:
        conversation = block.conversations.start()
        for n in range(40):
            role = "assistant" if n % 4 == 0 else "user"
            block.messages.add(role, f"harbour turn{n}", conversation=conversation, at=start + n * HOUR, metadata={"mod": n % 5, "in": {"deep": n}})
            block.notes.add(f"harbour note{n}", at=start + n * HOUR, type="even" if n % 2 == 0 else "odd", tags=[f"tag{n % 10}"])
    return alice


START = datetime(2025, 3, 1, 12, tzinfo=UTC) - 100 * HOUR

FILTERS: list[tuple[str, dict[str, Any], int]] = [
    ("nothing", {}, 80),
    ("kind", {"kinds": ["notes"]}, 40),
    ("role", {"where": {"role": "assistant"}}, 10),
    ("roles", {"where": {"role": ["assistant", "user"]}}, 40),
    ("type", {"where": {"type": "even"}}, 20),
    ("tag", {"where": {"tags": "tag3"}}, 4),
    ("tags", {"where": {"tags": ["tag3", "tag4"]}}, 0),
    ("metadata", {"where": {"metadata.mod": 2}}, 8),
    ("deep metadata", {"where": {"metadata.in.deep": 7}}, 1),
    ("two fields", {"where": {"role": "user", "metadata.mod": 0}}, 6),
    ("since", {"since": START + 30 * HOUR}, 20),
    ("until", {"until": START + 5 * HOUR}, 10),
    ("since and until", {"since": START + 5 * HOUR, "until": START + 6 * HOUR}, 2),
    ("all of them", {"kinds": ["messages"], "since": START + 20 * HOUR, "where": {"role": "assistant", "metadata.mod": 0}}, 1),
]


NOTED = datetime(2025, 2, 1, tzinfo=UTC)

OPERATORS: list[tuple[dict[str, Any], set[str]]] = [
    ({"importance": {"$gte": 0.5}}, {"b", "c", "m"}),
    ({"importance": {"$gt": 0.5}}, {"c"}),
    ({"importance": {"$lt": 0.5}}, {"a"}),
    ({"importance": {"$lte": 0.5}}, {"a", "b", "m"}),
    ({"importance": {"$gt": 0.1, "$lt": 0.9}}, {"b", "m"}),
    ({"importance": {"$gt": "0.1"}}, set()),
    ({"importance": {"$gt": True}}, set()),
    ({"source": {"$eq": "web"}}, {"a"}),
    ({"source": {"$ne": "web"}}, {"b", "c", "m"}),
    ({"source": {"$exists": True}}, {"a", "b"}),
    ({"source": {"$exists": False}}, {"c", "m"}),
    ({"source": {"$eq": ["web", "mail"]}}, {"a", "b"}),
    ({"source": {"$contains": "ai"}}, {"b"}),
    ({"source": {"$gt": "n"}}, {"a"}),
    ({"tags": {"$contains": "old"}}, {"a", "c"}),
    ({"tags": {"$ne": ["old", "red"]}}, {"a", "b", "m"}),
    ({"tags": {"$eq": "red"}}, {"b", "c"}),
    ({"created_at": {"$gte": NOTED + DAY}}, {"b", "c", "m"}),
    ({"created_at": {"$lt": NOTED + DAY}, "importance": {"$exists": True}}, {"a"}),
    ({"metadata.score": {"$gte": 3}}, {"m"}),
    ({"metadata.score": {"$lt": 3}}, set()),
    ({"metadata": {"score": 3}}, {"m"}),
    ({"metadata": {"$eq": {"score": 3}}}, {"m"}),
    ({"metadata.score": {"$exists": False}}, {"a", "b", "c"}),
    ({"metadata.score": {}}, set()),
]


@pytest.mark.promise("isolation")
@pytest.mark.parametrize(("where", "expected"), OPERATORS, ids=[str(where) for where, _ in OPERATORS])
def test_a_filter_can_say_what_a_field_must_be(alice: Any, where: dict[str, Any], expected: set[str]) -> None:
    """engram's search took operators; LangGraph's stores do."""
    for day, (name, importance, source, tags) in enumerate([
        ("a", 0.1, "web", ["old"]), ("b", 0.5, "mail", ["red"]), ("c", 0.9, None, ["old", "red"])
    ]):  # fmt: skip
        alice.notes.add(f"harbour {name}", importance=importance, source=source, tags=tags, at=NOTED + day * DAY)
    alice.messages.add("user", "harbour m", metadata={"score": 3})
    assert {hit.text.split()[-1] for hit in alice.recall("harbour", where=where)} == expected
    (left_out, *_) = {"a", "b", "c", "m"} - expected
    standing = next(hit for hit in alice.recall("harbour") if hit.text.endswith(left_out))
    assert alice.why("harbour", standing.id, where=where).reason.startswith("where wants ")
    text = alice.context("harbour", where=where).text
    assert all((f"harbour {name}" in text) == (name in expected) for name in ("a", "b", "c"))


@pytest.mark.promise("isolation")
@pytest.mark.parametrize(("what", "filters", "exist"), FILTERS, ids=[what for what, *_ in FILTERS])
def test_k_is_k_whatever_filters_when_k_exist(many: Any, what: str, filters: dict[str, Any], exist: int) -> None:
    """Defects 5 and 23 of engram: filters were ignored, or took away from what had been counted."""
    for k in (1, 7, 20, 100):
        hits = many.recall("harbour", limit=k, **filters)
        assert len(hits) == min(k, exist)
        assert len({hit.id for hit in hits}) == len(hits)


@pytest.mark.promise("time")
def test_since_is_inclusive_and_until_is_not(many: Any) -> None:
    hits = many.recall("harbour", kinds=["messages"], since=START + 3 * HOUR, until=START + 5 * HOUR, limit=50)
    assert sorted(texts(hits)) == ["harbour turn3", "harbour turn4"]


def test_ten_are_found_by_default(many: Any) -> None:
    """Defect 5 of engram: a search by two ways was not cut to its limit."""
    assert len(many.recall("harbour")) == 10
    assert many.recall("harbour", limit=0) == []


@pytest.mark.promise("isolation")
def test_k_is_k_behind_hundreds_of_better_matches_that_a_filter_refuses(alice: Any) -> None:
    """A cut before the filter found 0 of 20 that existed."""
    alice.messages.add_many([{"role": "user", "content": f"harbour harbour n{n}", "metadata": {"keep": False}} for n in range(700)])
    long = "Some other things were said before, and later the harbour was named as well, by somebody, as remark"
    alice.messages.add_many([{"role": "user", "content": f"{long} r{n}", "metadata": {"keep": True}} for n in range(7)])
    assert len(alice.recall("harbour", where={"metadata.keep": True}, limit=7)) == 7


@pytest.mark.promise("isolation")
def test_k_is_k_behind_thousands_of_a_common_word_in_another_project(alice: Any) -> None:
    alice.scope(project="old").messages.add_many([{"role": "user", "content": f"harbour o{n}"} for n in range(12)])
    alice.scope(project="new").messages.add_many([{"role": "user", "content": f"harbour n{n}"} for n in range(6100)])
    assert len(alice.scope(project="old").recall("harbour", limit=12)) == 12


@pytest.mark.promise("isolation")
def test_k_is_k_behind_thousands_of_a_common_word_of_another_time(alice: Any, clock: Any) -> None:
    then = clock() - 400 * DAY
    alice.messages.add_many([{"role": "user", "content": f"harbour o{n}", "at": then} for n in range(12)])
    alice.messages.add_many([{"role": "user", "content": f"harbour n{n}"} for n in range(6100)])
    assert len(alice.recall("harbour", until=then + DAY, limit=12)) == 12


@pytest.mark.promise("isolation")
def test_k_is_k_behind_hundreds_of_expired_notes(alice: Any, clock: Any) -> None:
    with alice.atomic() as block:
        for n in range(560):
            block.notes.add(f"harbour n{n}", expires_at=clock() + HOUR)
        for n in range(5):
            block.notes.add(f"the harbour is named once in a rather long remark that stays, remark number r{n}")
    clock.advance(2 * HOUR)
    assert len(alice.recall("harbour", limit=5)) == 5


# any text is a question


@pytest.mark.promise("text")
@pytest.mark.parametrize(
    "question",
    ["the", "to be or not to be", "what is the", "AND", "OR NOT NEAR", '"', '"""', "harbour AND", "-harbour", "harbour*", "(harbour", "a:b", "*", "^",
     "NEAR(harbour flat, 2)", "{tokens}: x", "'; drop table words; --", "%", "_", "\\", "\0", "\ud800", "\udfff\ud800", "", " ", "\n", "🦜", "👩‍👩‍👧",
     "??!", "…",     "C++", "what's up", "foo.bar", "user@x.com", "a,b", "and/or",
     "愛", "ฉัน", "x" * 10_000, "a " * 5_000, "' OR 1=1", "1_harbour", "0_", "$1", ":x", "?1", "NULL"],
)  # fmt: skip
def test_any_text_is_a_valid_question(life: Any, question: str) -> None:
    """Defects 2 of engram and 4 of sessions-db: an apostrophe was a syntax error, and a hyphen an unknown column."""
    assert isinstance(life.recall(question), list)
    assert isinstance(life.messages.search(question), list)


@pytest.mark.promise("text")
@given(question=ANY_TEXT)
@example(question="\0\ud800\"'*%_")
def test_any_generated_text_is_a_valid_question(life: Any, question: str) -> None:
    for hit in life.recall(question, explain=True):
        assert math.fsum(hit.signals.values()) == pytest.approx(hit.score, abs=1e-9)


@pytest.mark.promise("text")
@given(text=ANY_TEXT.filter(bool))
def test_any_text_that_is_stored_is_found_by_itself(memory: Any, text: str) -> None:
    """Unless it has no words at all; then it is found by nothing, and that is an answer too."""
    view = memory.scope(user=f"u{memory.notes.count()}")
    note = view.notes.add(text)
    hits = view.recall(note.text)
    assert [hit.id for hit in hits] == ([note.id] if any(letter.isalnum() for letter in text) else [hit.id for hit in hits])


def test_a_question_of_stop_words_is_searched_as_the_words_it_is(alice: Any) -> None:
    alice.notes.add("To be, or not to be.")
    alice.notes.add("The flat is small.")
    assert texts(alice.recall("to be or not to be")) == ["To be, or not to be."]


@pytest.mark.promise("text")
def test_operators_are_words_like_any_other(alice: Any) -> None:
    alice.notes.add("NEAR the harbour")
    alice.notes.add("the mill")
    assert texts(alice.recall("harbour AND mill NOT xyz")) != []
    assert texts(alice.recall("NEAR")) == ["NEAR the harbour"]


@pytest.mark.promise("text")
def test_a_mebibyte_is_stored_asked_and_found_to_its_end(alice: Any) -> None:
    paste = " ".join(f"line{n} of the long paste" for n in range(45_000)) + " and the hidden walrus"
    assert len(paste) > 1 << 20
    note = alice.notes.add(paste)
    alice.notes.add("Something else.")
    assert alice.recall("walrus")[0].id == note.id
    assert "walrus" in alice.recall("walrus")[0].text
    assert alice.recall(paste)[0].id == note.id


# evidence beside the words


def first(view: Any, question: str, signal: str) -> Any:
    """The first hit, and that this signal is its reason and no other hit's."""
    hits = view.recall(question, limit=50)
    assert signal in hits[0].signals
    assert not any(signal in hit.signals for hit in hits[1:])
    return hits[0].text


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ("Which museum did we visit last March?", datetime(2024, 3, 15, 9, tzinfo=UTC)),
        ("Which museum did we visit two weeks ago?", datetime(2025, 2, 15, 9, tzinfo=UTC)),
        ("Which museum did we visit yesterday?", datetime(2025, 2, 28, 9, tzinfo=UTC)),
        ("Which museum did we visit in 2023?", datetime(2023, 8, 1, 9, tzinfo=UTC)),
        ("Which museum did we visit on 2024-12-24?", datetime(2024, 12, 24, 23, 59, tzinfo=UTC)),
        ("Which museum did we visit in the last ten days?", datetime(2025, 2, 25, 9, tzinfo=UTC)),
    ],
)
def test_a_time_in_the_question_speaks_for_what_is_of_that_time(alice: Any, question: str, at: datetime) -> None:
    alice.notes.add("We visited the museum of steam.", at=datetime(2022, 7, 1, tzinfo=UTC))
    alice.notes.add("We visited the museum of glass.", at=at)
    alice.notes.add("We visited the museum of salt.", at=datetime(2022, 9, 1, tzinfo=UTC))
    assert first(alice, question, "time") == "We visited the museum of glass."


@pytest.mark.parametrize(("side", "expected"), [("before", "We bought a lamp of brass."), ("after", "We bought a lamp of glass.")])
def test_a_time_told_by_an_event_is_that_of_the_remembered_event(alice: Any, clock: Any, side: str, expected: str) -> None:
    alice.notes.add("We bought a lamp of brass.", at=clock() - 60 * DAY)
    alice.notes.add("Today was the move to Lisbon.", at=clock() - 40 * DAY)
    alice.notes.add("We bought a lamp of glass.", at=clock() - 20 * DAY)
    hits = [hit for hit in alice.recall(f"Which lamp did we buy {side} the move?") if "lamp" in hit.text]
    assert hits[0].text == expected
    assert "time" in hits[0].signals
    assert "time" not in hits[1].signals


def test_who_is_named_speaks_for_what_they_said(alice: Any) -> None:
    talk(alice, ("Mira", "My favourite food is soup."), ("Tom", "My favourite food is bread."))
    assert first(alice, "What is Tom's favourite food?", "speaker") == "My favourite food is bread."
    assert first(alice, "What is the favourite food of mira?", "speaker") == "My favourite food is soup."


def test_two_names_speak_for_nobody(alice: Any) -> None:
    talk(alice, ("Mira", "My favourite food is soup."), ("Tom", "My favourite food is bread."))
    assert not any("speaker" in hit.signals for hit in alice.recall("What food do Mira and Tom like?"))


def test_what_the_assistant_is_asked_to_repeat_is_the_assistants(alice: Any) -> None:
    talk(alice, ("user", "I know a good restaurant, it is green."), ("assistant", "A good restaurant is the Olive Garden."))
    assert first(alice, "Which restaurant did you recommend?", "role").endswith("Olive Garden.")


def test_a_conversation_that_matches_well_speaks_for_its_turns(alice: Any) -> None:
    talk(alice, ("user", "The harbour is loud."), ("user", "The harbour has cranes."), ("user", "The harbour never sleeps."))
    talk(alice, ("user", "A harbour once."), ("user", "Then we left."))
    hits = {hit.text: hit for hit in alice.recall("harbour", limit=50)}
    assert hits["The harbour is loud."].signals["session"] > hits["A harbour once."].signals["session"]


def test_a_turn_that_asks_is_seldom_the_answer(alice: Any) -> None:
    alice.notes.add("Did we ever like the harbour flat?")
    alice.notes.add("Everybody liked the harbour flat downtown.")
    hits = alice.recall("harbour flat")
    assert hits[0].text.endswith(".")
    assert hits[1].signals["question"] < 0


def test_of_two_that_say_as_much_the_newer_one_comes_first(alice: Any, clock: Any) -> None:
    for days, name in ((400, "Anna"), (30, "Berta"), (90, "Carla")):
        alice.notes.add(f"The gardener's name is {name}.", at=clock() - days * DAY)
    hits = alice.recall("What is the gardener's name?")
    assert [hit.text.split()[-1] for hit in hits] == ["Berta.", "Carla.", "Anna."]
    assert hits[0].signals["recency"] == WEIGHTS.recency > hits[1].signals["recency"]
    assert "recency" not in hits[2].signals


def test_recency_is_counted_from_the_newest_candidate_and_not_from_the_clock(alice: Any, clock: Any) -> None:
    alice.notes.add("The gardener's name is Anna.", at=clock() - 3 * DAY)
    alice.notes.add("The gardener's name is Berta.", at=clock())
    before = [(hit.id, hit.score) for hit in alice.recall("gardener")]
    clock.advance(700 * DAY)
    assert [(hit.id, hit.score) for hit in alice.recall("gardener")] == before


def test_what_was_rated_higher_comes_before_what_says_as_much(alice: Any) -> None:
    for importance, plant in ((0.2, "roses"), (0.9, "tulips"), (0.5, "lilies")):
        alice.notes.add(f"The garden has {plant}.", importance=importance)
    hits = alice.recall("garden")
    assert [hit.text.split()[-1] for hit in hits] == ["tulips.", "lilies.", "roses."]
    assert [hit.signals.get("importance") for hit in hits] == [pytest.approx(0.08), None, pytest.approx(-0.06)]


def test_a_message_can_be_rated_like_a_note(alice: Any) -> None:
    talk(alice, ("user", "The garden has roses."), ("user", "Nothing else."), ("user", "The garden has tulips."))
    alice.messages.add("user", "The garden has lilies.", importance=1.0)
    hits = alice.recall("garden")
    assert hits[0].text == "The garden has lilies." and hits[0].signals["importance"] == WEIGHTS.importance


def test_a_rating_that_changes_is_known_to_the_next_question(memory: Any, alice: Any) -> None:
    alice.notes.add("The garden has roses.")
    tulips = alice.notes.add("The garden has tulips.", importance=0.1)
    assert alice.recall("garden")[1].id == tulips.id
    alice.notes.promote(tulips.id, importance=1.0)
    hits = alice.recall("garden")
    assert hits[0].id == tulips.id and hits[0].signals["importance"] == WEIGHTS.importance
    assert memory.verify() == []


def test_what_was_set_down_comes_before_the_talk_in_which_it_was_said(alice: Any) -> None:
    talk(alice, ("user", "My landlord is Mr Baumann."), ("assistant", "I will remember your landlord."), ("user", "The landlord is kind."))
    note = alice.notes.add("The landlord is called Baumann.")
    hits = alice.recall("landlord")
    assert hits[0].id == note.id and hits[0].signals["kind"] == WEIGHTS.kind
    assert not any("kind" in hit.signals for hit in hits[1:])


def test_a_turn_that_names_a_time_answers_when(alice: Any) -> None:
    alice.notes.add("The harbour flat was sold in May 2023.")
    alice.notes.add("The harbour flat was sold to them indeed.")
    assert first(alice, "When was the harbour flat sold?", "when") == "The harbour flat was sold in May 2023."


def test_the_answer_beside_the_question_is_found_though_it_shares_no_word(alice: Any) -> None:
    talk(alice, ("user", "Which city did you choose for the wedding?"), ("assistant", "Florence, of course."), ("user", "Lovely."))
    talk(alice, ("user", "The wedding was loud."), ("assistant", "I see."))
    assert "Florence, of course." in texts(alice.recall("city of the wedding", limit=5))


# as of a time


def test_as_of_finds_the_value_that_was_current_then(alice: Any, clock: Any) -> None:
    alice.facts.set("home_city", "Porto")
    then = clock()
    clock.advance(DAY)
    alice.facts.set("home_city", "Lisbon")
    assert texts(alice.recall("home city", as_of=then)) == ["home_city: Porto"]
    assert texts(alice.recall("Porto", as_of=then)) == ["home_city: Porto"]
    assert alice.recall("Lisbon", as_of=then) == []
    assert alice.recall("Porto") == []
    assert texts(alice.recall("home city", as_of=clock())) == ["home_city: Lisbon"]


def test_as_of_leaves_out_what_came_later(alice: Any, clock: Any) -> None:
    alice.messages.add("user", "harbour first")
    alice.notes.add("harbour early")
    then = clock()
    clock.advance(DAY)
    alice.messages.add("user", "harbour second")
    alice.notes.add("harbour late")
    assert sorted(texts(alice.recall("harbour", as_of=then))) == ["harbour early", "harbour first"]
    assert alice.recall("harbour", as_of=then - DAY) == []


def test_as_of_shows_a_note_as_it_was(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The harbour flat is free.")
    then = clock()
    clock.advance(DAY)
    alice.notes.update(note.id, text="The mill house is free.")
    (hit,) = alice.recall("free", as_of=then)
    assert (hit.id, hit.text, hit.record.version) == (note.id, "The harbour flat is free.", 1)


def test_as_of_finds_what_was_deleted_since(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The harbour flat is free.")
    then = clock()
    clock.advance(DAY)
    alice.notes.delete(note.id)
    assert texts(alice.recall("harbour", as_of=then)) == ["The harbour flat is free."]
    assert alice.recall("harbour", as_of=clock()) == []


def test_as_of_finds_what_has_expired_since(alice: Any, clock: Any) -> None:
    alice.notes.add("The harbour offer stands.", expires_at=clock() + DAY)
    then = clock()
    clock.advance(2 * DAY)
    assert alice.recall("harbour") == []
    assert texts(alice.recall("harbour", as_of=then)) == ["The harbour offer stands."]


def test_as_of_leaves_out_what_had_expired_then(alice: Any, clock: Any) -> None:
    alice.notes.add("The harbour offer stands.", expires_at=clock() + HOUR)
    clock.advance(2 * HOUR)
    between = clock()
    clock.advance(HOUR)
    alice.notes.add("The harbour offer stands.")  # said again: the same note, reinforced, without an end
    assert alice.recall("harbour", as_of=between) == []
    assert len(alice.recall("harbour")) == 1


def test_as_of_knows_that_a_projects_value_shadowed_the_general_one(alice: Any, clock: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.facts.set("tone", "formal")
    atlas.facts.set("tone", "casual")
    then = clock()
    clock.advance(DAY)
    alice.facts.set("tone", "stiff")
    atlas.facts.set("tone", "loud")
    assert texts(atlas.recall("tone", as_of=then)) == ["tone: casual"]
    assert texts(alice.recall("tone", as_of=then)) == ["tone: formal"]


def test_as_of_knows_no_summary_that_was_written_later(alice: Any, clock: Any) -> None:
    conversation = alice.conversations.start()
    then = clock()
    clock.advance(HOUR)
    alice.conversations.close(conversation.id, "They chose the harbour flat.")
    assert alice.recall("harbour", as_of=then) == []
    assert texts(alice.recall("harbour", as_of=clock())) == ["They chose the harbour flat."]


def test_as_of_counts_relative_times_from_then(alice: Any, clock: Any) -> None:
    alice.notes.add("We visited the museum of steam.", at=clock() - 8 * DAY)
    alice.notes.add("We visited the museum of glass.", at=clock() - 1 * DAY)
    hits = alice.recall("Which museum did we visit yesterday?", as_of=clock() - 7 * DAY)
    assert [(hit.text, "time" in hit.signals) for hit in hits] == [("We visited the museum of steam.", True)]


# near-duplicates


def test_a_search_returns_each_record_and_folds_none(alice: Any) -> None:
    """Who searches one kind gets records, which have no room to say what was folded into them."""
    seen = [alice.observations.add("Build failed") for _ in range(3)]
    said = [alice.messages.add("user", "Thanks a lot, build master!") for _ in range(3)]
    assert {one.id for one in alice.observations.search("build failed")} == {one.id for one in seen}
    assert {one.id for one in alice.messages.search("thanks")} == {one.id for one in said}
    assert len(alice.recall("build failed", kinds=["observations"])) == 1


def test_near_duplicates_are_folded_into_one_hit_that_names_them(alice: Any) -> None:
    notes = [alice.notes.add(text) for text in ("The harbour flat is free.", "the harbour flat is free", "The HARBOUR flat is free!")]
    alice.notes.add("The harbour is loud.")
    hits = alice.recall("harbour flat")
    assert len(hits) == 2
    assert {hits[0].id, *hits[0].folded} == {note.id for note in notes}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mira is allergic to nuts.", "Mira is not allergic to nuts."),
        ("Is Mira allergic to nuts?", "Mira is allergic to nuts."),
        ("The nuts are for Mira.", "The nuts are from Mira."),
        ("Mira before Tom with the nuts.", "Mira after Tom with the nuts."),
        ("My nuts, Mira.", "Your nuts, Mira."),
    ],
)
def test_texts_that_say_something_else_are_no_duplicates_though_only_small_words_differ(alice: Any, one: str, other: str) -> None:
    alice.notes.add(one)
    alice.notes.add(other)
    assert sorted(texts(alice.recall("Mira nuts"))) == sorted([one, other])


def test_k_is_filled_from_the_rest(alice: Any) -> None:
    for n in range(30):
        alice.messages.add("user", "The harbour flat is free" + "!" * n)
    for n in range(4):
        alice.messages.add("user", f"I saw a harbour with cranes and boats, number n{n}, and then went home.")
    hits = alice.recall("harbour flat", limit=5)
    assert len(hits) == 5
    assert len(hits[0].folded) == 29


@pytest.mark.promise("isolation")
def test_k_is_filled_from_behind_hundreds_of_duplicates(alice: Any) -> None:
    alice.messages.add_many([{"role": "user", "content": "The harbour flat is free" + "!" * n} for n in range(650)])
    alice.messages.add_many([{"role": "user", "content": f"I saw a harbour with cranes and boats, number n{n}, and went home."} for n in range(4)])
    assert len(alice.recall("harbour flat", limit=5)) == 5


# what is not found


def test_deleted_things_are_not_found(life: Any) -> None:
    """Defects 23 and 25 of engram: what was deleted stayed in the index, and in a cache for minutes."""
    for hit in life.recall("harbour", limit=50):
        assert life.forget(hit.id) is True
    assert life.recall("harbour", limit=50) == []


def test_only_words_of_the_question_lead_to_a_hit(life: Any) -> None:
    assert life.recall("submarine") == []


# isolation


@pytest.mark.promise("isolation")
@settings(max_examples=30)
@given(mine=st.text(min_size=1, max_size=60), theirs=st.text(min_size=1, max_size=60))
@example(mine="lisbon", theirs="joe@1_lisbon.org 1_lisbon 0_lisbon 2_lisbon")
@example(mine="walrus", theirs="a_b_c __x__ _1_ 10_walrus")
def test_no_text_of_one_user_reaches_into_the_words_of_another(memory: Any, mine: str, theirs: str) -> None:
    number = memory.stats().users
    one, other = memory.scope(user=f"one{number}"), memory.scope(user=f"other{number}")
    note = one.notes.add(mine)
    other.notes.add(theirs)
    assert {hit.id for hit in one.recall(f"{mine} {theirs}", limit=50)} <= {note.id}


@pytest.mark.promise("isolation")
@pytest.mark.file
def test_each_word_of_the_index_has_exactly_one_owner(memory: Any, tmp_path: Path) -> None:
    """The wall of the index: a number, one underscore, and a word without any."""
    for user in range(40):
        memory.scope(user=f"u{user}").notes.add(f"joe@{user}_lisbon.org snake_case_{user} __init__ /a_b/c_d x_1y é_ü 愛_港 10_x")
    with closing(apsw.Connection(str(tmp_path / "memory.db"), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        terms = [term for (term,) in db.execute("select distinct term from postings")]
    assert len(terms) > 40
    assert all(term.count("_") == 1 for term in terms)


def test_the_administrator_finds_what_all_users_have(memory: Any) -> None:
    for user in ("alice", "bob", "carol"):
        memory.scope(user=user).notes.add(f"The harbour of {user}.")
    assert {hit.record.user for hit in memory.recall("harbour")} == {"alice", "bob", "carol"}
    assert len(memory.recall("harbour", limit=2)) == 2


def test_the_languages_of_the_users_stay_apart_in_the_administrators_recall(memory: Any) -> None:
    memory.scope(user="greta").facts.set("preferred_language", "German")
    memory.scope(user="greta").notes.add("Die Häuser sind teuer.")
    memory.scope(user="alice").notes.add("Her haus is small.")
    assert {hit.record.user for hit in memory.recall("haus")} == {"greta", "alice"}


# the same again


@pytest.mark.promise("context")
def test_the_same_question_has_the_same_answer(life: Any) -> None:
    for question in QUESTIONS:
        assert repr(life.recall(question, explain=True)) == repr(life.recall(question, explain=True))


def test_questions_that_begin_alike_have_answers_of_their_own(alice: Any) -> None:
    """Defect 15 of sessions-db: answers were kept under the first 50 characters of their questions."""
    alice.notes.add("The harbour opens at nine.")
    alice.notes.add("The mill closes at six.")
    asked = "Please tell me everything that you remember and know about the "
    assert texts(alice.recall(asked + "harbour"))[:1] == ["The harbour opens at nine."]
    assert texts(alice.recall(asked + "mill"))[:1] == ["The mill closes at six."]


@pytest.mark.promise("context")
def test_recall_writes_nothing(face: str, life: Any, tmp_path: Path) -> None:
    """Defect 4 of engram: every reading wrote, and indexed the text again."""
    before = written(tmp_path / "memory.db", face)
    for question in QUESTIONS:
        life.recall(question, as_of=datetime(2025, 2, 1, tzinfo=UTC), explain=True)
        life.messages.search(question)
    assert written(tmp_path / "memory.db", face) == before


def test_recall_sees_what_its_own_atomic_block_wrote(alice: Any) -> None:
    with alice.atomic() as block:
        block.notes.add("The harbour flat is free.")
        assert texts(block.recall("harbour")) == ["The harbour flat is free."]
        assert "harbour" in block.context("harbour").text


# bad input

BAD: list[tuple[str, Callable[[Any], Any]]] = [
    ("a question that is a number", lambda view: view.recall(5)),
    ("no question", lambda view: view.recall(None)),
    ("a question of bytes", lambda view: view.recall(b"harbour")),
    ("a negative limit", lambda view: view.recall("x", limit=-1)),
    ("a limit that is a fraction", lambda view: view.recall("x", limit=1.5)),
    ("an unknown kind", lambda view: view.recall("x", kinds=["dreams"])),
    ("kinds that are a number", lambda view: view.recall("x", kinds=5)),
    ("a naive since", lambda view: view.recall("x", since=datetime(2025, 1, 1))),
    ("an until that is a text", lambda view: view.recall("x", until="2025-01-01")),
    ("a naive as_of", lambda view: view.recall("x", as_of=datetime(2025, 1, 1))),
    ("a where that is a list", lambda view: view.recall("x", where=["role"])),
    ("a where with a field that is a number", lambda view: view.recall("harbour", where={5: "x"})),
    ("a where with an unknown operator", lambda view: view.recall("harbour", where={"role": {"$like": "u%"}})),
    ("a where with an operator beside a key", lambda view: view.recall("harbour", where={"metadata": {"$eq": 1, "a": 2}})),
    ("a where with a naive time", lambda view: view.recall("harbour", where={"created_at": {"$gt": datetime(2025, 1, 1)}})),
    ("a where with a time as a text", lambda view: view.recall("harbour", where={"created_at": {"$gt": "2025-01-01"}})),
    ("a context with an unknown operator", lambda view: view.context("harbour", where={"role": {"$like": "u%"}})),
]


@pytest.mark.promise("input")
@pytest.mark.parametrize(("what", "call"), BAD, ids=[what for what, _ in BAD])
def test_bad_input_is_a_typed_error(life: Any, what: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(RecollectError):
        call(life)


@pytest.mark.parametrize("field", ["colour", "", "ROLE", "role; drop table messages"])
def test_an_unknown_field_of_a_filter_is_invalid(life: Any, field: str) -> None:
    with pytest.raises(Invalid, match="where"):
        life.recall("harbour", where={field: "x"})


@pytest.mark.parametrize("wanted", [5, {"a": 1}, [[1], {"z": 1}], {1, 2}, object, "\ud800"])
@pytest.mark.parametrize("field", ["tags", "role", "metadata", "metadata.a.b", "created_at", "conversation", "importance", "tool_calls"])
def test_a_filter_that_nothing_fits_finds_nothing_or_is_invalid(life: Any, field: str, wanted: Any) -> None:
    with suppress(Invalid):
        assert life.recall("harbour", where={field: wanted}) == []
