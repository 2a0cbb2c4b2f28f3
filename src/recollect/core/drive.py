"""The loops that carry a body to its end. All the difference between the two faces lives here and in the engines' doors."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

from .effects import TRANSACTIONAL, Answering, Call, Embed, Language, Perform, Read
from .operation import Make

Answer = Callable[[Any], Any]
_AHEAD = (Language, Read, Embed, Answering)  # what may be asked before a transaction, and is answered at once in one


class Work:
    """A body on its way: begun in the caller, finished in a transaction, begun anew when that transaction is lost."""

    __slots__ = ("_answers", "_body", "_make", "_patient", "_wanted", "done", "result")

    def __init__(self, make: Make, *, patient: bool = False) -> None:
        self._make = make
        self._patient = patient  # whether a question may be put off until a slow embedder has made its vector
        self._answers: list[Any] = []
        self._body: Coroutine[Any, Any, Any] | None = None
        self._wanted: Any = None
        self.done = False
        self.result: Any = None

    def prepare(self, answer: Answer) -> None:
        """Run up to the first effect that needs the transaction. What is asked before it is kept, for the next time."""
        self._body = self._make()
        asked = 0
        try:
            wanted = self._body.send(None)
            while not isinstance(wanted, TRANSACTIONAL):
                if asked == len(self._answers):
                    self._answers.append(self._told(wanted, answer(_before(wanted))))
                asked += 1
                wanted = self._body.send(self._answers[asked - 1])
        except StopIteration as end:
            self.done, self.result, self._body = True, end.value, None
        else:
            self._wanted = wanted

    def carry(self, execute: Answer) -> Any:
        """Run to the end inside a transaction. The first failing effect ends the body: it cannot catch and go on."""
        if self.done:
            return self.result
        body, wanted = self._begun()
        try:
            while True:
                wanted = body.send(self._told(wanted, execute(_within(wanted))))
        except StopIteration as end:
            return end.value
        finally:
            body.close()

    async def acarry(self, execute: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        """As `carry`, for an engine that waits for each answer."""
        if self.done:
            return self.result
        body, wanted = self._begun()
        try:
            while True:
                wanted = body.send(self._told(wanted, await execute(_within(wanted))))
        except StopIteration as end:
            return end.value
        finally:
            body.close()

    def _told(self, wanted: Any, answer: Any) -> Any:
        return answer if type(wanted) is not Answering or answer is None else answer._replace(patient=self._patient)

    def _begun(self) -> tuple[Coroutine[Any, Any, Any], Any]:
        """The body and what it waits for; begun anew if it has run before."""
        if self._body is None:
            self.prepare(_replayed)
        body, self._body = self._body, None
        assert body is not None
        return body, self._wanted

    def drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _replayed(wanted: Any) -> Any:
    raise TypeError(f"a body must ask for the same things each time it runs; {type(wanted).__name__} is new")


def _before(wanted: Any) -> Any:
    if isinstance(wanted, _AHEAD):
        return wanted
    raise TypeError(f"an operation may only await effects that need no waiting, not {type(wanted).__name__}; make it a flow")


def _within(wanted: Any) -> Any:
    if isinstance(wanted, (*TRANSACTIONAL, *_AHEAD)):
        return wanted
    raise TypeError(f"inside a transaction a body may only await statements, not {type(wanted).__name__}")


def _step(wanted: Any) -> Perform | Call:
    if isinstance(wanted, (Perform, Call)):
        return wanted
    raise TypeError(f"a flow may only await operations and calls, not {type(wanted).__name__}")


def driven(body: Coroutine[Any, Any, Any], answer: Answer) -> Any:
    """Carry a coroutine to its end; what its effects raise, it may catch."""
    try:
        wanted = body.send(None)
        while True:
            try:
                got = answer(wanted)
            except BaseException as error:
                wanted = body.throw(error)
            else:
                wanted = body.send(got)
    except StopIteration as end:
        return end.value


async def adriven(body: Coroutine[Any, Any, Any], answer: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """The same for answers that are awaited."""
    try:
        wanted = body.send(None)
        while True:
            try:
                got = await answer(wanted)
            except BaseException as error:
                wanted = body.throw(error)
            else:
                wanted = body.send(got)
    except StopIteration as end:
        return end.value


def drive_flow(make: Make, perform: Callable[[Perform], Any]) -> Any:
    def answer(wanted: Any) -> Any:
        step = _step(wanted)
        return perform(step) if isinstance(step, Perform) else step.function(*step.arguments, **step.keywords)

    return driven(make(), answer)


async def adrive_flow(make: Make, perform: Callable[[Perform], Coroutine[Any, Any, Any]]) -> Any:
    async def answer(wanted: Any) -> Any:
        step = _step(wanted)
        return await (perform(step) if isinstance(step, Perform) else _called(step))

    return await adriven(make(), answer)


async def _called(step: Call) -> Any:
    """A plain function may read files: it runs in a thread, so that the loop goes on."""
    import asyncio

    if inspect.iscoroutinefunction(step.function):
        return await step.function(*step.arguments, **step.keywords)
    return await asyncio.to_thread(step.function, *step.arguments, **step.keywords)


def pages(page: Callable[[Any], Make], perform: Callable[[Make], Any]) -> Iterator[Any]:
    cursor: Any = None
    while True:
        items, cursor = perform(page(cursor))
        yield from items
        if cursor is None:
            return


async def apages(page: Callable[[Any], Make], perform: Callable[[Make], Coroutine[Any, Any, Any]]) -> AsyncIterator[Any]:
    cursor: Any = None
    while True:
        items, cursor = await perform(page(cursor))
        for item in items:
            yield item
        if cursor is None:
            return
