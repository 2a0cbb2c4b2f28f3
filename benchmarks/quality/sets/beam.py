"""BEAM: very long chats of a user with an assistant, with probing questions that name the messages that answer them."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.quality.sets.form import AFTERWARDS, History, Turn, questioned, said_at

CHATS = ("chat_trunecated.json", "chat.json")  # the first that is there; the misspelling is the data set's own
QUESTIONS = ("probing_questions/probing_questions.json", "probing_questions.json")
_UNDATED = datetime(2024, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"\s*->->[^\n]*$")  # what the generator of the chats left behind its prompts; nobody would have typed it


def recognises(record: Mapping[str, Any]) -> bool:
    return "chat" in record and "probing_questions" in record


def folders(path: Path) -> list[Path]:
    """The folders of chats in this folder, by their numbers. The longest chats have their plans in folders below, as parts of the same chat."""
    found = {file.parent for name in CHATS for file in path.rglob(name)}
    whole = [one for one in found if found.isdisjoint(one.parents)]
    return sorted(whole, key=lambda one: [(int(part) if part.isdecimal() else 0, part) for part in one.relative_to(path).parts])


def read_folder(folder: Path, name: str) -> History:
    """A chat, and the questions beside it."""
    chat = next(folder / name for name in CHATS if (folder / name).exists())
    questions = next((folder / name for name in QUESTIONS if (folder / name).exists()), None)
    if questions is None:
        raise ValueError(f"{folder} has no {QUESTIONS[0]}")
    return read(json.loads(chat.read_text(encoding="utf-8")), json.loads(questions.read_text(encoding="utf-8")), name)


def read(chat: Any, probing: Any, name: str) -> History:
    turns: list[Turn] = []
    key_of: dict[str, str] = {}
    times: Counter[str] = Counter()
    at = next((said_at(stated) for batch in _batches(chat) for message in batch if (stated := message.get("time_anchor"))), _UNDATED)
    for number, batch in enumerate(_batches(chat), start=1):
        stated = next((message["time_anchor"] for message in batch if message.get("time_anchor")), None)
        at = max(at, said_at(stated)) if stated else at
        for message in batch:
            text = _MARK.sub("", message.get("content") or "")
            if not text.strip():
                continue
            id = str(message.get("id", f"after-{len(turns)}"))
            times[id] += 1
            key = f"{number}:{id}" if times[id] == 1 else f"{number}:{id}-{times[id]}"
            key_of[id] = key
            turns.append(Turn(key, str(number), message["role"], text, at))
            at += timedelta(seconds=1)
    if not turns:
        raise ValueError(f"{name} has no message with a text")
    questions = []
    for category, asked in _mapping(probing).items():
        for place, one in enumerate(asked):
            ids = list(_ids(one.get("source_chat_ids")))
            # Some chats give an id twice. A question that names one does not say which message it means: better no evidence than half of it.
            named = [] if any(times[id] > 1 for id in ids) else [key_of[id] for id in ids if id in key_of]
            questions.append(questioned(f"{name}/{category}/{place}", one["question"], category.replace("_", " "), named, turns))
    return History(name, tuple(turns), tuple(questions), turns[-1].at + AFTERWARDS)


def _batches(chat: Any) -> Iterator[list[Mapping[str, Any]]]:
    """What was said under one date: `turns` of a batch, or a plain list; the longest chats are lists of plans that hold batches."""
    for batch in chat:
        if isinstance(batch, Mapping) and "turns" not in batch:
            for plan in batch.values():
                yield from _batches(plan or ())
        else:
            yield list(_messages(batch["turns"] if isinstance(batch, Mapping) else batch))


def _messages(some: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(some, Mapping):
        yield some
    else:
        for one in some or ():
            yield from _messages(one)


def _ids(some: Any) -> Iterator[str]:
    """Ids in a list, or in a mapping of what each of them shows to lists."""
    if isinstance(some, (Mapping, list)):
        for one in some.values() if isinstance(some, Mapping) else some:
            yield from _ids(one)
    elif some is not None:
        yield str(some)


def _mapping(probing: Any) -> Mapping[str, Any]:
    """The questions, which tables of the data set hold as a text of JSON or of Python."""
    if not isinstance(probing, str):
        return probing  # type: ignore[no-any-return]
    try:
        return json.loads(probing)  # type: ignore[no-any-return]
    except json.JSONDecodeError:
        return ast.literal_eval(probing)  # type: ignore[no-any-return]
