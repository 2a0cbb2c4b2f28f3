"""The token estimate: never nothing for something, steady, and sane for code and CJK. Or a real tokenizer instead."""

from __future__ import annotations

import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import recollect
from recollect import Invalid
from recollect.core.tokens import counter, estimate, split

ENGLISH = """The quick brown fox jumps over the lazy dog. She had been thinking about moving to Lisbon for several years, but only this
spring, after her contract ended, did she begin to look for an apartment near the harbour; the first one was far too small."""


def test_an_empty_text_costs_nothing_and_any_other_something() -> None:
    assert estimate("") == 0
    for text in (" ", "\n", "a", "\0", "\u200d", "é", "愛", "🦜", "\ud800"):
        assert estimate(text) >= 1


@given(text=st.text(st.characters(codec=None), min_size=1))
def test_any_text_costs_at_least_one_and_at_most_a_few_a_letter(text: str) -> None:
    assert 1 <= estimate(text) <= 2 * len(text)


@given(one=st.text(max_size=200), other=st.text(max_size=200))
def test_two_texts_together_cost_about_what_they_cost_apart(one: str, other: str) -> None:
    together = estimate(one + other)
    assert together <= estimate(one) + estimate(other) + 2
    assert together >= max(estimate(one), estimate(other)) - 2


@given(text=st.text(max_size=100), more=st.text(max_size=100))
def test_a_text_that_grows_by_a_line_never_costs_less(text: str, more: str) -> None:
    assert estimate(f"{text}\n{more}") >= estimate(text)


# What the estimate counts, said as one pattern: slower, and easier to see through.
COUNTED = re.compile(r"[A-Za-z]{1,7}+(?![A-Za-z])|[A-Za-z]{6}|[0-9]{1,3}|[ \t]{2,}|[\r\n]+|[^\sA-Za-z0-9]")


@given(text=st.text("aaaaaaaaB7 \n\r\t.'_\x1d\f", max_size=60))
@example(text="a" * 13 + " " + "a" * 14 + " " + "a" * 20 + "." + "7" * 10)
def test_ascii_text_costs_what_the_pattern_finds(text: str) -> None:
    assert estimate(text) == max(len(COUNTED.findall(text)), 1 if text else 0)


def test_english_prose_costs_about_a_token_for_four_letters() -> None:
    assert 0.9 * len(ENGLISH) / 4.6 <= estimate(ENGLISH) <= 1.2 * len(ENGLISH) / 4


def test_cjk_costs_about_a_token_a_letter() -> None:
    """Defects 11 of engram blocks and 18 of sessions-db: four letters were a token, in every script."""
    for text in ("我住在里斯本的老港口附近" * 10, "東京タワーはとても高いです" * 10, "나는 바다를 좋아한다" * 10):
        assert 0.7 * len(text) <= estimate(text) <= 1.5 * len(text)


def test_other_scripts_cost_more_than_english_and_less_than_a_token_a_letter() -> None:
    for text in ("Я живу в Лиссабоне уже три года", "Ζω στη Λισαβόνα εδώ και τρία χρόνια", "أعيش في لشبونة منذ ثلاث سنوات"):
        assert len(text) / 4 <= estimate(text) <= len(text)


def test_code_costs_more_than_prose_of_its_length() -> None:
    code = Path(recollect.__file__).with_name("memory.py").read_text()
    assert len(code) / 5 <= estimate(code) <= len(code) / 2.2
    assert estimate(code) / len(code) > estimate(ENGLISH) / len(ENGLISH)
    assert estimate("{}[]();:=<>!") >= 6


def test_digits_go_in_threes() -> None:
    assert estimate("123456789") == 3
    assert estimate("1234567890" * 10) == 34


def test_random_letters_cost_more_than_words() -> None:
    assert estimate(string.ascii_lowercase * 4) >= 104 / 7


