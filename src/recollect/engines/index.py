"""The text index of a SQLite file: documents, and the words of each behind its owner's number.

A posting list is one owner's, so a search costs what its own rows cost, and a word of one owner can never be found by another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from ..core.dialect import SPACES, SQLITE
from ..core.documents import in_language
from ..core.effects import Document, Index, Unindex
from .vectors import Maker, first_stamp, step, ticket

NEAR = 20
"""Words that a neighbour lends at most; see `recall.scoring`."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

_INSERT = """insert into documents
    (number, owner, tenant, kind, record, part, agent, project, thread, place, role, speaker, at, length, questions, timed, importance)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_WORDS = "insert into words (rowid, tokens) values (?, ?)"
_COUNTED = """update owners set documents = documents + ?, words = words + ?, near = near + ?, stamp = ?, shrank = max(shrank, ?)
    where number = ?"""
_PENDING = """insert into pending (document, space, owner, tenant, ticket, attempts, retry_at)
    values (:document, :space, :owner, :tenant, :ticket, 0, 0)"""


def prefix(owner: int) -> str:
    """What stands before each of an owner's words: its number in base 36, and the only underscore."""
    digits = ""
    while True:
        owner, rest = divmod(owner, 36)
        digits = _DIGITS[rest] + digits
        if not owner:
            return digits + "_"


class _Owner:
    __slots__ = ("documents", "language", "near", "number", "prefix", "shrank", "stamp", "words")

    def __init__(self, number: int, language: str, stamp: int) -> None:
        self.number, self.language, self.prefix, self.stamp = number, language, prefix(number), stamp
        self.documents = self.words = self.near = 0  # what this transaction adds
        self.shrank = 0  # the stamp of this transaction, if it takes something out


