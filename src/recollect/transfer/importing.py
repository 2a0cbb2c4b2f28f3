"""Reading a file into a scope: which format it is, what is new in it, and what could not be read.

Whole conversations are committed, small ones together, so an import that was killed is completed by the same command. Records are known by their
external ids (`<format>:<their id>`), those of foreign databases by ids made of what they say, deleted ones too, so the same file again adds nothing
and what was deleted stays deleted.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ..core.clock import micros, moment
from ..core.effects import Begin, Call, Lock
from ..core.operation import Async, Room, operation
from ..core.paths import checked_path
from ..errors import Conflict, Denied, Invalid, NotFound, RecollectError
from . import own, readers
from .adopting import Places, adopted
from .foreign import BadRecord, ForeignConversation, ForeignMessage
from .report import ImportReport

BATCH = 200
"""Lines of our own export, records of a foreign database, or messages in one transaction: another writer waits a twentieth of a second for it."""

Item = own.Line | ForeignConversation
Progress = Callable[[int, int], None]


class Importer(Room[Async]):
    """The operations of an import."""

    def __init__(self, house: Any) -> None:
        self._house, self._door, self._scope = house, house._door, house._scope

    @property
    def _inner(self) -> Importer:
        return Importer(self._house._inner)

    @operation
    async def put(self: Importer, items: list[Item], format: str, *, strict: bool = False) -> tuple[Counter[str], int, list[BadRecord]]:
        """Put these into the house, all or none: (added by kind, known already, messages that could not be)."""
        await Begin()
        for tenant, user in sorted({own.owner_of(item) for item in items if isinstance(item, own.Line)}):  # in one order, or two would wait for ever
            await Lock(tenant, user)
        added: Counter[str] = Counter()
        known, bad, places, talks = 0, list[BadRecord](), Places(self._house), _Talks(self._house, format)
        for item in items:
            if isinstance(item, own.Line):
                kind, problem = await self._line(item, None if format == own.NAME else places)
                added.update([kind] if kind else [])
                bad += [problem] if problem else []
                known += kind is None and problem is None and item.kind in self._house._kinds
            else:
                bad += await talks.put(item)
            if bad and strict:
                raise Invalid(f"{bad[0].where}: {bad[0].reason}; nothing was imported")
        await talks.write()
        return added + talks.added, known + talks.known, bad

    async def _line(self, line: own.Line, places: Places | None) -> tuple[str | None, BadRecord | None]:
        """(The kind that grew, why a foreign record could not be put here)."""
        if places is not None and await places.withheld(line):
            return None, None
        kind = await own.insert(self._house, line)
        if places is None:
            return kind, None
        if kind is None:
            return None, await places.displaced(line)
        await places.came_in(line)
        return kind, None


class _Talks:
    """Conversations of another tool. The messages of several are written together: index entries and vectors cost half as much in hundreds."""

    def __init__(self, house: Any, format: str) -> None:
        self._house, self._format = house, format
        self.added: Counter[str] = Counter()
        self.known = 0
        self._begun: set[str] = set()  # the external ids of conversations whose messages wait to be written
        self._waiting: dict[str, Any] = {}  # drafts of messages, by their external ids
        self._over: list[tuple[Any, datetime]] = []  # conversations to be closed, and when they ended

    async def put(self, foreign: ForeignConversation) -> list[BadRecord]:
        """What is new in this one waits for `write`; what could not be read of it."""
        external_id = self._id(foreign.external_id)
        if external_id in self._begun or len(self._waiting) >= BATCH:
            await self.write()
        moment_, talks = await Begin(), self._house.conversations
        begun = micros(foreign.started_at) if foreign.started_at else next((micros(one.at) for one in foreign.messages if one.at), moment_.now)
        conversation = await talks._external(external_id)
        if conversation is not None and conversation.deleted_at is not None:
            self.known += 1 + len(foreign.messages)
            return []
        if conversation is None:
            conversation = await talks._begin(moment_, title=foreign.title, external_id=external_id, at=begun)
            self.added["conversations"] += 1
        else:
            self.known += 1
        self._begun.add(external_id)
        if conversation.status == "active":  # it is over: the next message here must not join it
            self._over.append((conversation, moment(max([begun, *(micros(one.at) for one in foreign.messages if one.at)]))))
        return await self._messages(foreign, conversation.id, begun)

    async def write(self) -> None:
        moment_, house = await Begin(), self._house
        await house.messages._add(self._waiting.values(), len(self._waiting))
        for conversation, ended in self._over:
            closed = replace(conversation, status="closed", closed_at=ended, last_activity=ended)
            await house.conversations._change(conversation, closed, "close", moment_)
        self.added["messages"] += len(self._waiting)
        self._begun.clear()
        self._waiting.clear()
        self._over.clear()

    async def _messages(self, foreign: ForeignConversation, conversation: str, begun: int) -> list[BadRecord]:
        room, bad, at = self._house.messages, list[BadRecord](), begun
        ids = [self._ids(foreign, one) for one in foreign.messages]
        stored = await room._known([id for both in ids for id in both])
        for both, one in zip(ids, foreign.messages, strict=True):
            at = max(at, micros(one.at)) if one.at else at
            try:
                external_id = self._fresh(both, one, conversation, stored)
                if external_id is None:
                    self.known += 1
                    continue
                self._waiting[external_id] = room._draft(
                    one.role, one.content, conversation=conversation, name=one.name, tool_calls=one.tool_calls,
                    tool_call_id=one.tool_call_id, metadata=one.metadata, at=moment(at), external_id=external_id,
                )  # fmt: skip
            except RecollectError as error:
                bad.append(BadRecord(f"{foreign.where}, message {one.external_id}", str(error)))
        return bad

    def _fresh(self, ids: tuple[str, str], one: ForeignMessage, conversation: str, stored: Mapping[str, Any]) -> str | None:
        """Under which id a message is new; None if it is known. Of a content of parts the id is believed."""
        for id in ids:
            if id in self._waiting:
                where, content = self._waiting[id].conversation, self._waiting[id].values["content"]
            elif id in stored:
                where, content = stored[id].conversation, stored[id].content
            else:
                return id
            if not isinstance(one.content, str) or one.content == content:
                return None
            if where == conversation:
                break
        raise Conflict("it is stored with another content; messages are not edited, so the stored one was left as it is")

    def _ids(self, foreign: ForeignConversation, one: ForeignMessage) -> tuple[str, str]:
        """How a message is known, and how it is if another conversation has one of that id that says something else."""
        return self._id(one.external_id), self._id(f"{foreign.external_id}/{one.external_id}")

    def _id(self, theirs: str) -> str:
        """Ids of several tools must not meet; a very long one keeps its end, where it differs."""
        return f"{self._format}:{theirs[-230:]}"


async def import_(house: Any, path: str | os.PathLike[str], format: str | None, *, strict: bool, progress: Progress | None) -> ImportReport:
    """The flow: read outside of any transaction, write in small ones (or, if strict, in one)."""
    source = Path(checked_path(path)).expanduser()
    if house._engine.read_only:
        raise Denied("this memory was opened with read_only=True; open it again without to import")
    name, items = await Call(_opened, (source, format, house))
    importer = Importer(house)
    if strict:
        return await _all_or_nothing(importer, name, items, progress)
    added: Counter[str] = Counter()
    known, done, bad = 0, 0, list[BadRecord]()
    while batch := await Call(_batch, (items,)):
        good = [item for item in batch if not isinstance(item, BadRecord)]
        bad += [item for item in batch if isinstance(item, BadRecord)]
        for more, seen, refused in await _put(importer, good, name):
            added.update(more)
            known += seen
            bad += refused
        done += len(batch)
        if progress is not None:
            await Call(progress, (done, 0))
    return _report(name, added, known, bad)


async def _put(importer: Importer, items: list[Any], name: str) -> list[tuple[Counter[str], int, list[BadRecord]]]:
    """One transaction; if the house refuses it, one for each item, so that only the bad ones stay out."""
    if not items:
        return []
    try:
        return [await importer.put(items, name)]
    except RecollectError as error:
        if not _about_content(error):
            raise
        if len(items) == 1:
            return [(Counter(), 0, [BadRecord(items[0].where, str(error))])]
    return [result for item in items for result in await _put(importer, [item], name)]


def _about_content(error: RecollectError) -> bool:
    """Whether it is the record's fault; a full disk or a lock is not, and ends the import."""
    return isinstance(error, (Conflict, Denied, Invalid, NotFound))


