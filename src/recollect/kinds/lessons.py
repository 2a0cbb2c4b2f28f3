"""Lessons: rules that experience taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, operation, query
from ..core.table import Codec, Table
from ..core.text import essence
from ..core.traits import LEVEL, Clause
from ..shapes.belief import Belief
from ..shapes.evidence import Evidence, Evidenced, first
from ..shapes.values import checked_limit, checked_share, digest, source_text, titled

MOST = 50
"""Live lessons of one domain at one level. One more takes the place of the least valuable: least confidence, then seen least, then longest ago."""


@dataclass(frozen=True, slots=True)
class Lesson(Evidenced):
    """One rule. `seen` counts how often it was learned."""

    domain: str
    rule: str
    source: str | None


class Lessons(Evidence[Face, Lesson], Belief[Face, Lesson]):
    """A rule of a domain that says the same (case, articles, plural s and punctuation aside) is the same lesson, reinforced."""

    table: ClassVar = Table(
        name="lessons",
        record=Lesson,
        knowledge=True,
        versioned=True,
        text=lambda lesson: f"{lesson.domain}: {lesson.rule}",
        derived={"digest": (Codec("blob"), lambda lesson: _saying(lesson.domain, lesson.rule))},
    )

    @operation
    async def learn(self: Lessons[Async], rule: str, domain: str = "general", *, confidence: float = 0.5, source: Any = None) -> Lesson:
        """Keep this rule of this domain; known already, it is reinforced: seen once more, and more certain.

        `confidence` (0 to 1) and `source` are those of the first time; the words are too. A domain is any text, to the letter. It holds
        the `MOST` most valuable lessons at each level; the one that has to go is deleted, and `undelete` brings it back.
        """
        values: dict[str, Any] = {"domain": titled(domain, "domain"), "rule": titled(rule, "rule"), "source": source_text(source)}
        share = checked_share(confidence, "confidence")
        reading = await self._read(f"{values['domain']}: {values['rule']}")
        moment_ = await Begin()
        known = await self._same(_saying(values["domain"], values["rule"]))
        if known is not None:
            return await self._seen(known, moment_)
        lesson = Lesson(**self._fresh(moment_), **first(share, moment_), **values)
        await self._insert(lesson, reading)
        await self._make_room(lesson, moment_)
        return lesson

    @query
    async def recent(self: Lessons[Async], limit: int = 20, *, domain: str | None = None) -> list[Lesson]:
        """The lessons learned last, again or for the first time, newest first: of this domain, if one is named; at most `limit`."""
        return await self._ordered("seen_at desc, seq desc", domain, limit)

    @query
    async def top(self: Lessons[Async], limit: int = 20, *, domain: str | None = None) -> list[Lesson]:
        """What to heed first: the project's own lessons, then the general ones; each by confidence, then by how often they were seen.

        Of this domain, if one is named; at most `limit`.
        """
        return await self._ordered(f"{LEVEL.format('')} desc, confidence desc, seen desc, seen_at desc, seq desc", domain, limit)

    async def _ordered(self, order: str, domain: str | None, limit: int) -> list[Lesson]:
        where = self._visible((await Begin()).now)
        if domain is not None:
            where &= Clause("domain = :domain", {"domain": titled(domain, "domain")})
        return await self._select(where, f"order by {order} limit :limit", limit=checked_limit(limit))

    async def _make_room(self, new: Lesson, moment_: Moment) -> None:
        mine = Clause('tenant = :tenant and "user" = :user and project = :project and agent = :agent and domain = :domain and deleted_at is null',
            {name: getattr(new, name) for name in ("tenant", "user", "project", "agent", "domain")})  # fmt: skip
        standing = await self._select(mine, "order by confidence desc, seen desc, seen_at desc, seq desc")
        for weak in [lesson for lesson in standing if lesson.id != new.id][MOST - 1 :]:
            await self._remove(weak, moment_)


def _saying(domain: str, rule: str) -> bytes:
    """The domain counts to the letter, as where it is asked for, and apart: a word of it is no word of the rule."""
    return digest(f"{domain.encode().hex()} {essence(rule).hex()}")
