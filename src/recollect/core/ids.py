"""Public ids: canonical UUIDv7 strings outside, 16 bytes inside.

The first 60 bits of freedom hold the time to the microsecond (RFC 9562, method 3 for the 12 bits after the milliseconds), the
other 62 are random. Ids of one process therefore insert at the end of their index. Nothing is ever ordered by id.
"""

from __future__ import annotations

import os
import re

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_SHORT = re.compile(r"[0-9a-f]{8}\Z", re.IGNORECASE)


def new_id(micros: int) -> bytes:
    """A fresh id for something that happens at this time."""
    milliseconds, rest = divmod(max(micros, 0), 1000)
    head = ((milliseconds & 0xFFFFFFFFFFFF) << 16) | 0x7000 | (rest * 4096 // 1000)
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
    return (head << 64 | tail).to_bytes(16, "big")


def id_time(raw: bytes) -> int:
    """When an id of ours was made, in microseconds since 1970."""
    head = int.from_bytes(raw[:8], "big")
    return (head >> 16) * 1000 + (head & 0xFFF) * 1000 // 4096


def id_text(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def id_bytes(text: object) -> bytes | None:
    """The 16 bytes of an id, or None if this is no id: looking for it then simply finds nothing."""
    if not isinstance(text, str) or not _CANONICAL.match(text):
        return None
    return bytes.fromhex(text.replace("-", ""))


def short_bytes(text: object) -> bytes | None:
    """The last 4 bytes of an id, of its short form; None if this is none."""
    return bytes.fromhex(text) if isinstance(text, str) and _SHORT.match(text) else None


def short(text: str) -> str:
    """The last 8 characters: what people see and type."""
    return text[-8:]
