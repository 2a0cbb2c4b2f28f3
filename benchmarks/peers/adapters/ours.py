"""recollect, as `pip install` leaves it and as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import Adapter, Embed, Item
from recollect import Memory


class Recollect(Adapter):
    """Every scope is a user. The clock stands a minute after the last turn, because questions may say "last week"."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        # The way "hybrid" passes its embedder here, once a memory takes one.
        self._now = datetime(2020, 1, 1, tzinfo=UTC)
        self._asked_at: dict[str, datetime] = {}
        self._memory = Memory(folder / "memory.db", clock=lambda: self._now)
        self._key_of: dict[str, str] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        self._now = self._asked_at[scope] = datetime.fromisoformat(items[-1]["at"]) + timedelta(minutes=1)
        user = self._memory.scope(user=scope)
        messages: list[dict[str, Any]] = []
        for session, said in groupby(items, key=lambda item: item["session"]):
            turns = list(said)
            conversation = user.conversations.start(external_id=f"{scope}/{session}", at=datetime.fromisoformat(turns[0]["at"]))
            for turn in turns:
                about = {"role": turn["role"], "name": turn["speaker"], "at": datetime.fromisoformat(turn["at"])}
                messages.append({"content": turn["text"], "conversation": conversation} | about)
        for item, message in zip(items, user.messages.add_many(messages), strict=True):
            self._key_of[message.id] = item["key"]
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[Sequence[str]]:
        self._now = self._asked_at[scope]
        hits = self._memory.scope(user=scope).recall(question, limit=k, kinds=["messages"])
        return [[self._key_of[one] for one in (hit.id, *hit.folded)] for hit in hits]

    def close(self) -> None:
        self._memory.close()
