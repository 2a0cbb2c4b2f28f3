"""The session of the OpenAI Agents SDK: it has no search. What an agent gets is the last items."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agents import SQLiteSession

from benchmarks.peers.adapter import Adapter, Embed, Item


class Session(Adapter):
    """Every scope is a session; whatever the question is, its last k items, the newest first."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._file = folder / "sessions.db"
        self._loop = asyncio.new_event_loop()
        self._sessions: dict[str, SQLiteSession] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        session = self._sessions.setdefault(scope, SQLiteSession(scope, self._file))
        self._loop.run_until_complete(session.add_items([{"role": item["role"], "content": item["text"], "id": item["key"]} for item in items]))
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        items = self._loop.run_until_complete(self._sessions[scope].get_items(limit=k))
        return [str(item["id"]) for item in reversed(items)]

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._loop.close()
