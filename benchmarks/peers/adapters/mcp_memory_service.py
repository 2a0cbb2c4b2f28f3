"""mcp-memory-service, its storage in SQLite with sqlite-vec. Without an extra its own embedder makes vectors of hashes of the text."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import Adapter, Embed, Item


class Service(Adapter):
    """Every scope is a file: in one file, a scope is refused the sentences that another one has stored."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        os.environ["MCP_MEMORY_BASE_DIR"] = str(folder)
        # Conversations repeat themselves, and every turn of them counts here.
        os.environ["MCP_SEMANTIC_DEDUP_ENABLED"] = "false"
        logging.disable(logging.WARNING)
        if way == "onnx":
            _load_onnx()
        self._folder, self._way, self._embed = folder, way, embed
        self._loop = asyncio.new_event_loop()
        self._stores: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        stored = self._loop.run_until_complete(self._add(scope, items))
        return sum(not done for done, _ in stored)

    async def _add(self, scope: str, items: Sequence[Item]) -> list[tuple[bool, str]]:
        if scope not in self._stores:
            self._stores[scope] = await self._opened(scope)
        memories = [_memory(item) for item in items]
        if len(memories) == 1:
            return [await self._stores[scope].store(memories[0])]
        stored: list[tuple[bool, str]] = await self._stores[scope].store_batch(memories)
        return stored

    async def _opened(self, scope: str) -> Any:
        from mcp_memory_service.storage.sqlite_vec import SqliteVecMemoryStorage

        storage = SqliteVecMemoryStorage(str(self._folder / f"{scope}.db"))
        if self._embed is not None:

            async def ours() -> None:
                storage.embedding_model = _Ours(self._embed)
                storage.embedding_dimension = 256

            storage._initialize_embedding_model = ours
        await storage.initialize()
        return storage

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        storage = self._stores[scope]
        find = storage.retrieve_hybrid if self._way.startswith("hybrid") else storage.retrieve
        return [one.memory.metadata["key"] for one in self._loop.run_until_complete(find(question, n_results=k))]

    def close(self) -> None:
        for storage in self._stores.values():
            self._loop.run_until_complete(storage.close())
        self._loop.close()


def _memory(item: Item) -> Any:
    from mcp_memory_service.models.memory import Memory

    return Memory(
        content=item["text"],
        # It keeps a hash once. The text's alone would refuse a turn that says what an earlier one said.
        content_hash=hashlib.sha256(f"{item['key']}\n{item['text']}".encode()).hexdigest(),
        metadata={"key": item["key"], "speaker": item["speaker"], "session": item["session"]},
        created_at=datetime.fromisoformat(item["at"]).timestamp(),
    )


def _load_onnx() -> None:
    """Where the model cannot be had the storage falls back to hashes and only says so in its log; here that is an error."""
    from mcp_memory_service.embeddings.onnx_embeddings import ONNXEmbeddingModel

    ONNXEmbeddingModel()


class _Ours:
    """The embedder in the form that the storage takes."""

    def __init__(self, embed: Any) -> None:
        self._embed = embed

    def encode(self, texts: Any, convert_to_numpy: bool = False, **_: Any) -> Any:
        return self._embed(texts)
