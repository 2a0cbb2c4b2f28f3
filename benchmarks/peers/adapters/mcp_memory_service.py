"""mcp-memory-service, its storage in one SQLite file with sqlite-vec. Without an extra its own embedder makes vectors from hashes of the text."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp_memory_service.models.memory import Memory
from mcp_memory_service.storage.sqlite_vec import SqliteVecMemoryStorage

from benchmarks.peers.adapter import Adapter, Embed, Item


class Service(Adapter):
    """Every scope is a file: in one file, a scope is refused the sentences that another one has stored."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        logging.disable(logging.WARNING)
        self._folder, self._way, self._embed = folder, way, embed
        self._loop = asyncio.new_event_loop()
        self._stores: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        stored = self._loop.run_until_complete(self._add(scope, items))
        return sum(not done for done, _ in stored)

    async def _add(self, scope: str, items: Sequence[Item]) -> list[tuple[bool, str]]:
        if scope not in self._stores:
            self._stores[scope] = await self._opened(scope)
        memories = [
            Memory(
                content=item["text"],
                # It keeps a hash once. The text's alone would refuse a turn that says what an earlier one said.
                content_hash=hashlib.sha256(f"{item['key']}\n{item['text']}".encode()).hexdigest(),
                metadata={"key": item["key"], "speaker": item["speaker"], "session": item["session"]},
                created_at=datetime.fromisoformat(item["at"]).timestamp(),
            )
            for item in items
        ]
        if len(memories) == 1:
            return [await self._stores[scope].store(memories[0], skip_semantic_dedup=True)]
        stored: list[tuple[bool, str]] = await self._stores[scope].store_batch(memories)
        return stored

    async def _opened(self, scope: str) -> Any:
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
        find = storage.retrieve_hybrid if self._way == "hybrid" else storage.retrieve
        return [one.memory.metadata["key"] for one in self._loop.run_until_complete(find(question, n_results=k))]

    def close(self) -> None:
        for storage in self._stores.values():
            self._loop.run_until_complete(storage.close())
        self._loop.close()


class _Ours:
    """The embedder in the form that the storage takes."""

    def __init__(self, embed: Any) -> None:
        self._embed = embed

    def encode(self, texts: Any, convert_to_numpy: bool = False, **_: Any) -> Any:
        return self._embed(texts)
