"""How a record becomes documents of the text index: in parts of readable length, with who said it and when among the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from .clock import moment
from .clues import names_a_time, question_share
from .effects import Document, Embed
from .table import Table
from .text import analyser

PART = 8000
"""Characters of a document, about 2,000 tokens: the end of a long paste is found like its beginning, and length stays comparable."""


class Part(NamedTuple):
    text: str
    words: tuple[str, ...]
    questions: float
    timed: bool
    vector: bytes | None = None


class Reading(NamedTuple):
    """A text, analysed: the costly half of indexing, done before any lock is held."""

    language: str
    parts: tuple[Part, ...]


def read(text: str, language: str) -> Reading:
    words = analyser(language).words
    return Reading(language, tuple(Part(piece, tuple(words(piece)), question_share(piece), names_a_time(piece, language)) for piece in pieces(text)))


async def embedded(readings: Sequence[Reading]) -> list[Reading]:
    """With the vectors of their parts, as far as they can be made at once."""
    vectors = iter(await Embed(tuple(part.text for reading in readings for part in reading.parts)))
    return [reading._replace(parts=tuple(part._replace(vector=next(vectors)) for part in reading.parts)) for reading in readings]


def documents(table: Table[Any], record: Any, reading: Reading, params: Mapping[str, Any] | None = None) -> tuple[Document, ...]:
    """What of this record is searched; nothing for a kind, or a record, that is never found. `params` is the record as stored, if at hand."""
    if table.text is None or (table.hidden is not None and table.hidden(record)):
        return ()
    stored = params or table.encode(record)
    raw, at = stored["id"], stored["created_at"]
    thread = stored["conversation"] if table.threaded else None
    speaker = (record.name or "") if table.threaded else ""
    more = _said(reading.language, speaker, record.created_at) if table.threaded else ()
    return tuple(
        Document(
            kind=table.name,
            record=raw,
            part=number,
            tenant=record.tenant,
            user=record.user,
            agent=record.agent,
            project=record.project,
            thread=thread,
            role=record.role if table.threaded else "",
            speaker=speaker,
            at=at,
            text=part.text,
            language=reading.language,
            words=part.words + more,
            questions=part.questions,
            timed=part.timed,
            importance=importance(record),
            embedded=table.embedded,
            vector=part.vector,
        )
        for number, part in enumerate(reading.parts)
    )


def importance(record: Any) -> float:
    """How much a record matters, from 0.0 to 1.0: as it was told, and in the middle if it has no say in that."""
    return getattr(record, "importance", 0.5)


def in_language(document: Document, language: str) -> Document:
    """The document as it is in this language; made anew if it was made with another."""
    if document.language == language:
        return document
    new = analyser(language)
    more = _said(new.language, document.speaker, moment(document.at)) if document.thread else ()
    return replace(document, language=language, words=tuple(new.words(document.text)) + more, timed=names_a_time(document.text, language))


def _said(language: str, speaker: str, at: datetime) -> tuple[str, ...]:
    """A turn is also found by who said it and on what day: worth four points of recall on two-person chats."""
    return _named(language, speaker) + _day(language, at.year, at.month, at.day, at.weekday())


@lru_cache(4096)
def _named(language: str, speaker: str) -> tuple[str, ...]:
    return tuple(analyser(language).words(speaker)) if speaker else ()


@lru_cache(4096)
def _day(language: str, year: int, month: int, day: int, weekday: int) -> tuple[str, ...]:
    return tuple(analyser(language).date_words(year, month, day, weekday))


def pieces(text: str) -> list[str]:
    """The text in pieces of at most `PART` characters, cut at a paragraph, a line or a space where there is one."""
    found: list[str] = []
    if not text:
        return found
    while len(text) > PART:
        cut = max(text.rfind("\n\n", PART // 2, PART), text.rfind("\n", PART * 3 // 4, PART), text.rfind(" ", PART * 7 // 8, PART))
        cut = cut + 1 if cut > 0 else PART
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]
