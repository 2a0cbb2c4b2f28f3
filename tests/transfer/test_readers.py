"""The readers of foreign chat formats: what they find, and that nothing in a file can stop them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recollect.transfer.foreign import BadRecord, ForeignConversation, ForeignMessage, first_keys, moment
from recollect.transfer.readers import READERS, Reader, by_name, chat_jsonl, chatgpt, claude_code, claude_export, detect, locomo

Objects = list[dict[str, object]]


def conversations(found: Iterable[ForeignConversation | BadRecord]) -> list[ForeignConversation]:
    return [each for each in found if isinstance(each, ForeignConversation)]


def bad(found: Iterable[ForeignConversation | BadRecord]) -> list[BadRecord]:
    return [each for each in found if isinstance(each, BadRecord)]


def only(found: Iterable[ForeignConversation | BadRecord]) -> ForeignConversation:
    each, *others = list(found)
    assert isinstance(each, ForeignConversation)
    assert not others
    return each


def said(conversation: ForeignConversation) -> list[tuple[str, object]]:
    return [(message.role, message.content) for message in conversation.messages]


def write_lines(path: Path, *records: object) -> Path:
    """A JSON-lines file; a record that is bytes is a line as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in records) + b"\n")
    return path


def write_json(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_zip(path: Path, **members: object) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), json.dumps(value))
    return path


# Samples


CHAT: Objects = [
    {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Where is the key?"},
            {"role": "assistant", "content": "Left."},
        ]
    },
    {
        "id": "trip",
        "title": "Trip",
        "created": 1_700_000_000,
        "messages": [{"role": "user", "content": "Lisbon", "timestamp": "2024-01-02T03:04:05Z"}],
    },
]


def node(name: str, parent: str | None, role: str, parts: object, at: float = 1_700_000_000, **more: object) -> dict[str, object]:
    kind = more.pop("kind", "text")
    content = {"content_type": kind, "parts": parts} if isinstance(parts, list) else {"content_type": kind, "text": parts}
    message = {"id": f"m-{name}", "author": {"role": role}, "content": content, "create_time": at, "metadata": {}, "recipient": "all", **more}
    return {"id": name, "parent": parent, "children": [], "message": message}


def gpt(*nodes: dict[str, object], **more: object) -> dict[str, object]:
    return {"title": "Tea", "create_time": 1_700_000_000.5, "mapping": {str(each["id"]): each for each in nodes}, "id": "gpt-1", **more}


GPT = gpt(
    {"id": "root", "parent": None, "children": ["a"], "message": None},
    node("sys", "root", "system", [""]),
    node("a", "sys", "user", ["How long does tea steep?"]),
    node("b", "a", "assistant", ["Two minutes."]),
    node("c", "a", "assistant", ["Three minutes."], metadata={"model_slug": "gpt-x"}),
    current_node="c",
)

CLAUDE = {
    "uuid": "cl-1",
    "name": "Bread",
    "created_at": "2024-05-01T10:00:00.000000Z",
    "updated_at": "2024-05-01T10:01:00.000000Z",
    "chat_messages": [
        {
            "uuid": "h1",
            "sender": "human",
            "text": "Read this",
            "content": [{"type": "text", "text": "Read this"}],
            "created_at": "2024-05-01T10:00:00Z",
            "attachments": [{"file_name": "recipe.txt", "extracted_content": "Flour and water"}],
            "files": [],
        },
        {
            "uuid": "a1",
            "sender": "assistant",
            "text": "",
            "created_at": "2024-05-01T10:00:09Z",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "bread"}},
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "found"}]},
                {"type": "text", "text": "Bake it."},
            ],
        },
    ],
}


def line(kind: str, uuid: str, content: object, *, answer: object = None, **more: object) -> dict[str, object]:
    message = {"role": kind, "content": content, **({"id": answer, "model": "claude-x"} if answer else {})}
    base = {"parentUuid": None, "isSidechain": False, "cwd": "/src", "sessionId": "s1", "gitBranch": "main", "type": kind, "message": message}
    return {**base, "uuid": uuid, "timestamp": "2025-01-02T03:04:05.678Z", **more}


