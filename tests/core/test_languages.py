"""The word lists of the analyser: their form, what stays out of them, and how a language is found."""

from __future__ import annotations

import importlib
import subprocess
import sys
import unicodedata
from collections import Counter

import pytest

from recollect.core import languages
from recollect.core.languages import codes, language

ALL = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "ru", "pl", "cs", "hu", "ro", "tr", "el", "uk", "ca", "ar")

# Two to ten, where the spelling of a number is near to a function word's.
NUMBERS = {
    "en": "two three four five six seven eight nine ten",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn",
    "fr": "deux trois quatre cinq six sept huit neuf dix",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez",
    "it": "due tre quattro cinque sei sette otto nove dieci",
    "pt": "dois duas três quatro cinco seis sete oito nove dez",
    "nl": "twee drie vier vijf zes zeven acht negen tien",
    "sv": "två tre fyra fem sex sju åtta nio tio",
    "da": "to tre fire fem seks syv otte ni ti",
    "nb": "to tre fire fem seks sju syv åtte ni ti",
    "fi": "kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen",
    "ru": "два две три четыре пять шесть семь восемь девять десять сто",
    "pl": "dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć sto",
    "cs": "dva dvě tři čtyři pět šest sedm osm devět deset sto",
    "hu": "kettő két három négy öt hat hét nyolc kilenc tíz",
    "ro": "doi două trei patru cinci șase șapte opt nouă zece",
    "tr": "iki üç dört beş altı yedi sekiz dokuz on yüz",
    "el": "δύο τρεισ τρία τέσσερα πέντε έξι επτά εφτά οκτώ εννέα δέκα",
    "uk": "два дві три чотири шість сім вісім десять сто",
    "ca": "dos dues tres quatre cinc sis set vuit nou deu",
    "ar": "اثنان اثنين ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
}


def words(text: str) -> set[str]:
    return set(text.split())


def source(code: str) -> dict[str, list[str]]:
    """The lists of one language as they stand in the module, before a set or a mapping hides what is there twice."""
    _, _, months, weekdays, stop, irregular = languages._WORDS[code]
    entries = [entry.split(":") for entry in irregular.split()]
    return {
        "months": months.split(),
        "weekdays": weekdays.split(),
        "stop": stop.split(),
        "bases": [base for base, _ in entries],
        "forms": [form for _, forms in entries for form in forms.split(",")],
    }


def test_codes() -> None:
    assert codes() == ALL
    assert set(NUMBERS) == set(ALL)


@pytest.mark.parametrize("code", ALL)
def test_source_lists_are_folded_and_without_duplicates(code: str) -> None:
    for listed, found in source(code).items():
        assert all(found), listed
        assert [word for word in found if word != word.casefold()] == [], listed
        assert [word for word in found if word != unicodedata.normalize("NFC", word)] == [], listed
        assert [word for word, times in Counter(found).items() if times > 1] == [], listed


@pytest.mark.parametrize("code", ALL)
def test_lists_reach_the_language(code: str) -> None:
    found, lists = language(code), source(code)
    assert found.code == code
    assert found.stop == set(lists["stop"])
    assert set(found.irregular) == set(lists["forms"])
    assert set(found.irregular.values()) == set(lists["bases"])
    assert len(found.months) == len(set(found.months)) == 12
    assert len(found.weekdays) == len(set(found.weekdays)) == 7


@pytest.mark.parametrize("code", ALL)
def test_size_and_characters_of_stop_lists(code: str) -> None:
    stop = language(code).stop
    assert 80 <= len(stop) <= 210
    # An apostrophe or a hyphen would never match: the analyser splits there.
    assert [word for word in stop if not word.isalpha()] == []


@pytest.mark.parametrize("code", ALL)
def test_words_with_meaning_are_not_stop_words(code: str) -> None:
    found = language(code)
    assert found.stop.isdisjoint(found.months)
    assert found.stop.isdisjoint(found.weekdays)
    assert found.stop.isdisjoint(words(NUMBERS[code]))


@pytest.mark.parametrize("code", ALL)
def test_irregular_forms_lead_to_a_base_in_one_step(code: str) -> None:
    found = language(code)
    bases = set(found.irregular.values())
    assert bases.isdisjoint(found.irregular)
    assert found.stop.isdisjoint(found.irregular)
    assert found.stop.isdisjoint(bases)


@pytest.mark.parametrize("code", ALL)
def test_stemmer_is_known_to_snowball(code: str) -> None:
    stemmer = language(code).stemmer
    # Imported by name, because the library has no type information.
    known = importlib.import_module("snowballstemmer").algorithms()
    assert stemmer in known if stemmer else code in ("uk", "ar")  # Arabic has a stemmer of our own


