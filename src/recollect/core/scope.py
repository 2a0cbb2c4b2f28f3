"""Whose memory this is: the scope, and the two rules by which rows are seen in it.

``tenant`` and ``user`` are walls. ``project`` and ``agent`` divide one user's memory. ``channel`` and ``session`` say where
something is written. The rules stand in docs/explanation/scope.md; the SQL for them is in `traits`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from ..errors import Denied, Invalid

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Scope:
    """Six parts, each a string or absent (``""``)."""

    tenant: str = ""
    user: str = ""
    agent: str = ""
    project: str = ""
    channel: str = ""
    session: str = ""

    def narrowed(self, **parts: str | None) -> Scope:
        """This scope with some parts named anew. A wall that is already named cannot be changed."""
        named = {name: checked(name, value) for name, value in parts.items() if value is not None}
        for wall in ("tenant", "user"):
            mine = getattr(self, wall)
            if mine and named.get(wall, mine) != mine:
                raise Denied(f"this view belongs to {wall} {mine!r} and cannot become {named[wall]!r}; start from the unscoped memory")
        if self.user and not self.tenant and named.get("tenant"):
            raise Denied("this view belongs to a user of the tenant ''; start from the unscoped memory to name another tenant")
        return replace(self, **named)

    def __str__(self) -> str:
        return described(self)

    def values(self) -> tuple[str, ...]:
        return (self.tenant, self.user, self.agent, self.project, self.channel, self.session)


PARTS = tuple(field.name for field in fields(Scope))


@lru_cache(4096)
def described(scope: Scope) -> str:
    """The scope in words, as errors and the change log name it."""
    named = [f"{name}={value}" for name, value in zip(PARTS, scope.values(), strict=True) if value]
    return " ".join(named) or "everything"


def sayable(text: object) -> bool:
    """Whether a text can be stored at all, and so be worth looking for."""
    return isinstance(text, str) and "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def checked(name: str, value: object) -> str:
    """A scope part as it may be stored: 1 to 255 characters, no control characters; everything else is ordinary."""
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a string, not {type(value).__name__}; pass str(...) of it")
    if not 1 <= len(value) <= LONGEST:
        advice = "leave it out to name none" if name in PARTS else "shorten it" if value else "pass at least one"
        raise Invalid(f"{name} must have 1 to {LONGEST} characters, not {len(value)}; {advice}")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        raise Invalid(f"{name} must not hold control characters; clean {value!r} first")
    return value