CODE: Objects = [
    {"type": "summary", "summary": "Fix the parser", "leafUuid": "u5"},
    line("user", "u1", "Fix the parser"),
    line("user", "u2", "<caveat>", isMeta=True),
    line("assistant", "u3", [{"type": "thinking", "thinking": "hm"}], answer="msg_1"),
    line("assistant", "u4", [{"type": "text", "text": "Looking."}], answer="msg_1"),
    line("assistant", "u5", [{"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a.py"}}], answer="msg_1"),
    line("user", "u6", [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x = 1"}]}]),
    line("assistant", "u7", [{"type": "text", "text": "Done."}], answer="msg_2"),
    line("user", "u8", "Search the tests", isSidechain=True),
    {"type": "file-history-snapshot", "messageId": "u1", "snapshot": {}},
]

LOCOMO = {
    "qa": [{"question": "Who?", "answer": "Ada", "evidence": ["D1:1"], "category": 1}],
    "conversation": {
        "speaker_a": "Ada",
        "speaker_b": "Ben",
        "session_10_date_time": "12:05 am on 1 June, 2023",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "Late again."}],
        "session_2_date_time": "1:56 pm on 8 May, 2023",
        "session_2": [
            {"speaker": "Ada", "dia_id": "D2:1", "text": "Look!", "blip_caption": "a photo of a boat", "query": "boat", "img_url": ["http://x"]},
            {"speaker": "Ben", "dia_id": "D2:2", "text": "Nice."},
        ],
        "session_3_date_time": "2:00 pm on 9 May, 2023",
    },
    "session_summary": {"session_2_summary": "They talk of boats."},
    "sample_id": "talk-1",
}


def samples(folder: Path) -> dict[ModuleType, Path]:
    return {
        chat_jsonl: write_lines(folder / "chat.jsonl", *CHAT),
        chatgpt: write_json(folder / "gpt" / "conversations.json", [GPT]),
        claude_export: write_json(folder / "claude" / "conversations.json", [CLAUDE]),
        claude_code: write_lines(folder / "code" / "s1.jsonl", *CODE),
        locomo: write_json(folder / "locomo" / "talk.json", [LOCOMO]),
    }


MODULES = (chat_jsonl, chatgpt, claude_export, claude_code, locomo)
every_format = pytest.mark.parametrize("reader", MODULES, ids=lambda module: module.NAME)


# What every reader promises


@every_format
def test_a_sample_is_recognised_by_its_own_reader_only(reader: ModuleType, tmp_path: Path) -> None:
    path = samples(tmp_path)[reader]
    assert [each for each in MODULES if each.recognises(path, path.read_bytes())] == [reader]
    assert detect(path) is reader


@every_format
def test_a_sample_is_recognised_by_opening_bytes_that_end_anywhere(reader: ModuleType, tmp_path: Path) -> None:
    path = samples(tmp_path)[reader]
    data = path.read_bytes()
    assert {each for cut in range(len(data)) for each in MODULES if each.recognises(path, data[:cut])} == {reader}


@every_format
def test_a_sample_that_is_indented_or_has_a_byte_order_mark_is_recognised(reader: ModuleType, tmp_path: Path) -> None:
    path = samples(tmp_path)[reader]
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert detect(path) is reader
    assert not bad(reader.read(path))
    if path.suffix == ".json":
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8-sig")), indent=2))
        assert detect(path) is reader


@every_format
def test_a_file_read_twice_gives_the_same(reader: ModuleType, tmp_path: Path) -> None:
    path = samples(tmp_path)[reader]
    first = list(reader.read(path))
    assert first
    assert first == list(reader.read(path))


@every_format
def test_no_two_messages_of_a_sample_have_the_same_id(reader: ModuleType, tmp_path: Path) -> None:
    ids = [message.external_id for each in conversations(reader.read(samples(tmp_path)[reader])) for message in each.messages]
    assert len(ids) == len(set(ids))


@every_format
def test_times_are_aware_and_utc(reader: ModuleType, tmp_path: Path) -> None:
    found = conversations(reader.read(samples(tmp_path)[reader]))
    times = [at for each in found for at in (each.started_at, *(message.at for message in each.messages)) if at]
    assert times
    assert {at.tzinfo for at in times} == {UTC}


@every_format
def test_a_file_that_is_not_there_is_one_bad_record(reader: ModuleType, tmp_path: Path) -> None:
    assert [each.where for each in bad(reader.read(tmp_path / "gone.json"))] == ["gone.json"]
    assert detect(tmp_path / "gone.json") is None


