"""The analyser: what it emits whatever it is given, and what it makes of the things that people write."""

from __future__ import annotations

import string
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recollect import Invalid
from recollect.core.languages import codes
from recollect.core.text import LONGEST, MOST_BYTES, WORD, analyser, bare, clean

PLAIN = set(string.ascii_lowercase + string.digits)
ANY = st.text(st.characters(codec=None), max_size=200)
WRITTEN = st.text(st.sampled_from(list("abzAZ019_-./\\@:+#'’ \n\0\ud800éßİıﬁ½²ⅷ愛がกั้한글אֳعَ🦜👩‍\u0301\u200d\uff21|\"*")), max_size=60)


def words(text: str, code: str = "en") -> list[str]:
    return analyser(code).words(text)


def sound(word: str) -> bool:
    """Only what may stand behind an owner's prefix in the text index."""
    letters = all(sign in PLAIN or (not sign.isascii() and (sign.isalnum() or unicodedata.category(sign)[0] == "M")) for sign in word)
    return bool(word) and letters and len(word.encode()) <= 64


# what it emits, whatever it is given


@pytest.mark.promise("text")
@given(text=ANY | WRITTEN, code=st.sampled_from(codes()))
@example(text="joe@2a_lisbon.org", code="en")
@example(text="__init__ a_b ＿ ‿ a‿b x_y/z_", code="en")
@example(text="½ ² ⅷ ① ㎏ ﬁ İ ſ", code="tr")
def test_only_letters_and_digits_are_emitted_and_never_an_underscore(text: str, code: str) -> None:
    for word in words(text, code):
        assert sound(word), word
        assert "_" not in word


