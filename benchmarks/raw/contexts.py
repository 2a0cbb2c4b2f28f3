"""What a context is compared with: the newest messages that fit, and the classic chunks that a search ranks. Both know only lines and tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .plain import Plain

LAST, CHUNKS = "last-n", "chunks"
SIZE = 200  # tokens of a chunk, about


class Line(NamedTuple):
    """A turn as it would stand in a prompt."""

    key: str
    talk: str  # the conversation that it is in: no chunk reaches over its end
    text: str
    tokens: int


def last(lines: Sequence[Line], budget: int) -> set[str]:
    """The newest lines, without holes, as many as the budget holds."""
    found: set[str] = set()
    for line in reversed(lines):
        budget -= line.tokens
        if budget < 0:
            break
        found.add(line.key)
    return found


class Chunks:
    """Consecutive lines of a conversation, joined until the next would make more than `SIZE` tokens; a longer line is a chunk by itself."""

    def __init__(self, lines: Iterable[Line], count: Callable[[str], int]) -> None:
        self._chunks: list[list[Line]] = []
        for line in lines:
            newest = self._chunks[-1] if self._chunks else []
            if newest and newest[-1].talk == line.talk and sum(one.tokens for one in newest) + line.tokens <= SIZE:
                newest.append(line)
            else:
                self._chunks.append([line])
        texts = ["".join(line.text for line in chunk) for chunk in self._chunks]
        self._tokens = [count(text) for text in texts]
        self._table = Plain((str(number), text) for number, text in enumerate(texts))

    def best(self, question: str) -> list[int]:
        """The chunks that the question finds, best first."""
        return [int(number) for number in self._table.search(question)]

    def fitting(self, ranking: Iterable[int], budget: int) -> set[str]:
        """The lines of the best chunks; one that does not fit any more makes room for the next that does."""
        found: set[str] = set()
        for number in ranking:
            if self._tokens[number] <= budget:
                budget -= self._tokens[number]
                found |= {line.key for line in self._chunks[number]}
        return found