@every_format
@pytest.mark.parametrize("data", [b"garbage", b"\xff\xfe\x00", b"[1, 2", b'"text"', b"[" * 100_000, b'{"a":' * 5000, b"PK\x03\x04 not a zip", b"7"])
def test_garbage_is_one_bad_record_and_nobodys_format(reader: ModuleType, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "garbage.json"
    path.write_bytes(data)
    assert len(list(reader.read(path))) == len(bad(reader.read(path))) == 1
    assert not reader.recognises(path, data)
    assert detect(path) is None


@pytest.mark.parametrize("reader", [chatgpt, claude_export, locomo], ids=lambda module: module.NAME)
def test_an_empty_list_holds_nothing_and_an_empty_file_is_bad(reader: ModuleType, tmp_path: Path) -> None:
    assert list(reader.read(write_json(tmp_path / "list.json", []))) == []
    (tmp_path / "empty.json").touch()
    assert len(bad(reader.read(tmp_path / "empty.json"))) == 1


@pytest.mark.parametrize("reader", [chat_jsonl, claude_code], ids=lambda module: module.NAME)
def test_an_empty_file_of_lines_holds_nothing(reader: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"\n\n")
    assert list(reader.read(tmp_path / "empty.jsonl")) == []


@every_format
def test_a_bad_record_among_good_ones_is_named_and_stops_nothing(reader: ModuleType, tmp_path: Path) -> None:
    path = samples(tmp_path)[reader]
    good = conversations(reader.read(path))
    if path.suffix == ".jsonl":
        lines = path.read_bytes().splitlines()
        path.write_bytes(b"\n".join([lines[0], b"{cut", b"\xff\xfe", *lines[1:], b"[]"]))
        expected = [f"{path.name}, line {number}" for number in (2, 3, len(lines) + 3)]
    else:
        write_json(path, [17, *json.loads(path.read_bytes()), {"id": "no messages"}])
        noun = "sample" if reader is locomo else "conversation"
        expected = [f"{path.name}, {noun} 1", f"{path.name}, {noun} 3"]
    assert [each.where for each in bad(reader.read(path))] == expected
    assert [each.messages for each in conversations(reader.read(path))] == [each.messages for each in good]


KEYS = re.findall(
    r"\w+",
    """messages role content name tool_calls function_call id title created mapping message author parts content_type text metadata parent
    create_time current_node chat_messages uuid sender attachments files extracted_content parent_message_uuid type sessionId isSidechain
    timestamp summary leafUuid conversation speaker_a speaker session_1 session_1_date_time dia_id sample_id blip_caption source url input""",
)
TEXTS = ["user", "human", "assistant", "tool_use", "tool_result", "text", "image", "summary", "system", "a", "", "\ud800"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TEXTS) | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8))
OPENINGS = st.sampled_from([b"", b"PK", b"PK\x03\x04", b"[", b"{", b'{"messages":', b'[{"mapping":', b"\xef\xbb\xbf["])
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=200)


