"""Raw queries on a file: read only, and through the documented views only, by SQLite's own means."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import apsw

from ..core.scope import sayable
from ..errors import Busy, Denied, Invalid

SECONDS = 60.0
"""How long a raw query may take: a forgotten join condition should not go on for ever."""

# SQLite does not tell a common table expression from a view of the same name, and would let it pass for one.
_DISGUISED = re.compile(r"recollect_\w+\s*(\([^)]*\)\s*)?as\s*(not\s+)?(materialized\s*)?\(", re.IGNORECASE)
# What may hide a name: strings and comments go, in one walk from left to right, so that neither can pass for the other.
_HIDDEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<quoted>\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\])", re.DOTALL)
_BEGINS = re.compile(r"(select|with|values|explain)\b", re.IGNORECASE)
_MAKES_ROWS = ("json_each", "json_tree", "generate_series")
REFUSED = "raw queries only read, and only the views recollect_…; docs/reference/views.md lists them"


class _Guard:
    """Whom SQLite asks about every table, column and function of a statement: within a view of ours its own tables may be read."""

    def __init__(self, db: apsw.Connection) -> None:
        views = db.execute("select name, sql from sqlite_schema where type = 'view'").fetchall()
        self._tables = {str(name): set(re.findall(r"\bfrom (\w+)", str(sql))) for name, sql in views}

    def __call__(self, operation: int, first: str | None, second: str | None, database: str | None, view: str | None) -> int:
        if operation in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE):
            return apsw.SQLITE_OK
        if operation == apsw.SQLITE_FUNCTION:
            return apsw.SQLITE_DENY if second in ("load_extension", "fts3_tokenizer") else apsw.SQLITE_OK
        if operation != apsw.SQLITE_READ:
            return apsw.SQLITE_DENY
        # Counting the rows of a view names its table without a column, and without the view: nothing but their number can be learned so.
        seen = not second or first in self._tables or first in _MAKES_ROWS or first in self._tables.get(view or "", ())
        return apsw.SQLITE_OK if seen else apsw.SQLITE_DENY


def checked(sql: object) -> str:
    if not isinstance(sql, str) or not sayable(sql) or not sql.strip():
        raise Invalid("a raw query is one statement of SQL, such as 'select count(*) from recollect_messages'")
    plain = _seen(sql).strip()
    if not _BEGINS.match(plain):
        raise Denied(REFUSED)
    if "set_config" in plain.lower():
        raise Denied("a raw query may not change settings; leave set_config out")
    return sql


def _seen(sql: str) -> str:
    """A statement without its strings and comments; a quoted name without its quotes, and without what could pass for more than a name."""
    return _HIDDEN.sub(lambda found: re.sub(r"\W", "_", found["quoted"][1:-1]) if found["quoted"] else " ", sql)


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """The views hold texts and numbers, so that is what they are compared with."""
    for name, given in parameters.items():
        if given is not None and not isinstance(given, (str, int, float, bytes)):
            said = "a time as its ISO text" if hasattr(given, "isoformat") else "a text or a number"
            raise Invalid(f"the parameter {name} cannot be {type(given).__name__}; pass {said}")


def query(db: apsw.Connection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one statement, as mappings of column to value."""
    check_parameters(parameters)
    if _DISGUISED.search(_seen(checked(sql))):
        raise Denied("a common table expression may not be called recollect_…; give it another name")
    until = time.monotonic() + SECONDS
    writable = not db.execute("pragma query_only").fetchall()[0][0]
    statements: list[str] = []

    def counted(cursor: Any, statement: str, bindings: Any) -> bool:
        statements.append(statement)
        if len(statements) > 1 and _seen(statement).strip():
            raise Invalid("a raw query is one statement; call sql once for each")
        return True

    db.execute("pragma query_only = on")
    db.authorizer = _Guard(db)
    db.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    try:
        cursor = db.cursor()
        cursor.exec_trace = counted
        return _rows(cursor, sql, parameters)
    except apsw.InterruptError as error:
        raise Busy(f"the query took longer than {SECONDS:.0f} s; narrow it by a condition on user_id or created_at") from error
    except apsw.AuthError as error:
        raise Denied(REFUSED) from error
    except apsw.ReadOnlyError as error:
        raise Denied(REFUSED) from error
    except KeyError as error:
        raise Invalid(f"the query names the parameter {error} and none is given; pass a value of that name") from error
    except (apsw.SQLError, apsw.BindingsError, apsw.RangeError, apsw.MismatchError, TypeError) as error:
        said = str(error)
        if "prohibited" in said or "not authorized" in said or "it is a view" in said:
            raise Denied(REFUSED) from error
        raise Invalid(f"the query cannot be run: {said}; docs/reference/views.md lists the views and their columns") from error
    finally:
        db.set_progress_handler(None)
        db.authorizer = None
        if writable:
            db.execute("pragma query_only = off")


def _rows(cursor: Any, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    names: tuple[str, ...] = ()
    found: list[dict[str, Any]] = []
    for row in cursor.execute(sql, dict(parameters)):
        names = names or tuple(column[0] for column in cursor.description)
        found.append(dict(zip(names, row, strict=True)))
    return found
