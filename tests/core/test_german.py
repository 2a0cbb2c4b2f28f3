"""German words: found by their parts, verbs by their infinitive, and nothing else cut in two."""

from __future__ import annotations

import pytest

from recollect.core.text import analyser


def words(text: str) -> list[str]:
    return analyser("de").words(text)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Reisepass", "Pass"),
        ("Steuererklärung", "Steuer"),
        ("Kündigungsfrist", "Frist"),
        ("Bücherregal", "Buch"),
        ("Hochzeitstage", "Hochzeit"),
        ("Gartenschlauch", "Schlauch"),
        ("Sprachkurs", "Sprache"),
        ("Autowerkstatt", "Werkstätten"),
        ("Hausratversicherung", "Versicherungen"),
        ("Tierarztrechnung", "Arzt"),
    ],
)
def test_a_compound_is_found_by_its_parts_and_by_itself(written: str, asked: str) -> None:
    assert set(words(asked)) <= set(words(written))
    assert words(written)[0] == words(written.lower())[0]
    assert len(words(written)) > 1


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("umsteigen", "steigen"),
        ("umgestiegen", "steigen"),
        ("umzusteigen", "steigen"),
        ("zurückgegeben", "geben"),
        ("abgeholt", "holen"),
        ("angemeldet", "melden"),
        ("eingekauft", "kauft"),
        ("vorgelesen", "liest"),
    ],
)
def test_a_separable_verb_is_found_by_the_verb(written: str, asked: str) -> None:
    assert set(words(asked)) <= set(words(written))


@pytest.mark.parametrize("form", ["kauft", "kaufte", "kauften", "gekauft", "kaufst"])
def test_forms_of_a_weak_verb_are_one_word(form: str) -> None:
    assert words(form) == words("kaufen")


@pytest.mark.parametrize("noun", ["Gericht", "Gewicht", "Gehalt", "Geburt", "Test", "Wort", "Zeit", "Stadt"])
def test_a_noun_keeps_its_ge_and_its_t(noun: str) -> None:
    assert words(noun) == [noun.casefold()]


@pytest.mark.parametrize(
    "word",
    ["Restaurant", "Information", "Universität", "Stuttgart", "Literatur", "Testament", "Freundschaft", "vielleicht", "außerdem", "verschieden"],
)
def test_what_only_looks_like_a_compound_is_one_word(word: str) -> None:
    assert len(words(word)) == 1


def test_parts_come_in_german_only() -> None:
    assert analyser("en").words("Mietvertrag") == ["mietvertrag"]


def test_a_long_word_is_cut_in_no_time() -> None:
    assert len(words("haus" * 15)) < 100
    assert len(words("haus" * 1000)) == 1