def nothing_raises(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    detect(path)
    for reader in READERS:
        reader.recognises(path, data)
        for each in reader.read(path):
            if isinstance(each, ForeignConversation):
                json.dumps([message.content for message in each.messages], ensure_ascii=False).encode()
                assert each.external_id
                assert all(isinstance(message, ForeignMessage) and message.external_id for message in each.messages)


@many
@given(opening=OPENINGS, rest=st.binary(max_size=300))
def test_no_bytes_make_a_reader_raise(opening: bytes, rest: bytes, tmp_path: Path) -> None:
    nothing_raises(tmp_path / "any", opening + rest)


@many
@given(value=VALUES)
def test_no_json_makes_a_reader_raise(value: object, tmp_path: Path) -> None:
    nothing_raises(tmp_path / "any", json.dumps(value).encode())
    nothing_raises(tmp_path / "any", json.dumps([value, {"mapping": value}, {"chat_messages": value}, {"conversation": value}]).encode())


@many
@given(value=VALUES, other=VALUES, role=st.sampled_from(["user", "assistant", "tool"]))
def test_no_message_makes_a_reader_raise(value: object, other: object, role: str, tmp_path: Path) -> None:
    block = {"type": "tool_result", "content": value, "tool_use_id": other}
    sent = {"sender": role, "content": [block, value, other], "attachments": other, "uuid": value}
    message = {"author": {"role": role}, "content": {"parts": [value, other], "text": value}, "metadata": other}
    nodes = {"a": {"message": message, "parent": "b"}, "b": value}
    spoken = [{"speaker": role, "text": "x", "dia_id": value}, other]
    talk = {"speaker_a": value, "session_1": spoken, "session_1_date_time": "11:59 pm on 31 December, 9999"}
    chats = [{"chat_messages": [sent, other]}, {"mapping": nodes, "current_node": value}, {"conversation": talk}]
    nothing_raises(tmp_path / "any", json.dumps(chats).encode())
    turn = {"type": role, "uuid": value, "message": {"content": [block, value], "id": other}, "timestamp": other, "sessionId": other}
    nothing_raises(tmp_path / "any", json.dumps(turn).encode() + b"\n" + json.dumps({"messages": [{"role": role, "content": value}]}).encode())


@many
@given(data=st.data())
def test_no_damage_to_a_zip_makes_a_reader_raise(data: st.DataObject, tmp_path: Path) -> None:
    whole = bytearray(write_zip(tmp_path / "whole.zip", conversations_json=[GPT]).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=5)):
        whole[place] = data.draw(st.integers(0, 255))
    nothing_raises(tmp_path / "any.zip", bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    nothing_raises(tmp_path / "any.zip", bytes(whole))


# Finding the reader


def test_readers_have_the_names_of_the_command_line() -> None:
    databases = ["kernex", "nexo", "engram", "sessions-db"]
    assert [reader.NAME for reader in READERS] == ["chat-jsonl", "chatgpt", "claude", "claude-code", "locomo", *databases]
    assert by_name("claude-code") is claude_code
    assert by_name("telegram") is None


@pytest.mark.parametrize(("reader", "sample"), [(chatgpt, GPT), (claude_export, CLAUDE)])
def test_a_zip_is_read_as_the_file_in_it(reader: Reader, sample: dict[str, object], tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", user_json={"id": 1}, export__conversations_json=[sample])
    assert detect(path) is reader
    plain = only(reader.read(write_json(tmp_path / "conversations.json", [sample])))
    assert only(reader.read(path)).messages == plain.messages
    assert not [each for each in tmp_path.rglob("*") if each.name == "export"]


def test_a_folder_is_recognised_by_the_files_in_it(tmp_path: Path) -> None:
    paths = samples(tmp_path)
    assert [detect(paths[reader].parent) for reader in MODULES[1:]] == list(MODULES[1:])
    (tmp_path / "empty").mkdir()
    assert detect(tmp_path / "empty") is None


def test_a_zip_without_conversations_is_nobodys_and_one_bad_record(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "other.zip", user_json={})
    assert detect(path) is None
    assert [each.where for each in bad(chatgpt.read(path))] == ["other.zip"]


def test_keys_are_those_of_the_first_object_only() -> None:
    assert first_keys(b'[{"a": {"b": ["c", {"d": 1}]}, "e": "\\"f\\": {", "g') == {b"a", b"e"}
    assert first_keys(b'{"a": 1}\n{"b": 2}') == {b"a"}
    assert first_keys(b'x{"a": 1}') == set()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05+02:00", datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_time_is_seconds_or_a_text(value: object, expected: datetime) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize("value", ["yesterday", "", None, True, float("nan"), 1e300, 10**400, [], "0001-01-01T00:00:00+23:00"])
def test_a_time_that_means_nothing_is_none(value: object) -> None:
    assert moment(value) is None


def test_half_an_emoji_and_nul_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(rb'{"messages": [{"role": "user", "content": "cut \ud83d and \u0000 but \ud83d\ude00"}]}')
    assert said(only(chat_jsonl.read(path))) == [("user", "cut \ufffd and \ufffd but \U0001f600")]


# chat-jsonl


def test_chat_a_line_is_a_conversation(tmp_path: Path) -> None:
    first, second = conversations(chat_jsonl.read(write_lines(tmp_path / "chat.jsonl", *CHAT)))
    assert said(first) == [("system", "Be brief."), ("user", "Where is the key?"), ("assistant", "Left.")]
    assert [message.external_id for message in first.messages] == [f"{first.external_id}/{n}" for n in (1, 2, 3)]
    assert (second.external_id, second.title, second.where) == ("trip", "Trip", "chat.jsonl, line 2")
    assert second.started_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert second.messages[0].at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_chat_the_same_line_twice_is_two_conversations_wherever_the_keys_stand(tmp_path: Path) -> None:
    same = b'{"messages":[{"content":"hi","role":"user"}]}'
    path = write_lines(tmp_path / "chat.jsonl", {"messages": [{"role": "user", "content": "hi"}]}, CHAT[0], same)
    one, _, two = (each.external_id for each in conversations(chat_jsonl.read(path)))
    assert one.rsplit("/")[0] == two.rsplit("/")[0]
    assert one != two
    moved = write_lines(tmp_path / "moved.jsonl", CHAT[1], same)
    assert one in {each.external_id for each in conversations(chat_jsonl.read(moved))}


def test_chat_calls_of_tools_are_kept(tmp_path: Path) -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    older = {"name": "look", "arguments": "{}"}
    messages: Objects = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "", "tool_call_id": "t1"},
        {"role": "assistant", "content": None, "function_call": older},
        {"role": "function", "name": "look", "content": "found"},
    ]
    asked, empty, again, answer = only(chat_jsonl.read(write_lines(tmp_path / "chat.jsonl", {"messages": messages}))).messages
    assert (asked.content, asked.tool_calls) == ("", [call])
    assert (empty.role, empty.tool_call_id) == ("tool", "t1")
    assert again.tool_calls == [{"id": f"{again.external_id}/call", "type": "function", "function": older}]
    assert (answer.role, answer.name) == ("tool", "look")


