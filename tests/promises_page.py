"""Write docs/explanation/promises.md anew from the tests: ``python tests/promises_page.py``, after a test was added that keeps a promise.

A test says which promise it keeps with ``@pytest.mark.promise("writes")``, or a whole file with ``pytestmark``, and which mistake of a
predecessor it keeps away in its docstring: ``Defect 9 of kernex: …``, ``Defects 9 and 11 of kernex``, ``Defects 16 of kernex and 3 of nexo``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "explanation" / "promises.md"
BEGIN, END = "<!-- promises: begin -->\n", "<!-- promises: end -->"


class Promise(NamedTuple):
    said: str
    more: str


class Defect(NamedTuple):
    said: str
    reason: str = ""  # why no test is needed, where there is none


PROMISES = {
    "writes": Promise(
        "A write is never lost, doubled or misreported",
        "Across threads, processes, `kill -9`, a full disk, cancelled tasks.",
    ),
    "isolation": Promise(
        "Isolation by construction",
        "Every statement of every kind carries its tenant; a search in one scope never returns, counts or is slowed by another's rows; asking for k "
        "gives k whenever k exist. How little others slow a search is measured: `python -m benchmarks.speed`.",
    ),
    "text": Promise(
        "Any text is a valid query, and any text can be stored",
        "`what's up`, `C++`, `AND`, `\"`, emoji, CJK, pastes of a megabyte.",
    ),
    "quoted": Promise(
        "Nothing stored can give orders",
        "Recalled text is rendered as quoted data, with its source.",
    ),
    "context": Promise(
        "Deterministic context",
        "The same memory, query and budget give the same bytes; the budget is never exceeded; the prefix stays stable so that provider caches hit; "
        "system messages are never dropped (or the call is refused); a tool call is never separated from its result.",
    ),
    "forgetting": Promise(
        "Forgetting means forgetting",
        "A soft delete can be undone; `erase` leaves no trace in tables, indexes, history, the write-ahead log or free pages.",
    ),
    "time": Promise(
        "Time is honest",
        "UTC to the microsecond, order never depends on a tie, month ends and daylight saving are right.",
    ),
    "input": Promise(
        "Bad input gets a typed error",
        "It says what to do next, before anything is written.",
    ),
    "files": Promise(
        "Old files open",
        "Any older database is migrated atomically after a backup copy; a newer one is refused with a sentence.",
    ),
}

_NO_SECRETS = "no such feature here yet: a guard against secrets; nothing is sent anywhere either"

DEFECTS = {
    "kernex": [
        Defect("Within one second history had no order: an answer could come before its question."),
        Defect("The runtime wrote under another project than it read, so no history was ever loaded."),
        Defect("A question was one phrase, and only the user's own words were indexed: almost nothing was recalled."),
        Defect("Bringing an observation back corrupted the search index."),
        Defect("Migrations were neither whole nor safe beside each other, and a newer file was not noticed."),
        Defect("Folders that it had not made were closed to others, and wide files were tightened by half."),
        Defect("A question mark or a percent sign in a file name led to another file."),
        Defect("An exchange could be stored by half, and two who spoke at once began a conversation each."),
        Defect("Tasks drifted, came back after they were cancelled, ran twice or in a burst, or never ran and nobody was told."),
        Defect("Different tasks were taken for one because their words were alike."),
        Defect("An empty or ambiguous prefix, or a wildcard, stood for many records."),
        Defect("Projects leaked into each other: summaries, recall, facts, tasks and outcomes."),
        Defect("Aliases went one hop, could not be changed, could form a circle, and left behind what was stored under them."),
        Defect("Lessons were kept by their date alone; how often one was learned was never used, and its variants were others."),
        Defect("Costs were the mean of two prices, of any model with a similar name, and could not be summed by user or time."),
        Defect("Tidying up deleted what no summary stood for, its gates held for one process, and its own row was everybody's fact."),
        Defect("The whole growing beginning of a conversation was summarised anew at every turn."),
        Defect("Parts of words decided the language of a text, and the first guess was kept for ever."),
        Defect("The first steps with a new user ran into dead code, and forbade to answer them.", "no such feature here: guided first steps"),
        Defect("Saving the state of a phase erased its output, and phases of one second came in any order."),
        Defect("Much could be stored and not be resolved, read, expired, brought back or looked up in its history."),
        Defect("Prompts had no bounds, and stored text could give orders in them."),
        Defect("What saving returned was not what was stored, and a blank title was a title."),
        Defect("Hard deletes left no trace of having happened, and soft ones could never be made final."),
    ],
    "omega": [
        Defect("Yearly recurrence was promised and did not exist."),
        Defect("One person on two channels was to be recognised; in fact any newcomer was taken for the first user."),
        Defect("What was learned in a project was said never to leak, and did."),
        Defect("Resuming a session was said to save nearly all tokens, without a measurement.", "we claim no such saving"),
        Defect("The documentation said other than the program did."),
    ],
    "nexo": [
        Defect("The nearest were chosen before the filter was applied, so a goal could get none of its own decisions."),
        Defect("A choice that was not known was read as allow."),
        Defect("Without a vector a decision was lost, and recording it was reported as done."),
        Defect("Where little was stored, whatever was there was similar."),
        Defect("What was compared was cut and filled up, so that likenesses were wrong and long inputs looked the same."),
        Defect("Vectors of two models of one size were mixed."),
        Defect("Recording something else under a known id was silently ignored."),
        Defect("Inputs were stored and sent to a remote service with the secrets in them.", _NO_SECRETS),
        Defect("Decisions could be neither deleted, pruned nor listed."),
        Defect("A goal's own decisions first and then all others was not possible, and numbers of turns could wrap."),
        Defect("What was ordered by nearness was shown as the most recent first."),
        Defect("Each denial by a short cut was a reason for the next, however far away the precedents were."),
        Defect("The guard against secrets sent the original away and hid the first of several only.", _NO_SECRETS),
        Defect("Tags were stored and never searched, and most of what was recalled left no signal."),
        Defect("Any agent could delete any memory for good; none could be edited, and the same one was kept twice."),
        Defect("Messages were loaded whose agent's they were not, and those of one moment changed places."),
        Defect("What was claimed before a crash was stuck for ever."),
        Defect("An id that could not be read became another one with every reading."),
        Defect("Types of memories were stored in quotes, and a search for what is relevant was never called."),
        Defect("The gates for keeping a memory for good let one busy day pass for several."),
        Defect("Locks were taken and released by whoever came, and the summary that was loaded was not the last one."),
        Defect("There was no record of which migrations had been made."),
        Defect("What belonged to a deleted memory stayed for ever."),
        Defect("A restored file was undone by the write-ahead log of the old one, and who had it open did not notice."),
        Defect("Nothing was recognised as told before, and nothing could be edited."),
    ],
    "engram blocks": [
        Defect("Bytes were taken for letters, and a cut inside one ended the program."),
        Defect("Neither creating nor editing asked for the limit."),
        Defect("What was cut off was returned once and stored nowhere."),
        Defect("Of two edits at once one was lost."),
        Defect("There was no way back to an earlier version."),
        Defect("The log named neither a version nor an author."),
        Defect("A negative or huge limit overflowed."),
        Defect("The history of whole copies grew without bound.", "so does ours, until its block is erased: each version can be brought back"),
        Defect("What a deleted block left behind could join the next block of its name."),
        Defect("Archiving a block destroyed its history."),
        Defect("Four letters were a token, in every script."),
        Defect("A block could not be protected, pinned, appended to or edited in one place."),
        Defect("A block could not be renamed."),
        Defect("A name could be made of blanks."),
    ],
    "engram": [
        Defect("The best match had the lowest score."),
        Defect("Ordinary text was a syntax error: an apostrophe, an address, a file name."),
        Defect("Tags could not be searched, and rebuilding their index failed."),
        Defect("Every reading wrote, and indexed the text again."),
        Defect("A search by two ways was neither cut nor sorted, and heeded no filter."),
        Defect("A search by meaning read every row, one by one."),
        Defect("Calls named a column that does not exist, and always failed."),
        Defect("Fading within a workspace was no valid SQL, and reached what was deleted."),
        Defect("A connection that was removed could not be made again."),
        Defect("Promoting a memory raised its version, and kept nothing of what it had been."),
        Defect("Retention ignored its own rules, and a dry run did not show what would be done."),
        Defect("An import lost scopes, times, versions and links, counted what it skipped, and was not one transaction."),
        Defect("A list did not ask for the workspace."),
        Defect("When a text was indexed again its old parts stayed and were found."),
        Defect("Tidying up deleted what was of ordinary importance, and cut long texts for good."),
        Defect("An index was never made since its name was taken, and migrations were not whole."),
        Defect("Previews were cut by bytes, which ended the program inside a letter."),
        Defect("Times were compared as texts, so expiry was wrong within a day."),
        Defect("Owners, scopes and grants were stored and not asked for when reading."),
        Defect("Tools were announced that did not exist, and others existed unannounced.", "no such feature here yet: an MCP server"),
        Defect("A link could end before it began."),
        Defect("Texts that differ in case alone were one, and telling one again replaced its importance."),
        Defect("What was deleted stayed in the index and shortened the answers; nothing removed it for good."),
        Defect("Vectors of several models were mixed, and the default one compared words."),
        Defect("Deleted memories came out of a cache for minutes."),
    ],
    "sessions-db": [
        Defect("The example of a transaction in the documentation raised."),
        Defect("A backup copied a file in use, and restoring could pair it with an old log."),
        Defect("Tidying up deleted messages of which a hundred letters were left."),
        Defect("Ordinary text was a syntax error to search, and everybody's messages were found."),
        Defect("A session's costs were added up once for each of its messages."),
        Defect("A session with handoffs could not be deleted."),
        Defect("That a conversation was over was never written, so none was summarised and no context became shorter."),
        Defect("What was compressed could not be found by its own words any more."),
        Defect("A handoff was four statements, each on its own, and what was handed over could be neither resumed nor traced."),
        Defect("Times had whole seconds, updates replaced everything or nothing unnoticed, and messages did not count as activity."),
        Defect("Whole services asked for columns that do not exist."),
        Defect("Migrations were not whole, and a missing one was passed over."),
        Defect("Messages were deleted a day after they were written, used or not."),
        Defect("Patterns were everybody's and mistaken for each other; confidence of nothing became half, and faded once only."),
        Defect("Questions that begin alike got each other's answers from a cache."),
        Defect("Vectors lay beside the transaction, twice, and were filtered too late."),
        Defect("Things with similar names were made one."),
        Defect("Tokens were guessed from letters or left out, a window of nothing was divided by, and the library printed."),
        Defect("Work could not go from developer to tester and back, and the counting was lost with the process."),
        Defect("The system was given up by those who made it.", "about a project, not about what it does"),
    ],
}  # fmt: skip
"""What went wrong in the predecessors, by system, in the order of its number, from 1."""

ABOUT = {
    "kernex": "The memory of an agent runtime (kernex-memory).",
    "omega": "The ancestor of kernex (omega-memory): what it claimed and did not keep.",
    "nexo": "The memory of decisions in nexo-rs, and the long-term memory around it.",
    "engram blocks": "The blocks of engram, which an agent edits itself.",
    "engram": "All else in engram.",
    "sessions-db": "The memory database of a coding agent, in JavaScript.",
}

_SYSTEMS = "kernex|omega|nexo|engram blocks|engram|sessions-db"
_NUMBERS = r"\d+(?:(?:, | and )\d+)*"
_OF = re.compile(rf"({_NUMBERS}) of ({_SYSTEMS})\b")
_NAMED = re.compile(rf"\bDefects? ({_NUMBERS} of (?:{_SYSTEMS})\b(?:(?:, | and ){_NUMBERS} of (?:{_SYSTEMS})\b)*)")


class Kept(NamedTuple):
    """A test, or with a promise of its own a whole file of them."""

    name: str
    promises: tuple[str, ...]
    defects: tuple[tuple[str, int], ...]


@cache
def tests() -> tuple[Kept, ...]:
    """All tests, by file and in the order in which they stand there."""
    files = sorted(TESTS.rglob("test_*.py"), key=lambda path: path.relative_to(TESTS).as_posix())
    return tuple(found for path in files for found in _of_file(path))


def _of_file(path: Path) -> Iterator[Kept]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(TESTS.parent).as_posix()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets):
            yield Kept(name, _marked(node.value), ())
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            promises = tuple(promise for mark in node.decorator_list for promise in _marked(mark))
            yield Kept(f"{name}::{node.name}", promises, tuple(named(ast.get_docstring(node) or "", f"{name}::{node.name}")))


def _marked(node: ast.expr) -> tuple[str, ...]:
    """What `pytest.mark.promise(…)` says, wherever it stands in an expression."""
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "promise"]
    return tuple(str(word.value) for call in calls for word in call.args if isinstance(word, ast.Constant))


def named(docstring: str, where: str = "") -> Iterator[tuple[str, int]]:
    """The defects that a docstring names; one that begins like that and cannot be read is an error rather than passed over."""
    said = " ".join(docstring.split())
    if len(_NAMED.findall(said)) != len(re.findall(r"\bDefects? \d", said)):
        raise ValueError(f"{where} names a defect that cannot be read: {said!r}; write `Defect 9 of kernex: …`")
    for phrase in _NAMED.findall(said):
        for numbers, system in _OF.findall(phrase):
            yield from ((system, int(number)) for number in re.findall(r"\d+", numbers))


def kept(promise: str) -> list[str]:
    """The tests that keep a promise."""
    return [test.name for test in tests() if promise in test.promises]


def guarded(system: str, number: int) -> list[str]:
    """The tests that keep a defect away."""
    return [test.name for test in tests() if (system, number) in test.defects]


def written() -> str:
    """Both parts as they should stand in the page."""
    return "\n".join([*_promises(), *_defects()])


def page(text: str) -> str:
    """A page with both parts in their place."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + written() + "\n" + END + rest.partition(END)[2]


def _promises() -> Iterator[str]:
    yield "## Promises\n"
    for number, (name, promise) in enumerate(PROMISES.items(), start=1):
        yield f"### {number}. {promise.said}\n\n{promise.more}\n"
        for test in kept(name):
            yield f"- `{test}`" + ("" if "::" in test else ", all of it")
        yield ""


def _defects() -> Iterator[str]:
    yield "## Defects of predecessors\n"
    for system, defects in DEFECTS.items():
        yield f"### {system}\n\n{ABOUT[system]}\n\n| | what went wrong | what keeps it away |\n|---:|---|---|"
        for number, defect in enumerate(defects, start=1):
            yield f"| {number} | {defect.said} | {'<br>'.join(f'`{test}`' for test in guarded(system, number)) or defect.reason} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
