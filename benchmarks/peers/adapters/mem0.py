"""mem0 with `infer=False`: texts are stored as they are, in its local Qdrant. Its own embedder is OpenAI's, which needs a key.

Its search also weighs words and names, if it has fastembed and spaCy and their models; without them it goes by vectors alone, and says so
only in its log.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import Adapter, Embed, Item


class Mem0(Adapter):
    """Every scope is a user."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        os.environ["MEM0_DIR"] = str(folder)
        os.environ["MEM0_TELEMETRY"] = "False"
        from mem0 import Memory

        if way == "hybrid":
            _load_models()
        store: dict[str, Any] = {"path": str(folder / "qdrant"), "on_disk": True, "collection_name": "turns"}
        config: dict[str, Any] = {"vector_store": {"provider": "qdrant", "config": store}, "history_db_path": str(folder / "history.db")}
        if embed is None:
            self._memory = Memory.from_config(config)
            return
        store["embedding_model_dims"] = 256
        # Neither is ever called: the embedder is replaced below, and infer=False asks no model. They do not start without a key.
        config["llm"] = config["embedder"] = {"provider": "openai", "config": {"api_key": "none"}}
        self._memory = Memory.from_config(config)
        self._memory.embedding_model = _ours(embed)

    def add(self, scope: str, items: Sequence[Item]) -> int:
        refused = 0
        for item in items:
            said = {"role": item["role"], "name": item["speaker"], "content": item["text"]}
            metadata = {"key": item["key"], "session": item["session"], "at": item["at"]}
            refused += not self._memory.add([said], user_id=scope, metadata=metadata, infer=False)["results"]
        return refused

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        # The default threshold, 0.1, would only shorten the list.
        found = self._memory.search(question, filters={"user_id": scope}, top_k=k, threshold=0.0)["results"]
        return [one["metadata"]["key"] for one in found]

    def close(self) -> None:
        self._memory.vector_store.client.close()
        self._memory.close()


def _load_models() -> None:
    """Where these cannot be had mem0 does without; here that is an error."""
    from fastembed import SparseTextEmbedding
    from mem0.utils import spacy_models

    SparseTextEmbedding(model_name="Qdrant/bm25")
    spacy_models._ensure_model_available()


def _ours(embed: Embed) -> Any:
    from mem0.embeddings.base import EmbeddingBase

    class Ours(EmbeddingBase):  # type: ignore[misc]
        def embed(self, text: str, memory_action: str | None = None) -> list[float]:
            row: list[float] = embed([text])[0].tolist()
            return row

    return Ours()
