"""`python -m benchmarks.quality` on the conversation that the project ships."""

import contextlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from benchmarks.quality import __main__ as command
from benchmarks.quality import contexts, metrics, recipes
from benchmarks.quality.ablation import PERCENT, Ablation, variants
from benchmarks.quality.compare import earlier, fallen
from benchmarks.quality.sets import History, Turn, histories
from benchmarks.quality.sets.form import questioned
from benchmarks.quality.together import together

from recollect import Memory
from recollect.recall.weights import WEIGHTS
from recollect.testing import HashEmbedder

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"
COMMITTED = Path(__file__).with_name("mira_and_tom.jsonl")
COMMITTED_LOCAL = Path(__file__).with_name("mira_and_tom_local.jsonl")


def said(*arguments: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert command.main([str(DEMO), "--json", *arguments]) == 0
    return stream.getvalue()


@pytest.fixture(scope="module")
def output() -> str:
    return said("--context", "--each")


@pytest.fixture(scope="module")
def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_no_figure_falls_by_more_than_a_point(rows: list[dict[str, Any]]):
    """After a change that is worth it, benchmarks/quality/README.md says how the committed figures are made anew."""
    committed = earlier(COMMITTED)
    assert {row["recipe"] for row in committed} == {"recollect-words", "fts5-porter", "recollect-words context", "last-n", "chunks"}
    assert fallen(committed, rows) == []


def test_the_committed_figures_are_compared_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture):
    committed = [row for row in earlier(COMMITTED) if "turn_ndcg_10" in row]
    before = tmp_path / "before.jsonl"
    before.write_text("\n".join(map(json.dumps, committed)))
    assert command.main([str(DEMO), "--json", "--compare", str(before)]) == 0
    committed[0]["turn_ndcg_10"] += 0.02
    before.write_text("\n".join(map(json.dumps, committed)))
    assert command.main([str(DEMO), "--json", "--compare", str(before)]) == 1
    assert "turn_ndcg_10 fell" in capsys.readouterr().err


def test_every_line_has_the_promised_keys_and_fractions(rows: list[dict[str, Any]]):
    retrieval, context = ("set", "recipe", "n", *metrics.FIGURES), ("set", "recipe", "n", *contexts.FIGURES)
    question = ("set", "recipe", "question", "category", "conversation")
    each = {(*question, *metrics.FIGURES), (*question, *contexts.FIGURES)}
    ratio = ("set", "context", "beside", *(f"times_{budget}" for budget in contexts.BUDGETS), "goal", "met")
    assert {tuple(row) for row in rows} == {retrieval, context, ratio, *each}
    assert all(0 <= row[figure] <= 1 for row in rows for figure in (*metrics.FIGURES, *contexts.FIGURES) if figure in row)
    whole = [row for row in rows if "n" in row]
    assert len({(row["set"], row["recipe"]) for row in whole}) == len(whole)


def test_it_finds_more_than_plain_fts5(rows: list[dict[str, Any]]):
    main_figures = {row["recipe"]: row for row in rows if row["set"] == "mira_and_tom" and "n" in row}
    ours, plain = main_figures["recollect-words"], main_figures["fts5-porter"]
    assert ours["n"] == plain["n"]
    assert ours["turn_recall_10"] > plain["turn_recall_10"]


def test_contexts_grow_with_the_budget_and_beat_the_newest_messages(rows: list[dict[str, Any]]):
    for row in rows:
        if "evidence_500" in row and "n" in row and row["n"] > 50:
            shares = [row[figure] for figure in contexts.FIGURES]
            assert shares == sorted(shares)
    (beside,) = (row for row in rows if row.get("beside") == "last-n")
    assert beside["met"] is True
    assert beside["times_2000"] > 2


def test_adversarial_questions_stand_apart(rows: list[dict[str, Any]]):
    counts = {row["set"]: row["n"] for row in rows if "n" in row}
    asked = next(iter(histories(DEMO))).questions
    adversarial = sum(one.category == "adversarial" for one in asked)
    assert adversarial > 0
    assert counts["mira_and_tom with adversarial"] == counts["mira_and_tom"] + adversarial == sum(bool(one.evidence) for one in asked)


