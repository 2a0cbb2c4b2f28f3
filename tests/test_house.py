"""The rules of the house, kept by tests: layers, sizes, who may do what, and what every statement must say."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

import recollect
from recollect import Memory
from recollect.core.dialect import SQLITE
from recollect.core.operation import _Verb, stream
from recollect.kinds import KINDS
from recollect.testing import FrozenClock

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "recollect"
MODULES = sorted(SOURCE.rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# What is imported


def test_importing_recollect_imports_nothing_heavy() -> None:
    probe = "import sys, recollect; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"rich", "click", "numpy", "platformdirs", "sphinx", "snowballstemmer", "Stemmer", "zipfile", "pytest", "hypothesis"}


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_names_are_sorted_and_complete() -> None:
    assert recollect.__all__ == sorted(recollect.__all__)
    lines = [node for node in ast.walk(tree(SOURCE / "__init__.py")) if isinstance(node, ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in lines for alias in node.names if node.level}
    assert set(recollect.__all__) == imported
    assert set(recollect.__all__) == {*recollect._WHERE, "__version__"}
    assert all(getattr(recollect, name) is not None for name in recollect.__all__)
    errors = {thing.__name__ for thing in vars(recollect.errors).values() if isinstance(thing, type) and issubclass(thing, recollect.RecollectError)}
    assert errors <= set(recollect.__all__)
    assert {kind.table.record.__name__ for kind in KINDS.values()} <= set(recollect.__all__)


# Who may do what


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that a module calls or reads by a dotted name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def users(pattern: str) -> set[str]:
    return {named(path) for path in MODULES for _, name in calls(path) if re.fullmatch(pattern, name)}


def test_only_settings_reads_the_environment() -> None:
    assert users(r"os\.environ(\..*)?|os\.getenv|getenv") <= {"settings.py"}


def test_only_the_clock_asks_for_the_time() -> None:
    assert users(r"(datetime\.)?datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns)") <= {"core/clock.py"}


def test_only_the_command_line_prints() -> None:
    assert users(r"print|sys\.stdout\.write|sys\.stderr\.write") <= {"cli/show.py"}


def test_only_the_engine_and_the_schema_touch_the_driver() -> None:
    importing = {
        named(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "apsw" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "apsw")
    }  # fmt: skip
    assert {name.partition("/")[0] for name in importing} <= {"engines", "schema"}


# Sizes

MOST_LINES, MOST_IN_A_FUNCTION = 400, 60

LONG_MODULES = {
    "core/languages.py": 620,  # data: stop words of twenty languages
    "recall/context.py": 520,
    "recall/search.py": 520,
    "recall/times.py": 520,
}
"""Longer than they should be, each with the length that it may not exceed."""

LONG_FUNCTIONS: dict[str, int] = {}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_modules_and_functions_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONG_MODULES.get(named(path), MOST_LINES), f"{named(path)} has {lines} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONG_FUNCTIONS.get(f"{named(path)}:{node.name}", MOST_IN_A_FUNCTION), f"{named(path)}:{node.name} has {length} lines"


def test_no_exception_is_kept_that_is_not_needed() -> None:
    for name in LONG_MODULES:
        assert len((SOURCE / name).read_text(encoding="utf-8").splitlines()) > MOST_LINES, f"{name} is short now: take it off the list"


# Kinds


@pytest.mark.parametrize("path", sorted((SOURCE / "kinds").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_kind_is_registered_tested_and_documented(path: Path) -> None:
    assert path.stem in KINDS
    assert list((ROOT / "tests").rglob(f"test_{path.stem}*.py")), f"there is no tests/**/test_{path.stem}.py"
    reference = (ROOT / "docs" / "reference" / "kinds.md").read_text(encoding="utf-8")
    assert f"\n## {path.stem}\n" in reference
    assert f"recollect.{KINDS[path.stem].table.record.__name__}\n" in reference


def test_every_kind_is_an_attribute_that_type_checkers_see() -> None:
    from recollect.house import House

    assert set(KINDS) <= set(House.__annotations__)


# Statements


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is not a docstring, an f-string with its holes as `{}`."""
    module = tree(path)
    documentation = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    pieces = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | pieces:
            yield node.lineno, node.value


