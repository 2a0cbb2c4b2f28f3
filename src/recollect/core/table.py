"""A record class is the table: its fields are the columns, in order.

The type of a field says how it is stored; nothing else does. SQL that a verb means stands beside the verb; what can be said for
every table (insert, update, the scope's conditions) is derived from here.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from .clock import micros, moment
from .ids import id_bytes, id_text
from .scope import PARTS, Scope

Id = Annotated[str, "id"]
"""A public id: a canonical UUIDv7 string, 16 bytes in the table."""

Json = Annotated[Any, "json"]
"""Whatever JSON holds, as it was given."""

VOLATILE = {"volatile": True}
"""Field metadata: moves too often to be worth an entry in the change log, such as the time of the last message."""


@dataclass(frozen=True, slots=True)
class Record:
    """What every record has: an id, its scope, and its times (aware UTC, microseconds)."""

    id: Id
    tenant: str
    user: str
    agent: str
    project: str
    channel: str
    session: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def scope(self) -> Scope:
        """Where it was written."""
        return Scope(self.tenant, self.user, self.agent, self.project, self.channel, self.session)


@dataclass(frozen=True, slots=True)
class Versioned(Record):
    """A record that keeps what it was: version 1 is its creation."""

    version: int


R = TypeVar("R", bound=Record)


class Codec(NamedTuple):
    """How one type of field is stored."""

    sql: str
    encode: Callable[[Any], Any] | None = None
    decode: Callable[[Any], Any] | None = None


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_vouched = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=bytes.hex).encode


def _tuple(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text))


JSON = Codec("text", lambda value: _json(value), json.loads)

_CODECS: dict[Any, Codec] = {
    Id: Codec("blob", id_bytes, id_text),
    Json: JSON,
    str: Codec("text"),
    int: Codec("integer"),
    float: Codec("real", float),
    bool: Codec("integer", int, bool),
    bytes: Codec("blob"),
    datetime: Codec("integer", micros, moment),
    tuple: Codec("text", lambda value: _json(list(value)), _tuple),
    Mapping: Codec("text", lambda value: _json(value) if value else "{}", lambda text: {} if text == "{}" else json.loads(text)),
}


class Column(NamedTuple):
    name: str
    codec: Codec
    required: bool
    volatile: bool

    @property
    def quoted(self) -> str:
        return quoted(self.name)


RESERVED = frozenset({"user", "where", "to"})


def quoted(name: str) -> str:
    """``user`` is a function in PostgreSQL; unquoted it would silently answer with the login name."""
    return f'"{name}"' if name in RESERVED else name


def _column(name: str, hint: Any, metadata: Mapping[str, Any]) -> Column:
    required = True
    if get_origin(hint) in (Union, types.UnionType):
        required = False
        hint = next(option for option in get_args(hint) if option is not type(None))
    origin = hint if hint in (Id, Json) else get_origin(hint) or hint
    return Column(name, _CODECS[origin], required, bool(metadata.get("volatile")))


@dataclass(frozen=True, kw_only=True)
class Table(Generic[R]):
    """One kind of memory: its record, and the traits it declares."""

    name: str
    record: type[R]
    key: str | None = None  # the natural key, unique among the live rows of a level
    knowledge: bool = False  # rows without a project are general, and a project's own shadow them
    tenant_wide: bool = False  # belongs to the tenant, whoever writes it
    all_agents: bool = False  # seen by all agents of its user
    versioned: bool = False  # what it was is kept
    expiring: bool = False  # has expires_at
    threaded: bool = False  # its texts stand beside each other in a conversation
    part_of: tuple[tuple[str, str], ...] = ()  # column and kind ("*" any) of what it is a part of: deleted, brought back and erased with it
    mentions: tuple[str, ...] = ()  # columns that hold ids of other records: erased with those
    text: Callable[[R], str] | None = None  # what is searched; None: not searchable
    aside: bool = False  # found when its kind is named, and in nobody's prompt unasked
    shown: Callable[[R], str] | None = None  # what a hit and a context show of it, if not what is searched
    derived: Mapping[str, tuple[Codec, Callable[[R], Any]]] | None = None  # stored beside the fields, computed from them
    hidden: Callable[[R], bool] | None = None  # never listed, never searched
    check: Callable[[R], object] | None = None  # raises `Invalid` if an imported record does not make sense

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        hints = get_type_hints(self.record, include_extras=True)
        return tuple(_column(field.name, hints[field.name], field.metadata) for field in fields(self.record))

    @property
    def embedded(self) -> bool:
        """Whether its texts are given vectors: those that recall looks through unasked."""
        return self.text is not None and not self.aside

    def said(self, record: R) -> str:
        """The record as a text for a reader."""
        show = self.shown or self.text
        return show(record) if show else ""

    @cached_property
    def selected(self) -> str:
        return ", ".join(column.quoted for column in self.columns)

    @cached_property
    def _derived(self) -> dict[str, tuple[Codec, Callable[[R], Any]]]:
        return dict(self.derived or {})

    @cached_property
    def insert(self) -> str:
        names = [column.name for column in self.columns] + list(self._derived)
        marks = ", ".join(f":{name}" for name in names)
        return f"insert into {self.name} ({', '.join(map(quoted, names))}) values ({marks})"

    @cached_property
    def update(self) -> str:
        fixed = {"id", "tenant", "created_at"}
        names = [column.name for column in self.columns if column.name not in fixed] + list(self._derived)
        moves = ", ".join(f"{quoted(name)} = :{name}" for name in names)
        return f"update {self.name} set {moves} where tenant = :tenant and id = :id"

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def _values(self) -> Callable[[R], tuple[Any, ...]]:
        return attrgetter(*self._names)

    @cached_property
    def _encoders(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple((column.name, column.codec.encode) for column in self.columns if column.codec.encode)

    @cached_property
    def _decoders(self) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
        return tuple((place, column.codec.decode) for place, column in enumerate(self.columns) if column.codec.decode)

    @cached_property
    def logged(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """The stored values whose content the change log vouches for, of a stored row."""
        return itemgetter(*(column.name for column in self.columns if not column.volatile and column.name not in ("id", *PARTS)))

    def encode(self, record: R) -> dict[str, Any]:
        params: dict[str, Any] = dict(zip(self._names, self._values(record), strict=True))
        for name, encode in self._encoders:
            if params[name] is not None:
                params[name] = encode(params[name])
        for name, (_, derive) in self._derived.items():
            params[name] = derive(record)
        return params

    def decode(self, *row: Any) -> R:
        values = list(row)
        for place, decode in self._decoders:
            if values[place] is not None:
                values[place] = decode(values[place])
        return self.record(*values)


def content_digest(salt: bytes, values: tuple[Any, ...]) -> bytes:
    """A salted digest of stored values. JSON in ASCII, since Python's repr of text changes with its Unicode tables."""
    return hashlib.sha256(salt + _vouched(values).encode()).digest()
