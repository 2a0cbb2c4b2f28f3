"""Passages: what a block let go of; they live and die with their block."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from recollect import Memory


def overflown(view: Any, text: str = "one two iguana") -> Any:
    """The passage of a block that holds two tokens."""
    view.blocks.create("diary", text, 2, overflow="archive")
    return view.blocks.archived("diary")[-1]


def test_a_passage_knows_its_block_its_version_and_its_cost(alice: Any) -> None:
    passage = overflown(alice)
    block = alice.blocks.get("diary")
    assert (passage.block, passage.name, passage.content, passage.version) == (block.id, "diary", "iguana", 1)
    assert passage.tokens >= 1
    assert alice.passages.get(passage.id) == passage


def test_a_passage_stands_where_its_block_stands(memory: Any) -> None:
    view = memory.scope(tenant="acme", user="alice", agent="scout", project="atlas", channel="mail", session="s-1")
    overflown(view)
    elsewhere = memory.scope(tenant="acme", user="alice", agent="scout", project="atlas", channel="chat")
    elsewhere.blocks.edit("diary", "one two parrot")
    assert {passage.scope.values() for passage in view.passages.list()} == {("acme", "alice", "scout", "atlas", "mail", "s-1")}


def test_a_passage_of_a_general_block_is_general_whoever_edits(alice: Any) -> None:
    overflown(alice)
    alice.scope(project="atlas").blocks.edit("diary", "one two parrot")
    assert [passage.content for passage in alice.blocks.archived("diary")] == ["iguana", "parrot"]
    assert len(alice.scope(project="other").passages.search("parrot")) == 1


def test_a_passage_is_found_by_its_words_and_by_the_name_of_its_block(alice: Any) -> None:
    passage = overflown(alice)
    assert [found.id for found in alice.passages.search("iguana")] == [passage.id]
    assert [found.id for found in alice.passages.search("diary")] == [passage.id]


def test_passages_go_with_their_block_and_come_back_with_it(alice: Any) -> None:
    passage = overflown(alice)
    alice.blocks.delete("diary")
    assert alice.passages.list() == alice.passages.search("iguana") == alice.blocks.archived("diary") == []
    alice.blocks.undelete("diary")
    assert [found.id for found in alice.blocks.archived("diary")] == [passage.id]


def test_a_passage_that_was_deleted_before_its_block_stays_deleted(alice: Any, clock: Any) -> None:
    passage = overflown(alice)
    assert alice.passages.delete(passage.id) is True
    clock.advance(timedelta(seconds=1))
    alice.blocks.delete("diary")
    alice.blocks.undelete("diary")
    assert alice.blocks.archived("diary") == []
    assert alice.passages.undelete(passage.id) is True
    assert len(alice.blocks.archived("diary")) == 1


def test_a_block_that_is_created_anew_begins_without_the_old_passages(alice: Any) -> None:
    overflown(alice)
    alice.blocks.delete("diary")
    alice.blocks.create("diary", "new")
    assert alice.blocks.archived("diary") == []


def test_erasing_a_block_erases_its_passages(memory: Any, alice: Any) -> None:
    passage = overflown(alice)
    memory.erase(id=passage.block)
    assert alice.passages.list() == []
    assert alice.passages.undelete(passage.id) is False
    assert memory.verify() == []


def test_between_and_prune_go_by_the_time_of_archiving(alice: Any, clock: Any) -> None:
    overflown(alice)
    early = clock()
    clock.advance(timedelta(hours=1))
    alice.blocks.edit("diary", "one two parrot")
    assert [passage.content for passage in alice.passages.between(until=clock())] == ["iguana"]
    assert alice.passages.prune(early + timedelta(microseconds=1)) == 1
    assert [passage.content for passage in alice.blocks.archived("diary")] == ["parrot"]


def test_passages_have_no_verb_that_writes_one(memory: Memory) -> None:
    assert not {"add", "add_many", "create", "set"} & set(dir(type(memory.passages)))
