"""Commands for every day: remembering, finding, looking at a record, taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from ..shapes.collection import line_of
from . import show
from .base import Date, command, filtered, memory, said
from .choices import Kind, roles


def as_data(kind: str, record: Any) -> dict[str, Any]:
    """A record as one JSON object."""
    return line_of(kind, show.plain(record))


def hit_data(hit: Any) -> dict[str, Any]:
    found = {name: getattr(hit, name) for name in ("kind", "id", "text", "score", "signals", "words", "snippet", "folded")}
    details = {"details": hit.details} if hit.details is not None else {}
    return {**show.plain(found), **show.plain(details), "record": as_data(hit.kind, hit.record)}


def kind_of(record: Any) -> str:
    """The kind that a record belongs to."""
    from ..kinds import KINDS

    return next(name for name, kind in KINDS.items() if kind.table.record is type(record))


@command("remember", 'remember "Tom is allergic to hazelnuts" --tag health --importance 0.9', "remember - < meeting.txt")
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--type", default="note", metavar="NAME", help="What sort of note: preference, plan, decision …")
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="A tag; may be said several times.")
@click.option("--importance", type=float, default=0.5, metavar="0..1", help="0.5 unless you say otherwise.")
@click.option("--expires", type=Date(), metavar="TIME", help="From then on it is not seen any more.")
def remember(words: tuple[str, ...], type: str, tags: tuple[str, ...], importance: float, expires: datetime | None) -> None:
    """Keep a text as a note. The same text again is the same note, reinforced. `-` reads standard input."""
    text = said(words)
    with memory(write=True, create=True) as house:
        note = house.remember(text, type=type, tags=tags, importance=importance, expires_at=expires)
        show.put([as_data("notes", note)], lambda: _kept("note", note, f"known already, reinforced {note.reinforced} ×" if note.reinforced else ""))


@command("add", 'add user "I am moving to Lisbon in May." --name Mira', "add assistant - < answer.txt")
@click.argument("role", metavar="ROLE", shell_complete=roles)
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--conversation", metavar="ID", help="The conversation; else the one that goes on, or a new one after 120 quiet minutes.")
@click.option("--name", metavar="NAME", help="Who is speaking.")
def add(role: str, words: tuple[str, ...], conversation: str | None, name: str | None) -> None:
    """Keep a message of a conversation. ROLE is user, assistant, system or tool. `-` reads standard input."""
    text = said(words)
    with memory(write=True, create=True) as house:
        message = house.messages.add(role, text, conversation=conversation or None, name=name)
        show.put([as_data("messages", message)], lambda: _kept("message", message, f"in conversation {message.conversation[-8:]}"))


def _kept(what: str, record: Any, more: str) -> Any:
    from rich.text import Text

    return Text.assemble(("kept", "bold green"), f" as {what} ", (record.id[-8:], "bold"), (f"  {more}" if more else "", "dim"))


@command("recall", 'recall "when did she start eating fish again?"', "recall --kind notes --since 2025-03-01 --where type=plan what did we plan")
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--limit", type=int, default=10, show_default=True, help="At most so many.")
@click.option("--kind", "kinds", multiple=True, type=Kind(), metavar="KIND", help="Only of this kind; may be said several times.")
@click.option("--since", type=Date(), metavar="TIME", help="From this time on.")
@click.option("--until", type=Date(), metavar="TIME", help="Before this time.")
@click.option("--as-of", type=Date(), metavar="TIME", help="As it would have been answered then.")
@filtered
@click.option("--explain", is_flag=True, help="What each word was worth.")
def recall(words: tuple[str, ...], limit: int, kinds: tuple[str, ...], explain: bool, **filters: Any) -> None:
    """Find what answers a question, best first, with the reasons. Any text is a valid query."""
    with memory() as house:
        found = house.recall(said(words), limit=limit, kinds=kinds or None, explain=explain, **filters)
        show.put([hit_data(hit) for hit in found], lambda: _hits(house, found, explain))


def _hits(house: Any, found: list[Any], explain: bool) -> Any:
    from . import views

    return views.hits(found, house.profile().language, explain=explain)


@command("why", 'why "when did she start eating fish again?" 5f1c9e02', 'why "what did we plan" 5f1c9e02 --kind notes --limit 5')
@click.argument("words", metavar="QUERY", nargs=1)
@click.argument("id", metavar="ID")
@click.option("--limit", type=int, default=10, show_default=True, help="How many hits there would have been.")
@click.option("--kind", "kinds", multiple=True, type=Kind(), metavar="KIND", help="Only of this kind; may be said several times.")
@click.option("--since", type=Date(), metavar="TIME", help="From this time on.")
@click.option("--until", type=Date(), metavar="TIME", help="Before this time.")
@click.option("--as-of", type=Date(), metavar="TIME", help="As it would have been answered then.")
@filtered
def why(words: str, id: str, limit: int, kinds: tuple[str, ...], **filters: Any) -> None:
    """Why a question finds a record, and in which place, or what keeps the record out. ID may be its last 8 characters."""
    from ..recall.why import UNKNOWN

    with memory() as house:
        found = house.why(said(words), id, limit=limit, kinds=kinds or None, **filters)
        if found.reason == UNKNOWN:
            raise _unknown(id)
        data = {"id": found.id, "place": found.place, "reason": found.reason, "hit": None if found.hit is None else hit_data(found.hit)}
        show.put([data], lambda: _why(house, found))


def _why(house: Any, found: Any) -> Any:
    from rich.console import Group
    from rich.text import Text

    line = Text(found.reason[:1].upper() + found.reason[1:] + ".")
    return line if found.hit is None else Group(line, _hits(house, [found.hit], True))


@command("context", 'context "Book the flight" --budget 2000', "context 'Book the flight' --messages --base-prompt -", "context --manifest")
@click.argument("words", metavar="[QUERY...]", nargs=-1)
@click.option("--budget", type=int, default=4000, show_default=True, metavar="TOKENS", help="It is never exceeded.")
@click.option("--base-prompt", default="", metavar="TEXT", help="What stands before everything else; `-` reads standard input.")
@filtered
@click.option("--messages", is_flag=True, help="As a JSON list for a chat API.")
@click.option("--manifest", is_flag=True, help="What went in and why, and how much stayed out for which reason; with --json each of it.")
def context(words: tuple[str, ...], budget: int, base_prompt: str, where: dict[str, Any] | None, messages: bool, manifest: bool) -> None:
    """What to put into a prompt for a question, within a budget. The text goes to standard output, as it is."""
    with memory() as house:
        found = house.context(said(words) if words else "", budget=budget, base_prompt=said(base_prompt), where=where)
        if messages:
            show.put(found.messages, lambda: show.text(_listed(found.messages)))
        elif manifest:
            show.put([asdict(entry) for entry in found.manifest], lambda: _manifest(found))
        else:
            show.put([_context_data(found)], lambda: show.text(found.text))
    more = "--json names each record that stayed out" if manifest else "--manifest says what is in and why"
    show.remark(f"{found.tokens} of {found.budget} tokens; {more}")


def _context_data(found: Any) -> dict[str, Any]:
    data: dict[str, Any] = show.plain(found)
    return data


def _listed(messages: tuple[Mapping[str, Any], ...]) -> str:
    return "[\n" + ",\n".join(f"  {show.dumped(message)}" for message in messages) + "\n]"


def _manifest(found: Any) -> Any:
    from rich.console import Group
    from rich.text import Text

    from . import views

    return Group(views.manifest(found), Text(), views.gauge(found.tokens, found.budget))


@command("list", "list messages --limit 20", "list facts --json")
@click.argument("kind", metavar="KIND", type=Kind())
@click.option("--limit", type=int, default=20, show_default=True, help="At most so many.")
@click.option("--after", metavar="ID", help="The page after this record (of messages: the older ones).")
def list_(kind: str, limit: int, after: str | None) -> None:
    """Page through one kind of record. KIND is facts, notes, tasks or any other that `recollect --help` lists.

    What has a key goes by it, messages as in a chat (the newest of them, oldest first), everything else newest first.
    """
    with memory() as house:
        room = getattr(house, kind)
        found = room.list(limit=limit, **{"before" if kind == "messages" else "after": after or None})
        show.put([as_data(kind, one) for one in found], lambda: _table(found))
    if found and len(found) == limit:
        last = found[0] if kind == "messages" else found[-1]
        show.remark(f"more: recollect list {kind} --limit {limit} --after {last.id[-8:]}")


def _table(found: list[Any]) -> Any:
    from . import views

    return views.records(found)


@command("show", "show 3f9a1c07", "show 0198f2c4-77aa-7e01-b3c1-5d2e3f9a1c07 --json")
@click.argument("id", metavar="ID")
def show_(id: str) -> None:
    """Everything about one record, by its id or the last 8 characters of it; with its history if its kind keeps one."""
    with memory() as house:
        found = house.get(id)
        if found is None:
            raise _unknown(id)
        kind = kind_of(found)
        history = _history(house, kind, found)
        show.put([{**as_data(kind, found), "history": [as_data(kind, one) for one in history]}], lambda: _record(kind, found, history))


def _history(house: Any, kind: str, found: Any) -> list[Any]:
    """What it was, newest first, if its kind keeps that."""
    from ..kinds import KINDS

    room = getattr(house, kind)
    history: list[Any] = room.history(found.id) if KINDS[kind].table.versioned and hasattr(room, "history") else []
    return history


def _record(kind: str, found: Any, history: list[Any]) -> Any:
    from . import views

    return views.record(kind, found, history)


def _unknown(id: str) -> Exception:
    from ..errors import NotFound

    return NotFound(f"there is no record {id!r} in this scope; `recollect list KIND` shows ids, --user chooses another scope")


@command("forget", "forget 3f9a1c07")
@click.argument("id", metavar="ID")
def forget(id: str) -> None:
    """Delete a record of any kind. `undelete` brings it back; `erase --id` makes it final."""
    with memory(write=True) as house:
        record = house.get(id)
        if record is None or not house.forget(record.id):
            raise _unknown(id)
        show.put([{"id": record.id, "forgotten": True}], lambda: _done("forgotten", record.id, "`recollect undelete` brings it back"))


@command("undelete", "undelete 3f9a1c07")
@click.argument("id", metavar="ID")
def undelete(id: str) -> None:
    """Bring a deleted record back as it was."""
    with memory(write=True) as house:
        if not house.undelete(id):
            from ..errors import NotFound

            raise NotFound(f"there is no deleted record {id!r} in this scope; what was erased cannot come back")
        record = house.get(id)
        whole = id if record is None else record.id
        show.put([{"id": whole, "undeleted": True}], lambda: _done("back again", whole, ""))


def _done(what: str, id: str, more: str) -> Any:
    from rich.text import Text

    return Text.assemble((what, "bold green"), f" {id[-8:]}", (f"  {more}" if more else "", "dim"))