def test_chat_parts_are_kept(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    messages = [{"role": "user", "content": ["plain", {"type": "input_text", "text": "new"}, picture]}]
    message = only(chat_jsonl.read(write_lines(tmp_path / "chat.jsonl", {"messages": messages}))).messages[0]
    assert message.content == [{"type": "text", "text": "plain"}, {"type": "text", "text": "new"}, picture]


def test_chat_single_messages_are_one_conversation_together(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "log.jsonl", {"role": "user", "content": "a"}, b"{cut", {"role": "assistant", "content": "b", "model": "m"})
    assert detect(path) is chat_jsonl
    assert [each.where for each in bad(chat_jsonl.read(path))] == ["log.jsonl, line 2"]
    conversation = conversations(chat_jsonl.read(path))[0]
    assert said(conversation) == [("user", "a"), ("assistant", "b")]
    assert conversation.messages[1].metadata == {"model": "m"}


@pytest.mark.parametrize("message", [{"content": "x"}, {"role": "wizard", "content": "x"}, {"role": "user", "content": 7}, "text"])
def test_chat_a_message_that_makes_no_sense_spoils_its_line_only(message: object, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "chat.jsonl", {"messages": [{"role": "user", "content": "a"}, message]}, CHAT[0], {"messages": []})
    assert [each.where for each in bad(chat_jsonl.read(path))] == ["chat.jsonl, line 1, message 2", "chat.jsonl, line 3"]
    assert len(conversations(chat_jsonl.read(path))) == 1


def test_chat_duplicate_keys_and_nan_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(b'{"score": NaN, "messages": [], "messages": [{"role": "user", "content": "a", "content": "b"}]}')
    assert said(only(chat_jsonl.read(path))) == [("user", "b")]


# chatgpt


def read_gpt(tmp_path: Path, *nodes: dict[str, object], **more: object) -> ForeignConversation:
    return only(chatgpt.read(write_json(tmp_path / "conversations.json", [gpt(*nodes, **more)])))


def test_gpt_the_branch_of_the_current_node_is_read(tmp_path: Path) -> None:
    conversation = only(chatgpt.read(write_json(tmp_path / "conversations.json", [GPT])))
    assert said(conversation) == [("user", "How long does tea steep?"), ("assistant", "Three minutes.")]
    assert (conversation.external_id, conversation.title, conversation.where) == ("gpt-1", "Tea", "conversations.json, conversation 1")
    assert conversation.messages[1].metadata == {"model": "gpt-x"}
    assert conversation.messages[1].external_id == "m-c"


@pytest.mark.parametrize("current", [None, "gone", 7])
def test_gpt_the_newest_leaf_stands_in_for_a_missing_current_node(current: object, tmp_path: Path) -> None:
    nodes = (node("a", None, "user", ["q"]), node("b", "a", "assistant", ["new"], at=1_700_000_009), node("c", "a", "assistant", ["old"]))
    assert said(read_gpt(tmp_path, *nodes, current_node=current)) == [("user", "q"), ("assistant", "new")]


def test_gpt_parents_in_a_circle_end(tmp_path: Path) -> None:
    nodes = (node("a", "b", "user", ["q"]), node("b", "a", "assistant", ["r"]))
    assert said(read_gpt(tmp_path, *nodes, current_node="b")) == [("user", "q"), ("assistant", "r")]


def test_gpt_hidden_messages_and_thinking_are_left_out(tmp_path: Path) -> None:
    nodes = (
        node("a", None, "user", ["q"]),
        node("b", "a", "user", ["secret"], metadata={"is_visually_hidden_from_conversation": True}),
        node("c", "b", "assistant", None, kind="thoughts", content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]}),
        node("d", "c", "assistant", None, content={"content_type": "reasoning_recap", "content": "Thought for 3 s", "text": "Thought for 3 s"}),
        node("e", "d", "assistant", ["r"]),
    )
    assert said(read_gpt(tmp_path, *nodes, current_node="e")) == [("user", "q"), ("assistant", "r")]


