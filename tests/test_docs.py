"""The documentation is kept: its examples run and print what they say, its links lead somewhere, and no public name is missing from it."""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import promises_page
import recollect
from recollect.core.operation import _Verb, stream
from recollect.kinds import KINDS
from servers import DATABASES
from views_page import PAGE, page

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)], key=lambda path: path.relative_to(ROOT).as_posix()
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Examples

SKIP, OUTPUT = "<!-- not run -->", "<!-- output -->"


class Block(NamedTuple):
    line: int
    language: str
    marks: tuple[str, ...]  # the HTML comments right above it
    text: str


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    marks: list[str] = []
    lines = iter(enumerate(path.read_text(encoding="utf-8").split("\n"), start=1))
    for number, line in lines:
        if opened := re.match(r"( *)(`{3,})(.*)", line):
            indent, fence, language = opened.groups()
            inside = []
            for _, text in lines:
                if text.strip() == fence:
                    break
                inside.append(text.removeprefix(indent))
            yield Block(number, language.strip(), tuple(marks), "\n".join(inside) + "\n")
            marks = []
        elif line.startswith("<!--"):
            marks.append(line.strip())
        elif line.strip():
            marks = []


WITH_EXAMPLES = [path for path in PAGES if any(block.language == "python" for block in blocks(path))]


def test_the_pages_that_must_have_examples_have_them() -> None:
    found = {named(path) for path in WITH_EXAMPLES}
    assert "README.md" in found
    assert {named(path) for folder in ("tutorial", "howto") for path in (DOCS / folder).glob("*.md")} <= found


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, and a home of its own: no example may touch the reader's memory."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    for name in ("HOME", "USERPROFILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("DB", "TENANT", "USER", "PROJECT", "AGENT", "LANGUAGE", "DURABILITY"):
        monkeypatch.delenv(f"RECOLLECT_{name}", raising=False)
    monkeypatch.setenv("RECOLLECT_CONFIG", str(home / "none.toml"))
    return tmp_path


@pytest.fixture
def served() -> Iterator[None]:
    yield
    DATABASES.release()


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=named)
@pytest.mark.usefixtures("alone")
def test_every_example_runs_and_prints_what_the_page_says(path: Path, served: None) -> None:
    """Defects 5 of omega and 1 of sessions-db: the documentation was older than the program, and an example of it raised."""
    names: dict[str, Any] = {"__name__": "example"}
    printed = ""
    for block in blocks(path):
        where = f"{named(path)}, line {block.line}"
        if block.language == "python" and SKIP not in block.marks:
            printed = run(_served(block.text), names, where)
        elif OUTPUT in block.marks:
            matches = OutputChecker().check_output(block.text, printed, ELLIPSIS)
            assert matches, f"{where} says\n{block.text}\nbut the example above it prints\n{printed}"


SERVER = "postgresql://me@server/agents"
"""What the pages call a server; the examples run on the tests' own."""


def _served(source: str) -> str:
    return source.replace(SERVER, DATABASES.url("the pages'")) if SERVER in source else source


def run(source: str, names: dict[str, Any], where: str) -> str:
    """Run a block, also one that awaits at its top level; what it prints."""
    code = compile(source, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    with redirect_stdout(io.StringIO()) as out:
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, names))
        else:
            exec(code, names)
    return out.getvalue()


