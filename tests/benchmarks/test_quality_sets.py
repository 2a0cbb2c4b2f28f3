"""Every data set is read into one form. The files are written here, in the forms of the data sets."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.quality.__main__ import main
from benchmarks.quality.sets import History, histories

REALTALK = {
    "name": {"speaker_1": "Ada Lund", "speaker_2": "Ben"},
    "session_1_date_time": "29.12.2023, 14:10:00",
    "session_1": [
        {"clean_text": "My kayak is green.", "speaker": "Ada Lund", "date_time": "29.12.2023, 14:11:33", "dia_id": "D1:1"},
        {"clean_text": "", "blip_caption": "a green kayak on a lake", "speaker": "Ada Lund", "date_time": "29.12.2023, 14:11:33", "dia_id": "D1:2"},
        {"clean_text": "", "speaker": "Ben", "date_time": "29.12.2023, 14:12:00", "dia_id": "D1:3"},
    ],
    "events_session_1": {"agent_a": [], "agent_b": []},
    "session_2_date_time": "10:05 am on 2 January, 2024",
    "session_2": [{"text": "I bake bread on Sundays.", "speaker": "Ben", "dia_id": "D2:1"}, {"text": "With rye?", "speaker": "Ada Lund"}],
    "qa": [
        {"question": "What colour is Ada's kayak?", "answer": "green", "evidence": ["D1:1; D1:2"], "category": 1},
        {"question": "When does Ben bake?", "answer": "on Sundays", "evidence": "D2:1", "category": "2"},
        {"question": "What was never said?", "answer": "-", "evidence": ["D1:3", "D9:9"], "category": 3},
    ],
}

CHAT = [
    {"batch_number": 1, "turns": [
        [{"role": "user", "id": 0, "time_anchor": "March-15-2024", "content": "My first sprint ends on March 29. ->-> 1,1"},
         {"role": "assistant", "id": 1, "content": "Noted."}],
        [{"role": "user", "id": 2, "content": "I want two columns, category and notes. ->-> 1,2"}]]},
    {"batch_number": 2, "turns": [[{"role": "user", "id": 3, "time_anchor": "April-02-2024", "content": "The dashboard takes 250ms now."}]]},
]  # fmt: skip

PROBING = {
    "abstention": [{"question": "Who is my landlord?", "ideal_response": "There is no information."}],
    "information_extraction": [{"question": "When does my first sprint end?", "answer": "March 29", "source_chat_ids": [0]}],
    "knowledge_update": [{"question": "How long does the dashboard take?", "source_chat_ids": {"original_info": [2], "updated_info": [3]}}],
}


def written(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def only(path: Path) -> History:
    (history,) = histories(path)
    return history


def figures(capsys: pytest.CaptureFixture, path: Path) -> list[dict[str, Any]]:
    assert main([str(path), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_realtalk_turns_have_their_own_times_speakers_and_captions(tmp_path: Path):
    history = only(written(tmp_path / "Chat_1_Ada_Ben.json", REALTALK))
    assert [(turn.key, turn.session, turn.role, turn.name, turn.text) for turn in history.turns] == [
        ("D1:1", "D1", "user", "Ada Lund", "My kayak is green."),
        ("D1:2", "D1", "user", "Ada Lund", "a green kayak on a lake"),
        ("D2:1", "D2", "assistant", "Ben", "I bake bread on Sundays."),
        ("D2:2", "D2", "user", "Ada Lund", "With rye?"),
    ]
    # Two turns of one second keep their order; without times of their own, turns are a second apart.
    assert [f"{turn.at:%d %H:%M:%S}" for turn in history.turns] == ["29 14:11:33", "29 14:11:34", "02 10:05:00", "02 10:05:01"]
    assert f"{history.asked_at:%d %H:%M:%S}" == "02 10:06:01"


def test_realtalk_questions_have_categories_and_the_evidence_that_exists(tmp_path: Path):
    asked = only(written(tmp_path / "Chat_1_Ada_Ben.json", REALTALK)).questions
    assert [(one.key, one.category, sorted(one.evidence)) for one in asked] == [
        ("Chat_1_Ada_Ben/0", "multi-hop", ["D1:1", "D1:2"]), ("Chat_1_Ada_Ben/1", "temporal", ["D2:1"]), ("Chat_1_Ada_Ben/2", "commonsense", []),
    ]  # fmt: skip


def test_realtalk_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = figures(capsys, written(tmp_path / "Chat_1_Ada_Ben.json", REALTALK))
    assert [row["set"] for row in rows[::2]] == ["Chat_1_Ada_Ben", "Chat_1_Ada_Ben: multi-hop", "Chat_1_Ada_Ben: temporal"]
    assert (rows[0]["n"], rows[0]["turn_recall_10"]) == (2, 1.0)


def beam_folder(tmp_path: Path) -> Path:
    written(tmp_path / "100K" / "1" / "chat.json", CHAT)
    written(tmp_path / "100K" / "1" / "topic.json", {"topic": "no chat"})
    written(tmp_path / "100K" / "1" / "probing_questions" / "probing_questions.json", PROBING)
    return tmp_path / "100K"


def beam_chat(tmp_path: Path) -> Path:
    return beam_folder(tmp_path) / "1" / "chat.json"


def beam_object(tmp_path: Path) -> Path:
    return written(tmp_path / "1.json", {"conversation_id": "1", "chat": CHAT, "probing_questions": json.dumps(PROBING)})


def beam_row_of_a_table(tmp_path: Path) -> Path:
    messages = [[message for turn in batch["turns"] for message in turn] for batch in CHAT]  # type: ignore[attr-defined]
    return written(tmp_path / "1.json", [{"chat": messages, "probing_questions": repr(PROBING)}])


def beam_plans(tmp_path: Path) -> Path:
    return written(tmp_path / "1.json", {"chat": [{"plan-1": CHAT[:1], "plan-2": None}, {"plan-2": CHAT[1:]}], "probing_questions": PROBING})


@pytest.mark.parametrize("made", [beam_folder, beam_chat, beam_object, beam_row_of_a_table, beam_plans])
def test_beam_is_read_in_each_of_its_forms(made: Callable[[Path], Path], tmp_path: Path):
    history = only(made(tmp_path))
    assert [(turn.key, turn.session, turn.role, turn.text) for turn in history.turns] == [
        ("1:0", "1", "user", "My first sprint ends on March 29."),
        ("1:1", "1", "assistant", "Noted."),
        ("1:2", "1", "user", "I want two columns, category and notes."),
        ("2:3", "2", "user", "The dashboard takes 250ms now."),
    ]
    assert [f"{turn.at:%m-%d %H:%M:%S}" for turn in history.turns] == ["03-15 00:00:00", "03-15 00:00:01", "03-15 00:00:02", "04-02 00:00:00"]
    assert [(one.key, one.category, sorted(one.evidence)) for one in history.questions] == [
        ("1/abstention/0", "abstention", []), ("1/information_extraction/0", "information extraction", ["1:0"]),
        ("1/knowledge_update/0", "knowledge update", ["1:2", "2:3"]),
    ]  # fmt: skip


def test_beam_prefers_the_chat_that_its_questions_were_made_for(tmp_path: Path):
    path = beam_folder(tmp_path)
    written(path / "1" / "chat_trunecated.json", CHAT[:1])
    assert len(only(path).turns) == 3


def test_beams_of_two_sizes_keep_their_names_apart(tmp_path: Path):
    for size in ("500K", "100K"):
        for chat in ("10", "9"):
            written(tmp_path / size / chat / "chat.json", CHAT)
            written(tmp_path / size / chat / "probing_questions" / "probing_questions.json", PROBING)
    found = list(histories(tmp_path))
    assert {one.name for one in found} == {"100K/9", "100K/10", "500K/9", "500K/10"}
    assert [one.name.partition("/")[2] for one in found] == ["9", "10"] * 2
    assert found[0].questions[0].key.startswith(f"{found[0].name}/")


def test_the_plans_of_a_beam_are_no_chats_of_their_own(tmp_path: Path):
    path = beam_folder(tmp_path)
    written(path / "1" / "plan-0" / "chat.json", CHAT[:1])
    assert only(path).name == "1"
    assert only(path / "1").name == "1"


def test_a_beam_question_that_names_an_id_of_two_messages_has_no_evidence(tmp_path: Path):
    again = {
        "batch_number": 3,
        "turns": [[{"role": "user", "id": 3, "content": "The dashboard takes 90ms."}, {"role": "assistant", "content": "Good."}]],
    }
    history = only(written(tmp_path / "1.json", {"chat": [*CHAT, again], "probing_questions": PROBING}))
    assert [turn.key for turn in history.turns] == ["1:0", "1:1", "1:2", "2:3", "3:3-2", "3:after-5"]
    assert [sorted(one.evidence) for one in history.questions] == [[], ["1:0"], []]


def test_beam_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = figures(capsys, beam_folder(tmp_path))
    assert [row["set"] for row in rows[::2]] == ["100K", "100K: information extraction", "100K: knowledge update"]
    assert rows[0]["n"] == 2


def longmemeval(**changes: Any) -> dict[str, Any]:
    said = [
        [{"role": "user", "content": "My new kayak is green.", "has_answer": True}, {"role": "assistant", "content": "Green suits a kayak."}],
        [{"role": "user", "content": "How do I poach an egg?"}, {"role": "assistant", "content": "In water that hardly moves."}],
    ]
    return {
        "question_id": "q1", "question_type": "single-session-user", "question": "What colour is my kayak?",
        "question_date": "2023/06/02 (Fri) 10:00", "answer": "green", "answer_session_ids": ["s1"], "haystack_session_ids": ["s1", "s2"],
        "haystack_dates": ["2023/05/01 (Mon) 09:30", "2023/05/02 (Tue) 21:05"], "haystack_sessions": said, **changes,
    }  # fmt: skip


def test_a_longmemeval_question_is_read_and_asked_at_its_date(tmp_path: Path, capsys: pytest.CaptureFixture):
    file = written(tmp_path / "few.json", [longmemeval()])
    history = only(file)
    assert history.asked_at.isoformat() == "2023-06-02T10:00:00+00:00"
    assert [turn.at.isoformat() for turn in history.turns][:2] == ["2023-05-01T09:30:00+00:00", "2023-05-01T09:30:01+00:00"]
    ours = figures(capsys, file)[0]
    assert (ours["set"], ours["n"], ours["turn_recall_10"], ours["all_5"]) == ("few", 1, 1.0, 1.0)


def test_the_oracle_of_longmemeval_has_the_same_form_with_fewer_sessions(tmp_path: Path):
    whole = longmemeval()
    few = {name: whole[name][:1] for name in ("haystack_session_ids", "haystack_dates", "haystack_sessions")}
    history = only(written(tmp_path / "oracle.json", [longmemeval(**few)]))
    assert ({turn.session for turn in history.turns}, history.questions[0].evidence) == ({"s1"}, {"0:0"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"a": 1}, "holds no conversation of LoCoMo or REALTALK, no question of LongMemEval and no chat of BEAM"),
        ([1, 2], "holds no conversation"),
        ("no { JSON", "is no JSON"),
        (REALTALK | {"session_2_date_time": "some day"}, "'some day' is no time"),
        (REALTALK | {"session_2_date_time": None}, "session 2 says nowhere when it was"),
        ({"chat": [], "probing_questions": PROBING}, "has no message with a text"),
        (longmemeval(haystack_dates=["2023/05/01 (Mon) 09:30"]), "cannot be read"),
        ({"conversation": {"session_1": []}, "qa": []}, "'session_1_date_time' is missing"),
    ],
)
def test_a_file_of_something_else_is_refused(content: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as end:
        main([str(written(tmp_path / "other.json", content))])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_two_conversations_of_one_name_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="holds two conversations named q1"):
        list(histories(written(tmp_path / "few.json", [longmemeval(), longmemeval()])))


def test_a_chat_without_its_questions_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"has no probing_questions/probing_questions\.json"):
        only(written(tmp_path / "1" / "chat.json", CHAT))
