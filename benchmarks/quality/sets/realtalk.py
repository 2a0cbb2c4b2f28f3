"""REALTALK: chats that two people really had over some weeks, with questions that name the turns that answer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from benchmarks.quality.sets.form import AFTERWARDS, UNCATEGORISED, History, Turn, dia_ids, questioned, said_at

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "commonsense"}


def recognises(record: Mapping[str, Any]) -> bool:
    return "qa" in record and "conversation" not in record and any(re.fullmatch(r"session_\d+", name) for name in record)


def read(chat: Mapping[str, Any], name: str) -> History:
    numbers = sorted(int(key.split("_")[1]) for key in chat if re.fullmatch(r"session_\d+", key))
    speakers = chat["name"] if isinstance(chat.get("name"), Mapping) else chat
    first = speakers.get("speaker_1") or next(turn["speaker"] for number in numbers for turn in chat[f"session_{number}"])
    turns = [turn for number in numbers for turn in _session(chat, number, first)]
    if not turns:
        raise ValueError(f"{name} has no turn with a text")
    questions = []
    for place, asked in enumerate(chat["qa"]):
        evidence = asked.get("evidence") or ()
        named = [key for said in ([evidence] if isinstance(evidence, str) else evidence) for key in dia_ids(str(said))]
        category = str(asked.get("category", ""))
        category = CATEGORIES.get(int(category), UNCATEGORISED) if category.isdecimal() else category or UNCATEGORISED
        questions.append(questioned(f"{name}/{place}", asked["question"], category, named, turns))
    return History(name, tuple(turns), tuple(questions), turns[-1].at + AFTERWARDS)


def _session(chat: Mapping[str, Any], number: int, first: str) -> list[Turn]:
    """The turns of a session, each at its own time, but never before the one that it follows."""
    stated = chat.get(f"session_{number}_date_time")
    last = said_at(stated) - timedelta(seconds=1) if stated else None
    turns = []
    for place, turn in enumerate(chat[f"session_{number}"], start=1):
        own = turn.get("date_time")
        if own is None and last is None:
            raise ValueError(f"session {number} says nowhere when it was")
        after = None if last is None else last + timedelta(seconds=1)
        last = said_at(own) if own is not None else after
        assert last is not None
        last = last if after is None else max(last, after)
        caption, speaker = turn.get("blip_caption"), turn["speaker"]
        text = "\n".join(filter(None, [turn.get("clean_text", turn.get("text")), caption]))
        if text.strip():
            key = (dia_ids(turn.get("dia_id", "")) or [f"D{number}:{place}"])[0]
            turns.append(Turn(key, f"D{number}", "user" if speaker == first else "assistant", text, last, speaker))
    return turns
