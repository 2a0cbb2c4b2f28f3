"""Reads LoCoMo, REALTALK, LongMemEval and BEAM into one form. It tells them apart by their keys."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality.sets import beam, locomo, longmemeval, realtalk
from benchmarks.quality.sets.form import APART, History, Question, Turn

__all__ = ["APART", "ORDER", "History", "Question", "Turn", "histories"]

ORDER = ("multi-hop", "temporal", "open-domain", "commonsense", "single-hop")
"""Categories that have an order of their own; others come by name, and those that stand apart last."""


def histories(path: Path) -> Iterator[History]:
    """Every conversation, or question with its haystack, of a file or a folder. No two have the same name."""
    names = set()
    for history in _histories(path):
        if history.name in names:
            raise ValueError(f"{path} holds two conversations named {history.name}, so that their questions could not be told apart")
        names.add(history.name)
        yield history


def _histories(path: Path) -> Iterator[History]:
    if path.is_dir() and (chats := beam.folders(path)):
        for folder in chats:
            yield _read_folder(folder, folder.resolve().name if folder == path else folder.relative_to(path).as_posix())
        return
    for file in sorted(one for one in path.iterdir() if one.name.endswith((".json", ".json.gz"))) if path.is_dir() else [path]:
        if file.name in beam.CHATS:
            yield _read_folder(file.parent, file.resolve().parent.name)
            continue
        name = file.name.removesuffix(".gz").removesuffix(".json")
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as stream:
            try:
                content = json.load(stream)
            except ValueError as error:
                raise ValueError(f"{file} is no JSON: {error}") from error
        records = content if isinstance(content, list) else [content]
        for place, record in enumerate(records):
            yield _read(record, name if len(records) == 1 else f"{name}-{place}", file)


def _read(record: Any, name: str, file: Path) -> History:
    try:
        if isinstance(record, dict):
            if longmemeval.recognises(record):
                return longmemeval.read(record)
            if locomo.recognises(record):
                return locomo.read(record)
            if realtalk.recognises(record):
                return realtalk.read(record, name)
            if beam.recognises(record):
                return beam.read(record["chat"], record["probing_questions"], name)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, SyntaxError) as error:
        raise ValueError(f"{file} cannot be read: {_said(error)}") from error
    raise ValueError(f"{file} holds no conversation of LoCoMo or REALTALK, no question of LongMemEval and no chat of BEAM")


def _read_folder(folder: Path, name: str) -> History:
    try:
        return beam.read_folder(folder, name)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, SyntaxError) as error:
        raise ValueError(f"{folder} cannot be read: {_said(error)}") from error


def _said(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
