"""Messages: kept as they were said, found in their order, both sides of an exchange or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Conflict, Invalid, NotFound, RecollectError
from recollect.core.text import MOST_BYTES
from recollect.core.tokens import estimate

UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"
CALL = {"id": "c1", "type": "function", "function": {"name": "find_flats", "arguments": '{"city": "Lisbon"}'}}


def contents(messages: Any) -> list[str]:
    return [message.content for message in messages]


def said(alice: Any, many: int, **more: Any) -> list[Any]:
    return [alice.messages.add("user", f"message {n}", **more) for n in range(many)]


# what is kept


def test_a_message_keeps_everything_that_was_said_of_it(alice: Any, clock: Any) -> None:
    talk = alice.conversations.start()
    at = clock() - timedelta(days=2)
    message = alice.messages.add(
        "assistant",
        "Hello",
        conversation=talk,
        name="Scout",
        tool_calls=[CALL],
        tokens=17,
        importance=0.75,
        metadata={"model": "m-1", "nested": {"a": [1, None, True]}},
        at=at,
        external_id="x-1",
    )
    assert alice.messages.get(message.id) == message
    assert (message.role, message.content, message.name, message.tokens, message.importance) == ("assistant", "Hello", "Scout", 17, 0.75)
    assert (message.conversation, message.created_at, message.external_id) == (talk.id, at, "x-1")
    assert message.tool_calls == (CALL,)
    assert message.metadata == {"model": "m-1", "nested": {"a": [1, None, True]}}


@pytest.mark.parametrize("role", ["user", "assistant", "system", "tool"])
def test_the_four_roles_are_kept(alice: Any, role: str) -> None:
    assert alice.messages.add(role, "x").role == role


@pytest.mark.parametrize("role", ["human", "User", "", None, 5, "developer"])
def test_an_unknown_role_is_invalid_and_nothing_is_written(alice: Any, role: Any) -> None:
    with pytest.raises(Invalid, match="role"):
        alice.messages.add(role, "x")
    assert alice.messages.count() == 0
    assert alice.conversations.count() == 0


def test_a_tool_call_may_have_no_text_and_is_found_by_what_it_calls(alice: Any) -> None:
    message = alice.messages.add("assistant", "", tool_calls=[CALL])
    result = alice.messages.add("tool", "three flats", tool_call_id="c1", name="find_flats")
    assert (message.content, message.tool_calls) == ("", (CALL,))
    assert (result.tool_call_id, result.name) == ("c1", "find_flats")
    assert alice.messages.search("Lisbon")[0] == message


def test_structured_content_is_kept_as_given_and_its_text_is_searched(alice: Any) -> None:
    parts = [{"type": "text", "text": "Look at this harbour"}, {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]
    message = alice.messages.add("user", parts)
    assert message.parts == tuple(parts)
    assert message.content == "Look at this harbour"
    assert alice.messages.search("harbour") == [message]


def test_a_picture_alone_is_a_message(alice: Any) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]
    assert alice.messages.get(alice.messages.add("user", parts).id).parts == tuple(parts)


def test_tokens_are_counted_when_they_are_not_given(alice: Any) -> None:
    """Defect 18 of sessions-db: a message without a count was left out of every sum."""
    text = "How many tokens is this sentence?"
    assert alice.messages.add("user", text).tokens == estimate(text)
    assert alice.messages.add("user", text, tokens=0).tokens == 0


def test_tokens_are_counted_by_the_tokenizer_of_the_memory(fresh: Any) -> None:
    assert fresh("t.db", tokenizer=len).messages.add("user", "twelve chars").tokens == 12


def test_an_object_with_encode_is_a_tokenizer(fresh: Any) -> None:
    class Letters:
        def encode(self, text: str) -> list[int]:
            return [ord(letter) for letter in text]

    assert fresh("t.db", tokenizer=Letters()).messages.add("user", "four").tokens == 4


@pytest.mark.promise("text")
def test_nul_and_lone_surrogates_become_replacement_characters_and_all_else_stays(alice: Any) -> None:
    given_text = "a\0b\ud800c\udfffd 👩‍👩‍👧 é e\u0301 \u202e \r\n\t end"
    stored = alice.messages.get(alice.messages.add("user", given_text).id).content
    assert stored == "a\ufffdb\ufffdc\ufffdd 👩‍👩‍👧 é e\u0301 \u202e \r\n\t end"


@pytest.mark.promise("text")
@given(text=st.text(st.characters(codec=None), min_size=1, max_size=300))
def test_any_text_comes_back_as_it_was_given(memory: Any, text: str) -> None:
    stored = memory.messages.get(memory.messages.add("user", text).id).content
    expected = "".join("\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in text)
    assert stored == expected


@pytest.mark.promise("text")
def test_ten_mebibytes_are_kept_and_one_byte_more_is_invalid(alice: Any) -> None:
    longest = "é" * (MOST_BYTES // 2)
    assert alice.messages.get(alice.messages.add("user", longest, tokens=1).id).content == longest
    with pytest.raises(Invalid, match="split"):
        alice.messages.add("user", longest + "x")
    assert alice.messages.count() == 1


@pytest.mark.promise("time")
def test_times_of_other_zones_are_the_same_instant_in_utc(alice: Any) -> None:
    at = datetime(2024, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    created_at = alice.messages.add("user", "x", at=at).created_at
    assert created_at == at
    assert created_at.isoformat() == "2024-06-30T23:30:00+00:00"


# order


@pytest.mark.promise("time")
def test_the_question_stands_before_its_answer_though_both_have_one_time(alice: Any) -> None:
    """Defect 1 of kernex: the assistant could precede the user."""
    for n in range(20):
        asked, answered = alice.messages.exchange(f"q{n}", f"a{n}")
        assert asked.created_at == answered.created_at
    assert contents(alice.messages.recent(40)) == [f"{side}{n}" for n in range(20) for side in "qa"]


def test_the_limit_never_splits_an_exchange_out_of_order(alice: Any) -> None:
    for n in range(5):
        alice.messages.exchange(f"q{n}", f"a{n}")
    assert contents(alice.messages.recent(3)) == ["a3", "q4", "a4"]


def test_recent_shows_the_newest_oldest_first_and_twenty_by_default(alice: Any) -> None:
    said(alice, 25)
    assert contents(alice.messages.recent()) == [f"message {n}" for n in range(5, 25)]
    assert contents(alice.messages.recent(2)) == ["message 23", "message 24"]


def test_list_shows_the_newest_hundred_oldest_first(alice: Any) -> None:
    alice.messages.add_many([{"role": "user", "content": f"message {n}"} for n in range(105)])
    assert contents(alice.messages.list()) == [f"message {n}" for n in range(5, 105)]


def test_before_turns_the_page_back(alice: Any) -> None:
    messages = said(alice, 7)
    assert contents(alice.messages.recent(3, before=messages[4].id)) == ["message 1", "message 2", "message 3"]
    assert contents(alice.messages.list(limit=2, before=messages[1].id)) == ["message 0"]
    assert alice.messages.list(before=messages[0].id) == []


def test_before_an_unknown_message_is_not_found(alice: Any) -> None:
    with pytest.raises(NotFound, match=UNKNOWN):
        alice.messages.recent(before=UNKNOWN)


def test_iterate_runs_forwards_from_the_first(alice: Any) -> None:
    said(alice, 5)
    assert contents(alice.messages.iterate()) == [f"message {n}" for n in range(5)]


def test_at_is_what_orders(alice: Any, clock: Any) -> None:
    alice.messages.add("user", "second")
    alice.messages.add("user", "first", at=clock() - timedelta(microseconds=1))
    alice.messages.add("user", "third", at=clock() + timedelta(microseconds=1))
    assert contents(alice.messages.recent()) == ["first", "second", "third"]
    assert contents(alice.messages.iterate()) == ["first", "second", "third"]


def test_one_conversation_can_be_listed_and_iterated(alice: Any) -> None:
    one, two = alice.conversations.start("one"), alice.conversations.start("two")
    alice.messages.add("user", "in one", conversation=one)
    alice.messages.add("user", "in two", conversation=two.id)
    assert contents(alice.messages.list(conversation=one)) == ["in one"]
    assert contents(alice.messages.list(conversation=two.id)) == ["in two"]
    assert contents(alice.messages.iterate(conversation=one.id)) == ["in one"]
    assert alice.messages.list(conversation="nothing") == []


def test_between_takes_the_beginning_and_leaves_the_end(alice: Any, clock: Any) -> None:
    start = clock()
    for n in range(5):
        alice.messages.add("user", f"message {n}", at=start + timedelta(hours=n))
    found = alice.messages.between(start + timedelta(hours=1), start + timedelta(hours=3))
    assert contents(found) == ["message 1", "message 2"]
    assert contents(alice.messages.between(until=start + timedelta(hours=1))) == ["message 0"]
    assert contents(alice.messages.between(start + timedelta(hours=3), limit=1)) == ["message 3"]


# both or none


@pytest.mark.promise("writes")
def test_an_exchange_is_kept_whole_or_not_at_all(alice: Any) -> None:
    """Defect 8 of kernex: a crash left a lone user row."""
    with pytest.raises(Invalid):
        alice.messages.exchange("a question", "")
    assert alice.messages.count() == 0
    assert alice.conversations.count() == 0


def test_an_exchange_returns_both_in_one_conversation(alice: Any, clock: Any) -> None:
    at = clock() - timedelta(hours=1)
    asked, answered = alice.messages.exchange("Where?", "There.", metadata={"k": 1}, at=at)
    assert (asked.role, asked.content, answered.role, answered.content) == ("user", "Where?", "assistant", "There.")
    assert asked.conversation == answered.conversation
    assert asked.created_at == answered.created_at == at
    assert asked.metadata == answered.metadata == {"k": 1}


@pytest.mark.promise("writes")
def test_add_many_keeps_all_or_none(alice: Any) -> None:
    with pytest.raises(Invalid, match="role"):
        alice.messages.add_many([{"role": "user", "content": "fine"}, {"role": "nobody", "content": "not"}])
    with pytest.raises(NotFound):
        alice.messages.add_many([{"role": "user", "content": "fine"}, {"role": "user", "content": "lost", "conversation": UNKNOWN}])
    assert alice.messages.count() == 0
    assert alice.conversations.count() == 0


def test_add_many_takes_the_keys_of_add_and_returns_the_stored(alice: Any, clock: Any) -> None:
    at = clock() - timedelta(minutes=1)
    first, second = alice.messages.add_many(
        [
            {"role": "user", "content": "one", "at": at, "external_id": "e1", "metadata": {"a": 1}, "importance": 0.1, "tokens": 3},
            {"role": "assistant", "content": "two", "name": "Scout"},
        ]
    )
    assert (first.content, first.created_at, first.external_id, first.tokens) == ("one", at, "e1", 3)
    assert (second.name, second.conversation) == ("Scout", first.conversation)
    assert contents(alice.messages.list()) == ["one", "two"]
    assert alice.messages.add_many([]) == []


def test_add_many_names_the_place_of_a_wrong_mapping(alice: Any) -> None:
    with pytest.raises(Invalid, match="message 1"):
        alice.messages.add_many([{"role": "user", "content": "x"}, {"content": "no role"}])
    with pytest.raises(Invalid, match="'colour'"):
        alice.messages.add_many([{"role": "user", "content": "x", "colour": "blue"}])


# external ids


@pytest.mark.promise("writes")
def test_the_same_external_id_with_the_same_content_is_the_same_message(alice: Any) -> None:
    first = alice.messages.add("user", "hello", external_id="e1")
    assert alice.messages.add("user", "hello", external_id="e1") == first
    assert alice.messages.add_many([{"role": "user", "content": "hello", "external_id": "e1"}] * 2) == [first, first]
    assert alice.messages.count() == 1


def test_a_deleted_message_stays_deleted_when_it_is_added_again(alice: Any) -> None:
    first = alice.messages.add("user", "hello", external_id="e1")
    alice.messages.delete(first.id)
    again = alice.messages.add("user", "hello", external_id="e1")
    assert again.id == first.id and again.deleted_at is not None
    assert alice.messages.count() == 0


@pytest.mark.parametrize("other", [{"role": "assistant"}, {"content": "good bye"}, {"name": "Mira"}, {"tool_calls": [CALL]}])
def test_the_same_external_id_with_other_content_is_a_conflict(alice: Any, other: dict[str, Any]) -> None:
    alice.messages.add("user", "hello", external_id="e1")
    with pytest.raises(Conflict, match="e1"):
        alice.messages.add(**({"role": "user", "content": "hello", "external_id": "e1"} | other))
    assert contents(alice.messages.list()) == ["hello"]


def test_structured_content_that_differs_is_other_content(alice: Any) -> None:
    alice.messages.add("user", [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "a.png"}}], external_id="e1")
    with pytest.raises(Conflict, match="e1"):
        alice.messages.add("user", [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "b.png"}}], external_id="e1")


def test_a_known_external_id_begins_no_conversation(alice: Any, clock: Any) -> None:
    alice.messages.add("user", "hello", external_id="e1")
    clock.advance(timedelta(hours=3))
    alice.messages.add("user", "hello", external_id="e1")
    assert alice.conversations.count() == 1


def test_many_external_ids_at_once_are_all_recognised(alice: Any) -> None:
    batch = [{"role": "user", "content": f"m{n}", "external_id": f"e{n}"} for n in range(1200)]
    first = alice.messages.add_many(batch)
    assert [message.id for message in alice.messages.add_many(batch)] == [message.id for message in first]
    assert alice.messages.count() == 1200


# searching


def test_search_can_be_bounded_by_role_time_and_conversation(alice: Any, clock: Any) -> None:
    start = clock()
    one, two = alice.conversations.start("one"), alice.conversations.start("two")
    alice.messages.add("user", "harbour one", conversation=one, at=start)
    alice.messages.add("assistant", "harbour two", conversation=one, at=start + timedelta(hours=1))
    alice.messages.add("user", "harbour three", conversation=two, at=start + timedelta(hours=2))
    found = alice.messages.search
    assert sorted(contents(found("harbour"))) == ["harbour one", "harbour three", "harbour two"]
    assert contents(found("harbour", roles=["assistant"])) == ["harbour two"]
    assert sorted(contents(found("harbour", roles="user"))) == ["harbour one", "harbour three"]
    assert contents(found("harbour", since=start + timedelta(hours=2))) == ["harbour three"]
    assert contents(found("harbour", until=start + timedelta(hours=1))) == ["harbour one"]
    assert contents(found("harbour", exclude_conversation=one)) == ["harbour three"]
    assert sorted(contents(found("harbour", exclude_conversation=two.id))) == ["harbour one", "harbour two"]
    assert len(found("harbour", limit=2)) == 2


def test_assistant_and_user_text_are_both_searched(alice: Any) -> None:
    """Defect 3 of kernex: assistant text was never indexed, and a question was one phrase."""
    alice.messages.exchange("Where shall we dine?", "The Olive Garden has vegetarian dishes.")
    assert contents(alice.messages.search("which restaurant had dishes for vegetarians"))[0].startswith("The Olive")


def test_an_unknown_role_to_search_is_invalid(alice: Any) -> None:
    with pytest.raises(Invalid, match="role"):
        alice.messages.search("x", roles=["nobody"])


# bad input

BAD: list[tuple[str, Callable[[Any], Any]]] = [
    ("no content", lambda room: room.add("user")),
    ("empty content", lambda room: room.add("user", "")),
    ("empty parts", lambda room: room.add("user", [])),
    ("no text and no calls", lambda room: room.add("assistant", None)),
    ("empty tool calls", lambda room: room.add("assistant", "", tool_calls=[])),
    ("content that is a number", lambda room: room.add("user", 5)),
    ("content that is bytes", lambda room: room.add("user", b"hello")),
    ("content that JSON cannot hold", lambda room: room.add("user", [{"type": "text", "text": object()}])),
    ("tool calls that are a number", lambda room: room.add("assistant", "x", tool_calls=5)),
    ("tool calls that JSON cannot hold", lambda room: room.add("assistant", "x", tool_calls=[{1, 2}])),
    ("a naive time", lambda room: room.add("user", "x", at=datetime(2025, 1, 1))),
    ("a time that is a text", lambda room: room.add("user", "x", at="2025-01-01")),
    ("negative tokens", lambda room: room.add("user", "x", tokens=-1)),
    ("tokens that are a fraction", lambda room: room.add("user", "x", tokens=1.5)),
    ("more tokens than a database counts", lambda room: room.add("user", "x", tokens=10**20)),
    ("importance above one", lambda room: room.add("user", "x", importance=1.01)),
    ("importance that is no number", lambda room: room.add("user", "x", importance=float("nan"))),
    ("importance that is a text", lambda room: room.add("user", "x", importance="high")),
    ("metadata that is a list", lambda room: room.add("user", "x", metadata=[1])),
    ("an empty name", lambda room: room.add("user", "x", name="")),
    ("a name that is a number", lambda room: room.add("user", "x", name=5)),
    ("an empty external id", lambda room: room.add("user", "x", external_id="")),
    ("an external id of 256 characters", lambda room: room.add("user", "x", external_id="e" * 256)),
    ("an external id with a line break", lambda room: room.add("user", "x", external_id="a\nb")),
    ("an unknown conversation", lambda room: room.add("user", "x", conversation=UNKNOWN)),
    ("a conversation that is no id", lambda room: room.add("user", "x", conversation="nothing")),
    ("an exchange without an answer", lambda room: room.exchange("x", None)),
    ("many that are texts", lambda room: room.add_many(["hello"])),
    ("many that are a number", lambda room: room.add_many(5)),
    ("a naive beginning", lambda room: room.between(datetime(2025, 1, 1))),
    ("a negative limit", lambda room: room.recent(-1)),
]


@pytest.mark.parametrize(("what", "call"), BAD, ids=[what for what, _ in BAD])
def test_bad_input_is_a_typed_error_and_nothing_is_written(alice: Any, what: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(RecollectError):
        call(alice.messages)
    assert alice.messages.count() == 0
    assert alice.conversations.count() == 0


@pytest.mark.promise("time")
def test_an_early_and_a_late_time_can_be_stored(alice: Any) -> None:
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        assert alice.messages.get(alice.messages.add("user", "x", at=at).id).created_at == at
