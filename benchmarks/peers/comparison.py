"""One row for each peer, way and form of the text: what the rankings are worth, and what they cost."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import Environment, Failed, last_error, made, variables
from benchmarks.peers.table import ROOT, Peer, Way
from benchmarks.quality import metrics
from benchmarks.quality.sets import APART, History, Question
from recollect import __version__

QUALITY = ("turn_recall_10", "turn_ndcg_10")
TIMES = ("add_ms", "bulk_ms", "search_ms")
MEASURED = (*TIMES, "memory_mb", "disk_mb", "refused")
TEXTS = ("plain", "speaker", "dated")
Row = dict[str, Any]
Make = Callable[[Peer, Path], Environment]


def compared(
    name: str, read: Sequence[History], peers: Sequence[Peer], cache: Path, folder: Path, limit: float, texts: Sequence[str], make: Make = made
) -> Iterator[Row]:
    """Every row, as soon as it is measured. Environments are kept in `cache`; all else goes to `folder`.

    Peers take turns, form by form, so that a busy moment of the machine does not meet the same peer three times.
    """
    places = {}
    for peer in peers:
        try:
            places[peer] = make(peer, cache)
        except Failed as reason:
            yield from (row(name, peer, way) | {"reason": str(reason)} for way in peer.ways)
    running = [(peer, way) for peer in places for way in peer.ways]
    for form in texts:
        given = folder / "given.jsonl"
        given.write_text(as_given(read, form), encoding="utf-8")
        for peer, way in running.copy():
            place = places[peer]
            one = row(name, peer, way) | {"text": form, "install_mb": place.megabytes, "packages": place.packages}
            try:
                result = asked(peer, way, place.python, given, folder, limit)
            except Failed as reason:
                running.remove((peer, way))  # what fails does not depend on the form
                yield one | {"reason": str(reason)}
            else:
                yield one | quality(read, result["places"]) | {key: result[key] for key in MEASURED}


def row(name: str, peer: Peer, way: Way) -> Row:
    """A row with nothing measured yet. Every row has these keys."""
    version = peer.packages[0].rpartition("==")[2] if peer.packages and "==" in peer.packages[0] else None
    if peer.name.startswith("recollect"):
        version = __version__
    about: Row = {"set": name, "peer": peer.name, "version": version, "way": way.name, "embedder": way.embedder, "text": None, "n": 0}
    return about | dict.fromkeys((*QUALITY, *MEASURED, "install_mb", "packages", "reason"))


def as_given(read: Sequence[History], form: str) -> str:
    """What a peer's process gets to read: the turns and the questions that count, one conversation a line. The evidence stays here."""
    lines = []
    for number, history in enumerate(read):
        questions = [{"key": f"{number}/{one.key}", "text": one.text} for one in _counting(history)]
        lines.append(json.dumps({"scope": f"user-{number}", "turns": turns(history, form), "questions": questions}, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def turns(history: History, form: str) -> list[dict[str, str]]:
    """The turns with the text alone, with its speaker before it, or with the day and the speaker."""
    talk = history.sample["conversation"] if history.sample is not None else {"speaker_a": "user", "speaker_b": "assistant"}
    result = []
    for turn in history.turns:
        speaker = str(talk["speaker_a" if turn.role == "user" else "speaker_b"])
        before = {"plain": "", "speaker": f"{speaker}: ", "dated": f"{turn.at:%A}, {turn.at.day} {turn.at:%B %Y}, {speaker}: "}[form]
        about = {"speaker": speaker, "role": turn.role, "session": turn.session, "at": turn.at.isoformat()}
        result.append({"key": turn.key, "text": before + turn.text} | about)
    return result


def quality(read: Sequence[History], places: Mapping[str, Sequence[Sequence[str]]]) -> Row:
    """How many questions counted, and what the rankings are worth, by the figures of `benchmarks.quality`."""
    found = [
        {"turn_recall_10": metrics.recall_at(ranking, one.evidence, 10), "turn_ndcg_10": metrics.ndcg_at(ranking, one.evidence, 10)}
        for number, history in enumerate(read)
        for one in _counting(history)
        for ranking in [places[f"{number}/{one.key}"]]
    ]
    if not found:
        raise ValueError("none of the questions names its evidence")
    return {"n": len(found)} | {name: round(sum(one[name] for one in found) / len(found), 6) for name in QUALITY}


def _counting(history: History) -> list[Question]:
    return [one for one in history.questions if one.evidence and one.category not in APART]


def asked(peer: Peer, way: Way, python: str, given: Path, folder: Path, limit: float) -> Row:
    """Run one peer in one way over one file, in a process of its own."""
    store, output = folder / "stores", folder / "output.json"
    shutil.rmtree(store, ignore_errors=True)
    output.unlink(missing_ok=True)
    command = [python, "-m", "benchmarks.peers.runner", peer.adapter, way.name, way.embedder, str(store), str(given), str(output)]
    # The folder of the project holds no package but benchmarks and tests: recollect itself is the installed one.
    environment = variables(folder / "home", {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {limit:.0f} s") from None
    finally:
        shutil.rmtree(store, ignore_errors=True)
    if not output.exists():
        raise Failed(f"ended with {done.returncode}: {last_error(done.stderr)}")
    result: Row = json.loads(output.read_text(encoding="utf-8"))
    if "error" in result:
        raise Failed(f"{way.needs}: {result['error']}" if way.needs else result["error"])
    return result


def best(rows: Sequence[Row]) -> Row:
    """The form of the text that serves a way best, by R@10, with the shortest times of all forms; the first failure if none ran.

    What else the machine does makes times longer, never shorter, and the forms hardly differ in what they cost.
    """
    ran = [one for one in rows if not one["reason"]]
    if not ran:
        return rows[0]
    served = max(ran, key=lambda one: (one["turn_recall_10"], one["turn_ndcg_10"]))
    return served | {key: min(one[key] for one in ran) for key in TIMES}


def chosen(rows: Sequence[Row]) -> list[Row]:
    """The best row of every way, in the order they came."""
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for one in rows:
        groups.setdefault((one["set"], one["peer"], one["way"], one["embedder"]), []).append(one)
    return [best(of) for of in groups.values()]
