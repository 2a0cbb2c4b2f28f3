"""The URL of a server: what of it is ours, what PostgreSQL's, and what may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..errors import Invalid

POOL = 8  # connections of one memory
LONGEST = 86_400
SECONDS = 30.0  # for a statement, for another writer's lock, for a connection of the pool, and for a server that restarts


@dataclass(frozen=True, slots=True)
class Options:
    """What may stand in the URL beside what PostgreSQL itself takes there."""

    pool_size: int = POOL
    timeout: float = SECONDS
    prepare: str = "auto"  # on connections that no pooler stands between


def options(url: str) -> tuple[str, Options]:
    """The URL without our options, and the options."""
    parts = urlsplit(url)
    ours: dict[str, str] = {}
    theirs: list[tuple[str, str]] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name in ("pool_size", "timeout", "prepare"):
            ours[name] = value
        else:
            theirs.append((name, value))
    try:
        chosen = Options(int(ours.get("pool_size", POOL)), float(ours.get("timeout", SECONDS)), ours.get("prepare", "auto"))
    except ValueError as error:
        raise Invalid("pool_size takes a whole number and timeout seconds; as in postgresql://host/db?pool_size=8&timeout=30") from error
    if chosen.pool_size < 1 or not 0.01 <= chosen.timeout <= LONGEST or chosen.prepare not in ("auto", "on", "off"):
        raise Invalid(f"pool_size must be at least 1, timeout between 0.01 and {LONGEST:,} seconds, prepare one of auto, on, off")
    return urlunsplit(parts._replace(query=urlencode(theirs, quote_via=quote))), chosen
