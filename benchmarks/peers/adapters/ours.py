"""recollect, as `pip install` leaves it: words only, or with the embedder of its extra `local`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import Adapter, Embed, Item
from recollect import Memory

EMBEDDER = {"words": "none", "hybrid": "local"}


class Recollect(Adapter):
    """Every scope is a user. The clock stands a minute after the last turn, because questions may say "last week"."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._now = datetime(2020, 1, 1, tzinfo=UTC)
        self._asked_at: dict[str, datetime] = {}
        self._memory = Memory(folder / "memory.db", embedder=EMBEDDER[way], clock=lambda: self._now)
        self._conversations: dict[tuple[str, str], str] = {}
        self._key_of: dict[str, str] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        self._now = self._asked_at[scope] = datetime.fromisoformat(items[-1]["at"]) + timedelta(minutes=1)
        user = self._memory.scope(user=scope)
        messages: list[dict[str, Any]] = []
        for item in items:
            about = {"role": item["role"], "name": item["speaker"], "at": datetime.fromisoformat(item["at"])}
            messages.append({"content": item["text"], "conversation": self._conversation(user, scope, item)} | about)
        stored = [user.messages.add(**messages[0])] if len(messages) == 1 else user.messages.add_many(messages)
        for item, message in zip(items, stored, strict=True):
            self._key_of[message.id] = item["key"]
        return 0

    def _conversation(self, user: Any, scope: str, item: Item) -> str:
        """A session of the set is a conversation."""
        place = (scope, item["session"])
        if place not in self._conversations:
            begun = user.conversations.start(external_id=f"{scope}/{item['session']}", at=datetime.fromisoformat(item["at"]))
            self._conversations[place] = str(begun.id)
        return self._conversations[place]

    def search(self, scope: str, question: str, k: int) -> Sequence[Sequence[str]]:
        self._now = self._asked_at[scope]
        hits = self._memory.scope(user=scope).recall(question, limit=k, kinds=["messages"])
        return [[self._key_of[one] for one in (hit.id, *hit.folded)] for hit in hits]

    def close(self) -> None:
        self._memory.close()
