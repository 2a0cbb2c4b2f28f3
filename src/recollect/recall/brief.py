"""A session as a text for a prompt: what an agent reads that takes it up again."""

from __future__ import annotations

from typing import Any

from ..core.ids import short
from ..core.traits import Clause
from ..errors import Invalid
from .asking import checked_budget
from .quoting import LEAD, quoted, stamp, turn

PAGE = 640  # messages that are read, the newest; a brief is much smaller


async def brief(house: Any, session: Any, budget: int) -> str:
    """A session as a text for a prompt: its title and state, its conversations' summaries, its newest messages, within a budget."""
    checked_budget(budget)
    count = house._shared.count
    title = f"Session {quoted(session.title)}" if session.title else f"Session {short(session.id)}"
    head = [f"{title}, {session.status}, last used {stamp(session.last_activity)}. {LEAD}"]
    inside = Clause("tenant = :tenant and \"user\" = :user and session = :session and deleted_at is null", {
        "tenant": session.tenant, "user": session.user, "session": session.id,
    })  # fmt: skip
    conversations = await house.conversations._select(inside & Clause("summary is not null"), "order by created_at, seq")
    standing = inside & Clause("compressed_at is null")
    messages = await house.messages._select(standing, "order by created_at desc, seq desc limit :most", most=PAGE)
    lines = [f"- {stamp(one.last_activity)} summary: {quoted(one.summary)}" for one in conversations]
    tail: list[str] = []
    for message in messages:
        line = turn(message)
        if count("\n".join([*head, *lines, line, *tail])) > budget:
            break
        tail.insert(0, line)
    while lines and count("\n".join([*head, *lines, *tail])) > budget:
        lines.pop(0)
    text = "\n".join([*head, *lines, *tail])
    if count(text) > budget:
        raise Invalid(f"the head of the brief alone needs {count(text)} tokens; the budget is {budget}, so raise it")
    return text
