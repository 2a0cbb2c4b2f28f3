"""Preferences: how somebody likes things, with how sure that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Json, Table
from ..core.text import clean
from ..errors import Invalid
from ..shapes.evidence import Evidence, Evidenced, first
from ..shapes.register import Register
from ..shapes.values import checked_json, checked_share, source_text


@dataclass(frozen=True, slots=True)
class Preference(Evidenced):
    """One preference. `value` is whatever JSON holds, `seen` how often it was said."""

    key: str
    value: Json
    source: str | None


class Preferences(Evidence[Face, Preference], Register[Face, Preference]):
    """`set` says what is preferred and how sure it is; the same value again is more evidence for it; `decay` lets old ones fade."""

    table: ClassVar = Table(
        name="preferences",
        record=Preference,
        key="key",
        knowledge=True,
        versioned=True,
        text=lambda preference: f"{preference.key.replace('_', ' ')}: {_said(preference.value)}",
        shown=lambda preference: f"{preference.key}: {_said(preference.value)}",
    )

    @operation
    async def set(self: Preferences[Async], key: str, value: Any, confidence: float | None = None, *, source: Any = None) -> Preference:
        """Hold this preference from now on, with this confidence (0 to 1; 1 if it is left out).

        `key` has 1 to 255 characters, `value` is anything that JSON holds, save None (`Invalid`): delete the key instead. The same value
        again counts as evidence: with a `confidence` that is what it has now, without one it grows, and the first `source` stands.
        Another value is a new version, and its evidence is counted anew.
        """
        checked("key", key)
        if value is None:
            raise Invalid(f"value must not be None; to say that nothing is preferred any more, call delete({key!r})")
        kept = checked_json(value, "value")
        said_from = source_text(source)
        share = None if confidence is None else checked_share(confidence, "confidence")
        reading = await self._read(f"{key.replace('_', ' ')}: {_said(kept)}")
        moment_ = await Begin()
        known = await self._at_own_level(key)
        if known is not None and known.deleted_at is None and _same(known.value, kept):
            return await self._seen(known, moment_, confidence=share)
        new = {**first(1.0 if share is None else share, moment_), "value": kept, "source": said_from}
        del new["version"]
        return await self._set(key, new, reading)

    @query
    async def match(self: Preferences[Async], glob: str, *, confidence: float = 0.0) -> list[Preference]:
        """Preferences whose keys match a pattern such as ``editor.*`` (`*`, `?` and `[abc]`; case matters), by key.

        Only those of at least this confidence (0 to 1), and only the scope's own: an administrator's are the tenant's.
        """
        pattern = clean(glob, "glob", empty=True)
        least = checked_share(confidence, "confidence")
        found = await self._select(self._visible((await Begin()).now) & self._owned(), "order by key")
        return [one for one in found if fnmatchcase(one.key, pattern) and one.confidence >= least]


def _same(one: Any, other: Any) -> bool:
    """Compared as JSON: to Python true and 1 are equal."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _said(value: Any) -> str:
    """As JSON says it, whose order of keys is that of the stored value; texts without their quotes."""
    if isinstance(value, str):
        return value
    return ", ".join(map(_said, value)) if isinstance(value, list) else json.dumps(value, ensure_ascii=False, sort_keys=True)
