"""The kinds of memory: one file each, and this list of them.

`KINDS` is all that export, statistics, erasing, verifying, recall and the command line know of a kind; `Rooms` says it to type checkers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.operation import Face, Room
from ..shapes.collection import Collection
from .aliases import Aliases
from .audit import Audit
from .blocks import Blocks
from .checkpoints import Checkpoints
from .conversations import Conversations
from .decisions import Decisions
from .entities import Entities
from .facts import Facts
from .handoffs import Handoffs
from .interactions import Interactions
from .lessons import Lessons
from .limitations import Limitations
from .links import Links
from .messages import Messages
from .metrics import Metrics
from .notes import Notes
from .observations import Observations
from .outcomes import Outcomes
from .passages import Passages
from .patterns import Patterns
from .preferences import Preferences
from .routes import Routes
from .sessions import Sessions
from .signals import Signals
from .task_runs import TaskRuns
from .tasks import Tasks
from .usage import UsageLog

KINDS: Mapping[str, type[Collection[Any, Any]]] = {
    kind.table.name: kind
    for kind in (
        Sessions,
        Conversations,
        Messages,
        Facts,
        Preferences,
        Blocks,
        Passages,
        Notes,
        Entities,
        Links,
        Observations,
        Decisions,
        Outcomes,
        Lessons,
        Patterns,
        Limitations,
        Tasks,
        TaskRuns,
        Checkpoints,
        Handoffs,
        Interactions,
        Routes,
        UsageLog,
        Metrics,
        Audit,
        Aliases,
        Signals,
    )
}
"""Every kind by its name, in the order of dependence: what refers to another comes after it."""


class Rooms(Room[Face]):
    """What has an attribute for each kind; the room of a kind is made when it is first used."""

    sessions: Sessions[Face]
    conversations: Conversations[Face]
    messages: Messages[Face]
    facts: Facts[Face]
    preferences: Preferences[Face]
    blocks: Blocks[Face]
    passages: Passages[Face]
    notes: Notes[Face]
    entities: Entities[Face]
    links: Links[Face]
    observations: Observations[Face]
    decisions: Decisions[Face]
    outcomes: Outcomes[Face]
    lessons: Lessons[Face]
    patterns: Patterns[Face]
    limitations: Limitations[Face]
    tasks: Tasks[Face]
    task_runs: TaskRuns[Face]
    checkpoints: Checkpoints[Face]
    handoffs: Handoffs[Face]
    interactions: Interactions[Face]
    routes: Routes[Face]
    usage: UsageLog[Face]
    metrics: Metrics[Face]
    audit: Audit[Face]
    aliases: Aliases[Face]
    signals: Signals[Face]

    def __getattr__(self, name: str) -> Any:
        kind = KINDS.get(name)
        if kind is None:
            raise AttributeError(f"a memory has no {name!r}; its kinds are {', '.join(KINDS)}")
        room = kind(self)
        setattr(self, name, room)
        return room
