"""Blocks: texts that an agent keeps in its prompt and edits itself, each with a name, a budget and its history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Table, Versioned
from ..core.text import clean
from ..core.tokens import split
from ..core.traits import Clause
from ..errors import Conflict, Denied, Invalid, NotFound
from ..shapes.collection import LIVE
from ..shapes.register import Register
from ..shapes.values import checked_choice, checked_count, optional_text, titled

OVERFLOWS = ("refuse", "archive")


@dataclass(frozen=True, slots=True)
class Block(Versioned):
    """One block. `tokens` is what its content costs of `max_tokens`; `author` and `reason` are those of this version."""

    name: str
    content: str
    description: str | None
    max_tokens: int
    tokens: int
    overflow: str
    read_only: bool
    pinned: bool
    author: str | None
    reason: str | None


class Blocks(Register[Face, Block]):
    """An edit over the budget is refused; with ``overflow="archive"`` the head stays and the tail becomes a passage, readable by `archived`.

    Every edit takes `expected_version`: if the block has moved on since, that is a `Conflict` and nothing is written. A pinned block stands first
    in the profile of every context, as far as that section has room.
    """

    table: ClassVar = Table(
        name="blocks", record=Block, key="name", knowledge=True, versioned=True, text=lambda block: f"{block.name}\n{block.content}"
    )

    @operation
    async def create(
        self: Blocks[Async],
        name: str,
        content: str = "",
        max_tokens: int = 4096,
        overflow: str = "refuse",
        read_only: bool = False,
        *,
        pinned: bool = False,
        description: str | None = None,
    ) -> Block:
        """Begin a block of at most `max_tokens` tokens, as the memory's tokenizer counts them.

        `overflow` says what becomes of an edit over that budget: it is refused as `Invalid` (``"refuse"``), or the head stays and the tail
        is archived (``"archive"``). A name (1 to 255 characters) that is taken at this level is a `Conflict`; a deleted block of this name
        lives again with its history, while what was archived from it stays deleted.
        """
        titled(checked("name", name), "name")
        values: dict[str, Any] = {
            "content": clean(content, "content", empty=True),
            "max_tokens": checked_count(max_tokens, "max_tokens", least=1),
            "overflow": checked_choice(overflow, "overflow", OVERFLOWS),
            "read_only": bool(read_only),
            "pinned": bool(pinned),
            "description": optional_text(description, "description"),
        }
        moment_ = await Begin()
        known = await self._at_own_level(name)
        if known is not None and known.deleted_at is None:
            raise Conflict(f"there is a block {name!r} already; edit it, or choose another name")
        kept, tail = self._fitted(values["content"], values["max_tokens"], values["overflow"], name)
        values |= {"content": kept, "tokens": self._house._count(kept), "author": self._author(), "reason": None}
        block: Block = await self._set(name, values, None)
        await self._archive(block, tail, moment_)
        return block

    @operation
    async def edit(self: Blocks[Async], name: str, content: str, reason: str | None = None, expected_version: int | None = None) -> Block:
        """Give the block this content, which may be empty. The same content again changes nothing.

        Like every edit: `NotFound` if there is no such block, `Conflict` if it is not at `expected_version`, `Denied` if it is read-only,
        `Invalid` if it would hold too many tokens, or more than 10 MiB.
        """
        block = await self._editable(name, expected_version)
        return await self._edited(block, clean(content, "content", empty=True), reason, await Begin())

    @operation
    async def append(self: Blocks[Async], name: str, text: str, reason: str | None = None, expected_version: int | None = None) -> Block:
        """Add a text at the end, on a line of its own."""
        block = await self._editable(name, expected_version)
        gap = "\n" if block.content and not block.content.endswith("\n") else ""
        return await self._edited(block, block.content + gap + clean(text), reason, await Begin())

    @operation
    async def replace(self: Blocks[Async], name: str, old: str, new: str, reason: str | None = None, expected_version: int | None = None) -> Block:
        """Put `new` where `old` stands, letter by letter, in exactly one place; else it is `Invalid`. An empty `new` takes it out."""
        old, new = clean(old, "old"), clean(new, "new", empty=True)
        block = await self._editable(name, expected_version)
        place = block.content.find(old)
        if place < 0 or block.content.find(old, place + 1) > 0:
            places = "nowhere" if place < 0 else "in several places"
            raise Invalid(f"block {name!r} holds {old[:40]!r} {places}; quote a text that stands in exactly one")
        return await self._edited(block, block.content[:place] + new + block.content[place + len(old) :], reason, await Begin())

    @operation
    async def insert(self: Blocks[Async], name: str, line: int, text: str, reason: str | None = None, expected_version: int | None = None) -> Block:
        """Add lines after this line, counted from 1: 0 puts them first, -1 last. A line that the block does not have is `Invalid`."""
        block = await self._editable(name, expected_version)
        lines: list[str] = block.content.removesuffix("\n").split("\n") if block.content else []
        place: int = checked_count(len(lines) if line == -1 else line, "line", most=len(lines))
        end = "\n" if block.content.endswith("\n") else ""
        return await self._edited(block, "\n".join([*lines[:place], clean(text), *lines[place:]]) + end, reason, await Begin())

    @operation
    async def revert(self: Blocks[Async], key: str, version: int) -> Block:
        """Give the block the content of an earlier version again, as a new version; its name and settings stay.

        A version that it never had is `NotFound`; a content that is over the budget by now is treated like any other edit.
        """
        block = await self._editable(key, None)
        earlier = next((old for old in await self._versions(block, limit=2**62) if old.version == version), None)
        if earlier is None:
            raise NotFound(f"block {key!r} has no version {version} before this one; see blocks.history({key!r})")
        return await self._edited(block, earlier.content, f"back to version {version}", await Begin())

    @operation
    async def rename(self: Blocks[Async], name: str, new_name: str) -> Block:
        """Call the block by another name; its history goes with it. A name that is, or was, a block's at this level is a `Conflict`."""
        titled(checked("new_name", new_name), "new_name")
        block = await self._editable(name, None)
        if new_name != block.name and await self._under(block, new_name) is not None:
            raise Conflict(f"there is, or was, a block {new_name!r} at this level; choose another name")
        return await self._settled(block, "rename", name=new_name)

    @operation
    async def pin(self: Blocks[Async], name: str, pinned: bool = True) -> Block:
        """Put this block into every context; `pinned=False` lets it go."""
        return await self._settled(await self._need(name), "pin", pinned=bool(pinned))

    @operation
    async def protect(self: Blocks[Async], name: str, read_only: bool = True) -> Block:
        """Refuse edits of this block from now on with `Denied`; `read_only=False` allows them again. It can still be pinned and deleted."""
        return await self._settled(await self._need(name), "protect", read_only=bool(read_only))

    @operation
    async def resize(self: Blocks[Async], name: str, max_tokens: int) -> Block:
        """Change the budget (tokens, at least 1). What is over it then stays until it is edited, or until `archive_overflow`."""
        most = checked_count(max_tokens, "max_tokens", least=1)
        return await self._settled(await self._editable(name, None), "resize", max_tokens=most)

    @operation
    async def archive_overflow(self: Blocks[Async], name: str) -> str | None:
        """Move what is over the budget out of the block into a passage; returns that text, or None if nothing was over."""
        block = await self._editable(name, None)
        head, tail = self._fitted(block.content, block.max_tokens, "archive", name)
        if not tail:
            return None
        moment_ = await Begin()
        await self._archive(await self._written(block, head, "overflow archived", moment_), tail, moment_)
        return tail

    @query
    async def archived(self: Blocks[Async], name: str) -> list[Any]:
        """The passages that were archived from this block, in the order of archiving."""
        block = await self._find(name, (await Begin()).now, deleted=True)
        return [part for _, part in await self._parts(block, LIVE, "passages")] if block is not None else []

    async def _editable(self, name: str, expected_version: int | None) -> Block:
        block: Block = await self._need(name)
        if expected_version is not None and block.version != expected_version:
            raise Conflict(f"block {name!r} is at version {block.version}, not {expected_version!r}; read it again and repeat the edit")
        if block.read_only:
            raise Denied(f"block {name!r} is read-only; blocks.protect({name!r}, read_only=False) allows edits again")
        return block

    async def _edited(self, block: Block, content: str, reason: str | None, moment_: Moment) -> Block:
        if content == block.content:
            return block
        head, tail = self._fitted(clean(content, "content", empty=True), block.max_tokens, block.overflow, block.name)
        after = await self._written(block, head, optional_text(reason, "reason"), moment_)
        await self._archive(after, tail, moment_)
        return after

    async def _written(self, block: Block, content: str, reason: str | None, moment_: Moment) -> Block:
        values = {"content": content, "tokens": self._house._count(content), "author": self._author(), "reason": reason}
        return await self._change(block, replace(block, **values), "edit", moment_)

    async def _settled(self, block: Block, action: str, **values: Any) -> Block:
        moment_ = await Begin()
        if all(getattr(block, name) == value for name, value in values.items()):
            return block
        return await self._change(block, replace(block, **values, author=self._author(), reason=action), action, moment_)

    def _fitted(self, content: str, budget: int, overflow: str, name: str) -> tuple[str, str]:
        """What stays and what is over."""
        over = self._house._count(content) - budget
        if over <= 0:
            return content, ""
        if overflow == "refuse":
            advice = "shorten it, resize the block, or create it with overflow='archive'"
            raise Invalid(f"block {name!r} may hold {budget} tokens and this is {over} too many; {advice}")
        return split(content, budget, self._house._count)

    def _author(self) -> str | None:
        return self._scope.agent or self._scope.user or None

    async def _archive(self, block: Block, tail: str, moment_: Moment) -> None:
        if tail:
            await self._house.passages._keep_of(block, tail, moment_)

    async def _under(self, block: Block, name: str) -> Block | None:
        """The block of this name, deleted or not, beside this one: an administrator may name somebody else's."""
        level = {part: getattr(block, part) for part in ("tenant", "user", "project", "agent")}
        beside = 'tenant = :tenant and "user" = :user and project = :project and agent = :agent and name = :name'
        found = await self._select(Clause(beside, {**level, "name": name}))
        return found[0] if found else None