def test_gpt_every_kind_of_content_gives_its_text(tmp_path: Path) -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "metadata": {"dalle": {"prompt": "a boat"}}}
    nodes = (
        node("a", None, "user", [picture, "What is this?"], kind="multimodal_text"),
        node("b", "a", "assistant", "print(1)", kind="code", recipient="python"),
        node("c", "b", "tool", "1", kind="execution_output", author={"role": "tool", "name": "python"}),
        node("d", "c", "tool", "A quotation", kind="tether_quote"),
        node("e", "d", "tool", None, content={"content_type": "tether_browsing_display", "result": "A page"}),
        node("f", "e", "assistant", ["A boat."], kind="never_seen"),
    )
    conversation = read_gpt(tmp_path, *nodes, current_node="f")
    link = {"type": "image_url", "image_url": {"url": "file-service://file-1"}}
    parts = [link, {"type": "text", "text": "[image: a boat]"}, {"type": "text", "text": "What is this?"}]
    tools = [("tool", "1"), ("tool", "A quotation"), ("tool", "A page")]
    assert said(conversation) == [("user", parts), ("assistant", "print(1)"), *tools, ("assistant", "A boat.")]
    assert conversation.messages[1].metadata == {"recipient": "python"}
    assert conversation.messages[2].name == "python"


