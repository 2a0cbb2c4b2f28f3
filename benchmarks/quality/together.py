"""Each conversation in a memory of its own, or all in that of one user: what recall finds where most of it is about something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchmarks.quality.recipes import Filled, Plain, PlainFilled, Recollect
from benchmarks.quality.sets import History

USER = "all"


Ready = Iterator[tuple[History, Filled, PlainFilled]]
"""Histories whose questions are to be asked now, and who is asked."""


def apart(every: Iterable[History], ours: Recollect, theirs: Plain) -> Ready:
    """Each is its own user."""
    for number, history in enumerate(every):
        yield history, ours.filled(history, f"user-{number}"), theirs.filled(history)


def together(every: Iterable[History], ours: Recollect, theirs: Plain) -> Ready:
    """All are one user; each one's questions are asked at their time."""
    every = list(every)
    key_of: dict[str, str] = {}
    for history in every:
        key_of |= {id: _named(history, key) for id, key in ours.filled(history, USER).key_of.items()}
    turns = tuple(
        replace(turn, key=_named(history, turn.key), session=_named(history, turn.session)) for history in every for turn in history.turns
    )  # fmt: skip
    plain = theirs.filled(replace(every[0], turns=turns))
    for history in every:
        questions = tuple(
            replace(
                question,
                evidence=frozenset(_named(history, key) for key in question.evidence),
                sessions=frozenset(_named(history, session) for session in question.sessions),
            )
            for question in history.questions
        )
        yield replace(history, turns=turns, questions=questions), ours.asking(history, USER, key_of), plain


def _named(history: History, key: str) -> str:
    """Turns and sessions of two conversations have the same keys."""
    return f"{history.name}/{key}"
