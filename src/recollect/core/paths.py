"""Names of files, as callers give them."""

from __future__ import annotations

import os

from ..errors import Invalid


def checked_path(path: object) -> str:
    """The path as text; anything else than a text or a `Path` is `Invalid`."""
    try:
        found = os.fspath(path)  # type: ignore[call-overload]
    except TypeError:
        found = None
    if not isinstance(found, str):
        raise Invalid(f"a path must be a text or a pathlib.Path, not {type(path).__name__}; pass 'memory.db', say")
    if not found or "\x00" in found:
        raise Invalid("a path cannot be empty, or hold a NUL character; check where it came from")
    return found
