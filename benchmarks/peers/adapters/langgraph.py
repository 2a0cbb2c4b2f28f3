"""LangGraph's SqliteStore. Without an index it does not search: it lists what was written last."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from langgraph.store.base import PutOp
from langgraph.store.sqlite import SqliteStore

from benchmarks.peers.adapter import Adapter, Embed, Item


class Store(Adapter):
    """Every scope is a namespace.

    The documented setting `fields` is not read by this version (it reads `text_fields`, which its types do not know): what is embedded is
    the whole value as JSON, times and all. That is the way "whole value"; "vectors" names the field with each turn, which works.
    """

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._stack = ExitStack()
        self._fields = ["text"] if way == "vectors" else None
        index = None
        if embed is not None:
            index = {"dims": 256, "embed": lambda texts: embed(texts).tolist(), "fields": ["text"]}
        self._store = self._stack.enter_context(SqliteStore.from_conn_string(str(folder / "store.db"), index=index))
        self._store.setup()

    def add(self, scope: str, items: Sequence[Item]) -> int:
        self._store.batch([PutOp((scope,), item["key"], {**item}, self._fields) for item in items])
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        return [found.key for found in self._store.search((scope,), query=question, limit=k)]

    def close(self) -> None:
        self._stack.close()
