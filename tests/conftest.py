"""What all tests share: a memory of either face, a clock that stands still, and a machine whose own settings do not matter."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from faces import FACES, SERVED, as_new, opened
from recollect.core.operation import stream
from recollect.engines import connection, postgres, server, transaction
from recollect.house import House
from recollect.kinds import KINDS
from recollect.testing import FrozenClock
from servers import DATABASES, kept_async_pool, kept_pool

START = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)

_HOME = tempfile.TemporaryDirectory(prefix="recollect-tests-", ignore_cleanup_errors=True)
set_hypothesis_home_dir(_HOME.name)  # what hypothesis remembers stays out of the project's folder
settings.register_profile(
    "recollect",
    derandomize=True,
    deadline=None,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("recollect")

for name in [name for name in os.environ if name.startswith("RECOLLECT_") and name != "RECOLLECT_TEST_POSTGRES"]:
    del os.environ[name]
os.environ["RECOLLECT_CONFIG"] = os.path.join(_HOME.name, "no-config.toml")
os.environ["RECOLLECT_EMBEDDER"] = "none"  # what is tested with vectors says so; the others mean the words
os.environ["RECOLLECT_DB"] = os.path.join(_HOME.name, "default.db")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a job in the background, where Ctrl-C could not be tested
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-verb", metavar="KIND.VERB", help="take a public verb's body away; `tests/test_verbs.py` expects the suite to notice")


def pytest_configure(config: pytest.Config) -> None:
    if verb := config.getoption("--without-verb"):
        owner, name = verb.split(".")
        room = House if owner == "memory" else KINDS[owner]
        descriptor = next(vars(base)[name] for base in room.__mro__ if name in vars(base))
        descriptor.body = _no_page if isinstance(descriptor, stream) else _nothing


async def _nothing(*_: Any, **__: Any) -> None:
    return None


async def _no_page(*_: Any, **__: Any) -> tuple[list[Any], None]:
    return [], None


ON_BOTH = ("conformance", "kinds", "recall", "transfer")
"""Folders whose tests hold on a server as on a file; what looks into the file itself is marked `file`."""

EVERY = ("conformance", "engines")
"""Folders whose tests run on both faces over both; the others of `ON_BOTH` on one face over a file and on the other over a server."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = metafunc.definition.path.parent.name
    if "face" in metafunc.fixturenames:
        both = folder in ON_BOTH or getattr(metafunc.module, "ON_BOTH", False)
        both = both and metafunc.definition.get_closest_marker("file") is None
        faces = FACES + SERVED if folder in EVERY else (FACES[0], SERVED[1])
        metafunc.parametrize("face", faces if both else FACES, indirect=True)


@pytest.fixture(autouse=True)
def _kept_connections(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is about answers, not about connections."""
    if request.path.parent.name in ON_BOTH:
        monkeypatch.setattr(postgres, "sync_pool", kept_pool)
        monkeypatch.setattr(server, "async_pool", kept_async_pool)


@pytest.fixture
def face(request: pytest.FixtureRequest) -> str:
    """Which face a test is about, over what."""
    return str(request.param)


@pytest.fixture
def clock() -> FrozenClock:
    """Noon of 1 March 2025, UTC, until the test says otherwise."""
    return FrozenClock(START)


@pytest.fixture
def fresh(face: str, tmp_path: Path, clock: FrozenClock) -> Iterator[Callable[..., Any]]:
    """Opens further memories of the same face: ``fresh("other.db")``; all are closed at the end."""
    with ExitStack() as stack:

        def make(name: str | Path = "other.db", **options: Any) -> Any:
            options.setdefault("clock", clock)
            options.setdefault("durability", "normal")  # no test takes the current away, and waiting for a disk is all that it would do
            if face in FACES and not options.get("read_only"):
                as_new(tmp_path / name)
            return stack.enter_context(opened(face, tmp_path / name, **options))

        yield make
    DATABASES.release()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds a file locked gives up soon."""
    for module in (connection, transaction):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.02)


@pytest.fixture
def memory(fresh: Callable[..., Any]) -> Any:
    """A memory in a file of its own; every test of it runs on both faces."""
    return fresh("memory.db")


@pytest.fixture
def alice(memory: Any) -> Any:
    """One user's view of it."""
    return memory.scope(user="alice")
