"""What a value may be, where that is known: kinds by either of their names, and the few words that some parameters take. Shells complete both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ..kinds import KINDS, audit, blocks, checkpoints, decisions, interactions, links, observations
from ..shapes.chat import ROLES
from ..shapes.recurring import MISSED
from ..shapes.values import nearest
from .base import of

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # generic in the newest click only
    _ParamType = click.ParamType


_WORDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("audit", "status"): audit.STATUSES, ("blocks", "overflow"): blocks.OVERFLOWS, ("checkpoints", "status"): checkpoints.STATUSES,
    ("decisions", "choice"): decisions.CHOICES, ("interactions", "status"): interactions.ENDS, ("links", "direction"): links.DIRECTIONS,
    ("messages", "role"): ROLES, ("messages", "roles"): ROLES, ("observations", "type"): observations.TYPES, ("tasks", "missed"): MISSED,
}  # fmt: skip
"""A kind and a parameter of its verbs -> what may be said there and nothing else."""


def choice(kind: str, name: str) -> Kind | click.Choice[str] | None:
    """What a parameter takes if that is one of a few words."""
    if (kind, name) == ("audit", "kind"):
        return Kind()
    words = getattr(KINDS[kind], "groups", ()) if name == "by" else _WORDS.get((kind, name), ())
    return click.Choice(words) if words else None


class Kind(_ParamType):
    """A kind by its name; one of it, as in `fact`, means the same."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        said = str(value)
        singular = {of(kind): kind for kind in KINDS}
        if said not in KINDS and said not in singular:
            near = nearest(said, [*KINDS, *singular])
            meant = f"there is no kind {said!r}; did you mean {singular.get(near, near)!r}?" if near else None
            self.fail(meant or f"KIND is one of {', '.join(KINDS)}, not {said!r}", param, ctx)
        return singular.get(said, said)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return beginning(incomplete, list(KINDS))


def beginning(incomplete: str, words: Sequence[str]) -> list[CompletionItem]:
    """Those of these words that begin like this."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def roles(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return beginning(incomplete, ROLES)


def formats(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ..transfer import own, readers

    return beginning(incomplete, [own.NAME, *(reader.NAME for reader in readers.READERS)])
