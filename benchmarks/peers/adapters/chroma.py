"""Chroma, kept in a folder. Its own default embedder is all-MiniLM-L6-v2, which it downloads when it is first used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
from chromadb.api.types import EmbeddingFunction

from benchmarks.peers.adapter import Adapter, Embed, Item

MOST = 5000  # of one call; it refuses more


class Ours(EmbeddingFunction):  # type: ignore[type-arg]
    """The embedder in the form that Chroma takes."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    def __call__(self, input: Any) -> Any:
        return list(self._embed(input))

    @staticmethod
    def name() -> str:
        return "default"


class Chroma(Adapter):
    """Every scope is a collection."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._client = chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))
        self._given = {} if embed is None else {"embedding_function": Ours(embed)}
        self._collections: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        if scope not in self._collections:
            self._collections[scope] = self._client.create_collection(f"scope-{scope}", **self._given)
        for first in range(0, len(items), MOST):
            some = items[first : first + MOST]
            self._collections[scope].add(
                ids=[item["key"] for item in some],
                documents=[item["text"] for item in some],
                metadatas=[{"speaker": item["speaker"], "session": item["session"], "at": item["at"]} for item in some],
            )
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        collection = self._collections[scope]
        found: Sequence[str] = collection.query(query_texts=[question], n_results=k)["ids"][0]
        return found
