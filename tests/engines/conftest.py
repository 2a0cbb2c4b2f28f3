"""A file of its own for each test, and a factory that opens it with either face."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from enginekit import AsyncMemory, Blocking, Memory

from faces import SERVED
from servers import DATABASES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


@pytest.fixture
def opened(face: str, path: Path) -> Iterator[Callable[..., Any]]:
    """Opens the test's file with the face under test, in the style of the sync one; closed when the test ends."""
    found: list[Any] = []
    runners: list[asyncio.Runner] = []

    def open_one(**options: Any) -> Any:
        where = DATABASES.url(str(path)) if face in SERVED else path
        if not face.endswith("async"):
            memory: Any = Memory(where, **options)
        else:
            runners.append(asyncio.Runner())
            memory = Blocking(AsyncMemory(where, **options), runners[-1]).__enter__()
            memory = Blocking(memory._thing, runners[-1])
        found.append(memory)
        return memory

    yield open_one
    for memory in found:
        memory.close()
    for runner in runners:
        runner.close()
    DATABASES.release()


@pytest.fixture
def mem(opened: Callable[..., Any]) -> Any:
    return opened()
