"""What to put into a prompt, within a budget, and why.

Order of the result: the base prompt and system messages, then what changes seldom (profile, summaries), then the conversation, and last what
was found for this question. A provider's cache of the prefix therefore survives from call to call. Everything stored is quoted, so that it
can be read and cannot give orders; system messages are the developer's own and stand as they are.

The design, and the other one that was considered, stand in docs/explanation/context.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from ..core.clock import micros
from ..core.effects import Begin, value
from ..core.ids import id_bytes, short
from ..core.tokens import MESSAGE_OVERHEAD
from ..core.traits import Clause
from ..errors import Invalid
from ..shapes.values import checked_list
from .asking import asked, checked_budget, checked_where, expired
from .quoting import LEAD, one_line, quoted, stamp, turn
from .search import search
from .where import Where

TITLES = {
    "profile": "What is known",
    "summaries": "Earlier conversations",
    "recall": "Found for the question",
    "conversation": "The conversation so far",
}


class Section(NamedTuple):
    """What a section may take of the budget that the base prompt leaves: its share, and the floor that no other may touch."""

    share: float
    floor: float


SECTIONS: Mapping[str, Section] = {
    "profile": Section(0.20, 0.05),
    "summaries": Section(0.15, 0.05),
    "conversation": Section(0.45, 0.25),
    "recall": Section(1.0, 0.20),
}
"""In the order in which they take their part; what one leaves goes to the next, and in the end to `conversation`."""

QUIET: Mapping[str, Section] = {
    "profile": SECTIONS["profile"],
    "summaries": SECTIONS["summaries"],
    "recall": Section(1.0, 0.20),
    "conversation": Section(1.0, 0.10),
}
"""The same where no conversation goes on and there is a question: what was said last is then no more than a reminder."""

STABLE = ("profile", "summaries")  # said before all else, under one lead

STEP = 8
"""A conversation that is cut begins at every eighth message only, so that its beginning, and a provider's cache, hold for several turns."""

