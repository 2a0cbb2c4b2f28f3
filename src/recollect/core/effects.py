"""What a body may wait for. Each effect yields itself; the engine answers it.

Before the transaction: `Language`, `Read`, `Embed`, `Answering`, and in a flow `Perform` and `Call`. `Begin` or the first `Statement` begins the
transaction; from then on `Perform` and `Call` are illegal, so no wait happens under a lock.

Nobody changes an effect. Those that every write makes are not frozen all the same: that would make them three times as slow to make.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from .ids import new_id
from .scope import Scope

R = TypeVar("R")
T = TypeVar("T")
Row = tuple[Any, ...]
Params = Mapping[str, Any]


@dataclass(slots=True)
class Statement(Generic[R]):
    """One SQL statement, its parameters, and how to shape the rows it returns."""

    sql: str
    params: Params
    shape: Callable[[list[Row]], R]
    indexed: bool = False  # reads the text index: entries that wait for the end of the group are written first

    def __await__(self) -> Generator[Statement[R], list[Row], R]:
        return self.shape((yield self))


@dataclass(slots=True)
class Batch:
    """One statement for many rows."""

    sql: str
    rows: Sequence[Params]

    def __await__(self) -> Generator[Batch, None, None]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a transaction draws when it begins: its time, and the id under which its changes are logged."""

    now: int
    operation: bytes

    def new_id(self) -> bytes:
        return new_id(self.now)


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin the transaction now and say what time it is."""

    def __await__(self) -> Generator[Begin, Moment, Moment]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Language:
    """The language whose stop words and stems this owner's texts and questions use."""

    tenant: str
    user: str

    def __await__(self) -> Generator[Language, str, str]:
        return (yield self)


class Reader(Protocol):
    """Reads texts as they are put to it, and has their readings, in that order, when they are all there."""

    def put(self, text: str) -> None: ...

    def all(self) -> list[Any]: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody who reads so many texts in this language word by word: the costly half of indexing, done before the transaction."""

    count: int
    language: str

    def __await__(self) -> Generator[Read, Reader, Reader]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Embed:
    """The vectors of these texts as they are stored; None for each that has to wait. Made before the transaction, as all that takes time."""

    texts: tuple[str, ...]

    def __await__(self) -> Generator[Embed, Sequence[bytes | None], Sequence[bytes | None]]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Answering:
    """By which vectors questions are answered; None if by words alone."""

    def __await__(self) -> Generator[Answering, Any, Any]:
        return (yield self)


class Unasked(Exception):
    """A question needs the vector of a text whose embedder takes its time: whoever asked has it made, under no lock, and asks again."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(slots=True)
class Document:
    """One text as the index sees it; a long record has several."""

    kind: str
    record: bytes
    part: int
    tenant: str
    user: str
    agent: str
    project: str
    thread: bytes | None  # texts of one thread stand beside each other: a conversation
    role: str
    speaker: str
    at: int
    text: str
    language: str  # what `words` were made with; the engine makes them anew if the owner's has changed meanwhile
    words: tuple[str, ...]
    questions: float  # share of its sentences that ask
    timed: bool  # names a time
    importance: float
    embedded: bool = False  # whether it takes part in vectors
    vector: bytes | None = None  # if it is made already


@dataclass(slots=True)
class Index:
    """Make these documents findable, in this transaction."""

    documents: tuple[Document, ...]

    def __await__(self) -> Generator[Index, None, None]:
        return (yield self)


@dataclass(slots=True)
class Unindex:
    """Take these documents out of the index; the same words must be given that went in."""

    documents: tuple[Document, ...]

    def __await__(self) -> Generator[Unindex, None, None]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class OwnersChanged:
    """The table of owners was changed by a statement: what the engine remembers of it is void."""

    def __await__(self) -> Generator[OwnersChanged, None, None]:
        return (yield self)


@dataclass(slots=True)
class Lock:
    """From here on this transaction alone writes this owner's rows: for a body that writes more than its scope's own."""

    tenant: str
    user: str

    def __await__(self) -> Generator[Lock, None, None]:
        return (yield self)


@dataclass(slots=True)
class Change:
    """Who did what to which record: an entry of the change log, sealed into its tenant's chain with the transaction."""

    kind: str
    record: bytes
    action: str
    scope: tuple[str, ...]  # the six parts of the record's scope
    values: tuple[Any, ...]  # the record's logged columns, as stored
    actor: str

    def __await__(self) -> Generator[Change, None, None]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Perform:
    """Another operation, in a transaction of its own. Only in a flow."""

    make: Callable[[], Coroutine[Any, Any, Any]]
    write: bool
    whose: Scope

    def __await__(self) -> Generator[Perform, Any, Any]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Call:
    """A function that must not run under a lock: a file to read, a callable that the user gave us. Only in a flow."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def __await__(self) -> Generator[Call, Any, Any]:
        return (yield self)


TRANSACTIONAL = (Begin, Statement, Batch, Index, Unindex, OwnersChanged, Lock, Change)


def run(sql: str, **params: Any) -> Statement[None]:
    return Statement(sql, params, lambda rows: None)


def one(into: Callable[..., T], sql: str, **params: Any) -> Statement[T | None]:
    return Statement(sql, params, lambda rows: into(*rows[0]) if rows else None)


def many(into: Callable[..., T], sql: str, **params: Any) -> Statement[list[T]]:
    return Statement(sql, params, lambda rows: [into(*row) for row in rows])


def value(sql: str, **params: Any) -> Statement[Any]:
    """The first column of the first row, or None."""
    return Statement(sql, params, lambda rows: rows[0][0] if rows else None)
