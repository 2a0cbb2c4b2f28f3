"""What the running context holds: an engine inside a body or a block, a block inside a nested one. A call through it would wait for itself."""

from __future__ import annotations

import contextvars
from typing import Any

_HELD: contextvars.ContextVar[tuple[Hold, ...]] = contextvars.ContextVar("recollect_held", default=())


class Hold:
    """One thing that is held, until `end` or the end of a ``with``.

    A task that was started inside inherits the context, so a hold says itself when it is over.
    """

    def __init__(self, held: Any) -> None:
        self.held: Any = held
        _HELD.set((*(one for one in _HELD.get() if one.held is not None), self))

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, *raised: object) -> None:
        self.end()

    def end(self) -> None:
        self.held = None
        _HELD.set(tuple(one for one in _HELD.get() if one.held is not None))


def is_held(wanted: Any) -> bool:
    return any(one.held is wanted for one in _HELD.get())
