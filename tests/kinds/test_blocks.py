"""Blocks: named, budgeted, versioned texts that an agent edits itself; what does not fit is refused or archived, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Denied, Invalid, NotFound, RecollectError
from recollect.core.text import MOST_BYTES

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def contents(blocks: Any) -> list[str]:
    return [block.content for block in blocks]


def edits(room: Any, name: str, **more: Any) -> list[Callable[[], Any]]:
    """Every way to edit a block that holds the word "tea"."""
    return [
        lambda: room.edit(name, "other", **more),
        lambda: room.append(name, "more", **more),
        lambda: room.replace(name, "tea", "coffee", **more),
        lambda: room.insert(name, 0, "first", **more),
    ]


# create


def test_a_block_keeps_everything_that_was_said_of_it(alice: Any) -> None:
    block = alice.blocks.create("persona", "I like tea.", 50, overflow="archive", read_only=True, pinned=True, description="who I am")
    assert alice.blocks.get("persona") == block == alice.blocks.get(block.id)
    assert (block.name, block.content, block.description, block.max_tokens) == ("persona", "I like tea.", "who I am", 50)
    assert (block.overflow, block.read_only, block.pinned, block.version, block.reason) == ("archive", True, True, 1, None)
    assert 3 <= block.tokens <= 5


def test_a_block_is_empty_refuses_overflow_and_holds_4096_tokens_unless_said_otherwise(alice: Any) -> None:
    block = alice.blocks.create("persona")
    assert (block.content, block.tokens, block.max_tokens, block.overflow, block.read_only, block.pinned) == ("", 0, 4096, "refuse", False, False)


def test_a_name_that_is_taken_is_a_conflict(alice: Any) -> None:
    alice.blocks.create("persona", "old")
    with pytest.raises(Conflict, match="persona"):
        alice.blocks.create("persona", "new")
    assert contents(alice.blocks.history("persona")) == ["old"]


def test_a_name_of_another_user_is_free(memory: Any, alice: Any) -> None:
    alice.blocks.create("persona", "alice's")
    memory.scope(user="bob").blocks.create("persona", "bob's")
    assert alice.blocks.get("persona").content == "alice's"


@pytest.mark.parametrize("name", ["", " ", "\u3000", "a\nb", "a\0b", "a\ud800", "n" * 256, 5, None])
def test_a_name_that_says_nothing_is_invalid(alice: Any, name: Any) -> None:
    """Defect 14 of engram blocks: a name could be made of blanks."""
    with pytest.raises(Invalid, match="name"):
        alice.blocks.create(name)
    alice.blocks.create("fine")
    with pytest.raises(Invalid, match="name"):
        alice.blocks.rename("fine", name)
    assert [block.name for block in alice.blocks.list()] == ["fine"]


@pytest.mark.parametrize("name", ["100% *sure*_", "愛", "'\"; drop table blocks", "🦜", "n" * 255])
def test_any_other_name_is_fine(alice: Any, name: str) -> None:
    alice.blocks.create(name, "tea")
    assert alice.blocks.append(name, "milk").content == "tea\nmilk"
    assert alice.blocks.history(name)[0].name == name


@pytest.mark.parametrize("most", [0, -1, 2**63, 2.5, "many", True, None])
def test_a_budget_that_is_no_count_is_invalid(alice: Any, most: Any) -> None:
    """Defect 7 of engram blocks: a negative or huge budget overflowed."""
    with pytest.raises(Invalid, match="max_tokens"):
        alice.blocks.create("persona", "", most)
    alice.blocks.create("other")
    with pytest.raises(Invalid, match="max_tokens"):
        alice.blocks.resize("other", most)


@pytest.mark.parametrize(
    "bad", [{"content": 5}, {"content": None}, {"overflow": "forget"}, {"overflow": None}, {"description": ""}, {"description": 5}]
)
def test_bad_input_is_invalid_and_nothing_is_created(alice: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        alice.blocks.create("persona", **bad)
    assert alice.blocks.get("persona") is None


def test_a_deleted_block_that_is_created_again_goes_on_with_its_history(alice: Any) -> None:
    """Defects 9 and 10 of engram blocks: deleting destroyed the history, or left orphans that joined the next block of the name."""
    first = alice.blocks.create("persona", "old", pinned=True)
    alice.blocks.delete("persona")
    again = alice.blocks.create("persona", "new")
    assert (again.id, again.version, again.pinned, again.deleted_at) == (first.id, 3, False, None)
    assert contents(alice.blocks.history("persona")) == ["new", "old", "old"]


def test_undelete_brings_a_block_back_by_its_name(alice: Any) -> None:
    alice.blocks.create("persona", "old")
    assert alice.blocks.delete("persona") is True
    assert alice.blocks.get("persona") is None
    assert alice.blocks.undelete("persona") is True
    assert alice.blocks.get("persona").content == "old"


# edits


def test_an_edit_is_a_new_version_with_its_author_and_reason(alice: Any, clock: Any) -> None:
    """Defect 6 of engram blocks: the log had neither a version nor an author."""
    scout = alice.scope(agent="scout")
    alice.blocks.create("persona", "I like tea.")
    clock.advance(HOUR)
    block = scout.blocks.edit("persona", "I like coffee.", "she said so")
    assert (block.content, block.version, block.author, block.reason, block.updated_at) == ("I like coffee.", 2, "scout", "she said so", clock())
    assert [(old.version, old.author, old.reason) for old in alice.blocks.history("persona")] == [(2, "scout", "she said so"), (1, "alice", None)]


def test_the_same_content_again_changes_nothing(alice: Any) -> None:
    block = alice.blocks.create("persona", "I like tea.")
    assert alice.blocks.edit("persona", "I like tea.", "again") == block
    assert len(alice.blocks.history("persona")) == 1


def test_append_adds_a_line_of_its_own(alice: Any) -> None:
    """Defect 12 of engram blocks: a block could only be written whole."""
    alice.blocks.create("persona")
    assert alice.blocks.append("persona", "one").content == "one"
    assert alice.blocks.append("persona", "two\n").content == "one\ntwo\n"
    assert alice.blocks.append("persona", "three").content == "one\ntwo\nthree"


def test_replace_changes_the_one_place_that_is_quoted(alice: Any) -> None:
    """Defect 12 of engram blocks: a block could only be written whole."""
    alice.blocks.create("persona", "I like tea. Tea is fine.")
    assert alice.blocks.replace("persona", "tea", "coffee").content == "I like coffee. Tea is fine."
    assert alice.blocks.replace("persona", " Tea is fine.", "").content == "I like coffee."


@pytest.mark.parametrize(("old", "where"), [("milk", "nowhere"), ("TEA", "nowhere"), ("aa", "several"), ("te", "several"), ("t.a", "nowhere")])
def test_replace_of_what_stands_in_no_one_place_is_invalid(alice: Any, old: str, where: str) -> None:
    alice.blocks.create("persona", "tea, te, aaa")
    with pytest.raises(Invalid, match=where):
        alice.blocks.replace("persona", old, "x")
    assert alice.blocks.get("persona").content == "tea, te, aaa"


def test_replace_finds_what_was_stored_for_a_nul(alice: Any) -> None:
    alice.blocks.create("persona", "a\0b")
    assert alice.blocks.replace("persona", "\0", "-").content == "a-b"


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("a\nb", 0, "x\na\nb"), ("a\nb", 1, "a\nx\nb"), ("a\nb", 2, "a\nb\nx"), ("a\nb", -1, "a\nb\nx"), ("", 0, "x"), ("", -1, "x"),
        ("a\n", -1, "a\nx\n"), ("a\n", 1, "a\nx\n"), ("\n", 0, "x\n\n"),
    ],
)  # fmt: skip
def test_insert_puts_lines_after_a_line(alice: Any, content: str, line: int, expected: str) -> None:
    """Defect 12 of engram blocks: a block could only be written whole."""
    alice.blocks.create("persona", content)
    assert alice.blocks.insert("persona", line, "x").content == expected


@pytest.mark.parametrize("line", [3, -2, 1.0, "1", None, True, 2**70])
def test_insert_after_a_line_that_is_not_there_is_invalid(alice: Any, line: Any) -> None:
    alice.blocks.create("persona", "a\nb")
    with pytest.raises(Invalid, match="line"):
        alice.blocks.insert("persona", line, "x")


def test_bad_text_is_invalid_to_every_edit_and_nothing_is_written(alice: Any) -> None:
    alice.blocks.create("persona", "tea")
    for call in (
        lambda: alice.blocks.edit("persona", None),
        lambda: alice.blocks.edit("persona", "x", reason=5),
        lambda: alice.blocks.edit("persona", "x", reason=""),
        lambda: alice.blocks.append("persona", ""),
        lambda: alice.blocks.append("persona", 5),
        lambda: alice.blocks.replace("persona", "", "x"),
        lambda: alice.blocks.replace("persona", "tea", None),
        lambda: alice.blocks.insert("persona", 0, ""),
    ):
        with pytest.raises(Invalid):
            call()
    assert alice.blocks.get("persona").version == 1


def test_an_edit_of_an_unknown_block_is_not_found(alice: Any) -> None:
    for call in [*edits(alice.blocks, "persona"), lambda: alice.blocks.pin("persona"), lambda: alice.blocks.protect("persona")]:
        with pytest.raises(NotFound, match="persona"):
            call()
    for call in (
        lambda: alice.blocks.revert("persona", 1),
        lambda: alice.blocks.rename("persona", "x"),
        lambda: alice.blocks.resize("persona", 5),
        lambda: alice.blocks.archive_overflow("persona"),
    ):
        with pytest.raises(NotFound, match="persona"):
            call()


def test_a_block_that_has_moved_on_is_a_conflict_and_the_edit_is_not_written(alice: Any) -> None:
    """Defect 4 of engram blocks: an update read and wrote without asking for the version, so one of two was lost."""
    alice.blocks.create("persona", "tea")
    alice.blocks.edit("persona", "tea and milk", expected_version=1)
    for call in edits(alice.blocks, "persona", expected_version=1):
        with pytest.raises(Conflict, match="at version 2, not 1"):
            call()
    assert alice.blocks.get("persona").content == "tea and milk"
    assert [edit().version for edit in edits(alice.blocks, "persona", reason="now")[1:]] == [3, 4, 5]


def test_a_read_only_block_is_denied_to_every_edit(alice: Any) -> None:
    """Defect 12 of engram blocks: no block could be protected."""
    alice.blocks.create("persona", "tea " * 20, read_only=True)
    calls = [
        *edits(alice.blocks, "persona"), lambda: alice.blocks.revert("persona", 1), lambda: alice.blocks.rename("persona", "x"),
        lambda: alice.blocks.resize("persona", 5), lambda: alice.blocks.archive_overflow("persona"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Denied, match="read-only"):
            call()
    assert alice.blocks.get("persona").version == 1


def test_protect_and_pin_turn_on_and_off_and_are_kept_as_versions(alice: Any) -> None:
    alice.blocks.create("persona", "tea")
    assert alice.blocks.protect("persona").read_only is True
    assert alice.blocks.pin("persona").pinned is True
    assert alice.blocks.pin("persona").version == 3
    assert alice.blocks.protect("persona", False).read_only is False
    assert alice.blocks.pin("persona", False).pinned is False
    assert [block.reason for block in alice.blocks.history("persona")] == ["pin", "protect", "pin", "protect", None]


def test_a_pinned_block_is_in_every_context(alice: Any) -> None:
    """Defect 12 of engram blocks: no block could be pinned."""
    alice.blocks.create("persona", "Speak like a pirate.", pinned=True)
    assert "Speak like a pirate." in alice.context("the weather in Oslo").text


# the budget


def test_an_edit_over_the_budget_is_refused_with_the_number_that_is_too_many(alice: Any) -> None:
    """Defect 2 of engram blocks: neither creating nor editing asked for the limit."""
    with pytest.raises(Invalid, match="may hold 5 tokens and this is 5 too many"):
        alice.blocks.create("persona", "one two three four five six seven eight nine ten", 5)
    alice.blocks.create("persona", "one two", 5)
    with pytest.raises(Invalid, match="too many"):
        alice.blocks.append("persona", "three four five six")
    assert alice.blocks.get("persona").content == "one two"


def test_with_archive_the_head_stays_and_the_tail_can_be_read_and_found(alice: Any) -> None:
    """Defect 3 of engram blocks: what was cut off was returned once, and stored nowhere."""
    alice.blocks.create("diary", "Monday tea. ", 6, overflow="archive")
    block = alice.blocks.append("diary", "Tuesday coffee. Wednesday an iguana came.")
    assert block.tokens <= 6
    (passage,) = alice.blocks.archived("diary")
    assert block.content + passage.content == "Monday tea. \nTuesday coffee. Wednesday an iguana came."
    assert (passage.block, passage.name, passage.version) == (block.id, "diary", 2)
    assert [hit.id for hit in alice.recall("iguana")] == [passage.id]


def test_a_block_may_overflow_when_it_is_created(alice: Any) -> None:
    block = alice.blocks.create("diary", "one two three four five six", 3, overflow="archive")
    assert (block.content, block.tokens, block.version) == ("one two three ", 3, 1)
    assert contents(alice.blocks.archived("diary")) == ["four five six"]


def test_archived_lists_everything_in_the_order_of_archiving(alice: Any, clock: Any) -> None:
    alice.blocks.create("diary", "", 2, overflow="archive")
    for text in ("one two three", "one two four", "one two five"):
        alice.blocks.edit("diary", text)
        clock.advance(HOUR)
    assert contents(alice.blocks.archived("diary")) == ["three", "four", "five"]
    assert alice.blocks.archived("unknown") == []


@pytest.mark.parametrize("text", ["愛" * 50, "👩‍👩‍👧" * 20, "e\u0301" * 50, "🇵🇹" * 20, " " * 50], ids=ascii)
def test_overflow_of_any_script_is_kept_to_the_letter(alice: Any, text: str) -> None:
    """Defect 1 of engram blocks: bytes were taken for letters, and a cut inside one ended the program."""
    block = alice.blocks.create("diary", text, 7, overflow="archive")
    assert block.tokens <= 7
    assert block.content + "".join(contents(alice.blocks.archived("diary"))) == text


def test_resize_may_leave_an_overflow_until_it_is_archived(alice: Any) -> None:
    alice.blocks.create("persona", "one two three four", 10)
    assert alice.blocks.resize("persona", 2).content == "one two three four"
    with pytest.raises(Invalid, match="too many"):
        alice.blocks.append("persona", "five")
    assert alice.blocks.archive_overflow("persona") == "three four"
    assert alice.blocks.get("persona").content == "one two "
    assert contents(alice.blocks.archived("persona")) == ["three four"]


def test_archiving_without_an_overflow_writes_nothing(alice: Any) -> None:
    alice.blocks.create("persona", "one two", 10)
    assert alice.blocks.archive_overflow("persona") is None
    assert alice.blocks.get("persona").version == 1
    assert alice.blocks.archived("persona") == []


def test_the_memorys_tokenizer_counts(fresh: Callable[..., Any]) -> None:
    """Defect 11 of engram blocks: four letters were a token, in every script."""
    view = fresh("counted.db", tokenizer=len).scope(user="alice")
    assert view.blocks.create("persona", "12345", 5).tokens == 5
    with pytest.raises(Invalid, match="1 too many"):
        view.blocks.edit("persona", "123456")


@pytest.mark.file
def test_a_block_never_holds_more_than_a_text_may(alice: Any) -> None:
    alice.blocks.create("book", "a" * (MOST_BYTES - 1), 2**40)
    with pytest.raises(Invalid, match="split it"):
        alice.blocks.append("book", "bbb")


# what it was


def test_revert_gives_the_content_back_and_keeps_name_and_settings(alice: Any) -> None:
    """Defect 5 of engram blocks: there was no way back."""
    alice.blocks.create("persona", "one")
    alice.blocks.edit("persona", "two")
    alice.blocks.rename("persona", "self")
    alice.blocks.pin("self")
    block = alice.blocks.revert("self", 1)
    assert (block.content, block.name, block.pinned, block.version, block.reason) == ("one", "self", True, 5, "back to version 1")


@pytest.mark.parametrize("version", [0, 2, 3, -1, 2**70])
def test_revert_to_a_version_before_which_there_is_none_is_not_found(alice: Any, version: int) -> None:
    alice.blocks.create("persona", "one")
    alice.blocks.edit("persona", "two")
    with pytest.raises(NotFound, match=r"history\('persona'\)"):
        alice.blocks.revert("persona", version)


def test_revert_respects_the_budget_of_today(alice: Any) -> None:
    alice.blocks.create("persona", "one two three four")
    alice.blocks.edit("persona", "one")
    alice.blocks.resize("persona", 2)
    with pytest.raises(Invalid, match="too many"):
        alice.blocks.revert("persona", 1)


def test_rename_takes_history_and_archive_along(alice: Any) -> None:
    """Defect 13 of engram blocks: a block could not be renamed."""
    alice.blocks.create("diary", "one two", 1, overflow="archive")
    block = alice.blocks.rename("diary", "journal")
    assert alice.blocks.get("diary") is None
    assert alice.blocks.get("journal") == block
    assert [old.name for old in alice.blocks.history("journal")] == ["journal", "diary"]
    assert contents(alice.blocks.archived("journal")) == ["two"]
    assert alice.blocks.create("diary", "new").id != block.id


def test_rename_to_a_name_that_is_or_was_anothers_is_a_conflict(alice: Any) -> None:
    alice.blocks.create("persona", "a")
    alice.blocks.create("taken", "b")
    alice.blocks.create("gone", "c")
    alice.blocks.delete("gone")
    for name in ("taken", "gone"):
        with pytest.raises(Conflict, match=name):
            alice.blocks.rename("persona", name)
    assert alice.blocks.rename("persona", "persona").version == 1


def test_an_administrator_may_rename_a_users_block_and_learns_of_a_conflict(memory: Any, alice: Any) -> None:
    block = alice.blocks.create("persona", "a")
    alice.blocks.create("taken", "b")
    with pytest.raises(Conflict, match="taken"):
        memory.blocks.rename(block.id, "taken")
    assert memory.blocks.rename(block.id, "self").user == "alice"
    assert alice.blocks.get("self").content == "a"


def test_as_of_shows_the_blocks_of_then(alice: Any, clock: Any) -> None:
    alice.blocks.create("persona", "old")
    then = clock()
    clock.advance(HOUR)
    alice.blocks.edit("persona", "new")
    alice.blocks.create("later", "x")
    assert contents(alice.blocks.as_of(then)) == ["old"]
    assert contents(alice.blocks.as_of(clock())) == ["x", "new"]


# levels, users, atomic blocks


def test_create_shadows_the_general_block_and_edit_acts_on_what_get_returns(alice: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.blocks.create("persona", "general")
    assert atlas.blocks.edit("persona", "general, edited in atlas").project == ""
    assert atlas.blocks.create("persona", "atlas").project == "atlas"
    atlas.blocks.append("persona", "more")
    assert atlas.blocks.get("persona").content == "atlas\nmore"
    assert alice.blocks.get("persona").content == "general, edited in atlas"
    assert contents(atlas.blocks.list()) == ["atlas\nmore"]


def test_an_agents_own_block_shadows_and_is_nobody_elses(alice: Any) -> None:
    alice.blocks.create("persona", "general")
    scout = alice.scope(agent="scout")
    scout.blocks.create("persona", "scout")
    assert scout.blocks.get("persona").content == "scout"
    assert alice.scope(agent="writer").blocks.get("persona").content == "general"


def test_no_edit_reaches_another_users_block(memory: Any, alice: Any) -> None:
    block = alice.blocks.create("persona", "tea")
    bob = memory.scope(user="bob")
    for call in [*edits(bob.blocks, "persona"), *edits(bob.blocks, block.id), lambda: bob.blocks.rename(block.id, "mine")]:
        with pytest.raises(NotFound):
            call()
    assert bob.blocks.delete(block.id) is False
    assert bob.blocks.archived(block.id) == []
    assert bob.blocks.history(block.id) == []
    assert alice.blocks.get("persona") == block


def test_what_an_atomic_block_undoes_leaves_neither_versions_nor_passages(alice: Any) -> None:
    alice.blocks.create("diary", "one two", 2, overflow="archive")
    with pytest.raises(RuntimeError), alice.atomic() as tx:
        tx.blocks.edit("diary", "one two three")
        assert contents(tx.blocks.archived("diary")) == ["three"]
        raise RuntimeError
    assert contents(alice.blocks.history("diary")) == ["one two"]
    assert alice.passages.list() == []


def test_a_refused_edit_leaves_the_atomic_block_usable(alice: Any) -> None:
    with alice.atomic() as tx:
        tx.blocks.create("persona", "one", 3)
        with pytest.raises(RecollectError):
            tx.blocks.append("persona", "two three four")
        tx.blocks.append("persona", "two")
    assert alice.blocks.get("persona").content == "one\ntwo"
