"""The hash chain under the change log.

An entry's hash covers the hash before it and everything in the entry, but the personal columns only through a salted digest. Erasing
clears those columns and the salt; the digest stays, so the chain still verifies, and without the salt nobody can guess what it was of.
"""

from __future__ import annotations

import hashlib

START = bytes(32)
"""What stands before the first entry of a tenant."""


def personal_digest(salt: bytes, scope: tuple[str, ...], record: bytes, actor: str, content: bytes) -> bytes:
    """One digest of all that an entry says of a person: whose it was, which record, by whom, and what its content was.

    The unit separator between them is a control character, which no part of a scope can hold.
    """
    body = "\x1f".join((*scope, record.hex(), actor, content.hex()))
    return hashlib.sha256(salt + body.encode()).digest()


def entry_hash(before: bytes, position: int, operation: bytes, at: int, kind: str, action: str, digest: bytes) -> bytes:
    """The hash that seals an entry into its place."""
    body = f"{position}|{operation.hex()}|{at}|{kind}|{action}|".encode()
    return hashlib.sha256(before + body + digest).digest()


ABOUT_NONE = ERASURE, PRUNING = "erasure", "log"
"""Kinds of entries that are about no record: that something was erased, or pruned."""

NO_RECORD = bytes(16)
"""What they name instead. A caller's own id may be the same: who looks for a record's entries leaves those kinds out."""

SEEN, FADED = "seen", "faded"
"""Actions that leave a record at its version: it says what it said, and was only seen once more, or its confidence is reckoned anew."""