class TextIndex:
    """Writes index entries through one connection. Whatever it remembers is dropped when a transaction is lost."""

    def __init__(self, db: apsw.Connection, language: str, guesses: dict[tuple[str, str], str], maker: Maker) -> None:
        self._db, self._language, self._guesses, self._maker = db, language, guesses, maker
        self._owners: dict[tuple[str, str], _Owner] = {}
        self._places: dict[bytes, int] = {}
        self._rows: list[tuple[Any, ...]] = []  # of documents, waiting to be written at once; the words of each beside it
        self._tokens: list[str] = []
        self._embedded: list[tuple[int, _Owner, Document]] = []  # which of the rows take part in vectors
        self._spaces: list[int] | None = None  # that the file has

    def forget(self) -> None:
        self._owners.clear()
        self._places.clear()
        self._rows.clear()
        self._tokens.clear()
        self._embedded.clear()
        self._spaces = None

    def language(self, tenant: str, user: str) -> str:
        known = self._owners.get((tenant, user))
        if known is not None:
            return known.language
        found: list[Any] = self._db.execute('select language from owners where tenant = ? and "user" = ?', (tenant, user)).fetchall()
        return found[0][0] if found else self._language

    def write(self, entries: Iterable[Index | Unindex]) -> None:
        touched: dict[int, _Owner] = {}
        for entry in entries:
            put = self._add if isinstance(entry, Index) else self._remove
            for document in entry.documents:
                owner = self._owner(document.tenant, document.user)
                if owner.number not in touched:
                    owner.stamp += step()
                put(owner, self._spoken(owner, document))
                touched[owner.number] = owner
        self._put()
        for owner in touched.values():
            self._db.execute(_COUNTED, (owner.documents, owner.words, owner.near, owner.stamp, owner.shrank, owner.number))
            owner.documents = owner.words = owner.near = owner.shrank = 0
        if len(self._places) > 10_000:
            self._places.clear()

    def _spoken(self, owner: _Owner, document: Document) -> Document:
        if document.language != owner.language:
            self._guesses.pop((document.tenant, document.user), None)  # the owner's language was changed since it was looked up
        return in_language(document, owner.language)

    def _add(self, owner: _Owner, document: Document) -> None:
        words, length = document.words, len(document.words)
        place = self._place(owner, document.thread) if document.thread else None
        if document.embedded:
            self._embedded.append((len(self._rows), owner, document))
        self._rows.append((
            owner.number, document.tenant, document.kind, document.record, document.part, document.agent, document.project,
            document.thread, place, document.role, document.speaker, document.at, length, document.questions, int(document.timed),
            document.importance,
        ))  # fmt: skip
        self._tokens.append(owner.prefix + f" {owner.prefix}".join(words) if words else "")
        self._count(owner, length, 1)

    def _put(self) -> None:
        """Write what waits. Under the write lock the next numbers are known, so the rows need not be written one by one to learn them."""
        if not self._rows:
            return
        last: Any = self._db.execute("select max(number) from documents").fetchall()[0][0]
        first = (last or 0) + 1
        self._db.executemany(_INSERT, [(number, *row) for number, row in enumerate(self._rows, first)])
        self._db.executemany(_WORDS, list(enumerate(self._tokens, first)))
        self._rows.clear()
        self._tokens.clear()
        if self._embedded:
            self._put_vectors(first)

    def _put_vectors(self, first: int) -> None:
        """The vectors of the rows just written, or their places in the line of those that wait."""
        spaces, embedded, self._embedded = self._live(), self._embedded, []
        if not spaces:
            return
        vectors: list[dict[str, Any]] = []
        pending: list[dict[str, Any]] = []
        made = self._maker.of([document for _, _, document in embedded])
        for (row, owner, document), vector in zip(embedded, made, strict=True):
            for space in spaces:
                about = {"document": first + row, "space": space, "owner": owner.number, "tenant": document.tenant}
                if vector is not None and space == self._maker.space:
                    vectors.append({**about, "stamp": owner.stamp, "vector": vector})
                else:
                    pending.append({**about, "ticket": ticket()})
        self._db.executemany(SQLITE.put_vector, vectors)
        self._db.executemany(_PENDING, pending)

    def _live(self) -> list[int]:
        if self._spaces is None:
            self._spaces = [number for (number,) in self._db.execute("select number from spaces")]
        return self._spaces

    def _remove(self, owner: _Owner, document: Document) -> None:
        words = document.words
        self._put()
        found: list[Any] = self._db.execute(
            "select number, length from documents where record = ? and part = ? and owner = ?", (document.record, document.part, owner.number)
        ).fetchall()
        for number, length in found:
            tokens = owner.prefix + f" {owner.prefix}".join(words) if words else ""
            self._db.execute("insert into words (words, rowid, tokens) values ('delete', ?, ?)", (number, tokens))
            self._db.execute("delete from documents where number = ?", (number,))
            if self._live():
                self._db.execute("delete from vectors where key between ? and ?", (number * SPACES, (number + 1) * SPACES - 1))
                self._db.execute("delete from pending where document = ?", (number,))
            self._count(owner, length, -1)
            owner.shrank = owner.stamp

    def _count(self, owner: _Owner, length: int, sign: int) -> None:
        owner.documents += sign
        owner.words += sign * length
        owner.near += sign * min(length, NEAR)

    def _place(self, owner: _Owner, thread: bytes) -> int:
        place = self._places.get(thread)
        if place is None:
            last: Any = self._db.execute("select max(place) from documents where owner = ? and thread = ?", (owner.number, thread)).fetchall()[0][0]
            place = 0 if last is None else last + 1
        self._places[thread] = place + 1
        return place

    def _owner(self, tenant: str, user: str) -> _Owner:
        owner = self._owners.get((tenant, user))
        if owner is None:
            owner = self._owners[tenant, user] = _Owner(*self._row(tenant, user))
        return owner

    def _row(self, tenant: str, user: str) -> tuple[int, str, int]:
        known: list[Any] = self._db.execute('select number, language, stamp from owners where tenant = ? and "user" = ?', (tenant, user)).fetchall()
        if known:
            return known[0]  # type: ignore[no-any-return]
        stamp = first_stamp()
        self._db.execute(
            'insert into owners (tenant, "user", language, documents, words, near, stamp, shrank) values (?, ?, ?, 0, 0, 0, ?, ?)',
            (tenant, user, self._language, stamp, stamp),
        )
        return self._db.last_insert_rowid(), self._language, stamp
