"""The readers of foreign chat formats and memories: find the one that knows a file, or ask for one by its name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from ..foreign import EXPORTED, UNREADABLE, BadRecord, ForeignConversation, exported_names, is_zip
from ..own import Line
from . import chat_jsonl, chatgpt, claude_code, claude_export, engram, kernex, locomo, nexo, sessions_db

HEAD = 64 * 1024
TRIED = 20


class Reader(Protocol):
    """What a reader's module offers; a file that cannot be read is one bad record, never an exception."""

    NAME: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file with these opening bytes (up to 64 KiB) is of this format."""
        ...

    def read(self, path: Path) -> Iterator[ForeignConversation | Line | BadRecord]:
        """The conversations of the file, one at a time, and the records in it that could not be read; of a database, records of any kind."""
        ...


DATABASES: tuple[Reader, ...] = (kernex, nexo, engram, sessions_db)
"""Those of other systems' memories: SQLite files, whose rows become records of ours as they are."""

READERS: tuple[Reader, ...] = (chat_jsonl, chatgpt, claude_export, claude_code, locomo, *DATABASES)

_IN_ZIPS: tuple[Reader, ...] = (chatgpt, claude_export)
_IN_FOLDERS: tuple[Reader, ...] = (chatgpt, claude_export, claude_code, locomo)


def by_name(name: str) -> Reader | None:
    """The reader of the format with this name, such as "chatgpt", or None."""
    return next((reader for reader in READERS if name == reader.NAME), None)


def detect(path: Path) -> Reader | None:
    """The reader that knows this file, zip or folder by its opening bytes, or None."""
    try:
        if path.is_dir():
            return _first(_IN_FOLDERS, path, _folder_heads(path))
        if is_zip(path):
            return _first(_IN_ZIPS, path, _zip_heads(path))
        return _first(READERS, path, [_head(path)])
    except UNREADABLE:
        return None


def _first(readers: tuple[Reader, ...], path: Path, heads: list[bytes]) -> Reader | None:
    return next((reader for head in heads for reader in readers if reader.recognises(path, head)), None)


def _folder_heads(path: Path) -> list[bytes]:
    exports = [each for each in islice(path.glob("*.json"), TRIED) if EXPORTED.fullmatch(each.name)]
    sessions = (each for pattern in (*claude_code.FOLDERS, "*.json") for each in islice(path.glob(pattern), TRIED))
    return [_head(each) for each in (*exports, *sessions) if each.is_file()]


def _zip_heads(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [_zip_head(archive, name) for name in exported_names(archive)[:TRIED]]


def _zip_head(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(HEAD)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD)
