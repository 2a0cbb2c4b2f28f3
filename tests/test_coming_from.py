"""The pages for those who come from another system: beside each call of theirs stands one of ours, and that one runs.

The convention of `docs/howto/coming-from-*.md`: the page's Python examples run first, from top to bottom, in an empty folder. Then every
row of a table with the columns *there* and *here* is taken, in the order of the page. Its right cell is either one Python expression in
backticks, which is evaluated with the names that the examples and nothing else have left, or says in words why there is no call for it. A
vertical bar inside a cell is written `\\|`. A memory named `memory` is closed at the end, so the page need not do it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from test_docs import DOCS, SKIP, blocks, run

PAGES = sorted((DOCS / "howto").glob("coming-from-*.md"))


class Row(NamedTuple):
    line: int
    there: str
    here: str

    @property
    def expression(self) -> str | None:
        """What is to be run; None if the cell says in words why there is nothing."""
        code = re.fullmatch(r"`([^`]+)`", self.here)
        return code[1] if code else None


def rows(path: Path) -> Iterator[Row]:
    """The rows of the page's tables of calls."""
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if cells == ["there", "here"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and set("".join(cells)) - set("-:"):
            assert len(cells) == 2, f"{path.name}, line {number} has {len(cells)} cells"
            yield Row(number, *cells)


def evaluated(path: Path) -> Iterator[tuple[Row, Any]]:
    """Each expression of the page with its value, or the exception that it raised."""
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(path):
        if block.language == "python" and SKIP not in block.marks:
            run(block.text, names, f"{path.name}, line {block.line}")
    try:
        for row in rows(path):
            if row.expression is None:
                continue
            try:
                value = eval(compile(row.expression, f"{path.name}, line {row.line}", "eval"), names)
                yield row, list(value) if isinstance(value, Iterator) else value
            except Exception as error:
                yield row, error
    finally:
        if "memory" in names:
            names["memory"].close()


def test_there_are_such_pages() -> None:
    assert {f"coming-from-{name}.md" for name in ("kernex", "nexo", "omega", "engram", "sessions-db")} <= {path.name for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_a_page_offers_for_a_call_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = list(evaluated(path))
    raised = [f"line {row.line}, {row.there}: {row.expression} raises {value!r}" for row, value in found if isinstance(value, Exception)]
    assert raised == []
    assert len(found) > 5
    uncalled = [f"line {row.line}: {row.expression} only names a verb" for row, value in found if callable(value)]
    assert uncalled == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_row_names_a_call_and_says_something_for_it(path: Path) -> None:
    for row in rows(path):
        assert row.there.startswith("`"), f"{path.name}, line {row.line}"
        assert row.expression or (row.here and not row.here.startswith("`")), f"{path.name}, line {row.line}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_page_is_found_from_the_first_one(path: Path) -> None:
    assert f"howto/{path.stem}\n" in (DOCS / "index.md").read_text(encoding="utf-8")


def test_a_row_that_raises_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    table = "| there | here |\n|---|---|\n| `get()` | `kept[0]` |\n| `set(a\\|b)` | `kept[1]` |\n| `lock()` | not needed |\n"
    page.write_text(f"```python\nkept = [1]\n```\n\n{table}")
    (first, value), (second, error) = evaluated(page)
    assert (first.there, value, second.there, second.line) == ("`get()`", 1, "`set(a|b)`", 8)
    assert isinstance(error, IndexError)
