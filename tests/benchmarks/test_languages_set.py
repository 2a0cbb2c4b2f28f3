"""The set of ten languages: that it is well-formed, and that recall finds in each what it finds in English."""

from __future__ import annotations

import json

import pytest
from benchmarks.languages import __main__ as languages

CHATS = languages.chats()
TRANSLATED = [chat for chat in CHATS if chat.code != "code"]  # code is a chat of its own, as long as the others


@pytest.fixture(scope="module")
def found():
    return languages.measured()


def test_every_language_of_the_goal_is_there():
    assert [chat.code for chat in CHATS] == ["en", "ar", "code", "de", "es", "fr", "ja", "ko", "ru", "th", "zh"]


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.code)
def test_a_chat_is_as_long_as_the_english_one(chat):
    english = CHATS[0]
    assert [len(talk) for talk in chat.conversations] == [len(talk) for talk in english.conversations]
    assert len(chat.questions) == len(english.questions)


@pytest.mark.parametrize("chat", TRANSLATED, ids=lambda chat: chat.code)
def test_a_translation_asks_the_same_of_the_same(chat):
    english = CHATS[0]
    assert [[(turn.key, turn.role) for turn in talk] for talk in chat.conversations] == [
        [(turn.key, turn.role) for turn in talk] for talk in english.conversations
    ]
    assert [(one.key, one.answers) for one in chat.questions] == [(one.key, one.answers) for one in english.questions]


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.code)
def test_every_answer_exists_and_nothing_is_there_twice(chat):
    turns = [turn for talk in chat.conversations for turn in talk]
    keys = [turn.key for turn in turns]
    assert len(keys) == len(set(keys))
    assert len({turn.text for turn in turns}) == len(turns)
    assert all(turn.text.strip() == turn.text != "" and turn.role in ("user", "assistant") for turn in turns)
    asked = [one.key for one in chat.questions]
    assert len(asked) == len(set(asked)) == len({one.text for one in chat.questions})
    assert all(one.answers and one.answers <= set(keys) for one in chat.questions)


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.code)
def test_no_question_is_copied_from_its_answer(chat):
    """The name of a thing may be the same in both; five words in a row are a copy, and so are as many letters as none has by chance."""
    text_of = {turn.key: turn.text.casefold() for talk in chat.conversations for turn in talk}
    letters = {"ja": 10, "th": 14, "zh": 8}
    size, pieces = (letters[chat.code], list) if chat.code in letters else (5, str.split)
    for one in chat.questions:
        asked = pieces(one.text.casefold().strip("?？¿。"))
        for key in one.answers:
            said = pieces(text_of[key])
            runs = {tuple(said[place : place + size]) for place in range(len(said) - size + 1)}
            assert not any(tuple(asked[place : place + size]) in runs for place in range(len(asked) - size + 1)), one.text


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.code)
def test_no_language_falls_below_nine_tenths_of_english(chat, found):
    row = next(row for row in languages.rows(found, languages.by_words(found, "none")) if row["language"] == chat.code)
    assert row["ratio"] >= languages.GOAL
    assert row["met"]


@pytest.mark.parametrize("code", ["ar", "ja", "ko", "ru", "th", "zh"])
def test_a_script_of_its_own_needs_no_telling_which_language_it_is(code, found):
    row = next(row for row in languages.rows(found, languages.by_words(found, "none")) if row["language"] == code)
    assert row["untold_ratio"] >= languages.GOAL


def test_json_has_a_line_a_language(capsys):
    assert languages.main(["--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["language"] for line in lines] == [chat.code for chat in CHATS]
    assert all({"hit_1", "hit_5", "mrr", "ratio", "goal", "met"} <= line.keys() for line in lines)
