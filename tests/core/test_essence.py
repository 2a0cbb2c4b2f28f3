"""The essence of a text: what is the same thing said again, and what must stay two."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect.core.text import essence


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Run the tests first", "run the tests first"),
        ("Run the tests first", "Run the tests first."),
        ("Run the tests first", "  Run\tthe tests\n\nfirst  "),
        ("Run the tests first", "Run tests first"),
        ("Run the tests first", "Run a test first!"),
        ("Don't push on Fridays", "don't push on Friday"),
        ("DON’T PUSH", "don't push"),
        ("Say «hello», then wait", 'Say "hello" then wait'),
        ("Check all entries (twice)", "check all entry twice"),
    ],
)
def test_what_says_the_same_in_english_is_the_same(one: str, other: str) -> None:
    assert essence(one) == essence(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Die Tests zuerst", "die TESTS zuerst."),
        ("Kein Push am Freitag!", "kein push am freitag"),
        ("Ende der Straße", "ENDE DER STRASSE"),
        ("Les tests d'abord", "les tests d’abord."),
        ("Los tests primero", "¡Los tests primero!"),
        ("Os testes primeiro", "os testes primeiro!"),
        ("Сначала тесты", "СНАЧАЛА ТЕСТЫ!"),
        ("Πρώτα οι δοκιμές", "πρώτα ΟΙ δοκιμές"),
        ("先运行测试", "先运行测试。"),
        ("まずテスト", "まずテスト！"),
        ("먼저 테스트", "먼저 테스트."),
        ("ทดสอบก่อน", "ทดสอบก่อน!"),
        ("الاختبار أولا", "الاختبار أولا!"),
    ],
)
def test_case_and_punctuation_do_not_matter_in_other_languages(one: str, other: str) -> None:
    assert essence(one) == essence(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("cafe\u0301", "caf\u00e9"), ("ﬁle", "file"), ("한", "\u1112\u1161\u11ab")],
)
def test_how_letters_are_encoded_does_not_matter(one: str, other: str) -> None:
    assert essence(one) == essence(other)


APART = {
    "never and not": ["Always push", "Never push", "Do not push", "Push", "Push only", "Push at once"],
    "more and less": ["more than 5", "less than 5", "at least 5", "at most 5", "exactly 5", "more than 6"],
    "before and after": ["test before you push", "test after you push", "test while you push", "test until you push", "test if you push"],
    "who does it": ["I call him", "he calls me", "you call him", "they call him", "we call him"],
    "with and without": ["with tests", "without tests", "for tests", "from tests", "in tests", "on tests"],
    "order": ["tabs, not spaces", "spaces, not tabs", "tabs and spaces", "tabs or spaces"],
    "may and must": ["You may push", "You must push", "You should push", "You can push", "You will push", "You may not push"],
    "how often": ["push once", "push twice", "push push", "push push push"],
    "languages": ["C", "C++", "C#", "c--c", "F#", "F"],
    "signs": ["a < b", "a > b", "a = b", "a + b", "a | b", "a & b", "a * b", "a % b", "a / b", "a ~ b"],
    "signs in their place": ["use === never ==", "use == never ===", "use != never =", "use = never !="],
    "numbers": ["0.5", "0.05", "5", "-5", "05", "5.0", "v1.2", "v12"],
    "flags and files": ["--force", "force", "-f", "f", ".env", "env", "~/env", "env/"],
    "pairs": ["plan a b", "plan b a", "a=b", "b=a", "a-b", "b-a"],
    "roots that look alike": ["important", "import", "relation", "relative", "saw", "see", "news", "new", "use", "us", "run", "running", "ran"],
    "accents": ["schon", "schön", "drucken", "drücken", "año", "ano", "мой", "мои", "resume", "résumé"],
    "contractions": ["It won't start", "It will start", "It will not start", "It can't start", "It can start"],
    "questions": ["Use tabs", "Use tabs?"],
    "long words": ["x" * 80 + "a", "x" * 80 + "b"],
    "a sign alone": ["git add .", "git add", "cd ..", "cd", "a = [1]", "a = 1", "cannot write ''", "cannot write"],
    "digits of other forms": ["10⁵", "105", "m²", "m2", "ｔｅｓｔ", "test"],
    "a letter that is no article": ["vitamin A deficiency", "vitamin deficiency", "vitamin B deficiency"],
    "money": ["5", "$5", "€5", "5%", "5°"],
    "emoji": ["answer with 👍", "answer with 👎", "answer with", "answer with 👍👍"],
    "nothing but signs": ["!", "?", "...", "-", "()"],
    "German": ["immer testen", "nie testen", "nicht testen", "kein Test", "mit Test", "ohne Test"],
    "French": ["toujours tester", "jamais tester", "ne pas tester", "avec test", "sans test"],
    "Spanish": ["siempre probar", "nunca probar", "no probar", "con prueba", "sin prueba"],
    "Russian": ["всегда тестировать", "никогда не тестировать", "не тестировать", "с тестом", "без теста"],
    "Chinese": ["先测试", "不测试", "后测试", "测试先", "再测试"],
    "Japanese": ["する", "しない", "かき", "がき", "カキ"],
    "Hindi and Thai": ["मा", "मि", "म", "กา", "กิ", "ก"],
}


@pytest.mark.parametrize("texts", APART.values(), ids=APART)
def test_what_says_something_else_stays_apart(texts: list[str]) -> None:
    for one, other in combinations(texts, 2):
        assert essence(one) != essence(other), (one, other)


@pytest.mark.parametrize("text", ["", " ", "the", "der", "\n", "…", "👍", "\0", "\ufffd", "a" * 100_000, "- " * 50_000])
def test_every_text_that_can_be_stored_has_one_of_sixteen_bytes(text: str) -> None:
    assert len(essence(text)) == 16
    assert essence(text) == essence(text)


def test_words_alone_are_told_apart() -> None:
    assert len({essence(text) for text in ("the", "a", "der", "la")}) == 4


@given(st.text())
def test_white_space_at_the_ends_never_matters(text: str) -> None:
    assert essence(f" \n{text}\t ") == essence(text)


@given(st.lists(st.sampled_from(["never", "not", "push", "test", "first", "tabs", "spaces", "before"]), min_size=1, max_size=6))
def test_words_of_their_own_are_neither_dropped_nor_moved(words: list[str]) -> None:
    assert essence(" ".join(words)) == essence(", ".join(words).upper())
    assert (essence(" ".join(words)) == essence(" ".join(reversed(words)))) == (words == words[::-1])


def test_it_is_the_same_in_every_process() -> None:
    """It is stored: what one process wrote another must recognise."""
    command = "from recollect.core.text import essence; print(essence('Run the tests — always, 测试 👍').hex())"
    for seed in ("1", "2"):
        around = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", command], env=around, capture_output=True, check=True)
        assert done.stdout.decode().strip() == essence("Run the tests — always, 测试 👍").hex()
