"""bm25s as its page shows it: English stop words and a stemmer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import Stemmer

from benchmarks.peers.adapter import Adapter, Embed, Item


class Bm25s(Adapter):
    """An index for each scope. It cannot be added to, so every addition indexes the whole scope anew, and saves it."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._folder = folder
        self._stemmer = Stemmer.Stemmer("english")
        self._said: dict[str, list[Item]] = {}
        self._indexes: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        said = self._said.setdefault(scope, [])
        said += items
        texts = [item["text"] for item in said]
        index = bm25s.BM25()
        index.index(bm25s.tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False), show_progress=False)
        index.save(str(self._folder / scope), corpus=texts, show_progress=False)
        self._indexes[scope] = index
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        said = self._said[scope]
        words = bm25s.tokenize([question], stopwords="en", stemmer=self._stemmer, show_progress=False)
        found, scores = self._indexes[scope].retrieve(words, k=min(k, len(said)), show_progress=False)
        # It fills the list up with turns that share no word with the question, whose score is 0.
        return [said[number]["key"] for number, score in zip(found[0].tolist(), scores[0].tolist(), strict=True) if score > 0]
