"""`python -m benchmarks.peers [PATH…] [--json] [--only NAME]… [--quick] [--dir DIR]`: other memories beside recollect, by one protocol."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.peers.environments import Environment, Failed, made, variables
from benchmarks.peers.table import PEERS, ROOT, Peer, Way
from benchmarks.quality import metrics
from benchmarks.quality.sets import APART, History, histories

DEMO = ROOT / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"
QUALITY = ("turn_recall_10", "turn_ndcg_10", "session_recall_10")
TEXTS = ("plain", "speaker", "dated")
Make = Callable[[Peer, Path], Environment]


def turns(history: History, form: str) -> list[dict[str, str]]:
    """The turns as a peer gets them: the text alone, with its speaker before it, or with the day and the speaker."""
    talk = history.sample["conversation"] if history.sample is not None else {"speaker_a": "user", "speaker_b": "assistant"}
    result = []
    for turn in history.turns:
        speaker = str(talk["speaker_a" if turn.role == "user" else "speaker_b"])
        before = {"plain": "", "speaker": f"{speaker}: ", "dated": f"{turn.at:%A}, {turn.at.day} {turn.at:%B %Y}, {speaker}: "}[form]
        result.append(
            {"key": turn.key, "text": before + turn.text, "speaker": speaker, "role": turn.role, "session": turn.session, "at": turn.at.isoformat()}
        )
    return result


def written(read: Sequence[History], form: str, file: Path) -> None:
    """The turns and the questions that count, one conversation a line. Evidence stays here."""
    lines = []
    for number, history in enumerate(read):
        asked = [{"key": f"{number}/{one.key}", "text": one.text} for one in history.questions if one.evidence and one.category not in APART]
        lines.append(json.dumps({"scope": f"c{number}", "turns": turns(history, form), "questions": asked}, ensure_ascii=False))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def quality(read: Sequence[History], places: Mapping[str, Sequence[Sequence[str]]]) -> tuple[int, dict[str, float]]:
    """How many questions counted, and what the rankings are worth: the figures of `benchmarks.quality`."""
    found = []
    for number, history in enumerate(read):
        session_of = {turn.key: turn.session for turn in history.turns}
        for one in history.questions:
            if one.evidence and one.category not in APART:
                ranking = places[f"{number}/{one.key}"]
                sessions = metrics.sessions_of(ranking, session_of)
                found.append(metrics.of_turns(ranking, one.evidence) | metrics.of_sessions(sessions, one.sessions))
    every = metrics.mean(found)
    return len(found), {name: every[name] for name in QUALITY}


def asked(peer: Peer, way: Way, python: str, given: Path, folder: Path, limit: float, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run one peer in one way over one file, in a process of its own."""
    store, output = folder / "stores", folder / "output.json"
    shutil.rmtree(store, ignore_errors=True)
    output.unlink(missing_ok=True)
    command = [python, "-m", "benchmarks.peers.runner", peer.adapter, way.name, way.embedder, str(store), str(given), str(output)]
    # No PYTHONPATH of the user, and the folder of the project holds no package but benchmarks and tests.
    environment = variables(folder / "home", {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | dict(more or {}))
    try:
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {limit:.0f} s") from None
    finally:
        shutil.rmtree(store, ignore_errors=True)
    if not output.exists():
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or ["it said nothing"]
        raise Failed(f"ended with {done.returncode}: {last[0]}")
    result: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    if "error" in result:
        raise Failed(result["error"])
    return result


def row(name: str, peer: Peer, way: Way) -> dict[str, Any]:
    """A row with nothing measured yet. Every row has these keys."""
    version = " ".join(package.rpartition("==")[2] for package in peer.packages[:1] if "==" in package) or None
    return {
        "set": name, "peer": peer.name, "version": version, "way": way.name, "embedder": way.embedder, "text": None, "n": 0,
        **dict.fromkeys(QUALITY), "add_s_1000": None, "add_one_ms": None, "search_ms": None, "memory_mb": None, "disk_mb": None,
        "install_mb": None, "packages": None, "refused": None, "reason": None,
    }  # fmt: skip


def measured(
    name: str, read: Sequence[History], peer: Peer, way: Way, place: Environment, folder: Path, limit: float, more: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """One row for each form of the text; a form that fails says why in its row."""
    rows = []
    for form in TEXTS:
        given = folder / "given.jsonl"
        written(read, form, given)
        one = row(name, peer, way) | {"text": form, "install_mb": place.megabytes, "packages": place.packages}
        try:
            result = asked(peer, way, place.python, given, folder, limit, more)
        except Failed as reason:
            one["reason"] = str(reason)
        else:
            one["n"], figures = quality(read, result["places"])
            one |= figures | {"add_s_1000": 1000 * result["add_seconds"] / result["items"], "add_one_ms": result["one_ms"]}
            one |= {key: result[key] for key in ("search_ms", "memory_mb", "disk_mb", "refused")}
        rows.append(one)
        if one["reason"]:
            break  # what fails does not depend on the form
    return rows


def best(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The form that serves a peer best, by R@10 of turns; the first of the failures if none ran."""
    ran = [one for one in rows if not one["reason"]]
    return max(ran, key=lambda one: one["turn_recall_10"]) if ran else rows[0]


def compared(
    name: str, read: Sequence[History], peers: Sequence[Peer], folder: Path, limit: float, make: Make = made, more: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Every row of every peer, as it is measured: all forms of the text."""
    for peer in peers:
        try:
            place = make(peer, folder)
        except Failed as reason:
            for way in peer.ways:
                yield row(name, peer, way) | {"reason": str(reason)}
            continue
        for way in peer.ways:
            yield from measured(name, read, peer, way, place, folder, limit, more)


def show(rows: Sequence[dict[str, Any]], name: str) -> None:
    """For people: the best form of each way, and then what could not be run."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for one in rows:
        groups.setdefault((one["peer"], one["way"], one["embedder"]), []).append(one)
    chosen = [best(of) for of in groups.values()]
    shown = [{key: one[key] for key in one if key not in ("set", "refused", "reason")} for one in chosen if not one["reason"]]
    failed = [{"peer": one["peer"], "way": one["way"], "embedder": one["embedder"], "reason": one["reason"]} for one in chosen if one["reason"]]
    report.show(shown, as_json=False, title=f"{name} (quality in per cent; times and memory of the same run)", percent=QUALITY)
    report.show(failed, as_json=False, title="could not be run")
    for one in chosen:
        if one["refused"]:
            report.say(f"{one['peer']}, {one['way']}: {one['refused']} turns were refused")


@contextmanager
def _place(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="recollect-peers-") as folder:
        yield Path(folder)


def _chosen(parser: argparse.ArgumentParser, names: Sequence[str]) -> list[Peer]:
    known = {peer.name.lower(): peer for peer in PEERS}
    for name in names:
        if name.lower() not in known:
            parser.error(f"{name} is none of {', '.join(peer.name for peer in PEERS)}")
    return [known[name.lower()] for name in names] or list(PEERS)


def _quick(read: Sequence[History]) -> list[History]:
    return [replace(read[0], questions=read[0].questions)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("path", nargs="*", type=Path, default=[DEMO], help="a file or folder of LoCoMo conversations or LongMemEval questions")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: every form of the text, and what could not be run")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this peer only; may be repeated")
    parser.add_argument("--quick", action="store_true", help="the first conversation only")
    parser.add_argument("--dir", type=Path, help="where environments are made and kept for the next run; a temporary folder if left out")
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS", help="how long one peer may take for one form of the text")
    asked_for = parser.parse_args(arguments)
    peers = _chosen(parser, asked_for.only)
    for path in asked_for.path:
        if not path.exists():
            parser.error(f"{path} does not exist")
    with _place(asked_for.dir) as folder:
        for path in asked_for.path:
            try:
                read = list(histories(path))
            except ValueError as error:
                parser.error(str(error))
            read = _quick(read) if asked_for.quick else read
            name = path.resolve().name.removesuffix(".gz").removesuffix(".json")
            rows = []
            for one in compared(name, read, peers, folder, asked_for.limit):
                rows.append(one)
                if asked_for.json:
                    report.show([one], as_json=True)
                report.say(f"{one['peer']}, {one['way']}, {one['text']}: {one['reason'] or 'done'}", as_json=True)
            if not asked_for.json:
                show(rows, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
