"""What every scope of one open memory shares, and how a scope hands out its rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .dialect import Dialect
from .prices import Prices
from .tokens import Counter


@dataclass(frozen=True, slots=True)
class Shared:
    """What belongs to the open memory and to no scope."""

    clock: Clock
    count: Counter
    prices: Prices
    dialect: Dialect
    prefix: Callable[[int], str]
    weights: Any
    language: str
    embedding: Any  # of questions and texts, if there is one
    nearest: Any  # the vectors that were read last, by owner
    counted: Any  # how often the words of questions stand in an owner's documents
    engine: Callable[[], Any]
