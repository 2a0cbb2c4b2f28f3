"""Many texts are read by two processes, and nobody can tell."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from recollect import Invalid, Memory
from recollect.core.documents import read
from recollect.engines import analyst, readings
from recollect.engines.analyst import Analyst
from recollect.engines.readings import reader

SAID = ["Boat 7 sails on Monday. Does it?", "Die Wohnung ist frei.", "愛 🦜", "parseHttpHeader in src/http.py", ""]


def whole(texts: list[str], language: str) -> Any:
    with reader(len(texts), language) as one:
        for text in texts:
            one.put(text)
        return one.all()


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyst, "_cores", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_another_process_reads_the_texts_and_may_die() -> None:
    texts = [("Boat 7 sails on Monday. Does it?", "en"), ("Die Wohnung ist frei.", "de"), ("愛 🦜", "en")] * 500
    with Analyst(apart=True) as apart, Analyst(apart=False) as here:
        for one in (apart, here):
            one.ask(texts)
        expected = here.answer()
        assert apart._process is not None and apart.answer() == expected
        apart.ask(texts)
        apart._process.kill()
        assert apart.answer() == expected and apart._process is None
        apart.ask(texts)
        assert apart.answer() == expected


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200, 201, 350, 777])
def test_each_text_has_its_own_reading_however_they_are_shared_out(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(readings, "MANY", 100)
    monkeypatch.setattr(readings, "AT_ONCE", 100)
    texts = [f"{SAID[number % len(SAID)]} {number}" for number in range(count)]
    assert whole(texts, "en") == [read(text, "en") for text in texts]


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("executable", ["", "/nowhere/python", "/bin/false", "/bin/cat"])
def test_without_a_second_python_the_texts_are_read_here(monkeypatch: pytest.MonkeyPatch, executable: str) -> None:
    monkeypatch.setattr(readings, "MANY", 10)
    monkeypatch.setattr(analyst.sys, "executable", executable)
    assert whole(SAID * 10, "de") == [read(text, "de") for text in SAID * 10]


def test_on_one_core_no_process_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*_: Any, **__: Any) -> None:
        raise AssertionError("a process was begun")

    monkeypatch.setattr(analyst, "_cores", lambda: 1)
    monkeypatch.setattr(subprocess, "Popen", begun)
    monkeypatch.setattr(readings, "MANY", 10)
    assert len(whole(SAID * 10, "en")) == 50


def reading() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "recollect-readings"]


@pytest.mark.usefixtures("two_cores")
def test_what_nobody_looks_at_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    go_on = threading.Event()

    def slowly(self: Analyst, texts: Any, ask: Any = Analyst.ask) -> None:
        asked.append(texts)
        assert go_on.wait(60)
        ask(self, texts)

    monkeypatch.setattr(readings, "MANY", 10)
    monkeypatch.setattr(readings, "AT_ONCE", 10)
    monkeypatch.setattr(Analyst, "ask", slowly)
    with pytest.raises(Invalid), reader(500, "en") as one:
        for text in SAID * 60:
            one.put(text)
        raise Invalid("the next one cannot be kept")
    go_on.set()
    for thread in reading():
        thread.join(60)
    assert len(asked) <= 1 and not reading()


@pytest.mark.usefixtures("two_cores")
def test_what_the_other_process_was_to_read_is_read_here_if_its_thread_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: Analyst, texts: Any) -> None:
        raise MemoryError("no room for them")

    monkeypatch.setattr(readings, "MANY", 10)
    monkeypatch.setattr(readings, "AT_ONCE", 10)
    monkeypatch.setattr(Analyst, "ask", failing)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    assert whole(SAID * 10, "en") == [read(text, "en") for text in SAID * 10]


@pytest.mark.usefixtures("two_cores")
def test_without_another_thread_the_texts_are_read_here_and_no_process_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Analyst] = []

    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(readings, "MANY", 10)
    monkeypatch.setattr(Analyst, "close", lambda self, close=Analyst.close: (closed.append(self), close(self))[1])
    monkeypatch.setattr(threading.Thread, "start", refused)
    assert whole(SAID * 10, "en") == [read(text, "en") for text in SAID * 10]
    assert len(closed) == 1 and not closed[0].apart


def test_asked_again_a_reader_says_the_same() -> None:
    one = reader(5, "en")
    for _ in range(2):  # as a body does whose transaction is lost
        with one:
            for text in SAID:
                one.put(text)
            assert one.all() == [read(text, "en") for text in SAID]


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("atomic", [False, True])
def test_many_messages_are_found_whoever_read_them(path: Path, monkeypatch: pytest.MonkeyPatch, atomic: bool) -> None:
    began: list[Any] = []
    monkeypatch.setattr(readings, "MANY", 50)
    monkeypatch.setattr(readings, "AT_ONCE", 20)
    monkeypatch.setattr(Analyst, "ask", lambda self, texts, ask=Analyst.ask: (began.append(texts), ask(self, texts))[1])
    with Memory(path) as memory:
        alice = memory.scope(user="alice")
        given = [{"role": "user", "content": f"harbour{number} was loud"} for number in range(1000)]
        if atomic:
            with alice.atomic() as block:
                added = block.messages.add_many(given)
        else:
            added = alice.messages.add_many(given)
        assert began and [message.content for message in added] == [one["content"] for one in given]
        for number in (0, 19, 20, 49, 50, 499, 500, 979, 980, 999):
            assert alice.recall(f"harbour{number}")[0].id == added[number].id
        assert memory.verify() == []
