"""What a table shows in a narrow terminal: numbers whole, texts that can be read, or a block for each row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Run, lines

from recollect.cli import show

MIRA = ("--user", "mira")


@pytest.fixture
def width(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    monkeypatch.setattr(show, "PIPED_WIDTH", request.param)
    return int(request.param)


@pytest.mark.parametrize("width", [30, 40, 80, 100, 200], indirect=True)
@pytest.mark.parametrize("words", [["usage", "list"], ["list", "usage"], ["usage", "summary"]], ids=" ".join)
def test_no_digit_of_a_number_is_cut_or_folded(run: Run, words: list[str], width: int) -> None:
    run("usage", "record", "a-model-with-a-very-long-name-of-its-own", "--input", "1234567", "--output", "89012", "--cost", "0.0006")
    said = run(*words).stdout
    assert {"1234567", "89012", "0.0006"} <= set(said.split())
    assert max(map(len, said.splitlines())) <= width


@pytest.mark.parametrize("width", [80], indirect=True)
def test_texts_give_way_to_numbers_and_say_that_they_were_cut(run: Run, width: int) -> None:
    run("interactions", "start", "a researcher with a long name", "--task", "Find a flat in Lisbon with a balcony", "--model", "gpt-5")
    said = run("list", "interactions").stdout
    assert {"input", "output", "0"} <= set(said.split()) and "…" in said and len(said.splitlines()) == 2


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100], indirect=True)
def test_a_time_is_whole_too(run: Run, width: int) -> None:
    run("tasks", "schedule", "Renew the passport in the city hall with all the papers", "2030-01-02T03:04", "--repeat", "monthly")
    said = run("tasks", "list").stdout
    assert "2030-01-02 03:04" in said and max(map(len, said.splitlines())) <= width
    assert (len(said.splitlines()) == 2) == (width >= 80)


@pytest.mark.parametrize("width", [80], indirect=True)
def test_rows_that_no_table_can_show_are_blocks(run: Run, filled: Path, width: int) -> None:
    said = run("sql", "select * from recollect_facts where key = 'diet'").stdout
    assert re.search(r"^ +key  diet$", said, re.MULTILINE) and re.search(r"^ +value  vegetarian$", said, re.MULTILINE)
    table = run("sql", "select key, value from recollect_facts order by key").stdout
    assert table.splitlines()[:2] == ["key        value", "diet       vegetarian"]


@pytest.mark.parametrize("width", [80], indirect=True)
def test_hashes_are_short_in_a_table_and_whole_as_json(run: Run, width: int) -> None:
    run("facts", "set", "diet", "vegetarian")
    (change,) = lines(run("audit", "changes", "--json"))
    assert len(change["hash"]) == 64
    said = run("audit", "changes").stdout
    assert f"{change['hash'][:12]}…" in said and change["hash"][:13] not in said and len(said.splitlines()) <= 3
    assert {"administrator", "facts", "position"} <= set(said.split())