def test_a_second_run_gives_the_same_and_says_so_question_by_question(output: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    before = tmp_path / "before.jsonl"
    before.write_text(output)
    assert command.main([str(DEMO), "--json", "--context", "--each", "--compare", str(before)]) == 0
    again = capsys.readouterr().out
    assert again.startswith(output)
    changes = [json.loads(line) for line in again.removeprefix(output).splitlines()]
    assert {row["figure"] for row in changes} == {*metrics.FIGURES, *contexts.FIGURES}
    assert all((row["change"], row["change_low"], row["change_high"], row["questions_worse"]) == (0, 0, 0, 0) for row in changes)


def test_every_ingredient_is_left_out_once():
    """On a few of the questions: it asks each of them once for each weight."""
    found = Ablation(WEIGHTS, vectors=False)
    (history,) = histories(DEMO)
    with recipes.Recollect() as ours:
        found.add(replace(history, questions=history.questions[:8]), ours.filled(history, "few"))
        assert ours.memory._shared.weights == WEIGHTS
    rows = found.rows("few")
    assert [row["without"] for row in rows] == ["nothing", *(name for name, _ in variants(WEIGHTS, vectors=False))]
    assert all(tuple(row) == ("set", "without", "n", *PERCENT) for row in rows)
    assert rows[0]["turn_recall_10_low"] is None
    assert any(row["turn_ndcg_10"] < 0 for row in rows)
    assert all(row[f"{figure}_low"] <= row[figure] <= row[f"{figure}_high"] for row in rows[1:] for figure in ("turn_recall_10", "turn_ndcg_10"))


def test_the_embedder_is_memorys_own_affair(monkeypatch: pytest.MonkeyPatch):
    given: list[str] = []

    def memory(*arguments: Any, embedder: str, **options: Any) -> Memory:
        given.append(embedder)
        return Memory(*arguments, embedder="none", **options)

    monkeypatch.setattr(recipes, "Memory", memory)
    with recipes.Recollect() as words, recipes.Recollect("ollama:a-model") as server:
        assert (words.name, server.name) == ("recollect-words", "recollect-ollama:a-model")
    assert given == ["none", "ollama:a-model"]


def test_vectors_are_there_before_the_first_question(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recipes, "Memory", lambda *arguments, embedder, **options: Memory(*arguments, embedder=HashEmbedder(fast=False), **options))
    (history,) = histories(DEMO)
    found = Ablation(WEIGHTS, vectors=True)
    with recipes.Recollect("slow") as ours:
        filled = ours.filled(history, "few")
        hits = filled.answer(history.questions[0].text).hits
        assert all("meaning" in hit.signals for hit in hits)
        assert filled.first(history.questions[0].text, 50, WEIGHTS) != filled.first(history.questions[0].text, 50, WEIGHTS, vectors=False)
        found.add(replace(history, questions=history.questions[:3]), filled)
    rows = {row["without"]: row for row in found.rows("few")}
    assert [*rows][-1] == "vectors"
    assert {"meaning", "before"} < rows.keys()


def test_an_embedder_that_fails_ends_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    class Away(HashEmbedder):
        def embed_documents(self, texts: Any) -> Any:
            raise OSError("nobody answers")

    monkeypatch.setattr(recipes, "Memory", lambda *arguments, embedder, **options: Memory(*arguments, embedder=Away(fast=False), **options))
    with pytest.raises(SystemExit):
        command.main([str(DEMO), "--embedder", "away"])
    assert "have no vectors (OSError: nobody answers)" in capsys.readouterr().err


def test_no_figure_falls_with_the_local_embedder(tmp_path: Path):
    pytest.importorskip("wordllama")
    pytest.importorskip("tokenizers")
    assert command.main([str(DEMO), "--json", "--embedder", "local", "--context", "--compare", str(COMMITTED_LOCAL)]) == 0


def test_two_outputs_are_paired(output: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text(output)
    lines = [json.loads(line) for line in output.splitlines()]
    worse = next(line for line in lines if "question" in line and line["turn_recall_10"] == 1)
    worse |= {"turn_recall_10": 0.0, "recipe": "recollect-other"}
    second.write_text("\n".join(map(json.dumps, lines[:-1])))
    assert command.main(["--paired", str(first), str(second), "--json"]) == 0
    found = capsys.readouterr()
    recall, ndcg = map(json.loads, found.out.splitlines())
    assert (recall["set"], recall["left_out"], recall["n"], recall["questions_worse"]) == ("mira_and_tom", "nothing", 55, 1)
    assert recall["change"] == pytest.approx(-1 / 55, abs=1e-6)
    assert recall["change_low"] < recall["change"] < recall["change_high"] == 0
    assert (ndcg["figure"], ndcg["change"], found.err) == ("turn_ndcg_10", 0.0, "")
    assert command.main(["--paired", str(first), str(second)]) == 0
    assert "second.jsonl less first.jsonl" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], [str(DEMO), "--paired", str(COMMITTED), str(COMMITTED)], ["--paired", str(COMMITTED), str(COMMITTED)]])
def test_what_asks_for_nothing_or_for_two_things_is_refused(arguments: list[str], capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_misses_show_evidence_and_hits(capsys: pytest.CaptureFixture):
    assert command.main([str(DEMO), "--misses", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("  evidence D") >= 2
    assert "words+" in said


def test_an_earlier_output_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "table.txt").write_text("a table\n")
    with pytest.raises(SystemExit):
        command.main([str(DEMO), "--compare", str(tmp_path / "table.txt")])
    assert "is no earlier --json output" in capsys.readouterr().err


def test_one_conversation_together_is_as_by_itself(rows: list[dict[str, Any]]):
    alone = {row["set"]: row for row in rows if row.get("recipe") == "recollect-words" and "turn_recall_10" in row and "question" not in row}
    for line in said("--together").splitlines():
        row = json.loads(line)
        if row.get("recipe") == "recollect-words":
            assert row == alone[row["set"]]


def test_conversations_together_are_asked_of_all_turns():
    at = datetime(2024, 5, 1, 9, tzinfo=UTC)

    def history(name: str, *texts: str) -> History:
        turns = tuple(Turn(f"1:{number}", "1", "user", text, at) for number, text in enumerate(texts))
        return History(name, turns, (questioned(f"{name}-1", "Where is the kayak?", "single-hop", ["1:1"], turns),), at)

    every = [history("a", "hello", "The kayak is in the shed."), history("b", "The kayak was sold.", "My kayak lies by the lake.")]
    with recipes.Recollect() as ours, recipes.Plain() as theirs:
        asked = list(together(every, ours, theirs))
        assert [one.questions[0].evidence for one, _, _ in asked] == [{"a/1:1"}, {"b/1:1"}]
        assert [one.questions[0].sessions for one, _, _ in asked] == [{"a/1"}, {"b/1"}]
        for one, filled, plain in asked:
            found = {key for keys in filled.answer("Where is the kayak?").turns for key in keys}
            assert found >= {"a/1:1", "b/1:0", "b/1:1"}
            assert {key for keys in plain.answer("Where is the kayak?").turns for key in keys} == {"a/1:1", "b/1:0", "b/1:1"}
            assert {turn.key for turn in one.turns} == {"a/1:0", "a/1:1", "b/1:0", "b/1:1"}
