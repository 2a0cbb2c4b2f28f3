"""The one form that every data set is read into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

APART = ("adversarial", "abstention")  # kinds of questions that are not in the main figures: their answer is that there is none
UNCATEGORISED = "uncategorised"
AFTERWARDS = timedelta(minutes=1)  # when questions without a date of their own are asked, after the last turn

_DIA = re.compile(r"D:?\s*(\d+):(\d+)")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_SAID_AT = re.compile(r"(\d{1,2}):(\d{2})\s*([ap])m on (\d{1,2}) ([a-z]+),? (\d{4})", re.IGNORECASE)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_ANCHOR = re.compile(r"([a-z]+)[-\s](\d{1,2})[-,\s]+(\d{4})", re.IGNORECASE)
_DATED = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[^\d]+(\d{1,2}):(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message. The part of `key` before the colon says which conversation it is in; the rest, which turn of it."""

    key: str
    session: str
    role: str
    text: str
    at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: str
    category: str
    evidence: frozenset[str]  # keys of turns
    sessions: frozenset[str]


@dataclass(frozen=True, slots=True)
class History:
    """What one asker has said and heard, the questions about it, and when they are asked."""

    name: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]
    asked_at: datetime
    sample: Mapping[str, Any] | None = None  # of LoCoMo, as it was in the file


def questioned(key: str, text: str, category: str, named: Iterable[str], turns: Iterable[Turn]) -> Question:
    """A question whose evidence are those of the named turns that exist."""
    session_of = {turn.key: turn.session for turn in turns}
    evidence = frozenset(one for one in named if one in session_of)
    return Question(key, text, category, evidence, frozenset(session_of[one] for one in evidence))


def dia_ids(said: str) -> list[str]:
    """The turns that a string names: mostly one, some name two in one string."""
    return [f"D{int(session)}:{int(turn)}" for session, turn in _DIA.findall(said)]


def said_at(text: str) -> datetime:
    """A time as one of the data sets writes it. Not strptime, which reads the names of months in the language of the machine."""
    text = text.strip()
    if match := _SAID_AT.fullmatch(text):
        hour = int(match[1]) % 12 + (12 if match[3].lower() == "p" else 0)
        return datetime(int(match[6]), _month(match[5]), int(match[4]), hour, int(match[2]), tzinfo=UTC)
    if match := _DOTTED.fullmatch(text):
        return datetime(int(match[3]), int(match[2]), int(match[1]), int(match[4]), int(match[5]), int(match[6] or 0), tzinfo=UTC)
    if match := _ANCHOR.fullmatch(text):
        return datetime(int(match[3]), _month(match[1]), int(match[2]), tzinfo=UTC)
    if match := _DATED.match(text):
        return datetime(int(match[1]), int(match[2]), int(match[3]), int(match[4] or 0), int(match[5] or 0), tzinfo=UTC)
    raise ValueError(f"{text!r} is no time that a data set states")


def _month(name: str) -> int:
    if name.lower() not in _MONTHS:
        raise ValueError(f"{name!r} is no month")
    return _MONTHS.index(name.lower()) + 1
