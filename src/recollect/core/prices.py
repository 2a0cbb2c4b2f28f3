"""What tokens cost: by model, with prices of their own for cached input, each valid from a day on."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Invalid

COLUMNS = ("input", "output", "cache_read", "cache_creation")
# What may stand behind a model's name without making it another model: a date, a build, "latest". One digit or two are the next model:
# after claude-opus-4 came claude-opus-4-1, and then one at a third of the price.
_SAME_MODEL = re.compile(r"(?:[-@:](?:\d{4}-\d\d-\d\d|\d{8}|\d{6}|\d{3,4}|0|v\d[\d.:]*|latest))*\Z")


class Price(NamedTuple):
    """USD per million tokens from a day on."""

    since: date
    input: float
    output: float
    cache_read: float
    cache_creation: float


class Prices:
    """A table of prices; a model is known by its longest name in it, with or without its provider (`openai/gpt-4o`)."""

    def __init__(self, table: Mapping[str, tuple[Price, ...]]) -> None:
        self._table = table

    def cost(self, model: str, at: datetime, **tokens: int) -> float | None:
        """USD for so many tokens of each column; None if the model, or its price at that time, is not known."""
        price = self._price(model, at.astimezone(UTC).date())
        if price is None:
            return None
        return float(sum(getattr(price, column) * count for column, count in tokens.items()) / 1_000_000)

    def _price(self, model: str, day: date) -> Price | None:
        known = self._known(model) or self._known(model.rpartition("/")[2])
        valid = [price for price in self._table[known] if price.since <= day] if known else []
        return max(valid, key=lambda price: price.since) if valid else None

    def _known(self, name: str) -> str | None:
        return max((one for one in self._table if name.startswith(one) and _SAME_MODEL.match(name, len(one))), key=len, default=None)


def prices(own: object = None) -> Prices:
    """The shipped table, with the user's own in front: a mapping of model to prices, or the path of a TOML or JSON file with one."""
    return _shipped() if own is None else Prices({**_shipped()._table, **_read(own)})


@cache
def _shipped() -> Prices:
    return Prices(_read(Path(__file__).with_name("prices.toml")))


def _read(own: object) -> dict[str, tuple[Price, ...]]:
    found = own
    if isinstance(own, (str, os.PathLike)):
        found = _file(Path(own).expanduser())
    if not isinstance(found, Mapping):
        raise Invalid(f"prices must be a mapping of model to prices, or the path of a file with one; {own!r} is none")
    return {str(model): tuple(_one(str(model), each) for each in (said if isinstance(said, list) else [said])) for model, said in found.items()}


def _file(path: Path) -> Any:
    import json

    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Invalid(f"the prices in {path} cannot be read ({error.strerror}); name another file") from error
    except ValueError as error:
        raise Invalid(f"the prices in {path} cannot be read: {error}") from error


def _one(model: str, said: Any) -> Price:
    if not isinstance(said, Mapping) or not {"input", "output"} <= set(said) <= {*COLUMNS, "since"}:
        raise Invalid(f"the price of {model!r} must have input and output, may have cache_read, cache_creation and since, and nothing else: {said!r}")
    known = {column: said.get(column, said["input"]) for column in COLUMNS}  # without a price of its own, cached input costs what input does
    for column, price in known.items():
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < 1e6:
            raise Invalid(f"the {column} price of {model!r} must be a number of USD per million tokens, not {price!r}")
    return Price(since=_day(model, said.get("since", date.min)), **known)


def _day(model: str, said: Any) -> date:
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise Invalid(f"the price of {model!r} must be since a day such as 2025-01-31, not {said!r}") from error
