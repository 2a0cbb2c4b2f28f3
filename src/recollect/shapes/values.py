"""Checks of values that several kinds take, and the small conversions that go with them."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..core.clock import moment, optional_micros
from ..core.text import MOST_BYTES, clean
from ..errors import Invalid

T = TypeVar("T")

LONGEST = timedelta(days=36525)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:u0000|.)")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")


def checked_json(value: Any, name: str) -> Any:
    """A value as it will come back: what JSON can hold, with lone surrogates replaced."""
    try:
        dumped = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"{name} must be made of what JSON holds (texts, numbers, lists, mappings): {error}") from error
    if len(dumped) * 4 > MOST_BYTES and len(dumped.encode(errors="replace")) > MOST_BYTES:
        raise Invalid(f"{name} has more than {MOST_BYTES:,} bytes; store it elsewhere and keep its address here")
    return json.loads(_ESCAPED.sub(_unescaped, _SURROGATE.sub("\ufffd", dumped)))


def _unescaped(found: re.Match[str]) -> str:
    """NUL, which PostgreSQL cannot hold, becomes U+FFFD as everywhere."""
    return "\ufffd" if found[0] == "\\u0000" else found[0]


def checked_mapping(value: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid(f"{name} must be a mapping, not {type(value).__name__}")
    return dict(checked_json(dict(value), name))


def checked_share(value: object, name: str) -> float:
    """A number from 0 to 1."""
    number = _float(value)
    if number is None or not 0 <= number <= 1:
        raise Invalid(f"{name} must be a number from 0 to 1, not {_shown(value)}")
    return number


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _shown(value: object) -> str:
    said = repr(value) if not isinstance(value, int) or abs(value) < 2**100 else "a number of that size"
    return said if len(said) < 100 else f"{said[:100]}…"


def checked_choice(value: object, name: str, choices: Collection[str]) -> str:
    """One of a few words; another one is refused, never taken for the nearest."""
    found = next((choice for choice in choices if choice == value), None)
    if found is None:
        raise Invalid(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return found


def checked_count(value: object, name: str, *, least: int = 0, most: int = 2**40) -> int:
    """A whole number; far below 2**63, so that sums of it are too."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(f"{name} must be a whole number from {least} to {most:,}, not {value!r}")
    return value


def checked_number(value: object, name: str) -> float:
    number = _float(value)
    if number is None or not math.isfinite(number):
        raise Invalid(f"{name} must be a finite number, not {_shown(value)}")
    return number


def checked_span(value: object, name: str) -> timedelta:
    if not isinstance(value, timedelta) or not timedelta(0) < value <= LONGEST:
        raise Invalid(f"{name} must be a positive timedelta of at most 100 years, such as timedelta(minutes=10), not {value!r}")
    return value


def titled(value: object, name: str) -> str:
    """A text that names something: it may not be blank."""
    text = clean(value, name)
    if not text.strip():
        raise Invalid(f"{name} is blank; pass at least one letter")
    return text


def optional_text(value: object, name: str) -> str | None:
    return None if value is None else clean(value, name)


def digest(text: str) -> bytes:
    """What makes two texts the same: white space aside, every letter. Case matters: texts hold code."""
    return hashlib.sha256(" ".join(text.split()).encode()).digest()[:16]


def exact(time: datetime | None) -> datetime | None:
    """The same instant in UTC, as it will come back."""
    at = optional_micros(time)
    return None if at is None else moment(at)


def id_of(record: object) -> str:
    """The id of a record, or the id itself."""
    return str(getattr(record, "id", record))


def one_of(id: object, named: Sequence[str], found: Sequence[T]) -> T | None:
    """The only one that a short id can mean; None if there is none."""
    if len(found) > 1:
        raise Invalid(f"{id} is short for several: {', '.join(named)}; give the whole id of one")
    return found[0] if found else None


def checked_list(value: object, name: str) -> list[Any]:
    """Several things; a text, which would be taken letter by letter, is refused."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise Invalid(f"{name} must be a list, not {type(value).__name__}; put it into one")
    return list(value)


def nearest(given: object, known: Iterable[str]) -> str | None:
    """Which of these names may have been meant, if one is close."""
    from difflib import get_close_matches  # takes 10 ms, and only an error needs it

    return next(iter(get_close_matches(str(given), list(known), n=1)), None)


def meant(given: object, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: which one may have been meant."""
    close = nearest(given, known)
    return f"; did you mean {close!r}?" if close else ""


def checked_limit(limit: object) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise Invalid(f"limit must be a whole number that is not negative, not {limit!r}; pass 10, say")
    return min(limit, 2**63 - 1)


def checked_callable(value: object, name: str) -> None:
    """A function of the caller's, or none."""
    if value is not None and not callable(value):
        raise Invalid(f"{name} must be a callable, not {value!r}")


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags in the order given, each once."""
    return tuple(dict.fromkeys(clean(tag, "a tag") for tag in checked_list(tags, "tags")))


def source_text(source: object) -> str | None:
    """Where something is known from: a text of yours, or any record (its id is kept)."""
    if source is None:
        return None
    return clean(getattr(source, "id", source), "source")


def extract(texts: Iterable[str], most: int = 12) -> str:
    """A summary without a language model: the first sentence of each text, at most `most` of them, evenly spread."""
    firsts = [_SENTENCE.split(text.strip(), maxsplit=1)[0][:200] for text in texts if text.strip()]
    step = max(1, math.ceil(len(firsts) / most))
    return "\n".join(firsts[::step]) or "(no text)"