@given(text=ANY | WRITTEN, code=st.sampled_from(codes()))
def test_the_same_holds_for_questions(text: str, code: str) -> None:
    found = analyser(code).question(text)
    assert all(sound(word) for word in found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("letter", ["a", "é", "愛", "ก", "🦜", "𝔸", "_", "-", "/", "@", "'"])
@pytest.mark.parametrize("many", [59, 60, 61, 64, 1000])
def test_a_word_has_at_most_64_bytes_and_is_cut_at_a_letters_end(letter: str, many: int) -> None:
    for word in words(f"x{letter * many}y z"):
        assert len(word.encode()) <= LONGEST <= 64
        assert word.encode().decode() == word


@given(text=ANY)
def test_the_same_text_gives_the_same_words_each_time(text: str) -> None:
    assert words(text) == words(text)


@given(text=st.text(st.characters(codec="utf-8"), max_size=100))
def test_composed_and_decomposed_text_give_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(found=st.lists(st.sampled_from(["harbour", "flat", "Lisbon", "balcony", "green", "2024", "naïve", "mother-in-law"]), max_size=6))
def test_analysing_what_was_emitted_emits_it_again(found: list[str]) -> None:
    once = analyser("xx").words(" ".join(found))
    assert analyser("xx").words(" ".join(once)) == once


@given(text=WRITTEN | st.text("aB1'_ .?\n", max_size=30))
@example(text="'I''m' 'here' ''' it's'")
def test_the_bare_words_of_a_text_are_its_words(text: str) -> None:
    assert bare(text).decode(errors="surrogatepass") == " ".join(WORD.findall(text.casefold()))


@given(text=ANY)
def test_every_emitted_word_of_the_text_has_a_place_in_it(text: str) -> None:
    for written, start, end, _ in analyser("en").surface(text):
        assert text[start:end] == written


@given(one=st.text(st.characters(categories=["L", "N"]), max_size=30), other=st.text(st.characters(categories=["L", "N"]), max_size=30))
def test_words_apart_are_analysed_apart(one: str, other: str) -> None:
    bare = analyser("xx")
    assert bare.words(f"{one}\n{other}") == bare.words(one) + bare.words(other)


@pytest.mark.promise("text")
def test_a_mebibyte_of_one_letter_or_of_signs_takes_no_time() -> None:
    start = time.perf_counter()
    for sign in ("a", "_", "a_", "a.", "愛", ".", "a'", "-a"):
        assert all(len(word) <= 64 for word in words(sign * (1 << 18)))
    assert time.perf_counter() - start < 20


# what it makes of words


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Café", "cafe"),
        ("São Paulo", "sao paulo"),
        ("naïve", "naive"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("Ёлка", "елка"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("ﬁnance", "finance"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("running", "runs"),
        ("flats", "flat"),
        ("children", "child"),
        ("Mira’s", "mira's"),
        ("Mira's", "Mira"),
        ("007", "7"),
        ("ÇA", "ça"),
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_these_are_the_same_words(written: str, asked: str) -> None:
    assert set(analyser("en").question(asked)) <= set(words(written))


@pytest.mark.parametrize(("one", "other"), [("がく", "かく"), ("कि", "की"), ("C++", "C#"), ("not", "note"), ("мир", "мэр")])
def test_these_are_not_the_same_words(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("getUserName", ["get", "user", "name"]),
        ("HTTPServerError", ["http", "server", "error"]),
        ("max_open_files", ["max", "open", "file"]),
        ("MAX_OPEN_FILES", ["max", "open", "file"]),
        ("src/recollect/core/text.py", ["src", "recollect", "core", "text", "py"]),
        ("joe.doe@example.org", ["joe", "doe", "exampl", "org"]),
        ("https://example.org/page?x=1", ["exampl", "org", "page"]),
        ("std::vector", ["std", "vector"]),
        ("foo->bar", ["foo", "bar"]),
        ("mother-in-law", ["mother", "law"]),
        ("don't", ["do"]),
    ],
)
def test_what_is_written_together_is_found_by_its_parts(written: str, parts: list[str]) -> None:
    found = analyser(
        "en",
    ).words(written)
    expected = [part for part in parts if analyser("en").words(part) and part not in ("do",)]
    assert set(expected) <= set(found)


@pytest.mark.parametrize(
    "written",
    [
        "getUserName", "max_open_files", "src/recollect/core/text.py", "/etc/hosts", "~/notes.txt", "C:\\Users\\mira", "joe.doe@example.org",
        "3.11.7", "std::vector", "foo->bar", "C++", "C#", "F#", "example.org", "192.168.0.1", "10:30", "COVID-19", "v1.2-rc3",
    ],
)  # fmt: skip
def test_what_is_written_together_is_also_kept_whole(written: str) -> None:
    """Whoever asks for just that finds it before what only holds its parts."""
    whole = set(words(f"see {written} there")) - set(words(f"see {' '.join(_parts(written))} there"))
    assert whole
    assert whole <= set(analyser("en").question(written))


def _parts(written: str) -> list[str]:
    spaced = "".join(letter if letter.isalnum() else " " for letter in written)
    return "".join(f" {letter}" if letter.isupper() else letter for letter in spaced).split()


@pytest.mark.parametrize("asked", ["2024-05-03", "May 3"])
def test_a_date_is_found_as_a_date_and_by_the_name_of_its_month(asked: str) -> None:
    assert set(analyser("en").question(asked)) <= set(words("The party is on 2024-05-03."))
    assert set(words("2024-5-3")) >= set(words("2024-05-03")) - {"05", "03"}


def test_a_date_is_named_in_the_owners_language() -> None:
    assert set(words("Mai", "de")) <= set(words("2024-05-03", "de"))
    assert set(analyser("de").date_words(2024, 5, 3, 4)) >= set(words("Freitag Mai", "de"))
    assert "friday" not in analyser("de").date_words(2024, 5, 3, 4)


@pytest.mark.parametrize("written", ["里斯本的老港口", "東京タワー", "ฉันชอบทะเล", "한국어", "ភាសាខ្មែរ", "မြန်မာ"])
def test_scripts_without_spaces_are_found_by_every_pair_and_every_letter(written: str) -> None:
    found = set(words(written))
    for place in range(len(written) - 1):
        assert unicodedata.normalize("NFKC", written[place : place + 2]) in found
    assert set(analyser("en").question(written[1:4])) <= found


def test_a_question_of_pairs_does_not_ask_for_their_letters() -> None:
    assert analyser("en").question("里斯本") == ["里斯", "斯本"]
    assert analyser("en").question("港") == ["港"]


@pytest.mark.parametrize(("question", "asked"), [("弟は何を売りますか", "弟"), ("鍵はどこですか", "鍵"), ("駅で会う", "駅")])
def test_a_single_chinese_character_between_kana_is_asked_for(question: str, asked: str) -> None:
    """What stands beside it is a particle or an ending, and another one in the text."""
    assert asked in analyser("ja").question(question)


def test_small_words_of_japanese_and_korean_are_asked_for_only_if_there_is_nothing_else() -> None:
    assert set(analyser("ja").question("会議は水曜日でしたか")) == {"会議", "議は", "は水", "水曜", "曜日", "日で"}
    assert set(analyser("ja").question("りんごですか")) == {"りん", "んご", "ごで"}
    assert set(analyser("ko").question("언제 이사했나요")) == {"이사", "사했"}
    assert analyser("ja").question("どこですか") != []
    assert "です" in words("会議です")  # the index has them all


def test_letters_and_scripts_without_spaces_may_stand_together() -> None:
    found = words("我用Python写C++")
    assert {"python", "我用"} <= set(found)


def test_an_emoji_is_a_word() -> None:
    assert words("🦜") != []
    assert words("🦜") != words("🦝")


@pytest.mark.parametrize("written", ["里斯本的老港口", "私はPythonが好き", "ฉันชอบทะเล", "한국어", "東京_タワー", "ｶﾞｷﾞ", "愛'愛"])
def test_what_is_marked_in_a_sentence_without_spaces_is_what_was_asked_for(written: str) -> None:
    found = [(piece, start, end) for piece, start, end, _ in analyser("en").surface(written)]
    assert all(written[start:end] == piece for piece, start, end in found)
    assert {form for *_, forms in analyser("en").surface(written) for form in forms} >= set(words(written))


def test_a_pair_is_marked_where_it_stands_and_not_the_whole_sentence() -> None:
    places = [(start, end) for _, start, end, forms in analyser("zh").surface("我们在里斯本住过") if "里斯" in forms]
    assert places == [(3, 5)]


# languages


@pytest.mark.parametrize(
    ("code", "written", "asked"),
    [
        ("en", "Договор на интернет действует до декабря", "договора"),
        ("de", "Договор на интернет действует до декабря", "договора"),
        ("en", "ألغيت عقد الكهرباء", "عقدنا"),
        ("fr", "Οι βιβλιοθήκες είναι κλειστές", "βιβλιοθήκη"),
    ],
)
def test_a_word_in_another_script_is_analysed_by_the_language_of_that_script(code: str, written: str, asked: str) -> None:
    assert set(analyser(code).question(asked)) <= set(words(written, code))
    assert words("на", code) != []  # also when there is nothing else


def test_who_writes_in_a_script_knows_better() -> None:
    assert words("книги книга", "uk") == ["книги", "книга"]
    assert words("کتاب‌ها من", "fa") != words("من", "en")
    assert words("книги", "xx") == ["книги"]  # a language of which nothing is known


def test_a_greek_letter_in_a_formula_is_kept() -> None:
    assert words("sin θ and μ") == ["sin", "θ", "μ"]


@pytest.mark.parametrize(("one", "other"), [("٤٢", "42"), ("४२", "42"), ("۴۲", "42"), ("००७", "7")])
def test_digits_of_other_scripts_are_the_same_numbers(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_the_language_decides_stop_words_and_stems() -> None:
    assert words("die Häuser", "de") == words("Haus", "de")
    assert words("die Häuser", "en") != words("Haus", "en")
    assert words("the flats") == ["flat"]
    assert "the" in words("the flats", "de")


@pytest.mark.parametrize("code", codes())
def test_each_language_knows_its_small_words(code: str) -> None:
    stop = sorted(analyser(code)._stop)
    assert stop
    assert words(f"{stop[0]} zyxwv", code) == words("zyxwv", code)


@pytest.mark.parametrize("code", codes())
def test_a_text_of_small_words_only_is_the_words_it_is(code: str) -> None:
    stop = sorted(analyser(code)._stop)[:3]
    assert len(words(" ".join(stop), code)) >= len(stop)


def test_an_unknown_language_stems_nothing_and_stops_nothing() -> None:
    assert words("The flats are running", "xx") == ["the", "flats", "are", "running"]


@pytest.mark.parametrize("text", ["", " ", "\n", "?!", "—", "\0", '"', "…"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert words(text) == []
    assert analyser("en").question(text) == []


# text as it is stored


@pytest.mark.promise("text")
@given(text=ANY.filter(bool))
def test_clean_changes_nul_and_lone_surrogates_and_nothing_else(text: str) -> None:
    kept = clean(text)
    assert len(kept) == len(text)
    for before, after in zip(text, kept, strict=True):
        assert after == ("\ufffd" if before == "\0" or "\ud800" <= before <= "\udfff" else before)
    kept.encode()


def test_text_has_one_byte_to_ten_mebibytes() -> None:
    assert clean("x") == "x"
    assert len(clean("x" * MOST_BYTES)) == 10 * 1024 * 1024
    with pytest.raises(Invalid, match="empty"):
        clean("")
    assert clean("", empty=True) == ""
    with pytest.raises(Invalid, match="10,485,761"):
        clean("x" * (MOST_BYTES + 1))
    with pytest.raises(Invalid, match="split"):
        clean("愛" * (MOST_BYTES // 3 + 1))


@pytest.mark.parametrize("value", [None, 5, b"x", ["x"], object()])
def test_what_is_no_text_is_invalid_and_named(value: object) -> None:
    with pytest.raises(Invalid, match="a title must be a string"):
        clean(value, "a title")
