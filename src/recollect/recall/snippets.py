"""Which words of the question a text holds, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.text import Analyser

WIDTH = 160  # characters
SEARCHED = 20_000  # characters of a text in which the place is looked for


class Spelling:
    """The words of a question, by place, and how the question itself spells them."""

    def __init__(self, query: str, words: Analyser) -> None:
        self.words = words.question(query)
        self._written = {form: written for written, _, _, forms in words.surface(query) for form in forms}

    def of(self, terms: Iterable[int]) -> dict[str, str]:
        """Index word to spelling, of the words at these places."""
        found = (self.words[term] for term in sorted(terms) if term < len(self.words))
        return {form: self._written.get(form, form) for form in found}


def _place(text: str, words: Analyser, wanted: Mapping[str, str]) -> int:
    """As the question spells it, if it stands there so; else any form of it."""
    low = text.lower()
    if len(low) != len(text):  # a letter such as İ becomes two, and every place after it would be wrong
        low = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    written = [place for spelling in wanted.values() if (place := low.find(spelling.lower())) >= 0]
    if written:
        return min(written)
    return next((start for _, start, _, forms in words.surface(text) if not wanted.keys().isdisjoint(forms)), 0)


def snippet(text: str, words: Analyser, wanted: Mapping[str, str]) -> str:
    """About `WIDTH` characters around the first place where a word of the question stands."""
    if len(text) <= WIDTH:
        return text
    start = max(0, _place(text[:SEARCHED], words, wanted) - WIDTH // 4)
    end = min(len(text), start + WIDTH)
    if start:
        start = text.find(" ", start, start + 20) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", end - 20, end), start) if text.rfind(" ", end - 20, end) > start else end
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
