"""Prices: what tokens cost, by model and by day, and never a wrong one where none is known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from recollect import Invalid, Memory
from recollect.core.prices import COLUMNS, prices

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MILLION = 1_000_000
SAGE = {"input": 1.0, "output": 10.0, "cache_read": 0.1, "cache_creation": 2.0}


def price(table: Any, model: str, column: str = "input", at: datetime = NOW) -> float | None:
    """USD for a million tokens."""
    return prices(table).cost(model, at, **{column: MILLION})


# what is shipped


def test_the_shipped_table_is_used_without_one_of_ones_own() -> None:
    assert price(None, "gpt-4o") == 2.5
    assert price(None, "gpt-4o", "cache_read") == 1.25


@pytest.mark.parametrize("model", ["claude-sonnet-4", "claude-3-5-haiku", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "o3", "o4-mini"])
def test_every_shipped_price_is_positive_and_output_costs_more_than_input(model: str) -> None:
    known = {column: price(None, model, column) for column in COLUMNS}
    assert all(cost is not None and cost > 0 for cost in known.values())
    assert known["output"] > known["input"] >= known["cache_read"]


# which model is meant


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-latest", "openai/gpt-4o", "openrouter/openai/gpt-4o", "gpt-4o@20240806", "gpt-4o:20240806",
     "gpt-4o-20240806", "gpt-4o-0806", "gpt-4o-001", "gpt-4o-v2@20240806", "gpt-4o-20240806-v1:0"],
)  # fmt: skip
def test_a_date_a_build_or_a_provider_makes_no_other_model(model: str) -> None:
    assert price(None, model) == 2.5


@pytest.mark.parametrize(
    "model", ["gpt-4", "gpt-4-turbo", "gpt-4o-audio-preview", "gpt-4o2", "GPT-4o", "gpt-4.1.1", "o3-pro", "o3-mini", "o1", "xgpt-4o", "gpt-4o ",
              "", "/", "gpt-4o/", "🦜", "claude", "claude-sonnet"],
)  # fmt: skip
def test_a_name_that_is_only_alike_has_no_price(model: str) -> None:
    """Defect 15 of kernex: a model was found by a part of its name, so gpt-4.1 cost what gpt-4 did."""
    assert price(None, model) is None


@pytest.mark.parametrize("model", ["sage-4-5", "sage-4-5-20250929", "sage-4-1", "sage-4.5", "sage-4-70b", "sage-45"])
def test_the_next_version_of_a_model_is_another_model(model: str) -> None:
    assert price({"sage-4": SAGE}, model) is None


def test_the_longest_name_is_the_one_that_is_meant() -> None:
    table = {"sage": SAGE | {"input": 1}, "sage-4": SAGE | {"input": 4}, "sage-4-5": SAGE | {"input": 45}}
    models = ["sage", "sage-20250101", "sage-4", "sage-4-20250101", "sage-4-5", "sage-4-5-20250101"]
    assert [price(table, model) for model in models] == [1, 1, 4, 4, 45, 45]


# one's own table


def test_ones_own_prices_go_before_the_shipped_ones_which_stay() -> None:
    table = {"gpt-4o": SAGE, "house": SAGE}
    assert (price(table, "gpt-4o"), price(table, "house"), price(table, "gpt-4o-mini")) == (1.0, 1.0, 0.15)


def test_a_price_of_ones_own_for_a_provider_goes_before_that_of_the_bare_model() -> None:
    table = {"proxy/gpt-4o": SAGE}
    assert [price(table, model) for model in ("proxy/gpt-4o", "proxy/gpt-4o-2024-08-06", "openai/gpt-4o", "gpt-4o")] == [1.0, 1.0, 2.5, 2.5]


def test_every_column_has_its_price() -> None:
    assert [price({"sage": SAGE}, "sage", column) for column in COLUMNS] == [1.0, 10.0, 0.1, 2.0]
    assert prices({"sage": SAGE}).cost("sage", NOW, input=1000, output=100, cache_read=10, cache_creation=1) == pytest.approx(2003 / MILLION)
    assert prices({"sage": SAGE}).cost("sage", NOW) == 0.0


def test_without_a_price_of_its_own_cached_input_costs_what_input_does() -> None:
    assert [price({"sage": {"input": 3, "output": 6}}, "sage", column) for column in COLUMNS] == [3.0, 6.0, 3.0, 3.0]


def test_a_price_is_valid_from_its_day_on_in_utc() -> None:
    table = {"sage": [SAGE | {"since": "2025-02-01", "input": 2}, SAGE | {"since": date(2025, 1, 1)}]}
    days = [datetime(2024, 12, 31, 23, 59, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 31, 23, tzinfo=UTC)]
    assert [price(table, "sage", at=day) for day in days] == [None, 1.0, 1.0]
    assert price(table, "sage", at=datetime(2025, 1, 31, 23, tzinfo=timezone(timedelta(hours=-1)))) == 2.0
    assert price(table, "sage", at=datetime(2025, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == 1.0


@pytest.mark.parametrize("since", [date(2025, 1, 1), datetime(2025, 1, 1, 12, tzinfo=UTC), "2025-01-01"])
def test_a_day_may_be_a_date_a_time_or_a_text(since: Any) -> None:
    table = {"sage": SAGE | {"since": since}}
    assert (price(table, "sage", at=datetime(2024, 12, 31, tzinfo=UTC)), price(table, "sage", at=datetime(2025, 1, 1, tzinfo=UTC))) == (None, 1.0)


# a file of one's own


def test_a_table_may_be_a_toml_or_a_json_file(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[sage]\nsince = 2025-01-01\ninput = 1\noutput = 2\n[["gpt-4.1"]]\ninput = 7\noutput = 8\n')
    (tmp_path / "prices.json").write_text(json.dumps({"sage": {"since": "2025-01-01", "input": 1, "output": 2}, "gpt-4.1": SAGE | {"input": 7}}))
    for name in ("prices.toml", "prices.json"):
        for path in (tmp_path / name, str(tmp_path / name)):
            assert (price(path, "sage"), price(path, "gpt-4.1"), price(path, "gpt-4o")) == (1.0, 7.0, 2.5)


@pytest.mark.parametrize(("name", "text"), [("a.toml", "[sage"), ("a.json", "{"), ("a.toml", "\udcff"), ("a.json", "[1]"), ("b.toml", None)])
def test_a_file_that_cannot_be_read_is_invalid_and_named(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, errors="surrogateescape")
    with pytest.raises(Invalid, match=name):
        prices(tmp_path / name)
    with pytest.raises(Invalid):
        prices(tmp_path)


@pytest.mark.parametrize(
    "table",
    [5, ["sage"], b"prices.toml", {"sage": 5}, {"sage": None}, {"sage": {}}, {"sage": {"input": 1}}, {"sage": {"output": 1}},
     {"sage": SAGE | {"inptu": 1}}, {"sage": SAGE | {"input": "1"}}, {"sage": SAGE | {"input": -1}}, {"sage": SAGE | {"input": True}},
     {"sage": SAGE | {"input": float("nan")}}, {"sage": SAGE | {"input": float("inf")}}, {"sage": SAGE | {"input": 1e6}},
     {"sage": SAGE | {"since": "soon"}}, {"sage": SAGE | {"since": None}}, {"sage": SAGE | {"since": 2025}}, {"sage": [SAGE, 5]}],
)  # fmt: skip
def test_a_table_that_is_none_is_invalid(table: Any) -> None:
    with pytest.raises(Invalid, match=r"price"):
        prices(table)


def test_a_memory_refuses_prices_that_are_none_before_it_makes_a_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="sage"):
        Memory(tmp_path / "memory.db", prices={"sage": {"input": 1}})
    assert list(tmp_path.iterdir()) == []