def test_english_stop_words() -> None:
    stop = language("en").stop
    assert stop.isdisjoint(words("may made make like one won new last first"))
    assert stop >= words("the of what who when where how did was s t d ll m re ve don didn isn wouldn")


def test_kept_words_of_other_languages() -> None:
    kept = {"fr": "été avions or", "it": "sei ora", "ro": "mai", "nl": "weer mei", "sv": "vår", "nb": "vår mai", "ca": "set deu mes", "de": "mai"}
    for code, text in kept.items():
        assert language(code).stop.isdisjoint(words(text)), code


def test_elided_forms_are_stop_words() -> None:
    assert language("fr").stop >= words("l d j qu c n s m t")
    assert language("it").stop >= words("dell nell all dall sull un l d c")
    assert language("ca").stop >= words("l d n s m t")


@pytest.mark.parametrize(
    ("code", "form", "base"),
    [
        ("en", "went", "go"),
        ("en", "gone", "go"),
        ("en", "bought", "buy"),
        ("en", "won", "win"),
        ("en", "met", "meet"),
        ("en", "thought", "think"),
        ("en", "felt", "feel"),
        ("en", "lost", "lose"),
        ("en", "children", "child"),
        ("en", "mice", "mouse"),
        ("de", "ging", "gehen"),
        ("de", "gegessen", "essen"),
        ("de", "geliehen", "leihen"),
        ("ar", "تقارير", "تقرير"),
        ("fr", "vont", "aller"),
        ("es", "hizo", "hacer"),
        ("it", "scritto", "scrivere"),
        ("pt", "fez", "fazer"),
        ("nl", "kocht", "kopen"),
        ("sv", "gick", "gå"),
    ],
)
def test_irregular_forms(code: str, form: str, base: str) -> None:
    assert language(code).irregular[form] == base


def test_ambiguous_english_forms_stay_as_they_are() -> None:
    assert set(language("en").irregular).isdisjoint(words("left rose shot lives leaves"))


@pytest.mark.parametrize("name", ["de", "DE", "de-AT", "de_CH", "de_DE.UTF-8", "German", "GERMAN", " german "])
def test_one_language_by_all_its_names(name: str) -> None:
    assert language(name) is language("de")


@pytest.mark.parametrize(("name", "code"), [("pt_BR", "pt"), ("en-GB", "en"), ("no", "nb"), ("nb-NO", "nb"), ("NO", "nb"), ("Norwegian", "nb")])
def test_variants(name: str, code: str) -> None:
    assert language(name).code == code


@pytest.mark.parametrize("code", ALL)
def test_every_english_name_resolves(code: str) -> None:
    assert language(language(code).name.title()) is language(code)


@pytest.mark.parametrize(
    ("name", "code"),
    [("ja", "ja"), ("zh-Hans-CN", "zh"), ("TH", "th"), ("ko_KR", "ko"), ("fa", "fa"), ("hi", "hi"), ("yue", "yue")],
)
def test_a_code_without_lists_is_a_language_of_which_nothing_is_known(name: str, code: str) -> None:
    found = language(name)
    assert (found.code, found.name, found.stemmer) == (code, code, None)
    assert (found.stop, dict(found.irregular), found.months, found.weekdays) == (frozenset(), {}, (), ())
    assert found is language(code)


@pytest.mark.parametrize("name", ["", " ", "x", "Klingon", "d3", "de1", "日本", "--", "/etc"])
def test_anything_else_is_an_error_that_lists_what_is_known(name: str) -> None:
    with pytest.raises(ValueError, match="unknown language") as caught:
        language(name)
    message = str(caught.value)
    assert repr(name) in message
    assert all(f"({code})" in message for code in ALL)


def test_a_language_cannot_be_changed() -> None:
    found = language("en")
    with pytest.raises(AttributeError):
        found.code = "xx"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.irregular["went"] = "walk"  # type: ignore[index]
    assert hash(found) == hash(language("en"))


def test_import_splits_nothing_and_brings_no_stemmer() -> None:
    assert all(isinstance(field, str | None) for entry in languages._WORDS.values() for field in entry)
    # A fresh interpreter, because this one has long imported the stemmers and loaded the languages.
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("languages_alone", {languages.__file__!r})
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
assert module._load.cache_info().currsize == 0
assert "snowballstemmer" not in sys.modules
module.language("de")
assert module._load.cache_info().currsize == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True)
