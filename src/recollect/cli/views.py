"""What people see of records, hits, contexts: rich tables and texts, made here and printed by `show`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .base import of
from .show import safe
from .tables import WIDEST, Column, Sheet, block

COLOURS = {
    "words": "cyan", "session": "blue", "speaker": "magenta", "role": "magenta", "when": "green", "time": "yellow", "question": "red",
    "meaning": "bright_cyan", "recency": "bright_yellow", "importance": "bright_magenta", "kind": "bright_blue",
}  # fmt: skip
BAR = 24
_BOOKKEEPING = {
    "id", "tenant", "user", "agent", "project", "channel", "session", "created_at", "updated_at", "deleted_at", "version", "parts", "tool_calls",
    "tool_call_id", "metadata", "external_id", "compressed_at", "conversation", "tokens", "importance", "pinned", "expires_at", "reinforced",
    "closed_at", "token", "claimed_at", "lease_until", "starts_at", "run_at", "timezone", "missed", "attempts", "finished_at", "strength", "seen_at",
    "max_tokens", "overflow", "read_only", "from_session", "to_session", "decided_at", "resolved_at", "recommended",
}  # fmt: skip
_WIDE = ("content", "text", "value", "summary", "description", "rule", "title", "input", "lesson", "task", "intent")
_EXACT = ("id", "record", "hash")


def short(id: str) -> str:
    return id[-8:]


def stamp(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def size(count: int | None) -> str:
    if count is None:
        return "on a server"
    if count < 1024:
        return f"{count} bytes"
    number = float(count)
    for unit in ("KB", "MB", "GB"):
        number /= 1024
        if number < 1024 or unit == "GB":
            break
    return f"{number:,.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"


def counted(count: int, kind: str) -> str:
    return f"{count:,} {of(kind) if count == 1 else kind}"


def when(record: Any) -> datetime:
    """The time that a reader means: of something that changes, its last change."""
    at: datetime = record.updated_at if hasattr(record, "version") else record.created_at
    return at


def heading(title: str, rest: str = "") -> Text:
    return Text.assemble((title, "bold"), (f"  {rest}" if rest else "", "dim"))


# Records


def records(found: Sequence[Any]) -> RenderableType:
    """A table of one kind's records; a column that is empty in all of them is left out."""
    if not found:
        return Text("nothing", style="dim")
    names = [field.name for field in fields(found[0]) if field.name not in _BOOKKEEPING]
    names = [name for name in names if any(_said(getattr(one, name)) for one in found)]
    if "role" in names and "name" in names:
        names.remove("role")
    columns = [
        Column("id", [Text(short(one.id)) for one in found], whole=True, style="dim"),
        Column("when", [Text(stamp(when(one))) for one in found], whole=True, style="dim"),
    ]
    for name in names:
        values = [getattr(one, name) if name != "name" else one.name or getattr(one, "role", "") for one in found]
        columns.append(_column(name, values, most=WIDEST if name in _WIDE else 24, style="" if name in _WIDE else "cyan"))
    return Sheet(columns)


def _column(name: str, values: Sequence[Any], *, most: int = WIDEST, style: str = "") -> Column:
    """A column of these values; numbers, times and ids are never cut, since what is left of one is another."""
    number = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values if value is not None)
    time = all(isinstance(value, datetime) for value in values if value is not None)
    cells, whole = [Text(_line(value)) for value in values], number or time or name in _EXACT
    return Column(safe(name), cells, whole=whole, right=number, most=WIDEST if whole else most, style=style)


_DIGEST = re.compile(r"[0-9a-f]{64}")
_HELD = ("value", "canonical")
_TOLD_BY = ("description", "text", "key", "name", "title", "content", "tool")


def told(value: Any, name: str = "") -> Any:
    """A value in a table: a record by what tells it apart, an id by its end, a hash by its beginning, a time to the minute."""
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "created_at"):
        return "\n".join(str(told(one)) for one in value)
    if hasattr(value, "created_at"):
        return f"{next((getattr(value, field) for field in _TOLD_BY if getattr(value, field, None)), '')} {short(value.id)}"
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    return short(value) if name in ("id", "record") and isinstance(value, str) else value


