"""Every example in the help of a kind's verbs is a line that one can type."""

from __future__ import annotations

import shlex
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import Run

from recollect import Memory
from recollect.cli.kinds import group
from recollect.cli.main import cli
from recollect.kinds import KINDS

TOKEN = "0198f2c4-77aa-7e01-b3c1-5d2e3f9a1c07"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A memory in which the examples' names and keys are known, and the token of a task that is claimed in it."""
    path = tmp_path_factory.mktemp("small") / "agent.db"
    with Memory(path) as memory:
        for city, name, diet, status in (("Leipzig", "tom", "vegan", "pending"), ("Lisbon", "mira", "vegetarian", "in_progress")):
            memory.facts.set("home_city", city)
            memory.aliases.add("+351911", name)
            memory.preferences.set("food.diet", diet)
            memory.checkpoints.save("nightly", "fetch", status)
            memory.entities.add("Tom Weber", attributes={"city": city})
        memory.blocks.create("persona", "You are kind.")
        memory.blocks.append("persona", "You are brief.")
        memory.tasks.schedule("Book the flight", memory.facts.need("home_city").created_at - timedelta(days=1))
        (claim,) = memory.tasks.claim()
    return path, claim.token


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_verb_works_or_says_that_there_is_no_such_record(db: Path, small: tuple[Path, str], kind: str) -> None:
    path, token = small
    for verb, command in group(kind).commands.items():
        shutil.copy(path, db)
        (example,) = command.examples  # type: ignore[attr-defined]
        words = shlex.split(example.replace(TOKEN, token))
        assert words[:3] == ["recollect", kind, verb]
        done = CliRunner().invoke(cli, words[1:], prog_name="recollect")
        known = not {"3f9a1c07", "5d2e9b40", "chat-17"} & set(words) and verb not in ("undelete", "close-current")
        assert done.exit_code in ((0,) if known else (0, 3)), (example, done.exit_code, done.stderr)
        assert "Traceback" not in done.stderr


def test_what_cannot_work_is_not_offered() -> None:
    assert "search" not in group("signals").commands and "bind" not in group("sessions").commands
    assert "search" in group("facts").commands


def test_an_answer_of_nothing_is_one_line(run: Run) -> None:
    run("blocks", "create", "persona", "You are kind.")
    assert run("blocks", "archive-overflow", "persona").stdout == "nothing to do\n"
    assert run("blocks", "archive-overflow", "persona", "--json").stdout == '{"done": false}\n'


@pytest.mark.parametrize("kind", ["facts", "preferences", "blocks", "entities", "checkpoints", "aliases"])
@pytest.mark.parametrize("verb", ["get", "delete", "undelete", "history"])
def test_what_has_a_key_is_asked_for_by_its_key(run: Run, kind: str, verb: str) -> None:
    said = run(kind, verb, "--help").stdout
    assert said.splitlines()[0].endswith(" KEY") and "3f9a1c07" not in said and "this id" not in said
    assert run("notes", verb, "--help").stdout.splitlines()[0].endswith(" ID")
