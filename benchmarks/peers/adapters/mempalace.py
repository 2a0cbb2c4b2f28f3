"""MemPalace: drawers in a palace, over Chroma. Its own default embedder is Chroma's, all-MiniLM-L6-v2, which is downloaded at first use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mempalace import embedding
from mempalace.palace import get_collection
from mempalace.searcher import search_memories

from benchmarks.peers.adapter import Adapter, Embed, Item

MOST = 1000  # of one call


class Palace(Adapter):
    """Every scope is a wing, every session a room, every turn a drawer.

    A search ranks the nearest drawers by vectors and words together ("hybrid"); "union" also takes candidates that words alone find.
    """

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._path = str(folder / "palace")
        self._strategy = "union" if way == "union" else "vector"
        if embed is not None:
            from benchmarks.peers.adapters.chroma import Ours

            ours = Ours(embed)
            embedding.get_embedding_function = lambda *_, **__: ours
        self._collection = get_collection(self._path)

    def add(self, scope: str, items: Sequence[Item]) -> int:
        for first in range(0, len(items), MOST):
            some = items[first : first + MOST]
            self._collection.upsert(
                ids=[f"{scope}/{item['key']}" for item in some],
                documents=[item["text"] for item in some],
                metadatas=[self._about(scope, item) for item in some],
            )
        return 0

    def _about(self, scope: str, item: Item) -> dict[str, Any]:
        # A file for each turn: hits of the same file are folded.
        source = f"{scope}/{item['session']}/{item['key']}"
        return {"wing": scope, "room": item["session"], "source_file": source, "chunk_index": 0, "filed_at": item["at"], "added_by": item["speaker"]}

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        answer = search_memories(question, self._path, wing=scope, n_results=k, candidate_strategy=self._strategy)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return [hit["source_path"].rpartition("/")[2] for hit in answer["results"]]