def test_a_mebibyte_is_counted_in_a_blink() -> None:
    start = time.perf_counter()
    for text in (ENGLISH * 4000, "愛" * (1 << 20), " " * (1 << 20), "é" * (1 << 20)):
        assert estimate(text) > 0
    assert time.perf_counter() - start < 10


def test_without_a_tokenizer_the_estimate_counts() -> None:
    assert counter(None) is estimate


def test_a_callable_counts() -> None:
    assert counter(lambda text: len(text.split()))("one two three") == 3


@pytest.mark.parametrize("answer", [2.5, -1, None, "3"])
def test_a_count_that_is_none_is_invalid(answer: object) -> None:
    with pytest.raises(Invalid, match="token"):
        counter(lambda text: answer)("x")


def test_an_object_with_encode_counts_by_the_length_of_what_it_gives() -> None:
    class Lists:
        def encode(self, text: str) -> list[int]:
            return [1] * len(text)

    class Encodings:
        class Encoding:
            ids = (1, 2, 3)

        def encode(self, text: str) -> Encoding:
            return self.Encoding()

    assert counter(Lists())("four") == 4
    assert counter(Encodings())("anything") == 3


@pytest.mark.parametrize("tokenizer", [5, "cl100k", object(), []])
def test_what_cannot_count_is_invalid(tokenizer: object) -> None:
    with pytest.raises(Invalid, match="tokenizer"):
        counter(tokenizer)


def test_what_cannot_count_is_refused_when_the_memory_opens(fresh: object) -> None:
    with pytest.raises(Invalid, match="tokenizer"):
        fresh("t.db", tokenizer="cl100k")  # type: ignore[operator]


# split


@given(text=st.text(max_size=300), budget=st.integers(0, 200))
def test_the_two_parts_are_the_text_and_the_first_is_within_the_budget(text: str, budget: int) -> None:
    """Defect 1 of engram blocks: a cut by bytes fell into a character, and ended the program."""
    head, tail = split(text, budget, estimate)
    assert head + tail == text
    assert estimate(head) <= budget


@given(text=st.text(max_size=200), budget=st.integers(0, 100), costs=st.lists(st.integers(0, 9), min_size=1, max_size=7))
def test_no_tokenizer_however_odd_brings_the_first_part_over_the_budget(text: str, budget: int, costs: list[int]) -> None:
    def count(part: str) -> int:
        return len(part) // 2 + costs[len(part) % len(costs)] if part else 0

    head, tail = split(text, budget, count)
    assert head + tail == text
    assert count(head) <= budget


def test_what_fits_is_not_split() -> None:
    assert split("a short text", 100, estimate) == ("a short text", "")
    assert split("", 1, estimate) == ("", "")


def test_the_first_part_is_as_long_as_the_budget_allows() -> None:
    assert split("one two three four five", 3, lambda text: len(text.split())) == ("one two three ", "four five")
    assert split("愛" * 10, 4, len) == ("愛" * 4, "愛" * 6)


def test_a_cut_falls_between_lines_or_words_if_one_ends_near_there() -> None:
    assert split("one two three four", 16, len) == ("one two three ", "four")
    assert split("first line\nsecond line", 13, len) == ("first line\n", "second line")
    assert split("a " + "b" * 30, 20, len) == ("a " + "b" * 18, "b" * 12)


@pytest.mark.parametrize(
    "letter", ["e\u0301", "👩‍👩‍👧", "👍🏽", "🇵🇹", "🏴\U000e0067\U000e0062\U000e007f", "❤️", "நி", "\r\n"], ids=ascii
)  # fmt: skip
def test_no_cut_goes_through_a_character(letter: str) -> None:
    for budget in range(3 * len(letter) + 1):
        head, tail = split(letter * 3, budget, len)
        assert head == letter * (budget // len(letter))
        assert tail == letter * (3 - budget // len(letter))


def test_a_book_is_cut_without_counting_it_again_and_again() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return estimate(text)

    head, tail = split(ENGLISH * 40_000, 4096, count)
    assert 10_000 < len(head) < 30_000 and tail
    assert counted < 1_000_000
