"""As many messages as are wanted, as people write them: always the same for the same user.

Messages come in conversations of ten, and a conversation has a theme, people, places and things that it comes back to. Either they are
invented (`Invented`: sentences with gaps, some of them from the demonstration's conversation, filled with words whose frequencies follow
Zipf's law), or the sentences of a data set are put together anew (`Recombined`).
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from benchmarks import corpus
from benchmarks.quality.sets import histories

TALK = 10  # messages of a conversation

_HERE = Path(__file__).resolve().parent
_DEMO = _HERE.parents[1] / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"
_COMMON = 150  # the words of `corpus` that are function words
_ENDS = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")


class Source(Protocol):
    """Where messages come from."""

    name: str

    def talk(self, user: int, number: int) -> list[str]:
        """The messages of a user's conversation."""
        ...


def messages(source: Source, user: int, count: int) -> Iterator[list[str]]:
    """A user's first so many messages, by conversation."""
    for number in range(-(-count // TALK)):
        yield source.talk(user, number)[: count - number * TALK]


def question(text: str, seed: int) -> str:
    """Somebody asks about a message: two or three of its words, not the commonest, in a sentence."""
    rng = random.Random(seed)
    words = list(dict.fromkeys(word for word in _WORD.findall(text) if word.lower() not in _function_words())) or ["thing"]
    frame = rng.choice(_words()["asked"])
    wanted = 1 + max(int(place) for place in re.findall(r"\{(\d)\}", frame))
    chosen = rng.sample(words, min(wanted, len(words)))
    return str(frame.format(*chosen, *[chosen[-1]] * (wanted - len(chosen))))


@cache
def _function_words() -> frozenset[str]:
    return frozenset(corpus.vocabulary()[0][:_COMMON])


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_HERE / "words.json").read_text(encoding="utf-8"))
    return found


class _Zipf:
    """Draws from a list whose first entries are the most frequent, in batches, which is several times as fast as one by one."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = entries
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(1, len(entries) + 1)))

    def some(self, rng: random.Random, count: int) -> list[str]:
        return rng.choices(self._entries, cum_weights=self._weights, k=count)


class _Gaps:
    """What a conversation fills the gaps of its sentences with."""

    def __init__(self, rng: random.Random, words: dict[str, list[str]]) -> None:
        self._rng, self._words = rng, words

    def __getitem__(self, slot: str) -> str:
        if slot == "number":
            return str(int(self._rng.paretovariate(0.7)) + 1)
        return self._rng.choice(self._words[slot])


class Invented:
    """Sentences with gaps. One in five speaks of another theme than its conversation; names of firms and products are invented words."""

    name = "invented"

    def __init__(self) -> None:
        words = _words()
        self._themes = list(words["themes"].values())
        self._everything = {kind[:-1]: _Zipf([word for theme in self._themes for word in theme[kind]]) for kind in ("things", "doings", "kinds")}
        self._names, self._places = _Zipf(words["names"]), _Zipf(words["places"])
        self._brands = _Zipf([word.capitalize() for word in corpus.vocabulary()[0][300:] if len(word) > 3])
        self._whens = words["whens"]
        self._frames = [*words["frames"] * 8, *demo_frames()]

    def talk(self, user: int, number: int) -> list[str]:
        rng = random.Random(f"{user}/{number}")
        theme = self._themes[min(int(rng.paretovariate(0.5)) - 1 + user, user + 200) % len(self._themes)]
        aside = {kind: entries.some(rng, 5) for kind, entries in self._everything.items()}
        filled = _Gaps(rng, {
            "thing": rng.sample(theme["things"], 8) + aside["thing"],
            "doing": rng.sample(theme["doings"], 3) + aside["doing"][:2],
            "kind": rng.sample(theme["kinds"], 3) + aside["kind"][:3],
            "name": self._names.some(rng, 3),
            "place": self._places.some(rng, 2),
            "brand": self._brands.some(rng, 20),
            "when": rng.sample(self._whens, 4),
        })  # fmt: skip
        lengths = rng.choices((1, 2, 3, 4, 6), (4, 5, 3, 2, 1), k=TALK)
        frames = rng.choices(self._frames, k=sum(lengths))
        said = [frame.format_map(filled) for frame in frames]
        found = []
        for length in lengths:
            found.append(" ".join(said[:length]))
            said = said[length:]
        return found


def demo_frames() -> list[str]:
    """The sentences of the demonstration, with gaps where they name what the lists have other words for."""
    words = _words()
    slot_of = {word.lower(): "name" for word in [*words["names"], "Mira", "Tom"]} | {word.lower(): "place" for word in words["places"]}
    for theme in words["themes"].values():
        slot_of |= {word.lower(): "thing" for word in theme["things"]} | {word.lower(): "kind" for word in theme["kinds"]}
    known = re.compile(rf"\b({'|'.join(map(re.escape, sorted(slot_of, key=len, reverse=True)))})\b", re.IGNORECASE)
    found = []
    for history in histories(_DEMO):
        for turn in history.turns:
            for sentence in _ENDS.split(turn.text):
                plain = sentence.replace("{", "(").replace("}", ")")
                made = known.sub(lambda match: "{" + slot_of[match[0].lower()] + "}", plain)
                if made != plain:
                    found.append(made)
    return found


class Recombined:
    """The sentences of a data set: a conversation takes those of one of its conversations, each message some that follow each other."""

    def __init__(self, path: Path) -> None:
        talks: dict[bytes, list[str]] = {}
        for history in histories(path):
            sessions: dict[str, list[str]] = {}
            for turn in history.turns:
                sessions.setdefault(turn.session, []).extend(one for one in _ENDS.split(turn.text) if one.strip())
            for sentences in sessions.values():  # the same conversation may stand in the haystack of many questions
                talks.setdefault(hashlib.sha256("\n".join(sentences).encode()).digest(), sentences)
        self._talks = list(talks.values())
        if not self._talks:
            raise ValueError(f"{path} holds no messages")
        self.name = path.resolve().name

    def talk(self, user: int, number: int) -> list[str]:
        rng = random.Random(f"{user}/{number}")
        sentences = rng.choice(self._talks)
        found = []
        for _ in range(TALK):
            length = rng.choice((1, 1, 2, 2, 3, 4))
            first, second = rng.randrange(len(sentences)), rng.randrange(len(sentences))
            found.append(" ".join([*sentences[first : first + length], sentences[second]]))
        return found


def source(path: Path | None) -> Source:
    """Invented messages, or those of a data set."""
    return Invented() if path is None else Recombined(path)
