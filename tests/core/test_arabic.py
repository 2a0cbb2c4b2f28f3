"""Arabic words: the same whatever is written onto them, and however they are spelt."""

from __future__ import annotations

import pytest

from recollect.core.arabic import bare, light, plain
from recollect.core.languages import language
from recollect.core.text import analyser


def words(text: str) -> list[str]:
    return analyser("ar").words(text)


@pytest.mark.parametrize(
    "forms",
    [
        "بيت البيت والبيت للبيت بالبيت بيتنا بيتي بيتهم بيتًا",  # house: with article, and, for, in; ours, mine, theirs
        "سيارة السيارة سيارتي سياراتنا السيارات",  # car
        "شرفة شرفتنا الشرفة",  # balcony
        "أسبوع أسبوعين الأسبوع أسابيع",  # week, two weeks, weeks
        "وزارة الوزارة والوزارة",  # ministry, which begins with what is also "and"
        "إلكتروني الإلكترونية",  # electronic, which begins with what is also the article
        "عنوان عنوانك العناوين",  # address
        "تقرير التقارير تقريرها",  # report
        "معلم معلمة معلماتهم المعلمين",  # teacher
        "مستشفى المستشفى مستشفيات",  # hospital
        "أحمد احمد",  # a name, with and without hamza
        "مُحَمَّد محمد محـــمد",  # a name, with points and stretched
    ],
)
def test_forms_of_a_word_are_one_word(forms: str) -> None:
    assert len({tuple(words(form)) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("واحد", "الأحد"), ("ألمانيا", "ألم"), ("والدي", "الدي"), ("علي", "علم"), ("بنك", "بن")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_father_keeps_his_first_letters() -> None:
    assert words("والدي") == words("والدك")
    assert words("والدتي") == words("والدتنا") == words("والدة")


@pytest.mark.parametrize("small", ["في", "فى", "الذي", "إلى", "الى", "ومن", "وأنا", "وانا", "مِنْ"])
def test_small_words_are_left_out_however_they_are_spelt(small: str) -> None:
    assert words(f"{small} المدينة") == words("المدينة")


def test_a_name_is_no_small_word() -> None:
    assert len(words("علي من المدينة")) == 2  # Ali, not "on"


def test_both_sets_of_digits_are_the_same_numbers() -> None:
    assert words("١٨٠٠ يورو") == words("1800 يورو")


def test_hurried_spelling() -> None:
    assert plain("إِلَىٰ") == "الى"
    assert bare("كتـــاب") == "كتاب"
    assert light("") == ""


def test_every_broken_plural_is_its_singular() -> None:
    for form, base in language("ar").irregular.items():
        assert words(form) == words(base) == words("ال" + form)