def rows(found: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The answer of a raw query."""
    if not found:
        return Text("nothing", style="dim")
    return Sheet([_column(name, [row[name] for row in found]) for name in found[0]], fold=True)


def record(kind: str, one: Any, history: Sequence[Any] = ()) -> RenderableType:
    """Everything about one record, and what it was before."""
    lines = [("", Text.assemble((of(kind), "bold"), (f"  {short(one.id)}", "dim")))]
    for field in fields(one):
        value = getattr(one, field.name)
        if value not in (None, "", (), {}, []):
            lines.append((field.name, Text(_said(value), style="dim" if field.name in ("id", "updated_at") else "")))
    grid = block(lines)
    return Group(grid, Text(), heading("History", "newest first"), versions(history)) if len(history) > 1 else grid


def versions(found: Sequence[Any]) -> RenderableType:
    """What stood under a key, newest first: from when to when, and known from where."""
    if not found:
        return Text("nothing", style="dim")
    names = [field.name for field in fields(found[0]) if field.name not in _BOOKKEEPING and field.name not in ("key", "alias")]
    names = [name for name in names if any(_said(getattr(one, name)) for one in found)]
    ends = ["now", *(stamp(one.updated_at) for one in found[:-1])]
    columns = [
        Column("version", [Text(str(one.version)) for one in found], whole=True, right=True),
        Column("from", [Text(stamp(one.updated_at)) for one in found], whole=True, style="dim"),
        Column("until", [Text("deleted" if one.deleted_at else end) for one, end in zip(found, ends, strict=True)], whole=True, style="dim"),
    ]
    for name in names:
        columns.append(_column(name, [getattr(one, name) for one in found], style="" if name in _HELD else "dim"))
        for place, (one, cell) in enumerate(zip(found, columns[-1].cells, strict=True)):
            if name in _HELD:
                cell.stylize("strike dim" if one.deleted_at else "bold green" if place == 0 else "dim")
    return Sheet(columns, fold=True)


def pairs(found: Mapping[str, Any]) -> RenderableType:
    return block((name, value if isinstance(value, Text) else Text(_said(value))) for name, value in found.items())


def _table() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)


def _line(value: Any) -> str:
    return " ".join(_said(value).split())


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(_said(each) for each in value)
    return "" if value is None else safe(value)


# Hits


def hits(found: Sequence[Any], language: str, *, answers: frozenset[str] = frozenset(), explain: bool = False) -> RenderableType:
    """Ranked answers: how much each is worth and what made it so, who said it and when, and where the question's words stand in it."""
    if not found:
        return Text("nothing found; use other words, a wider time, or `recollect list messages` to see what is there", style="dim")
    best = max(hit.score for hit in found)
    blocks: list[RenderableType] = []
    for place, hit in enumerate(found, start=1):
        blocks += [_head(place, hit, best, short(hit.id) if not answers else "", hit.id in answers), Padding(_snippet(hit, language), (0, 0, 0, 3))]
        blocks.append(Padding(_reasons(hit, language, explain), (0, 0, 1 if place < len(found) else 0, 3)))
    return Group(*blocks)


def _head(place: int, hit: Any, best: float, id: str, answer: bool) -> RenderableType:
    who = getattr(hit.record, "name", None) or getattr(hit.record, "role", None) or getattr(hit.record, "type", None) or ""
    line = Text.assemble((f"{place}  ", "bold"), bar(hit.signals, hit.score, best), (f" {hit.score:.2f}  ", "bold"))
    line.append(safe(who) if hit.kind == "messages" else of(hit.kind), style="bold magenta")
    if hit.kind == "notes" and who not in ("", "note"):
        line.append(f" ({safe(who)})", style="magenta")
    line.append(f"  {stamp(when(hit.record))}", style="dim")
    if id:
        line.append(f"  {id}", style="dim")
    if hit.folded:
        line.append(f"  +{len(hit.folded)} alike", style="dim")
    if answer:
        line.append("  ✓ holds the answer", style="bold green")
    return line


def bar(signals: Mapping[str, float], score: float, best: float) -> Text:
    """The score as a bar, each signal's part in its own colour; what counts against it has shortened the rest."""
    whole = round(BAR * max(score, 0.0) / best) if best > 0 else 0
    good = {name: worth for name, worth in signals.items() if worth > 0}
    total = sum(good.values()) or 1.0
    line, filled, summed = Text(), 0, 0.0
    for name, worth in good.items():
        summed += worth
        end = round(whole * summed / total)
        line.append("█" * (end - filled), style=COLOURS.get(name, "white"))
        filled = end
    return line.append("░" * (BAR - filled), style="dim")


def _snippet(hit: Any, language: str) -> Text:
    from ..core.text import analyser

    said = safe(hit.snippet or hit.text)
    line = Text(" ".join(said.split()))
    words = analyser(language)
    wanted = {form for word in hit.words for form in words.question(word)}
    for _, start, end, forms in words.surface(line.plain):
        if not wanted.isdisjoint(forms):
            line.stylize("bold yellow underline", start, end)
    return line


def _reasons(hit: Any, language: str, explain: bool) -> Text:
    from ..core.text import analyser

    words = analyser(language)
    held = set(words.words(f"{hit.text} {getattr(hit.record, 'name', None) or ''}"))
    beside = [word for word in hit.words if held.isdisjoint(words.question(word))]
    line = Text(style="dim")
    for name, worth in hit.signals.items():
        line.append(f"{name} ", style=COLOURS.get(name, "white")).append(f"{worth:+.2f}   ")
    if beside:
        line.append(f"in the turns around: {', '.join(map(safe, beside))}")
    if explain and hit.details:
        terms = "  ".join(f"{safe(term)} {worth:.2f}" for term, worth in hit.details["terms"].items())
        line.append(f"\nbm25 {hit.details['bm25']:.2f}   from the turns around {hit.details['around']:.2f}   words: {terms}")
    return line


# Contexts


def manifest(context: Any) -> RenderableType:
    """What went in, line by line with the reason; and for each section what stayed out, by reason."""
    if not context.manifest:
        return Text("nothing was found to put in", style="dim")
    names = ("section", "kind", "id", "tokens", "why")
    rows = [(one.section, of(one.kind), short(one.id), one.tokens, one.reason) for one in context.manifest if one.included]
    columns = [_column(name, cells) for name, cells in zip(names, zip(*rows, strict=True), strict=False)]
    return Group(Sheet(columns, fold=True), Text(), summary(context)) if rows else summary(context)


def summary(context: Any) -> RenderableType:
    """A manifest in a few lines: for each section how much is in and what it costs, and what stayed out, by reason."""
    table = _table()
    for name in ("section", "in", "tokens", "out", "why it stayed out"):
        table.add_column(name, justify="right" if name in ("in", "tokens", "out") else "left", no_wrap=name != "why it stayed out")
    for section in dict.fromkeys(one.section for one in context.manifest):
        inside = [one for one in context.manifest if one.section == section and one.included]
        outside = [one for one in context.manifest if one.section == section and not one.included]
        why = Counter(_reason(one.reason) for one in outside)
        said = "; ".join(f"{count} {reason}" for reason, count in why.most_common())
        tokens = str(sum(one.tokens for one in inside))
        table.add_row(section, Text(str(len(inside)), style="green"), tokens, Text(str(len(outside)), style="red"), Text(said, style="dim"))
    return table


def _reason(reason: str) -> str:
    """The same reason for all that met it, whatever its numbers were."""
    return "larger than what was left" if reason.startswith("needs ") else reason


def gauge(used: int, whole: int) -> Text:
    filled = round(BAR * used / whole) if whole else 0
    return Text.assemble(("█" * filled, "green"), ("░" * (BAR - filled), "dim"), f" {used} of {whole} tokens")


# Counts


def counts(found: Mapping[str, int], deleted: Mapping[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(justify="right")
    table.add_column()
    most = max(found.values(), default=0) or 1
    for kind, count in sorted(found.items(), key=lambda pair: -pair[1]):
        gone = f"  {deleted[kind]:,} deleted" if deleted.get(kind) else ""
        table.add_row(kind, f"{count:,}", Text.assemble(("█" * (-(-BAR * count // most)), "blue"), (gone, "dim")))
    return table