def commands() -> Iterator[tuple[str, str]]:
    """(page, command) of every `recollect …` that a page tells its reader to type."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        typed = [line for block in blocks(path) if block.language == "console" for line in block.text.splitlines()]
        for command in [line.removeprefix("$ ") for line in typed] + re.findall(r"`(recollect [^`]+)`", text):
            for part in command.split("&&"):
                if part.strip().startswith("recollect "):
                    yield named(path), part.strip()


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_every_command_that_a_page_names_exists(page: str, command: str) -> None:
    import shlex

    import click

    from recollect.cli.main import cli

    words = shlex.split(command)[1:]
    known: click.Command = cli
    while isinstance(known, click.Group) and (word := next(_bare(words), None)):
        found = known.get_command(click.Context(known), word)
        assert found is not None, f"{page} names {command!r}, but there is no {word!r}"
        words.remove(word)
        known = found
    options = {option for parameter in [*cli.params, *known.params] for option in parameter.opts}
    assert {word for word in words if word.startswith("-") and word != "-"} <= options | {"--help"}, f"{page}: {command}"


def _bare(words: list[str]) -> Iterator[str]:
    """What is neither an option nor the value of one that is taken anywhere."""
    before = ""
    for word in words:
        if not word.startswith("-") and before not in ("--db", "--tenant", "--user", "--project", "--agent"):
            yield word
        before = word


# Names


def reference() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").rglob("*.md")))


@pytest.mark.parametrize("name", recollect.__all__)
def test_every_public_name_stands_in_the_reference(name: str) -> None:
    assert re.search(rf"\b{name}\b", reference())


def verbs(owner: type) -> list[str]:
    """The public verbs of a kind, or of the memory."""
    return sorted(name for name in dir(owner) if not name.startswith("_") and isinstance(inspect.getattr_static(owner, name), (_Verb, stream)))


VERBS = [(owner.__name__, owner, name) for owner in (recollect.Memory, *KINDS.values()) for name in verbs(owner)]
OTHERS = [("Memory", owner, name) for owner in (recollect.Memory, recollect.AsyncMemory) for name in ("scope", "atomic", "close", "restore")]


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for _, owner, name in VERBS + OTHERS])
def test_every_public_verb_says_in_a_sentence_what_it_does(owner: type, name: str) -> None:
    said = inspect.getdoc(getattr(owner, name))
    assert said, f"{owner.__name__}.{name} has no docstring"
    first = said.partition("\n")[0]
    assert first[0].isupper() or first[0] == "`", first
    assert first.endswith((".", "?")), first


@pytest.mark.parametrize("name", verbs(recollect.Memory))
def test_every_verb_of_the_memory_stands_in_the_reference(name: str) -> None:
    assert f"automethod:: Memory.{name}\n" in reference()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_stands_in_the_reference_with_its_verbs(name: str) -> None:
    assert f"autoclass:: {KINDS[name].__module__}.{KINDS[name].__name__}\n   :members:" in reference()


def test_the_documented_errors_are_the_errors() -> None:
    described = re.findall(r"autoexception:: (\w+)", reference())
    assert sorted(described) == sorted(name for name in recollect.__all__ if _is_error(getattr(recollect, name)))


def _is_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, recollect.RecollectError)


def test_the_documented_settings_are_the_settings() -> None:
    from dataclasses import fields

    from recollect.settings import Settings

    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| `(RECOLLECT_\w+)` \| (?:`(\w+)`|none|.*?) \|", text, re.MULTILINE)
    assert {(name, variable) for name, variable, _ in told} == {(field.name, f"RECOLLECT_{field.name.upper()}") for field in fields(Settings)}
    assert {name: default for name, _, default in told if default and name != "db"} == {
        field.name: field.default for field in fields(Settings) if field.default
    }  # fmt: skip


def test_the_documented_commands_are_the_commands() -> None:
    from recollect.cli.main import COMMANDS

    text = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    told = re.findall(r"^## (.*)$|^\| `([a-z_]+)` \| (.*) \|$", text, re.MULTILINE)
    assert told == [
        entry for title, section in COMMANDS.items() for entry in [(title, "", ""), *(("", name, line) for name, (_, line) in section.items())]
    ]  # fmt: skip


def test_the_documented_formats_are_the_formats() -> None:
    from recollect.transfer import own, readers

    text = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == [own.NAME, *(reader.NAME for reader in readers.READERS)]


def test_the_documented_views_are_the_views() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run `python tests/views_page.py`"


def test_the_promises_page_is_what_the_tests_say() -> None:
    text = promises_page.PAGE.read_text(encoding="utf-8")
    assert text == promises_page.page(text), "run `python tests/promises_page.py`"


def test_every_promise_has_a_test_and_every_mark_is_a_promise() -> None:
    assert {promise for test in promises_page.tests() for promise in test.promises} == set(promises_page.PROMISES)


def test_every_defect_has_a_test_or_a_reason() -> None:
    for system, defects in promises_page.DEFECTS.items():
        for number, defect in enumerate(defects, start=1):
            tests = promises_page.guarded(system, number)
            assert bool(tests) != bool(defect.reason), f"defect {number} of {system} needs a test that names it or a reason, not both: {tests}"


def test_no_test_names_a_defect_that_is_on_no_list() -> None:
    listed = {(system, number) for system, defects in promises_page.DEFECTS.items() for number in range(1, len(defects) + 1)}
    assert [test.name for test in promises_page.tests() if not listed.issuperset(test.defects)] == []


@pytest.mark.parametrize(
    ("docstring", "defects"),
    [
        ("Defect 9 of kernex: tasks drifted.", [("kernex", 9)]),
        ("Defects 9 and 11 of engram blocks: both.", [("engram blocks", 9), ("engram blocks", 11)]),
        ("Defects 1, 2 and 3 of kernex and 4 of sessions-db.", [("kernex", 1), ("kernex", 2), ("kernex", 3), ("sessions-db", 4)]),
        ("A reason first. Defect 16 of\n    engram: an index.", [("engram", 16)]),
        ("A defect of kernex, but which?", []),
    ],
)
def test_the_defects_that_a_docstring_names_are_read(docstring: str, defects: list[tuple[str, int]]) -> None:
    assert list(promises_page.named(docstring)) == defects


def test_a_defect_of_nobody_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="Defect 9 of kernex"):
        list(promises_page.named("Defect 11 of a predecessor: prefixes matched."))


def test_the_documented_weights_are_the_weights() -> None:
    from recollect.recall.weights import WEIGHTS

    text = (DOCS / "explanation" / "recall.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (?:up to |down to |±)?([−\d.]+) \|", text, re.MULTILINE)
    told = {name: float(worth.replace("−", "-")) for name, worth in rows}
    assert told.pop("words") == 1
    signals = ("meaning", "session", "speaker", "role", "when", "time", "question", "recency", "importance", "kind")
    assert told == {name: getattr(WEIGHTS, name) for name in signals}


def test_the_documented_shares_are_the_shares() -> None:
    from recollect.recall.context import SECTIONS

    text = (DOCS / "explanation" / "context.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| \d \| `(\w+)` \| .* \| (\d+) % \| (\d+) % \|$|^\| \d \| `(\w+)` \| .* \| the rest \| (\d+) % \|$", text, re.MULTILINE)
    shares = {a or c: (int(share or 100), int(floor or other)) for a, share, floor, c, other in told}
    assert shares == {name: (round(section.share * 100), round(section.floor * 100)) for name, section in SECTIONS.items()}


# Links


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    fenced = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", fenced, re.MULTILINE)}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_internal_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), f"{named(path)} links to {target}, which does not exist"
        if anchor:
            assert anchor in anchors(place), f"{named(path)} links to {target}, which has no such heading"


def test_the_tests_that_the_readme_names_exist() -> None:
    for file in re.findall(r"`((?:tests|benchmarks|docs|src)/[\w/.-]+)`", (ROOT / "README.md").read_text(encoding="utf-8")):
        place = ROOT / file
        assert place.is_file() or list(place.glob("**/test_*.py")), f"README.md names {file}, which does not exist, or has no test"


def test_the_licence_is_the_whole_apache_licence() -> None:
    import hashlib

    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## [{recollect.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_documentation_builds_without_warnings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", tmp_path / "doctrees", DOCS, tmp_path / "html"]
    built = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=240)
    assert built.returncode == 0, built.stderr
    assert "Find what answers this" in (tmp_path / "html" / "reference" / "memory.html").read_text(encoding="utf-8")