SQL = re.compile(
    r"\bselect\b.*\bfrom\b|\binsert into\b|\bupdate \w+ set\b|\bdelete from\b|\bcreate (table|index)\b"
    r"|\bwhere\b.*[=<>]|\border by\b|[\w{}\"]+ (=|<|>|>=|<=) :",
    re.DOTALL,
)
BARE_USER = re.compile(r"""(?<![\w":.'])user(?![\w"'=])""")
COLUMN = re.compile(r"""(\b(select|where|and|or|by|on|set|,|\()\s*|^\s*)user\s*(=|<|>|,|\)|is\b|in\b|from\b|$)""")


@pytest.mark.parametrize("sql", ["select user from facts", "where tenant = :t and user = :u", "user = :user", "order by user", "(tenant, user, key)"])
def test_the_search_for_an_unquoted_user_finds_one(sql: str) -> None:
    assert COLUMN.search(sql)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_user_never_stands_unquoted_as_a_column(path: Path) -> None:
    for line, text in strings(path):
        if SQL.search(text):
            assert not COLUMN.search(text), f"{named(path)}:{line}: {text!r}; PostgreSQL would answer with the login name"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.sql")), ids=named)
def test_user_is_quoted_in_every_migration(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        assert not BARE_USER.search(line.partition("--")[0]), f"{named(path)}:{number}: {line}"


Step = Callable[[Any], Any]


class Told:
    """What the scripted session remembers from step to step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FrozenClock(datetime(2025, 1, 6, 9, tzinfo=UTC))
        self.memory = Memory(folder / "memory.db", clock=self.clock)
        self.user = self.memory.scope(user="mira", project="move", agent="planner", channel="phone")
        self.held: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self.held[name]


def _keep(name: str, step: Step) -> Step:
    def kept(told: Told) -> None:
        told.held[name] = step(told)

    return kept


def _in_session(told: Told) -> Any:
    return told.user.scope(session=told.session.id)


SESSION: dict[str, Step] = {
    "sessions.start": _keep("session", lambda told: told.user.sessions.start("The move", external_id="s-1", metadata={"city": "Lisbon"})),
    "sessions.bind": lambda told: _in_session(told).sessions.bind("s-2"),
    "sessions.bound": lambda told: told.user.sessions.bound("s-2"),
    "sessions.pause": lambda told: told.user.sessions.pause(told.session.id),
    "sessions.resume": lambda told: told.user.sessions.resume(told.session.id),
    "sessions.update": lambda told: told.user.sessions.update(told.session.id, metadata={"rooms": 2}),
    "sessions.active": lambda told: told.user.sessions.active(),
    "conversations.start": _keep("talk", lambda told: _in_session(told).conversations.start("Flats", external_id="c-1")),
    "conversations.current": lambda told: _in_session(told).conversations.current(),
    "messages.add": _keep("message", lambda told: _in_session(told).messages.add("user", "We moved to Lisbon in May.", name="Mira", external_id="m")),
    "messages.add_many": lambda told: _in_session(told).messages.add_many(
        [{"role": "user", "content": f"Flat {number} has a balcony"} for number in range(12)]
    ),
    "messages.exchange": lambda told: _in_session(told).messages.exchange("Where did we move?", "To Lisbon."),
    "messages.recent": lambda told: told.user.messages.recent(5, before=told.message.id),
    "messages.list": lambda told: told.user.messages.list(conversation=told.talk, before=told.message.id),
    "messages.between": lambda told: told.user.messages.between(told.clock(), told.clock() + timedelta(days=1)),
    "messages.iterate": lambda told: list(told.user.messages.iterate(conversation=told.talk)),
    "messages.search": lambda told: told.user.messages.search("Lisbon", roles=["user"], exclude_conversation=told.message.id, since=told.clock()),
    "sessions.usage": lambda told: told.user.sessions.usage(told.session.id),
    "sessions.compress": lambda told: told.user.sessions.compress(told.session.id, keep=2),
    "sessions.brief": lambda told: told.user.sessions.brief(told.session.id),
    "conversations.active": lambda told: told.user.conversations.active(),
    "conversations.close": lambda told: told.user.conversations.close(told.talk.id, "They looked for flats."),
    "conversations.close_current": lambda told: (told.user.messages.add("user", "One more thing"), told.user.conversations.close_current("Short.")),
    "conversations.history": lambda told: told.user.conversations.history(),
    "conversations.recent_summaries": lambda told: told.user.conversations.recent_summaries(),
    "conversations.idle": lambda told: (
        told.user.messages.add("user", "Hello"), told.clock.advance(timedelta(hours=3)), told.user.conversations.idle(),
    ),
    "facts.set": lambda told: [told.user.facts.set("home_city", city, source=told.message) for city in ("Berlin", "Lisbon")],
    "facts.history": lambda told: told.user.facts.history("home_city"),
    "facts.as_of": lambda told: told.user.facts.as_of(told.clock()),
    "facts.by_key": lambda told: told.user.facts.by_key("home_city"),
    "facts.revert": lambda told: told.user.facts.revert("home_city", 1),
    "notes.add": _keep(
        "note", lambda told: told.user.notes.add("Flats in Lisbon are small", tags=["home"], expires_at=told.clock() + timedelta(days=9))
    ),
    "notes.update": lambda told: told.user.notes.update(told.note.id, text="Flats in Lisbon are small and dear"),
    "notes.pin": lambda told: told.user.notes.pin(told.note.id),
    "notes.promote": lambda told: told.user.notes.promote(told.note.id),
    "notes.search": lambda told: told.user.notes.search("Lisbon", type="note", tags=["home"]),
    "notes.history": lambda told: told.user.notes.history(told.note.id),
    "aliases.add": _keep("alias", lambda told: told.memory.aliases.add("+351 1", "mira")),
    "aliases.resolve": lambda told: told.user.aliases.resolve("+351 1"),
    "aliases.history": lambda told: told.user.aliases.history("+351 1"),
    "aliases.as_of": lambda told: told.user.aliases.as_of(told.clock()),
    "aliases.by_key": lambda told: told.user.aliases.by_key("+351 1"),
    "aliases.revert": lambda told: (told.memory.aliases.add("+351 1", "tom"), told.memory.aliases.revert("+351 1", 1)),
    "aliases.merge": lambda told: (
        told.memory.scope(user="+351 1").facts.set("home_city", "Porto"), told.memory.scope(user="+351 1").remember("Ferries run hourly"),
        told.memory.scope(user="+351 1", project="move").facts.set("home_city", "Faro"), told.memory.aliases.merge("+351 1"),
    ),
    "memory.remember": lambda told: told.user.remember("The landlord is Mr Alves"),
    "memory.recall": lambda told: (
        told.user.recall("Where did Mira move last year?", explain=True), told.memory.recall("balcony before the move", as_of=told.clock()),
        told.user.recall("Lisbon", kinds=["facts"], where={"key": "home_city"}),
    ),
    "memory.context": lambda told: (told.user.context("Lisbon", budget=900), told.user.context("Lisbon", budget=900, as_of=told.clock())),
    "memory.profile": lambda told: told.user.profile(),
    "memory.get": lambda told: told.user.get(told.note.id),
    "memory.get_many": lambda told: told.user.get_many([told.note.id, told.message.id]),
    "memory.forget": lambda told: told.user.forget(told.message.id),
    "memory.undelete": lambda told: told.user.undelete(told.message.id),
    "memory.stats": lambda told: (told.memory.stats(), told.user.stats()),
    "memory.verify": lambda told: (told.memory.verify(), told.user.verify()),
    "memory.backup": lambda told: told.memory.backup(told.folder / "copy.db"),
    "memory.vacuum": lambda told: told.memory.vacuum(),
    "memory.export": lambda told: (told.memory.export(told.folder / "all.jsonl"), told.user.export(told.folder / "mira.jsonl")),
    "memory.import_": lambda told: told.memory.import_(told.folder / "all.jsonl"),
}  # fmt: skip
"""What each particular verb is called with, in an order in which they make sense."""

LAST: dict[str, Step] = {
    "sessions.complete": lambda told: told.user.sessions.complete(told.session.id),
    "sessions.archive": lambda told: told.user.sessions.archive(told.session.id),
    "memory.erase": lambda told: (
        told.user.erase(id=told.user.remember("a secret").id), told.user.erase(session=told.session.id), told.memory.erase(user="mira"),
        told.memory.scope(tenant="t").remember("theirs"), told.memory.erase(tenant="t"),
    ),
    "language": lambda told: told.user.facts.set("preferred_language", "pt"),
}  # fmt: skip


def _common(name: str) -> Iterator[tuple[str, Step]]:
    """What every kind can do, on whatever this one holds."""

    def room(told: Told) -> Any:
        return getattr(told.memory if KINDS[name].table.tenant_wide else told.user, name)

    def some(told: Told) -> str:
        return str(room(told).list(limit=1)[0].id)

    yield f"{name}.get", _keep(name, lambda told: room(told).get(some(told)).id)
    for verb in ("need", "delete", "undelete"):
        yield f"{name}.{verb}", lambda told, verb=verb: getattr(room(told), verb)(told.held[name])
    yield f"{name}.list", lambda told: room(told).list(**{"before" if name == "messages" else "after": some(told)})
    yield f"{name}.iterate", lambda told: list(room(told).iterate())
    yield f"{name}.export", lambda told: list(room(told).export())
    yield f"{name}.count", lambda told: room(told).count()
    yield f"{name}.search", lambda told: room(told).search("Lisbon") if room(told).table.text else None


def _clear(name: str) -> tuple[str, Step]:
    return f"{name}.clear", lambda told: getattr(told.user, name).clear()


STEPS = [*SESSION.items(), *(step for name in KINDS for step in _common(name)), *list(LAST.items())[:2], *map(_clear, KINDS), *list(LAST.items())[2:]]


def test_the_scripted_session_calls_every_verb() -> None:
    every = {f"{kind}.{verb}" for kind, room in KINDS.items() for verb in _verbs(room)} | {f"memory.{verb}" for verb in _verbs(Memory)}
    assert every - {name for name, _ in STEPS} == set()


def _verbs(owner: type) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_") and isinstance(inspect.getattr_static(owner, name), (_Verb, stream))]


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], apsw.Connection]]:
    """Every statement of the scripted session with the verb that ran it, and a connection to the file that it left."""
    told = Told(tmp_path_factory.mktemp("house"))
    found: dict[str, str] = {}
    with told.memory:
        for name, step in STEPS:
            told.memory._opened.watching(lambda sql, name=name: found.setdefault(sql, name))  # type: ignore[misc]
            step(told)
            told.clock.advance(timedelta(minutes=1))
    db = apsw.Connection(str(told.folder / "memory.db"), flags=apsw.SQLITE_OPEN_READONLY)
    yield found, db
    db.close()


OF_THE_INDEX = {SQLITE.frequencies, SQLITE.occurrences, SQLITE.together, SQLITE.vocabulary}
"""They read words, and each word begins with the number of its owner, which was looked up by tenant."""


def test_every_statement_names_its_tenant(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    found, _ = statements
    assert len(found) > 100
    for sql, verb in found.items():
        if "pragma" in sql or sql in OF_THE_INDEX:
            continue
        assert re.search(r"\btenant\b", sql), f"{verb} runs a statement that names no tenant: {sql}"


def test_what_names_no_tenant_reads_words_behind_their_owner_only() -> None:
    for sql in OF_THE_INDEX:
        assert set(re.findall(r"\b(?:from|join) (\w+)", sql)) <= {"words", "postings", "json_each"}, sql


def test_every_statement_quotes_user(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    for sql, verb in statements[0].items():
        assert not BARE_USER.search(re.sub(r"'[^']*'", "''", sql)), f"{verb}: {sql}"


def test_every_statement_compiles(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    found, db = statements
    said = [field.name for field in fields(SQLITE) if field.name not in ("name", "raw_text")]  # these two are no statements
    found = {**{getattr(SQLITE, name): f"the dialect's {name}" for name in said}, **found}
    before = apsw.allow_missing_dict_bindings(True)
    try:
        for sql, verb in found.items():
            try:
                assert db.execute(f"explain {sql}", {}).fetchall()
            except apsw.SQLError as error:
                pytest.fail(f"{verb} runs a statement that does not compile ({error}): {sql}")
    finally:
        apsw.allow_missing_dict_bindings(before)
