"""Consolidation on the command line: for a nightly job."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from . import show
from .base import command, memory


@command("consolidate", "consolidate --dry-run", "consolidate --user alice --retention 365", "consolidate --force --json")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--force", is_flag=True, help="Now, however short ago the last time was.")
@click.option("--retention", type=click.IntRange(min=1), metavar="DAYS", help="Delete messages whose conversation is summarised for so long.")
def consolidate(dry_run: bool, force: bool, retention: int | None) -> None:
    """Close idle conversations with a summary, let confidence fade, keep useful notes for good. Without --user for everybody."""
    kept = timedelta(days=retention) if retention else None
    with memory(write=True) as house:
        done = house.consolidate(dry_run=dry_run, force=force, retention=kept)
    show.put([asdict(done)], lambda: _report(done))


def _report(done: Any) -> Any:
    from . import views

    if not done.ran:
        show.remark(done.reason)
        return None
    said: dict[str, Any] = {"conversations closed": len(done.closed), "summarised": len(done.summarised), "notes kept for good": len(done.promoted)}
    said |= {"confidence faded": done.faded, "messages deleted": done.deleted}
    said |= {"languages": ", ".join(f"{user or 'the tenant'}: {code}" for user, code in done.languages.items())} if done.languages else {}
    if done.dry_run:
        show.remark(done.reason)
    return views.pairs(said)
