"""Everything an agent has to remember: one file, one transaction, one search."""

from typing import TYPE_CHECKING

from .__about__ import __version__

if TYPE_CHECKING:
    from .core.detect import detect_language
    from .core.scope import Scope
    from .core.table import Record
    from .errors import (
        Busy,
        Closed,
        Conflict,
        Corrupt,
        Denied,
        Full,
        Invalid,
        NotFound,
        NotInstalled,
        RecollectError,
        SchemaTooNew,
        SchemaTooOld,
    )
    from .house import Profile
    from .kinds.aliases import Alias
    from .kinds.audit import AuditEntry, LoggedChange
    from .kinds.blocks import Block
    from .kinds.checkpoints import Checkpoint
    from .kinds.conversations import Conversation
    from .kinds.decisions import Decision, Recommendation
    from .kinds.entities import Entity, Neighbour
    from .kinds.facts import Fact
    from .kinds.handoffs import Handoff
    from .kinds.interactions import Interaction, InteractionTotal
    from .kinds.lessons import Lesson
    from .kinds.limitations import Limitation
    from .kinds.links import Link
    from .kinds.messages import Message
    from .kinds.metrics import Metric, MetricTotal
    from .kinds.notes import Note
    from .kinds.observations import Observation
    from .kinds.outcomes import Outcome, OutcomeTotal
    from .kinds.passages import Passage
    from .kinds.patterns import Pattern
    from .kinds.preferences import Preference
    from .kinds.routes import Route, RouteTotal
    from .kinds.sessions import Session, SessionUsage
    from .kinds.signals import Signal
    from .kinds.task_runs import TaskRun
    from .kinds.tasks import Task
    from .kinds.usage import Budget, Usage, UsageTotal
    from .memory import AsyncMemory, AsyncScopedMemory, Memory, ScopedMemory
    from .recall.context import Context, Entry
    from .recall.hits import Hit
    from .recall.why import Why
    from .shapes.claims import Claim
    from .transfer.report import ImportReport
    from .upkeep.consolidate import Consolidation
    from .upkeep.embedding import Embedded
    from .upkeep.erase import ErasureReport
    from .upkeep.problem import Problem
    from .upkeep.stats import Stats

__all__ = [
    "Alias",
    "AsyncMemory",
    "AsyncScopedMemory",
    "AuditEntry",
    "Block",
    "Budget",
    "Busy",
    "Checkpoint",
    "Claim",
    "Closed",
    "Conflict",
    "Consolidation",
    "Context",
    "Conversation",
    "Corrupt",
    "Decision",
    "Denied",
    "Embedded",
    "Entity",
    "Entry",
    "ErasureReport",
    "Fact",
    "Full",
    "Handoff",
    "Hit",
    "ImportReport",
    "Interaction",
    "InteractionTotal",
    "Invalid",
    "Lesson",
    "Limitation",
    "Link",
    "LoggedChange",
    "Memory",
    "Message",
    "Metric",
    "MetricTotal",
    "Neighbour",
    "NotFound",
    "NotInstalled",
    "Note",
    "Observation",
    "Outcome",
    "OutcomeTotal",
    "Passage",
    "Pattern",
    "Preference",
    "Problem",
    "Profile",
    "RecollectError",
    "Recommendation",
    "Record",
    "Route",
    "RouteTotal",
    "SchemaTooNew",
    "SchemaTooOld",
    "Scope",
    "ScopedMemory",
    "Session",
    "SessionUsage",
    "Signal",
    "Stats",
    "Task",
    "TaskRun",
    "Usage",
    "UsageTotal",
    "Why",
    "__version__",
    "detect_language",
]

_WHERE = {
    "Alias": ".kinds.aliases",
    "AsyncMemory": ".memory",
    "AsyncScopedMemory": ".memory",
    "AuditEntry": ".kinds.audit",
    "Block": ".kinds.blocks",
    "Budget": ".kinds.usage",
    "Busy": ".errors",
    "Checkpoint": ".kinds.checkpoints",
    "Claim": ".shapes.claims",
    "Closed": ".errors",
    "Conflict": ".errors",
    "Context": ".recall.context",
    "Consolidation": ".upkeep.consolidate",
    "Embedded": ".upkeep.embedding",
    "Why": ".recall.why",
    "Conversation": ".kinds.conversations",
    "Corrupt": ".errors",
    "Decision": ".kinds.decisions",
    "Denied": ".errors",
    "Entity": ".kinds.entities",
    "Entry": ".recall.context",
    "ErasureReport": ".upkeep.erase",
    "Fact": ".kinds.facts",
    "Full": ".errors",
    "Handoff": ".kinds.handoffs",
    "Hit": ".recall.hits",
    "ImportReport": ".transfer.report",
    "Interaction": ".kinds.interactions",
    "InteractionTotal": ".kinds.interactions",
    "Invalid": ".errors",
    "Lesson": ".kinds.lessons",
    "Limitation": ".kinds.limitations",
    "Link": ".kinds.links",
    "LoggedChange": ".kinds.audit",
    "Memory": ".memory",
    "Message": ".kinds.messages",
    "Metric": ".kinds.metrics",
    "MetricTotal": ".kinds.metrics",
    "Neighbour": ".kinds.entities",
    "NotFound": ".errors",
    "NotInstalled": ".errors",
    "Note": ".kinds.notes",
    "Observation": ".kinds.observations",
    "Outcome": ".kinds.outcomes",
    "OutcomeTotal": ".kinds.outcomes",
    "Passage": ".kinds.passages",
    "Pattern": ".kinds.patterns",
    "Preference": ".kinds.preferences",
    "Problem": ".upkeep.verify",
    "Profile": ".house",
    "RecollectError": ".errors",
    "Recommendation": ".kinds.decisions",
    "Record": ".core.table",
    "Route": ".kinds.routes",
    "RouteTotal": ".kinds.routes",
    "SchemaTooNew": ".errors",
    "SchemaTooOld": ".errors",
    "Scope": ".core.scope",
    "ScopedMemory": ".memory",
    "Session": ".kinds.sessions",
    "SessionUsage": ".kinds.sessions",
    "Signal": ".kinds.signals",
    "Stats": ".upkeep.stats",
    "Task": ".kinds.tasks",
    "TaskRun": ".kinds.task_runs",
    "Usage": ".kinds.usage",
    "UsageTotal": ".kinds.usage",
    "detect_language": ".core.detect",
}


def __getattr__(name: str) -> object:
    """Names are looked up when they are first used, so that importing recollect costs a program nothing yet."""
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(f"module 'recollect' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
