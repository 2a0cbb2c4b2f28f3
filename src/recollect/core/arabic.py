"""Arabic words without what is written onto them: a light stemmer.

The article, *and*, plurals and owners ("our contract", عقدنا) are written as one with the word, so hardly a question spells a word as the
memory does. What comes off here is what Larkey, Ballesteros and Connell's *light10* takes off ("Light Stemming for Arabic Information Retrieval",
2007), and the pronouns too, because in what people tell an assistant nearly everything is mine, yours or ours. Other single letters before a
word (ب، ل، ك، س) stay: as often as not they belong to it. Snowball's stemmer takes them off, and turns سيارتي (my car) into يارت and والبيت (and the
house) into والبي, which no other form of these words becomes.

Broken plurals (تقرير، تقارير) change within. The common ones are listed with the language and looked up by their stems, since they come with
the article too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_POINTS = dict.fromkeys((0x640, *range(0x610, 0x61B), *range(0x64B, 0x660), 0x670, *range(0x6D6, 0x6EE)))  # and the stroke that only stretches a word
_ALEF = str.maketrans("أإآٱ", "اااا")
_YEH = str.maketrans("ىیک", "ييك")  # final yeh with or without its dots, and yeh and kaf as Persian keyboards write them
# Father and parents (والدي is not "and the di") and God begin with what looks like an article.
_NONE = r"\A(?!والد(?:ي|ين|ان|ة|ه|ها|نا|هم|ك|ت\w*)?\Z|و?الله\Z)"
_ARTICLE = re.compile(_NONE + r"[وف]?(?:[بك]?ال|لل)(?=\w\w)")  # two letters may be all that follows: اليد, the hand
_AND = re.compile(_NONE + r"و(?=\w{4})")  # before three letters it is mostly their first: واحد, one; وقود, fuel
# Ending to the letters that stay when it comes off: three, the root, or four where a root itself often ends so (عنوان, address; بنك, bank).
_ENDINGS = {
    "هما": 3, "كما": 3, "ها": 3, "هم": 3, "هن": 3, "نا": 3, "كم": 3, "ات": 3, "ان": 4, "ون": 4, "ين": 4, "ه": 3, "ة": 3, "ي": 3, "ا": 3, "ك": 4,
}  # fmt: skip
_T_BEFORE = frozenset(_ENDINGS) - {"ات", "ون", "ة", "ا"}  # there a final ة is written ت: شرفة, balcony; شرفتنا, our balcony


def bare(word: str) -> str:
    """A word without vowel points and without the stroke that stretches it."""
    return word.translate(_POINTS)


def plain(word: str) -> str:
    """A word as people in a hurry spell it: no points, and no hamza on an alef. Yeh keeps its dots: على is *on*, علي a man's name."""
    return bare(word).translate(_ALEF)


def spellings(word: str) -> set[str]:
    """How a small word may stand in a list: as it is, without the *and* before it, and with the dots that Egypt leaves off a final yeh."""
    word = plain(word)
    return {form for one in (word, word.removeprefix("و")) for form in (one, one.translate(_YEH))}


class Arabic:
    """Stems of Arabic words; a broken plural has that of its singular."""

    def __init__(self, irregular: Mapping[str, str]) -> None:
        self._singular = {light(form): light(base) for form, base in irregular.items()}

    def stem(self, word: str) -> str:
        """The stem of a word without points."""
        stem = light(word)
        return self._singular.get(stem, stem)


def light(word: str) -> str:
    """What is left without article, *and*, and endings, which come off one after the other.

    The article comes off before the hamza does, or إلكتروني would lose its first letters. A و of the word itself comes off behind the
    article too, so that وزارة and الوزارة (ministry) stay one word.
    """
    word = plain(_AND.sub("", _ARTICLE.sub("", word))).translate(_YEH)
    while ending := next((one for one, least in _ENDINGS.items() if word.endswith(one) and len(word) - len(one) >= least), ""):
        word = word[: -len(ending)]
        if ending in _T_BEFORE and word.endswith("ت") and len(word) > 3:
            word = word[:-1]
    return word
