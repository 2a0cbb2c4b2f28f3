"""What a search for damage finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written: where (`file`, `records`, `index`, `log`), which thing, and what is wrong with it."""

    where: str
    what: str
    message: str