async def _all_or_nothing(importer: Importer, name: str, items: Iterator[Any], progress: Progress | None) -> ImportReport:
    read = await Call(list, (items,))
    bad = [item for item in read if isinstance(item, BadRecord)]
    if bad:
        raise Invalid(f"{bad[0].where}: {bad[0].reason} ({len(bad)} bad records in all); nothing was imported")
    added, known, refused = await importer.put(read, name, strict=True)
    if progress is not None:
        await Call(progress, (len(read), len(read)))
    return _report(name, added, known, refused)


def _report(name: str, added: Mapping[str, int], known: int, bad: list[BadRecord]) -> ImportReport:
    return ImportReport(name, {kind: count for kind, count in added.items() if count}, known, tuple((one.where, one.reason) for one in bad))


def _batch(items: Iterator[Item | BadRecord]) -> list[Item | BadRecord]:
    """What goes into one transaction."""
    batch, lines = list[Item | BadRecord](), 0
    for item in items:
        batch.append(item)
        lines += len(item.messages) if isinstance(item, ForeignConversation) else 1
        if lines >= BATCH:
            break
    return batch


def _opened(source: Path, format: str | None, house: Any) -> tuple[str, Iterator[Any]]:
    """The format's name, and its records."""
    if not source.exists():
        raise NotFound(f"{source} does not exist; name the file or folder to import")
    known = ", ".join([own.NAME, *(reader.NAME for reader in readers.READERS)])
    if format == own.NAME or (format is None and source.is_file() and own.recognises(_head(source))):
        if not source.is_file() or not own.recognises(_head(source)):
            raise Invalid(f"{source} is no export of recollect; its first line says nothing of it")
        own.check_format(_head(source))
        return own.NAME, own.lines(source, house._kinds)
    reader = readers.detect(source) if format is None else readers.by_name(format)
    if reader is None:
        what = f"the format of {source} is not recognised" if format is None else f"the format {format!r} is not known"
        raise Invalid(f"{what}; name a format: {known}")
    if reader in readers.DATABASES:
        return reader.NAME, adopted(partial(reader.read, source), house._scope, house._kinds, source)
    return reader.NAME, iter(reader.read(source))


def _head(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise Denied(f"{source} cannot be read ({error.strerror}); check its permissions") from error
