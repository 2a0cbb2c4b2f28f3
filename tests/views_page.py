"""Write the list of views in docs/reference/views.md anew: ``python tests/views_page.py``, after a migration that changed them."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import apsw

from recollect import Memory
from recollect.core.table import Id, Json
from recollect.kinds import KINDS
from recollect.shapes.collection import Collection

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "views.md"
BEGIN, END = "<!-- views: begin -->\n", "<!-- views: end -->"

RENAMED = {"user_id": "user", "location": "where", "to_agent": "to"}
"""Columns that cannot be called like their fields, since SQL has other plans for those words."""

IN_ALL = ("id", "tenant", "user_id", "agent", "project", "channel", "session", "created_at", "updated_at")

BESIDE = {
    "recollect_active_sessions": (
        "Sessions that are active, each with the messages and costs so far: for a dashboard. `messages` and `tokens` leave out what was deleted, "
        "`cost` is in USD, `unpriced` counts the calls whose price is not known.",
        {
            "id": "id", "tenant": "text", "user_id": "text", "agent": "text", "project": "text", "title": "text or null", "created_at": "time",
            "last_activity": "time", "messages": "whole number", "tokens": "whole number", "cost": "number", "unpriced": "whole number",
        },
    ),
    "recollect_recent_activity": (
        "The newest 100 calls of agents and tools, newest first: for a look at what is going on. `seconds` is null while a call runs.",
        {
            "id": "id", "tenant": "text", "user_id": "text", "agent": "text", "project": "text", "name": "text", "task": "text or null",
            "status": "text", "result": "text or null", "model": "text or null", "tokens": "whole number", "cost": "number or null",
            "seconds": "number or null", "started_at": "time",
        },
    ),
    "recollect_changes": (
        "The change log, an entry for each write: for audits. What was erased names neither its record nor its owner any more. "
        "`position` is null until the entry is sealed into its tenant's chain, which on PostgreSQL takes a moment: order by `at`. "
        "`hash` covers all entries up to this one: keep the last one elsewhere, and nobody can rewrite the log unnoticed.",
        {
            "position": "whole number or null", "at": "time", "kind": "text", "action": "text", "id": "id or null", "tenant": "text",
            "user_id": "text or null", "agent": "text or null", "project": "text or null", "actor": "text or null",
            "hash": "text or null",
        },
    ),
}  # fmt: skip
"""The views that are not a kind's: what each is for, and what its columns hold."""

_WORDS: dict[Any, str] = {
    Id: "id", Json: "JSON", Mapping: "JSON", tuple: "JSON", str: "text", int: "whole number", float: "number", bool: "0 or 1", datetime: "time",
}  # fmt: skip


def written() -> str:
    """The list as it should stand in the page."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "memory.db"
        Memory(where).close()
        file = apsw.Connection(str(where), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return "\n".join(_list(file))
        finally:
            file.close()


def page(text: str) -> str:
    """A page with the list in its place."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + written() + "\n" + END + rest.partition(END)[2]


def _list(file: apsw.Connection) -> Iterator[str]:
    views = [str(name) for (name,) in file.execute("select name from sqlite_schema where type = 'view' order by rowid")]
    for view in views:
        yield f"### {view}\n"
        purpose, holds = BESIDE[view] if view in BESIDE else _of_kind(KINDS[view.removeprefix("recollect_")])
        yield purpose + "\n"
        yield "| column | holds |\n|---|---|"
        for (column,) in file.execute("select name from pragma_table_info(?)", (view,)):
            if view in BESIDE or column not in IN_ALL:
                yield f"| `{column}` | {holds[str(column)]} |"
        yield ""


def _of_kind(kind: type[Collection[Any, Any]]) -> tuple[str, dict[str, str]]:
    """What a kind is, in the first words of its file, and what its columns hold."""
    said = (inspect.getdoc(inspect.getmodule(kind)) or "").partition("\n")[0].partition(": ")[2]
    columns = {field: column for column, field in RENAMED.items()}
    hints = get_type_hints(kind.table.record, include_extras=True)
    return said[:1].upper() + said[1:], {columns.get(field, field): _holds(hint) for field, hint in hints.items()}


def _holds(hint: Any) -> str:
    """What a column holds whose field has this type."""
    if get_origin(hint) in (Union, UnionType):
        (held,) = (option for option in get_args(hint) if option is not type(None))
        return f"{_holds(held)} or null"
    return _WORDS[hint if hint in _WORDS else get_origin(hint)]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
