"""LongMemEval, -S, -M and oracle: questions, each with its haystack of sessions of a user with an assistant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from benchmarks.quality.sets.form import History, Question, Turn, said_at


def recognises(record: Mapping[str, Any]) -> bool:
    return "haystack_sessions" in record


def read(record: Mapping[str, Any]) -> History:
    turns: list[Turn] = []
    evidence: set[str] = set()
    for place, (session, stated, said) in enumerate(
        zip(record["haystack_session_ids"], record["haystack_dates"], record["haystack_sessions"], strict=True)
    ):
        start = said_at(stated)
        for number, turn in enumerate(said):
            if not turn["content"]:
                continue
            key = f"{place}:{number}"
            turns.append(Turn(key, session, turn["role"], turn["content"], start + timedelta(seconds=number)))
            if turn.get("has_answer"):
                evidence.add(key)
    sessions = frozenset(record["answer_session_ids"]) & {turn.session for turn in turns}
    category = "abstention" if record["question_id"].endswith("_abs") else record["question_type"]
    asked = Question(record["question_id"], record["question"], category, frozenset(evidence), sessions)
    return History(record["question_id"], tuple(turns), (asked,), said_at(record["question_date"]))
