"""Which language a text is in: by its script where that says it, else by the small words that only one language uses so often.

Whole words count, never parts of words: "scholar" holds no Spanish, "commercial use" no French.
"""

from __future__ import annotations

import re
from functools import cache

from ..errors import Invalid
from .languages import codes, language
from .text import WORD

LEAST_WORDS, LEAST_SHARE, LEAD = 6, 0.2, 1.3
"""A language is believed from so many words on, of which so many are its small words, and so many times more than of the next language."""

# Scripts that one language in the world mostly uses; kana says Japanese whatever else is there, Han alone says Chinese.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
)
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06af]")  # letters that Arabic has not
_LETTER = re.compile(r"[^\W\d_]")
_HALF = 0.3  # of the letters: a name or a quotation in another script does not decide


def detect_language(text: str) -> str | None:
    """The language of a text as a code such as "pt"; None where the text is too short, or too mixed, to tell."""
    if not isinstance(text, str):
        raise Invalid(f"text must be a string, not {type(text).__name__}")
    letters = len(_LETTER.findall(text))
    if not letters:
        return None
    for code, script in _SCRIPTS:
        if len(script.findall(text)) >= _HALF * letters:
            return "fa" if code == "ar" and _PERSIAN.search(text) else code
    return _by_small_words(text)


def _by_small_words(text: str) -> str | None:
    words = [word for raw in WORD.findall(text.casefold()) for word in raw.replace("’", "'").split("'") if not word.isdigit()]
    if len(words) < LEAST_WORDS:
        return None
    small = _small()
    counts = {code: sum(_weight(word) for word in words if word in known) for code, known in small.items()}
    ranked = sorted(counts, key=lambda code: (-counts[code], code))
    best, next_ = ranked[0], ranked[1]
    said = sum(word in small[best] for word in words)
    if said < LEAST_SHARE * len(words) or counts[best] < LEAD * counts[next_]:
        return None
    return best


@cache
def _small() -> dict[str, frozenset[str]]:
    return {code: language(code).stop for code in codes() if language(code).stop}


@cache
def _weight(word: str) -> float:
    """A small word of many languages says little."""
    return 1.0 / sum(word in known for known in _small().values())