FETCHED = 64  # messages that are read at once, newest first, until they fill the budget
LINE = 30  # tokens of a line of a usual turn: so many hits are looked up as could fit


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest: what was offered, what it costs, whether it is in, and why or why not."""

    section: str
    kind: str
    id: str
    tokens: int
    included: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """What an agent gets. `text` and `messages` hold the same; `tokens` counts the larger of the two and never exceeds `budget`."""

    text: str
    messages: tuple[Mapping[str, Any], ...]
    sections: Mapping[str, str]
    tokens: int
    budget: int
    manifest: tuple[Entry, ...]

    def __str__(self) -> str:
        return self.text


class _Offer(NamedTuple):
    """Something that could go in: records that belong together, as a line of text and as chat messages."""

    records: tuple[Any, ...]
    kind: str
    line: str
    chat: tuple[Mapping[str, Any], ...]
    tokens: int
    why: str
    heading: str = ""  # under which it stands with others of one conversation and day
    above: int = 0  # what the heading costs


class _Bin:
    """One section while it is filled."""

    def __init__(self, name: str, most: int) -> None:
        self.name, self.most = name, most
        self.taken: list[_Offer] = []
        self.left: list[tuple[_Offer, str]] = []
        self.tokens = 0
        self._headings: set[str] = set()

    def offer(self, offer: _Offer, room: int) -> bool:
        cost = offer.tokens + (offer.above if offer.heading not in self._headings else 0)
        if self.tokens + cost > room:
            self.left.append((offer, f"needs {cost} tokens where {max(0, room - self.tokens)} were left"))
            return False
        self.taken.append(offer)
        self._headings.add(offer.heading)
        self.tokens += cost
        return True


async def context(
    house: Any,
    query: str,
    *,
    budget: int,
    base_prompt: str,
    sections: Mapping[str, float] | Iterable[str] | None,
    as_of: datetime | None,
    where: Mapping[str, Any] | None,
) -> Context:
    plan = _planned(sections)
    if not isinstance(base_prompt, str):
        raise Invalid(f"base_prompt must be a string, not {type(base_prompt).__name__}")
    conditions = checked_where(house, where, tuple(house._kinds))
    checked_budget(budget)
    now = (await Begin()).now
    builder = _Builder(house, now if as_of is None else micros(as_of), query, budget, base_prompt, conditions, as_of)
    return await builder.built(plan, chosen=sections is not None)


def _planned(sections: Mapping[str, float] | Iterable[str] | None) -> dict[str, Section]:
    """The sections to fill: all by default, those named, or those named with a share of their own."""
    if sections is None:
        return dict(SECTIONS)
    shares: Mapping[str, float | None] = dict(sections) if isinstance(sections, Mapping) else dict.fromkeys(checked_list(sections, "sections"))
    for name, share in shares.items():
        if name not in SECTIONS:
            raise Invalid(f"sections are {', '.join(SECTIONS)}, not {name!r}")
        if share is not None and (isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1):
            raise Invalid(f"the share of section {name!r} must be a number from 0 to 1, not {share!r}")
    named = {name: shares[name] for name in SECTIONS if name in shares}
    return {
        name: Section(share, min(SECTIONS[name].floor, share)) if share is not None else SECTIONS[name] for name, share in named.items()
    }  # fmt: skip


class _Builder:
    def __init__(self, house: Any, at: int, query: str, budget: int, base_prompt: str, where: Where, as_of: datetime | None) -> None:
        self._house, self._at, self._query, self._budget = house, at, query, budget
        self._base, self._where, self._as_of = base_prompt, where, as_of
        self._count: Callable[[str], int] = cache(house._shared.count)  # what was counted when offered is counted again in the whole
        self._bins: dict[str, _Bin] = {}
        self._systems: list[Any] = []
        self._goes_on = False
        self._turns: dict[str, int] = {}  # of messages that were found, in the order of writing
        self._offers: dict[str, _Offer] = {}
        self._positions: dict[str, int] = {}
        self._read: dict[str, Any] = {}  # messages of now, by their id
        self._notes: list[Entry] = []

    async def built(self, plan: Mapping[str, Section], *, chosen: bool) -> Context:
        units = await self._conversation()
        quiet = not (chosen or self._goes_on) and bool(self._query.strip())
        plan = QUIET if quiet else plan
        free = self._budget - self._fixed()
        if free < 0:
            needed = f"the base prompt and the system messages need {self._fixed()} tokens, {-free} more than the budget of {self._budget}"
            raise Invalid(f"{needed}; raise the budget or shorten the base prompt")
        offers: dict[str, Sequence[Any]] = {"conversation": units}
        if "profile" in plan:
            offers["profile"] = await self._profile()
        if "summaries" in plan:
            offers["summaries"] = await self._summaries()
        free -= self._headings({name for name in plan if name == "recall" or offers[name]})
        self._fill(plan, offers, max(0, free), ("recall", "conversation") if quiet else ("recall",))
        if "recall" in plan:
            offers["recall"] = await self._recalled()
        self._fill(plan, offers, max(0, free))
        return self._finished()

    # what is fixed

    def _fixed(self) -> int:
        system = "\n\n".join(filter(None, [self._base, *(message.content for message in self._systems)]))
        return self._count(system) + (MESSAGE_OVERHEAD if system else 0)

    def _headings(self, sections: Set[str]) -> int:
        """What titles and leads cost, in both views, if each of these sections has something to say."""
        leads = ("recall" in sections) + (not sections.isdisjoint(STABLE))
        return sum(self._count(f"\n\n## {TITLES[name]}\n") for name in sections) + leads * (self._count(f"{LEAD}\n\n") + MESSAGE_OVERHEAD)

    # filling

    def _fill(self, plan: Mapping[str, Section], offers: Mapping[str, Sequence[Any]], free: int, without: tuple[str, ...] = ()) -> None:
        """Each section takes its part in turn; floors of the later ones are kept for them, and what is over goes to the conversation."""
        self._bins = {}
        names = [name for name in plan if name not in without]
        for place, name in enumerate(names):
            spent = sum(one.tokens for one in self._bins.values())
            kept = sum(int(plan[later].floor * free) for later in names[place + 1 :])
            kept += sum(int(plan[name].floor * free) for name in without if name in plan)
            most = max(int(plan[name].floor * free), min(int(plan[name].share * free), free - spent - kept))
            self._bins[name] = one = _Bin(name, max(0, min(most, free - spent)))
            self._take(one, offers.get(name, []), one.most)
        if "conversation" in self._bins and not without:
            one = self._bins["conversation"]
            spare = free - sum(other.tokens for other in self._bins.values())
            if one.left and spare > 0:
                again = _Bin(one.name, one.tokens + spare)
                self._take(again, offers["conversation"], again.most)
                self._bins["conversation"] = again
        if not without:
            self._use_up(plan, free)

    def _use_up(self, plan: Mapping[str, Section], free: int) -> None:
        """What is still over goes to whatever is small enough, within its section's share, the question's own section first."""
        for name in ("recall", "profile", "summaries"):
            if (one := self._bins.get(name)) is None:
                continue
            waiting, one.left = one.left, []
            for offer, _ in waiting:
                spare = free - sum(other.tokens for other in self._bins.values())
                one.offer(offer, min(one.tokens + spare, int(plan[name].share * free)))

    def _take(self, one: _Bin, offers: Sequence[Any], room: int) -> None:
        if one.name != "conversation":
            for offer in offers:
                one.offer(offer, room)
            return
        found = {record.id for offer in self._found() for record in offer.records}
        offers = [unit for unit in offers if not any(message.id in found for message in unit)]
        for place, unit in enumerate(offers):  # newest first, without holes
            if not one.offer(self._unit(unit), room):
                one.left += [(_uncounted(older), "older than what filled the section") for older in offers[place + 1 :]]
                self._steady(one)
                return

    def _found(self) -> list[_Offer]:
        """What the question found and is in already: no text stands twice."""
        return self._bins["recall"].taken if "recall" in self._bins else []

    def _unit(self, unit: Sequence[Any]) -> _Offer:
        made = self._offers.get(unit[0].id)
        if made is None:
            made = self._offers[unit[0].id] = self._counted(unit)
        return made

    def _steady(self, one: _Bin) -> None:
        """Move the beginning of a cut conversation to the next fixed step."""
        while len(one.taken) > 2 * STEP and self._position(one.taken[-1]) % STEP:
            offer = one.taken.pop()
            one.tokens -= offer.tokens
            one.left.insert(0, (offer, f"left out so that the beginning moves only every {STEP} messages and a provider's cache holds"))

    def _position(self, offer: _Offer) -> int:
        """How many messages stand before it, counted from the beginning and not from the moving end."""
        return self._positions[offer.records[0].id]

    # what is offered

    async def _profile(self) -> list[_Offer]:
        facts = await self._house.facts._own(self._at if self._as_of is not None else None)
        notes = await self._pinned()
        offers = [self._quoted(note, "notes", note.text, "pinned") for note in notes if self._admits(note)]
        blocks = [block for block in await self._blocks() if self._admits(block) and block.content]
        offers += [self._quoted(block, "blocks", f"{block.name}: {block.content}", "a pinned block", at=block.updated_at) for block in blocks]
        facts = sorted((fact for fact in facts if self._admits(fact)), key=lambda fact: (-micros(fact.updated_at), fact.key))
        return offers + [self._quoted(fact, "facts", f"{fact.key}: {fact.value}", "a fact", at=fact.updated_at) for fact in facts]

    async def _blocks(self) -> list[Any]:
        return [block for block in await self._house.blocks._own(self._at if self._as_of is not None else None) if block.pinned]

    async def _pinned(self) -> list[Any]:
        room = self._house.notes
        if self._as_of is None:
            return list(await room._select(room._visible(self._at) & Clause("pinned = 1"), "order by created_at, seq"))
        then = [note for note in await room._then(self._at) if note.pinned and note.deleted_at is None and note.user == self._house._scope.user]
        return sorted((note for note in then if not expired(note, self._at)), key=lambda note: (note.created_at, note.id))

    async def _summaries(self) -> list[_Offer]:
        found = await self._house.conversations._summaries(self._at, 10)
        found = [one for one in found if micros(one.updated_at) <= self._at]
        return [self._quoted(one, "conversations", one.summary, "a recent summary", at=one.last_activity) for one in found]

    async def _recalled(self) -> list[_Offer]:
        most = max(16, min(200, self._budget // LINE))
        how = {"as_of": self._as_of, "where": self._where.conditions, "snippets": False, "insist": bool(self._where.conditions)}
        ask = replace(asked(self._house, self._query, limit=most, **how), at_hand=self._read)
        inside = {record.id for one in self._bins.values() for offer in one.taken for record in offer.records}
        inside |= {message.id for message in self._systems}
        offers = []
        hits = await search(self._house, ask)
        self._turns = await self._house.messages._turns([hit.id for hit in hits if hit.kind == "messages"])
        for hit in hits:
            if hit.id in inside:
                self._notes.append(Entry("recall", hit.kind, hit.id, 0, False, "stands in another section already"))
            else:
                why = "found by " + ", ".join(f"{name} {worth:+.2f}" for name, worth in hit.signals.items())
                said = self._turn(hit.record, hit.text, why) if hit.kind == "messages" else self._quoted(hit.record, hit.kind, hit.text, why)
                offers.append(said)
        return offers

    async def _conversation(self) -> list[Sequence[Any]]:
        """The newest messages, newest first, each tool call together with its results."""
        room = self._house.messages
        going = await self._house.conversations._going(self._at) if self._as_of is None else None
        self._goes_on = going is not None
        where = Clause("compressed_at is null and created_at <= :until", {"until": self._at})
        if going is not None:
            where &= Clause("conversation = :conversation", {"conversation": id_bytes(going.id)})
        visible = room._visible(self._at) & where
        found = await self._newest(visible)
        self._systems = await room._select(visible & Clause("role = 'system'"), "order by created_at, seq") if going is not None else []
        ended = [message for message in found if message.role == "system" and going is None]
        self._notes += [Entry("system", "messages", one.id, one.tokens, False, "belongs to a conversation that is over") for one in ended]
        said = [message for message in found if message.role != "system" and self._admits(message)]
        return self._units(said)[::-1]

    async def _newest(self, visible: Clause) -> list[Any]:
        """As many messages as could fit, oldest first, and how many stand before each."""
        found: list[Any] = []
        room, tokens, more = self._house.messages, 0, Clause("")
        while tokens <= self._budget:
            page = await room._select(visible & more, "order by created_at desc, seq desc limit :most", most=FETCHED)
            found += page
            tokens += sum(message.tokens + MESSAGE_OVERHEAD for message in page)
            if len(page) < FETCHED:
                break
            at, seq = await room._place(page[-1].id)
            more = Clause("(created_at, seq) < (:before_at, :before_seq)", {"before_at": at, "before_seq": seq})
        total = await value(f"select count(*) from messages where {visible.sql}", **visible.params)
        self._positions = {message.id: total - place for place, message in enumerate(found, start=1)}
        if self._as_of is None:
            self._read = {message.id: message for message in found}
        return found[::-1]

    def _units(self, messages: Sequence[Any]) -> list[Sequence[Any]]:
        units: list[list[Any]] = []
        open_calls: dict[str, list[Any]] = {}
        for message in messages:
            if message.role == "tool" and message.tool_call_id in open_calls:
                open_calls[message.tool_call_id].append(message)
                continue
            unit = [message]
            units.append(unit)
            open_calls |= dict.fromkeys(_calls(message), unit)
        return [unit for unit in units if self._whole(unit)]

    def _whole(self, unit: Sequence[Any]) -> bool:
        """A call without its result, or a result without its call, is refused by chat APIs and says nothing to a reader."""
        first = unit[0]
        missing = _calls(first) - {message.tool_call_id for message in unit[1:]}
        if not missing and first.role != "tool":
            return True
        why = "the call that it answers is not among the newest messages" if first.role == "tool" else "a result of its tool calls is missing"
        self._notes += [Entry("conversation", "messages", message.id, message.tokens, False, why) for message in unit]
        return False

    def _counted(self, unit: Sequence[Any]) -> _Offer:
        lines = [turn(message) for message in unit]
        chat = tuple(_chat(message) for message in unit)
        # With its time stamp and quotes longer than the chat form; the whole is counted both ways.
        tokens = sum(self._line(line + "\n", message) for line, message in zip(lines, unit, strict=True))
        line = "\n".join(lines)
        return _Offer(tuple(unit), "messages", line, chat, tokens, "recent")

    def _turn(self, message: Any, text: str, why: str) -> _Offer:
        """A message that was found, under the heading of its conversation and day."""
        heading = f"- [{message.created_at.date()}, conversation {short(message.conversation)}]"
        line = f"  {one_line(message.name or message.role)}: {quoted(text)}"
        return _Offer((message,), "messages", line, (), self._line(line + "\n", message), why, heading, self._count(heading + "\n"))

    def _line(self, line: str, message: Any) -> int:
        """The tokens of a line that says a message; if it does word for word, those of its text were counted when it was stored."""
        around, found, end = line.rpartition(f'"{message.content}"')
        return self._count(f'{around}""{end}') + message.tokens if found else self._count(line)

    def _quoted(self, record: Any, kind: str, text: str, why: str, *, at: datetime | None = None) -> _Offer:
        source = f", from {one_line(record.source)}" if getattr(record, "source", None) else ""
        line = f"- [{stamp(at or record.created_at)}, {kind} {short(record.id)}{source}] {quoted(text)}"
        return _Offer((record,), kind, line, (), self._count(line + "\n"), why)

    def _admits(self, record: Any) -> bool:
        return self._where.admits(record)

    # the result

    def _finished(self) -> Context:
        while True:
            made = self._made()
            if made.tokens <= self._budget:
                return made
            self._drop()

    def _drop(self) -> None:
        """A tokenizer need not be additive: if the whole costs more than its parts, the least needed part goes."""
        for name in ("recall", "conversation", "summaries", "profile"):
            one = self._bins.get(name)
            if one is not None and one.taken:
                offer = one.taken.pop()
                one.left.insert(0, (offer, "left out because the whole cost more than its parts"))
                return
        raise Invalid(f"the base prompt and the system messages need more than the budget of {self._budget}; raise it")

    def _made(self) -> Context:
        stable = [self._section(name) for name in STABLE]
        head = "\n\n".join(filter(None, [self._base, *(message.content for message in self._systems), self._led(stable)]))
        recalled = self._led([self._section("recall")])
        talk = self._section("conversation")
        text = "\n\n".join(filter(None, [head, talk, self._section("recall") if any(stable) else recalled]))
        messages: list[Mapping[str, Any]] = [{"role": "system", "content": head}] if head else []
        if one := self._bins.get("conversation"):
            messages += [chat for offer in reversed(one.taken) for chat in offer.chat]
        if recalled:
            messages.append({"role": "user", "content": recalled})
        tokens = max(self._count(text), sum(self._chat_tokens(message) for message in messages))
        sections = {name: said for name in SECTIONS if (said := self._section(name))}
        return Context(text, tuple(messages), sections, tokens, self._budget, tuple(self._manifest()))

    def _led(self, sections: Sequence[str]) -> str:
        said = [section for section in sections if section]
        return "\n\n".join([LEAD, *said]) if said else ""

    def _section(self, name: str) -> str:
        one = self._bins.get(name)
        if one is None or not one.taken:
            return ""
        offers = list(reversed(one.taken)) if name == "conversation" else list(one.taken)
        if name == "profile":  # chosen by recency, shown in an order that stays
            offers.sort(key=_place_in_profile)
        return "\n".join([f"## {TITLES[name]}", *self._grouped(offers)])

    def _grouped(self, offers: Sequence[_Offer]) -> Iterator[str]:
        """The lines; what is of one conversation and day stands together, as it was said, where the best of it would stand."""
        together: dict[str, list[_Offer]] = {}
        for offer in offers:
            together.setdefault(offer.heading or offer.records[0].id, []).append(offer)
        for heading, some in together.items():
            if some[0].heading:
                yield heading
                some.sort(key=lambda offer: (offer.records[0].created_at, self._turns[offer.records[0].id]))
            yield from (offer.line for offer in some)

    def _manifest(self) -> list[Entry]:
        entries = [Entry("system", "messages", message.id, self._count(message.content), True, "a system message") for message in self._systems]
        for one in self._bins.values():
            for offer in one.taken:
                entries += [self._entry(one.name, offer, record, True, offer.why) for record in offer.records]
            for offer, reason in one.left:
                entries += [self._entry(one.name, offer, record, False, reason) for record in offer.records]
        return entries + self._notes

    def _entry(self, section: str, offer: _Offer, record: Any, included: bool, reason: str) -> Entry:
        tokens = offer.tokens if len(offer.records) == 1 else getattr(record, "tokens", 0)
        return Entry(section, offer.kind, record.id, tokens, included, reason)

    def _chat_tokens(self, message: Mapping[str, Any]) -> int:
        content = message.get("content") or ""
        said = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        calls = json.dumps(message["tool_calls"], ensure_ascii=False) if "tool_calls" in message else ""
        return self._count(said) + (self._count(calls) if calls else 0) + MESSAGE_OVERHEAD


def _calls(message: Any) -> set[str]:
    return {str(call["id"]) for call in message.tool_calls or () if isinstance(call, Mapping) and call.get("id")}


def _uncounted(unit: Sequence[Any]) -> _Offer:
    """What is not even tried is only listed, with the tokens that were counted when it was stored."""
    return _Offer(tuple(unit), "messages", "", (), sum(message.tokens for message in unit), "recent")


def _place_in_profile(offer: _Offer) -> tuple[int, str, datetime]:
    record = offer.records[0]
    return ("notes", "blocks", "facts").index(offer.kind), getattr(record, "key", getattr(record, "name", "")), record.created_at


def _chat(message: Any) -> Mapping[str, Any]:
    """A stored message as chat APIs take it."""
    content: Any = list(message.parts) if message.parts is not None else message.content
    chat: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        chat["tool_calls"] = list(message.tool_calls)
        chat["content"] = content or None
    if message.tool_call_id:
        chat["tool_call_id"] = message.tool_call_id
    if message.name:
        chat["name"] = message.name
    return chat