def test_gpt_numbered_files_of_a_zip_are_read_in_order_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations-001.json", "[cut")
        archive.writestr("conversations-002.json", json.dumps([gpt(*json_nodes(), id="two")]))
        archive.writestr("conversations-000.json", json.dumps([gpt(*json_nodes(), id="zero")]))
        archive.writestr("__MACOSX/._conversations-000.json", "junk")
    assert detect(path) is chatgpt
    assert [each.external_id for each in conversations(chatgpt.read(path))] == ["zero", "two"]
    assert [each.where for each in bad(chatgpt.read(path))] == ["conversations-001.json"]


def json_nodes() -> list[dict[str, object]]:
    return [node("a", None, "user", ["q"])]


def test_gpt_a_message_of_nobody_we_know_is_named(tmp_path: Path) -> None:
    path = write_json(tmp_path / "conversations.json", [gpt(node("a", None, "user", ["q"]), node("b", "a", "critic", ["no"]), current_node="b")])
    assert [each.where for each in bad(chatgpt.read(path))] == ["conversations.json, conversation 1, message b"]
    assert said(conversations(chatgpt.read(path))[0]) == [("user", "q")]


def test_gpt_a_conversation_in_which_nothing_was_said_is_none(tmp_path: Path) -> None:
    assert list(chatgpt.read(write_json(tmp_path / "conversations.json", [gpt()]))) == []


# claude


def test_claude_thinking_is_dropped_and_calls_results_and_attachments_are_kept(tmp_path: Path) -> None:
    conversation = only(claude_export.read(write_json(tmp_path / "conversations.json", [CLAUDE])))
    asked, called, result, answer = conversation.messages
    assert (conversation.external_id, conversation.title) == ("cl-1", "Bread")
    assert (asked.role, asked.content) == ("user", [{"type": "text", "text": "Read this"}, {"type": "text", "text": "Flour and water"}])
    assert (called.external_id, called.content) == ("a1", "Let me look.")
    assert called.tool_calls == [{"id": "t1", "type": "function", "function": {"name": "search", "arguments": '{"q": "bread"}'}}]
    assert (result.role, result.content, result.tool_call_id, result.external_id) == ("tool", "found", "t1", "a1/2")
    assert (answer.content, answer.at) == ("Bake it.", datetime(2024, 5, 1, 10, 0, 9, tzinfo=UTC))


def claude(*messages: dict[str, object], **more: object) -> Objects:
    return [{"uuid": "c", "name": "", "chat_messages": messages, **more}]


def test_claude_older_exports_have_text_only(tmp_path: Path) -> None:
    messages: Objects = [{"uuid": "1", "sender": "human", "text": "Hello", "created_at": "never"}, {"uuid": "2", "sender": "assistant", "text": ""}]
    conversation = only(claude_export.read(write_json(tmp_path / "c.json", claude(*messages))))
    assert said(conversation) == [("user", "Hello")]
    assert (conversation.title, conversation.started_at, conversation.messages[0].at) == (None, None, None)


def test_claude_a_picture_without_a_word_is_a_turn(tmp_path: Path) -> None:
    message: dict[str, object] = {"uuid": "1", "sender": "human", "text": "", "files": [{"file_name": "cat.png"}]}
    conversation = only(claude_export.read(write_json(tmp_path / "c.json", claude(message))))
    assert said(conversation) == [("user", [{"type": "text", "text": "[file: cat.png]"}])]


def test_claude_branches_that_were_left_are_not_read(tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    tree = [("1", root, "first try"), ("2", "1", "old answer"), ("3", root, "second try"), ("4", "3", "an answer"), ("5", "3", "another answer")]
    messages: Objects = [{"uuid": uuid, "parent_message_uuid": parent, "sender": "human", "text": words} for uuid, parent, words in tree]
    newest = only(claude_export.read(write_json(tmp_path / "c.json", claude(*messages))))
    chosen = only(claude_export.read(write_json(tmp_path / "c.json", claude(*messages, current_leaf_message_uuid="4"))))
    assert [message.external_id for message in newest.messages] == ["3", "5"]
    assert [message.external_id for message in chosen.messages] == ["3", "4"]


def test_claude_a_message_of_nobody_we_know_is_named(tmp_path: Path) -> None:
    path = write_json(tmp_path / "c.json", claude({"uuid": "1", "sender": "human", "text": "a"}, {"uuid": "2", "sender": "ghost", "text": "b"}))
    assert [each.where for each in bad(claude_export.read(path))] == ["c.json, conversation 1, message 2"]
    assert said(conversations(claude_export.read(path))[0]) == [("user", "a")]


# claude-code


def test_code_a_session_is_read_with_its_calls_and_results(tmp_path: Path) -> None:
    session, side = conversations(claude_code.read(write_lines(tmp_path / "s1.jsonl", *CODE)))
    asked, called, result, done = session.messages
    assert (session.external_id, session.title, session.where) == ("s1", "Fix the parser", "s1.jsonl")
    assert (asked.content, asked.metadata) == ("Fix the parser", {"cwd": "/src", "git_branch": "main"})
    assert (called.external_id, called.content, called.metadata) == ("u3", "Looking.", {"model": "claude-x"})
    assert called.tool_calls == [{"id": "t1", "type": "function", "function": {"name": "Read", "arguments": '{"path": "a.py"}'}}]
    assert (result.role, result.content, result.tool_call_id) == ("tool", "x = 1", "t1")
    assert (done.content, done.at) == ("Done.", datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    assert (side.external_id, said(side)) == ("s1/side", [("user", "Search the tests")])


def test_code_an_answer_is_joined_although_a_result_comes_in_between(tmp_path: Path) -> None:
    calls = [[{"type": "tool_use", "id": each, "name": "Read", "input": None}] for each in ("t1", "t2")]
    result = line("user", "r1", [{"type": "tool_result", "tool_use_id": "t1", "content": "one", "is_error": True}])
    path = write_lines(tmp_path / "s.jsonl", line("assistant", "1", calls[0], answer="m"), result, line("assistant", "2", calls[1], answer="m"))
    answer, told = only(claude_code.read(path)).messages
    assert len(answer.tool_calls or []) == 2
    assert (told.content, told.metadata) == ("one", {"is_error": True})


def test_code_a_last_line_cut_in_the_middle_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", line("user", "1", "hello"), json.dumps(line("user", "2", "lost")).encode()[:-9])
    assert [each.where for each in bad(claude_code.read(path))] == ["s.jsonl, line 2"]
    assert said(conversations(claude_code.read(path))[0]) == [("user", "hello")]


def test_code_a_line_written_twice_is_read_once(tmp_path: Path) -> None:
    assert len(only(claude_code.read(write_lines(tmp_path / "s.jsonl", *[line("user", "1", "hello")] * 2))).messages) == 1


def test_code_what_the_program_says_to_itself_is_left_out(tmp_path: Path) -> None:
    own = [line("user", str(n), "x", **{mark: True}) for n, mark in enumerate(("isMeta", "isCompactSummary", "isApiErrorMessage"))]
    system = {"type": "system", "uuid": "9", "sessionId": "s1", "content": "Conversation compacted", "timestamp": "2025-01-02T03:04:05Z"}
    path = write_lines(tmp_path / "s.jsonl", *own, {**system, "uuid": "8", "content": None}, {"type": "progress"}, system)
    assert said(only(claude_code.read(path))) == [("system", "Conversation compacted")]


def test_code_pictures_are_named_and_not_carried(tmp_path: Path) -> None:
    data = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    linked = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
    path = write_lines(tmp_path / "s.jsonl", line("user", "1", [{"type": "text", "text": "See"}, data]), line("user", "2", [linked]))
    assert said(only(claude_code.read(path))) == [
        ("user", "See\n\n[image]"),
        ("user", [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]),
    ]


def test_code_its_own_summary_is_preferred_and_a_title_given_by_hand_most(tmp_path: Path) -> None:
    other = {"type": "summary", "summary": "Another session", "leafUuid": "x"}
    lines = [other, line("user", "1", "a"), {"type": "summary", "summary": "This", "leafUuid": "1"}]
    assert only(claude_code.read(write_lines(tmp_path / "s.jsonl", *lines))).title == "This"
    named = {"type": "custom-title", "customTitle": "Named"}
    assert only(claude_code.read(write_lines(tmp_path / "s.jsonl", *lines, named))).title == "Named"


def test_code_a_folder_of_projects_is_read_with_the_sub_agents(tmp_path: Path) -> None:
    write_lines(tmp_path / "project" / "s1.jsonl", line("user", "1", "a"), b"{cut")
    agent = line("user", "2", "b", isSidechain=True, agentId="7f")
    write_lines(tmp_path / "project" / "s1" / "subagents" / "agent-7f.jsonl", agent)
    assert detect(tmp_path) is claude_code
    assert {each.external_id for each in conversations(claude_code.read(tmp_path))} == {"s1", "s1/side/7f"}
    assert [each.where for each in bad(claude_code.read(tmp_path))] == ["project/s1.jsonl, line 2"]


# locomo


def test_locomo_a_session_is_a_conversation(tmp_path: Path) -> None:
    second, tenth = conversations(locomo.read(write_json(tmp_path / "talk.json", {**LOCOMO, "conversation": talk_without_gap()})))
    assert (second.external_id, second.title, second.where) == ("talk-1/session_2", "Session 2", "talk.json, sample 1, session 2")
    assert said(second) == [("user", "Look!\na photo of a boat"), ("assistant", "Nice.")]
    assert [message.at for message in second.messages] == [datetime(2023, 5, 8, 13, 56, n, tzinfo=UTC) for n in (0, 1)]
    assert [(message.name, message.external_id) for message in second.messages] == [("Ada", "talk-1/D2:1"), ("Ben", "talk-1/D2:2")]
    assert [message.metadata for message in second.messages] == [{"dia_id": "D2:1", "caption": "a photo of a boat"}, {"dia_id": "D2:2"}]
    assert (tenth.external_id, tenth.started_at) == ("talk-1/session_10", datetime(2023, 6, 1, 0, 5, tzinfo=UTC))


def talk_without_gap() -> dict[str, object]:
    talk = LOCOMO["conversation"]
    assert isinstance(talk, dict)
    return {key: value for key, value in talk.items() if not key.startswith("session_3")}


def test_locomo_a_date_without_a_session_is_no_session(tmp_path: Path) -> None:
    assert [each.title for each in conversations(locomo.read(write_json(tmp_path / "talk.json", LOCOMO)))] == ["Session 2", "Session 10"]


def test_locomo_a_bad_turn_is_named_and_the_times_of_the_others_stay(tmp_path: Path) -> None:
    turns = [{"speaker": "Ada", "dia_id": "D1:1"}, 7, {"speaker": "Ben", "dia_id": "D1:3", "text": "Yes"}]
    talk = {"speaker_a": "Ada", "session_1": turns, "session_1_date_time": "12:30 pm on 8 May, 2023", "session_2": "lost"}
    path = write_json(tmp_path / "talk.json", {"sample_id": "t", "conversation": talk})
    places = ["session 1, turn 1", "session 1, turn 2", "session 2"]
    assert [each.where for each in bad(locomo.read(path))] == [f"talk.json, sample 1, {place}" for place in places]
    assert conversations(locomo.read(path))[0].messages[0].at == datetime(2023, 5, 8, 12, 30, 2, tzinfo=UTC)


def test_locomo_a_folder_of_files_is_read(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", LOCOMO)
    write_json(tmp_path / "b.json", [{**LOCOMO, "sample_id": "talk-2"}])
    assert [each.external_id.split("/")[0] for each in conversations(locomo.read(tmp_path))] == ["talk-1", "talk-1", "talk-2", "talk-2"]


@pytest.mark.parametrize("stated", ["", "soon", "25:61 pm on 99 May, 2023", "1:00 pm on 8 Maybe, 2023"])
def test_locomo_a_date_that_means_nothing_is_none(stated: str, tmp_path: Path) -> None:
    talk = {"session_1": [{"speaker": "Ada", "text": "Hi"}], "session_1_date_time": stated}
    conversation = only(locomo.read(write_json(tmp_path / "talk.json", {"conversation": talk})))
    assert (conversation.started_at, conversation.messages[0].at) == (None, None)
