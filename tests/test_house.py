"""The rules of the house, kept by tests: layers, sizes, who may do what, and what every statement must say."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import apsw
import pytest

import recollect
from recollect import Memory
from recollect.core.dialect import SQLITE
from recollect.core.operation import _Verb, stream
from recollect.kinds import KINDS
from scripted import STEPS, Told, statements_of

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
    heavy = {"rich", "click", "numpy", "psycopg", "psycopg_pool", "platformdirs", "sphinx", "Stemmer", "zipfile", "pytest", "hypothesis"}
    assert not loaded & heavy


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
    """Defect 18 of sessions-db: a library printed."""
    assert users(r"print|sys\.stdout\.write|sys\.stderr\.write") <= {"cli/show.py"}


@pytest.mark.parametrize("driver", ["apsw", "psycopg", "psycopg_pool"])
def test_only_the_engine_and_the_schema_touch_the_driver(driver: str) -> None:
    importing = {
        named(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == driver for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == driver)
    }  # fmt: skip
    assert importing
    assert {name.partition("/")[0] for name in importing} <= {"engines", "schema"}


def test_nobody_asks_which_database_it_is() -> None:
    """What differs is said in `core/dialect.py` and the engines; nowhere else is there an `if` about it."""
    asking = users(r".*dialect\.name|.*POSTGRES|.*SQLITE")
    assert {name for name in asking if not name.startswith("engines/")} <= {"core/dialect.py", "memory.py"}


# Sizes

MOST_LINES, MOST_IN_A_FUNCTION = 400, 60

LONG_MODULES = {
    "core/languages.py": 660,  # data: stop words of twenty languages
    "recall/context.py": 520,
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
    from recollect.kinds import Rooms

    assert list(Rooms.__annotations__) == list(KINDS)


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


def test_the_scripted_session_calls_every_verb() -> None:
    every = {f"{kind}.{verb}" for kind, room in KINDS.items() for verb in _verbs(room)} | {f"memory.{verb}" for verb in _verbs(Memory)}
    assert every - {name for name, _ in STEPS} == set()


def _verbs(owner: type) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_") and isinstance(inspect.getattr_static(owner, name), (_Verb, stream))]


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], apsw.Connection]]:
    """Every statement of the scripted session with the verb that ran it, and a connection to the file that it left."""
    told = Told(tmp_path_factory.mktemp("house"))
    found = statements_of(told)
    db = apsw.Connection(str(told.folder / "memory.db"), flags=apsw.SQLITE_OPEN_READONLY)
    yield found, db
    db.close()


OF_THE_INDEX = {SQLITE.frequencies, SQLITE.occurrences, SQLITE.together, SQLITE.vocabulary}
"""They read words, and each word begins with the number of its owner, which was looked up by tenant."""


@pytest.mark.promise("isolation")
def test_every_statement_names_its_tenant(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    found, _ = statements
    assert len(found) > 100
    for sql, verb in found.items():
        if "pragma" in sql or sql in OF_THE_INDEX or re.fullmatch(r"select [^()]* from spaces [^()]*", sql):  # models, which are nobody's
            continue
        assert re.search(r"\btenant\b", sql), f"{verb} runs a statement that names no tenant: {sql}"


@pytest.mark.promise("isolation")
def test_what_names_no_tenant_reads_words_behind_their_owner_only() -> None:
    for sql in OF_THE_INDEX:
        assert set(re.findall(r"\b(?:from|join) (\w+)", sql)) <= {"words", "postings", "frequencies", "json_each"}, sql


def test_every_statement_quotes_user(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    for sql, verb in statements[0].items():
        assert not BARE_USER.search(re.sub(r"'[^']*'", "''", sql)), f"{verb}: {sql}"


def test_every_statement_compiles(statements: tuple[dict[str, str], apsw.Connection]) -> None:
    """Defects 7 and 8 of engram and 11 of sessions-db: statements named columns that do not exist, or were no SQL, and always failed."""
    found, db = statements
    said = [field.name for field in fields(SQLITE) if field.name not in ("name", "fence", "raw_text", "blob", "walk")]  # these are no statements
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
