"""LoCoMo: invented chats of two people, with questions that name the turns that answer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from benchmarks.quality.sets.form import AFTERWARDS, UNCATEGORISED, History, Turn, dia_ids, questioned, said_at

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}


def recognises(record: Mapping[str, Any]) -> bool:
    return "conversation" in record and "qa" in record


def read(sample: Mapping[str, Any]) -> History:
    talk = sample["conversation"]
    turns: list[Turn] = []
    numbers = sorted(int(name.split("_")[1]) for name in talk if re.fullmatch(r"session_\d+", name))
    for number in numbers:
        start = said_at(talk[f"session_{number}_date_time"])
        for place, turn in enumerate(talk[f"session_{number}"]):
            caption = turn.get("blip_caption")
            role = "user" if turn["speaker"] == talk["speaker_a"] else "assistant"
            text = turn["text"] + (f"\n{caption}" if caption else "")
            turns.append(Turn(dia_ids(turn["dia_id"])[0], f"D{number}", role, text, start + timedelta(seconds=place), turn["speaker"]))
    questions = []
    for place, asked in enumerate(sample["qa"]):
        named = [key for said in asked.get("evidence", ()) for key in dia_ids(said)]
        category = CATEGORIES.get(asked.get("category"), UNCATEGORISED)
        questions.append(questioned(f"{sample['sample_id']}/{place}", asked["question"], category, named, turns))
    return History(str(sample["sample_id"]), tuple(turns), tuple(questions), turns[-1].at + AFTERWARDS, sample)
