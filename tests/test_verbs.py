"""No verb is decoration: with its body gone, the suite fails. Minutes, so it runs by `pytest -m slow tests/test_verbs.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recollect.core.operation import _Verb, stream
from recollect.house import House
from recollect.kinds import KINDS

ROOT = Path(__file__).parent.parent
OWNERS = {"memory": House, **KINDS}


def public_verbs() -> list[str]:
    """`kind.verb` of every verb that a kind has for itself; inherited ones once, under the first kind that has them."""
    found: dict[object, str] = {}
    for owner, room in OWNERS.items():
        for base in room.__mro__:
            for name, verb in vars(base).items():
                if isinstance(verb, (_Verb, stream)) and not name.startswith("_"):
                    found.setdefault(verb, f"{owner}.{name}")
    return sorted(found.values())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("verb", public_verbs())
def test_the_suite_fails_without(verb: str) -> None:
    owner, name = verb.split(".")
    folders = ["tests/conformance", "tests/kinds", "tests/recall", "tests/transfer", "tests/upkeep"]
    first = [f"tests/kinds/test_{owner}.py"] if owner in KINDS else ["tests/recall", "tests/transfer", "tests/upkeep"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0", f"--without-verb={verb}", *first, *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1, f"the suite passes although {owner}.{name} does nothing:\n{done.stdout[-2000:]}"
