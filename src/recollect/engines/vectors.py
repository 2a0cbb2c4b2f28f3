"""What an engine knows of vectors: who makes them, into which space, and by which space questions are answered."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from ..core.effects import Answering, Document, Embed
from ..core.meanwhile import Meanwhile
from ..embedders import Asked, Embedding

log = logging.getLogger("recollect")

QUESTIONS = 100  # whose vectors are kept
BESIDE = 32
"""Texts in a transaction whose vectors a thread of their own begins to make while the rest is written; it has little to gain from fewer."""
STEP = 1 << 20
"""An owner's stamp moves by a random step of at most so much: one that was rolled back is not given again to something else."""


def first_stamp() -> int:
    """Where a new owner's stamps begin: an owner before it that had the same number had others."""
    return random.getrandbits(60)


def step() -> int:
    return random.randint(1, STEP)


def ticket() -> int:
    return random.getrandbits(62)


class Maker:
    """This process's embedder, the number of its space once that is known, and the space that answers."""

    def __init__(self, embedding: Embedding | None) -> None:
        self.embedding = embedding
        self.space: int | None = None
        self.wake: Callable[[], None] = _nobody  # somebody who works off what waits
        self.answering: Asked | None = None
        self._warned = False
        self._begun: Meanwhile[dict[str, bytes | None]] | None = None
        self._questions: dict[tuple[int, str], Any] = {}

    @property
    def inline(self) -> bool:
        """Whether vectors are made with the write."""
        return self.space is not None and self.embedding is not None and self.embedding.fast

    def settle(self, ready: Collection[int]) -> None:
        """Answer by the own space as soon as every document has had its turn in it, and never by one that is gone."""
        if self.embedding is not None and self.space is not None and self.space in ready:
            self.answering = Asked(self.space, self.embedding)
        elif self.answering is not None and self.answering.space not in ready:
            self.answering = None

    def asked(self) -> Asked | None:
        """By what questions are answered, with the vectors of those that a slow embedder was asked before."""
        return None if self.answering is None else self.answering._replace(known=self._questions)

    def ask(self, text: str) -> bool:
        """Have a slow embedder make the vector of a question; False if it cannot. Call it under no lock."""
        asked = self.answering
        if asked is None or (found := asked.made(text)) is None:
            return False
        if len(self._questions) >= QUESTIONS:
            self._questions.clear()
        self._questions[asked.space, text] = found
        return True

    def inside(self, effect: Embed | Answering) -> Any:
        """What is answered in a transaction: of texts nothing, for the index has their vectors made as it writes; of many they are begun now."""
        if isinstance(effect, Answering):
            return self.asked()
        if self.inline and len(effect.texts) >= BESIDE:
            self._begun = Meanwhile(partial(self._by_text, effect.texts), "recollect-texts")
        return [None] * len(effect.texts)

    def made(self, texts: Sequence[str]) -> Sequence[bytes | None]:
        """The vectors of these texts; None for each if they have to wait. A failing embedder never fails a write."""
        if not (self.inline and self.embedding is not None and texts):
            return [None] * len(texts)
        try:
            return self.embedding.documents(texts)
        except Exception as error:
            if not self._warned:
                self._warned = True
                log.warning("the embedder %s failed (%s); texts are found by their words until embed_pending succeeds", self.embedding.name, error)
            return [None] * len(texts)

    def _by_text(self, texts: Sequence[str]) -> dict[str, bytes | None]:
        """Where transactions run side by side, one that comes upon what another began finds none of its own texts there, and has them made."""
        return dict(zip(texts, self.made(texts), strict=True))

    def of(self, documents: Sequence[Document]) -> list[bytes | None]:
        """The vectors of documents that are being written: those that came with them, and the others made now, or None."""
        begun, self._begun = self._begun, None
        known = begun.done() if begun else {}
        known |= self._by_text([document.text for document in documents if document.vector is None and document.text not in known])
        found = [known[document.text] if document.vector is None else document.vector for document in documents]
        if self.space is not None and None in found:
            self.wake()
        return found


def _nobody() -> None:
    """Nobody works off what waits: it is for `embed_pending`."""
