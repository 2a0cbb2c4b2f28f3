"""One body, two faces.

A verb is written once, as an ``async def`` that awaits only effects. On `Memory` it is an ordinary call that returns its result; on
`AsyncMemory` the same name returns an awaitable. Type checkers see both.

- `operation`: writes, in one transaction.
- `query`: only reads, beside others, in one snapshot.
- `flow`: several of the two, each in its own transaction, with waiting allowed between them.
- `stream`: a query for one page, offered as an iterator over all pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial, update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from ..errors import Invalid
from .effects import Perform
from .scope import Scope

T = TypeVar("T")
P = ParamSpec("P")
Make = Callable[[], Coroutine[Any, Any, Any]]


class Sync: ...


class Async: ...


Face = TypeVar("Face", Sync, Async)


class Door(Protocol):
    """How a room reaches its engine. One for each face; it is given what *makes* a body, since a transaction may have to run again.

    `whose` says whose rows the body may touch: where several can write at once, it is what they lock.
    """

    def perform(self, make: Make, *, write: bool, whose: Scope) -> Any: ...
    def flow(self, make: Make) -> Any: ...
    def pages(self, page: Callable[[Any], Make], whose: Scope) -> Any: ...


class _Inside:
    """The door of a room inside a flow: its verbs become effects, each a transaction of its own."""

    def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        return Perform(make, write, whose)

    def flow(self, make: Make) -> Any:
        return make()

    def pages(self, page: Callable[[Any], Make], whose: Scope) -> Any:
        async def turn() -> AsyncIterator[Any]:
            cursor: Any = None
            while True:
                items, cursor = await Perform(page(cursor), False, whose)
                for item in items:
                    yield item
                if cursor is None:
                    return

        return turn()


INSIDE = _Inside()


class Room(Generic[Face]):
    """Anything that owns verbs: the memory, and each kind in it. Without a door it is the room that a body sees."""

    _door: Door | None
    _scope: Scope

    @property
    def _whose(self) -> Scope:
        """Whose rows its verbs may touch."""
        return self._scope


S = TypeVar("S", bound=Room[Any])


class _Verb(Generic[S, P, T]):
    def __init__(self, body: Callable[Concatenate[S, P], Coroutine[Any, Any, T]]) -> None:
        self.body = body
        update_wrapper(self, body)  # type: ignore[arg-type]

    @overload
    def __get__(self, room: Room[Sync], owner: Any = ...) -> Callable[P, T]: ...
    @overload
    def __get__(self, room: Room[Async], owner: Any = ...) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, room: None, owner: Any = ...) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]: ...
    def __get__(self, room: Any, owner: Any = None) -> Any:
        if room is None:  # on the class: the plain function, so help() and the reference just work
            return self.body
        if room._door is None:
            return self._within(room)

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return self._through(room._door, room, args, kwargs)

        return _named(call, self.body)

    def _within(self, room: Any) -> Any:  # called from another body: join its transaction
        return self.body.__get__(room)

    def _through(self, door: Door, room: Any, args: Any, kwargs: Any) -> Any:
        raise NotImplementedError


class operation(_Verb[S, P, T]):
    """A verb that writes: all of it in one transaction, or nothing."""

    write = True

    def _through(self, door: Door, room: Any, args: Any, kwargs: Any) -> Any:
        args, kwargs = _listed(args, kwargs)
        return door.perform(partial(self.body, room._inner, *args, **kwargs), write=self.write, whose=room._whose)


class query(operation[S, P, T]):
    """A verb that only reads."""

    write = False


class flow(_Verb[S, P, T]):
    """A verb made of several operations, each in its own transaction."""

    def _within(self, room: Any) -> Any:
        raise Invalid(f"{self.body.__name__} is made of several transactions and cannot run inside one; call it outside the atomic block")

    def _through(self, door: Door, room: Any, args: Any, kwargs: Any) -> Any:
        return door.flow(partial(self.body, room._flowing, *args, **kwargs))


class question(query[S, P, T]):
    """A verb that only reads, one transaction; with callables of the user's among its keywords a flow, since those run under no lock."""

    def _through(self, door: Door, room: Any, args: Any, kwargs: Any) -> Any:
        if any(callable(given) for given in kwargs.values()):
            args, kwargs = _listed(args, kwargs)
            return door.flow(partial(self.body, room._flowing, *args, **kwargs))
        return super()._through(door, room, args, kwargs)


class stream(Generic[S, P, T]):
    """A verb that yields many things, page by page: ``body(self, cursor, …) -> (items, next cursor or None)``."""

    def __init__(self, body: Callable[Concatenate[S, Any, P], Coroutine[Any, Any, tuple[list[T], Any]]]) -> None:
        self.body = body
        update_wrapper(self, body)  # type: ignore[arg-type]

    @overload
    def __get__(self, room: Room[Sync], owner: Any = ...) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, room: Room[Async], owner: Any = ...) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, room: None, owner: Any = ...) -> Any: ...
    def __get__(self, room: Any, owner: Any = None) -> Any:
        if room is None:
            return self.body
        if room._door is None:
            raise Invalid(f"{self.body.__name__} runs over several transactions and cannot run inside one; use list inside an atomic block")

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return room._door.pages(lambda cursor: partial(self.body, room._inner, cursor, *args, **kwargs), room._whose)

        return _named(call, self.body)


def _listed(args: Any, kwargs: Any) -> tuple[Any, Any]:
    """A body may read its arguments again, so an iterator among them, which can be read only once, is read here."""
    return (
        [list(given) if hasattr(given, "__next__") else given for given in args],
        {name: list(given) if hasattr(given, "__next__") else given for name, given in kwargs.items()},
    )


def _named(call: Any, body: Any) -> Any:
    """What help() and inspect need, and no more: this runs at every call of a verb."""
    call.__name__, call.__doc__, call.__wrapped__ = body.__name__, body.__doc__, body
    return call
