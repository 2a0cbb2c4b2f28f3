"""`python -m benchmarks.peers`: what it gives to a memory, what it makes of the answers, and what it says of one that does not run."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import peer_fakes
import pytest
from benchmarks.peers import comparison, runner
from benchmarks.peers.__main__ import DEMO, main, show
from benchmarks.peers.environments import Environment, Failed, last_error, variables
from benchmarks.peers.table import PEERS, Peer, Way
from benchmarks.quality.sets import histories

WORDS = Way("words", "none")
FTS5 = Peer("plain FTS5", "benchmarks.peers.adapters.plain:Words", ("apsw==9.9",), (WORDS,))
HERE = Environment(sys.executable, 1.5, 2)


@pytest.fixture(scope="module")
def read():
    whole = next(histories(DEMO))
    return [replace(whole, turns=whole.turns[:60]), replace(whole, turns=whole.turns[60:])]


def run(read, tmp_path, peer, make=lambda peer, cache: HERE, limit=60, texts=("speaker",)):
    return list(comparison.compared("demo", read, [peer], tmp_path, tmp_path, limit, texts, make))


def given(read, form="speaker"):
    return [json.loads(line) for line in comparison.as_given(read, form).splitlines()]


def test_a_peer_gets_texts_and_questions_and_no_evidence(read):
    first, second = given(read)
    assert (first["scope"], second["scope"]) == ("user-0", "user-1")
    assert {key for turn in first["turns"] for key in turn} == {"key", "text", "speaker", "role", "session", "at"}
    assert {key for question in first["questions"] for key in question} == {"key", "text"}
    adversarial = {one.text for one in read[0].questions if one.category == "adversarial"}
    assert adversarial
    assert not adversarial & {question["text"] for question in first["questions"]}


def test_the_forms_of_a_text(read):
    turn = read[0].turns[0]
    plain, speaker, dated = (given(read, form)[0]["turns"][0]["text"] for form in comparison.TEXTS)
    assert plain == turn.text
    assert speaker in (f"Mira: {turn.text}", f"Tom: {turn.text}")
    assert dated.endswith(f"{turn.at.year}, {speaker}")


def test_the_last_turns_of_the_first_conversation_are_added_one_by_one_after_a_warm_up(read, tmp_path):
    peer_fakes.CALLS.clear()
    both = given(read)
    result = runner.measured("peer_fakes:Shared", "words", False, tmp_path, both)
    timed = [(scope, what) for scope, what in peer_fakes.CALLS if scope != "warm"]
    assert peer_fakes.CALLS[0] == ("warm", runner.WARMING)
    assert timed[: 2 + runner.ONES] == [("user-0", 60 - runner.ONES), *[("user-0", 1)] * runner.ONES, ("user-1", len(read[1].turns))]
    assert timed[2 + runner.ONES :] == [(one["scope"], question["text"]) for one in both for question in one["questions"]]
    assert all(result[key] is not None for key in comparison.MEASURED)
    assert result["disk_mb"] > 0 and result["memory_mb"] > 1 and result["refused"] == 0


def test_refused_turns_are_counted(read, tmp_path):
    one = given(read)
    one[1]["turns"][3]["text"] = ""
    assert runner.measured("peer_fakes:Shared", "words", False, tmp_path, one)["refused"] == 1


def test_a_place_may_hold_several_turns_and_ten_places_count(read, tmp_path):
    places = runner.measured("peer_fakes:Folding", "words", False, tmp_path, given(read))["places"]
    assert {len(ranking) for ranking in places.values()} == {runner.K}
    assert {len(place) for ranking in places.values() for place in ranking} == {2}


def test_quality_is_that_of_the_rankings(read):
    counting = [
        (f"{number}/{one.key}", one) for number, of in enumerate(read) for one in of.questions if one.evidence and one.category != "adversarial"
    ]
    perfect = {key: [[turn] for turn in sorted(one.evidence)] for key, one in counting}
    assert comparison.quality(read, perfect) == {"n": len(counting), "turn_recall_10": 1.0, "turn_ndcg_10": 1.0}
    nothing = {key: [["no such turn"]] for key, _ in counting}
    assert comparison.quality(read, nothing) == {"n": len(counting), "turn_recall_10": 0.0, "turn_ndcg_10": 0.0}


def test_a_peer_in_a_process_of_its_own_gives_a_whole_row(read, tmp_path):
    (row,) = run(read, tmp_path, FTS5)
    assert row["reason"] is None and row["version"] == "9.9" and row["text"] == "speaker"
    assert 0 < row["turn_ndcg_10"] < row["turn_recall_10"] <= 1
    assert [key for key, value in row.items() if value is None] == ["reason"]
    assert not (tmp_path / "stores").exists()


def test_a_peer_that_cannot_be_installed_is_listed_with_the_reason_in_every_way(read, tmp_path):
    def make(peer, cache):
        raise Failed("not installed: no such release")

    rows = run(read, tmp_path, replace(FTS5, ways=(WORDS, Way("vectors", "ours"))), make)
    assert [(row["way"], row["reason"], row["turn_recall_10"]) for row in rows] == [
        ("words", "not installed: no such release", None),
        ("vectors", "not installed: no such release", None),
    ]


def test_a_peer_that_fails_is_asked_once_and_says_what_it_would_need(read, tmp_path):
    peer = replace(FTS5, adapter="benchmarks.peers.adapters.missing:Missing", ways=(Way("vectors", "its own", "downloads a model"),))
    (row,) = run(read, tmp_path, peer, texts=comparison.TEXTS)
    assert row["reason"] == "downloads a model: ModuleNotFoundError: No module named 'benchmarks.peers.adapters.missing'"


def test_a_peer_that_is_too_slow_is_listed(read, tmp_path):
    (row,) = run(read, tmp_path, FTS5, limit=0.001)
    assert row["reason"] == "not done after 0 s"


def test_a_reason_is_one_sentence_of_the_deepest_cause(tmp_path, read):
    file = tmp_path / "given.jsonl"
    file.write_text(comparison.as_given(read, "plain"))
    output = tmp_path / "output.json"
    assert runner.main(["peer_fakes:Broken", "words", "none", str(tmp_path / "stores"), str(file), str(output)]) == 1
    assert json.loads(output.read_text()) == {"error": "OSError: the model could not be fetched"}
    assert len(runner.sentence(ValueError("so " * 400))) < 220


def test_what_an_installer_says_last_and_marks_is_the_error():
    assert last_error("a\nERROR: no matching release\n\nnotice: a new pip") == "no matching release"
    assert last_error("Traceback\nKeyError: 1\n") == "KeyError: 1"
    assert last_error("") == "it said nothing"


def test_a_peer_sees_no_key_of_the_user_and_a_home_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    seen = variables(tmp_path / "home", {"MORE": "1"})
    assert "OPENAI_API_KEY" not in seen
    assert (seen["HOME"], seen["MORE"]) == (str(tmp_path / "home"), "1")


def test_the_form_that_serves_a_way_best_is_shown_with_the_shortest_times_and_failures_apart(capsys):
    done = comparison.row("demo", FTS5, WORDS) | dict.fromkeys(comparison.MEASURED, 1.0) | {"n": 3, "turn_ndcg_10": 0.2}
    rows = [done | {"text": "plain", "turn_recall_10": 0.25, "add_ms": 0.5}, done | {"text": "dated", "turn_recall_10": 0.75}]
    rows.append(comparison.row("demo", replace(FTS5, name="other"), WORDS) | {"reason": "it wants a key"})
    assert [(one["text"], one["add_ms"], one["bulk_ms"]) for one in comparison.chosen(rows)] == [("dated", 0.5, 1.0), (None, None, None)]
    show(rows, "demo")
    said = capsys.readouterr().out
    assert "75.0" in said and "25.0" not in said
    assert "it wants a key" in said
    assert "1.0 turns were refused" in said


def test_every_peer_names_a_file_that_is_there_and_a_version():
    folder = Path(comparison.__file__).parent / "adapters"
    assert len({peer.name for peer in PEERS}) == len(PEERS)
    for peer in PEERS:
        module, _, name = peer.adapter.partition(":")
        assert f"class {name}(Adapter)" in (folder / f"{module.rpartition('.')[2]}.py").read_text()
        assert all("==" in package or Path(package.partition("[")[0]).is_dir() for package in peer.packages)


def test_our_embedder_is_the_same_there_as_here():
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("wordllama")
    from benchmarks.peers.static import Static as There

    from recollect.embedders.static import Static as Here

    texts = ["The cat sleeps on the warm stove.", "Naïve café – 3 km"]
    here = Here().embed_documents(texts)
    numpy.testing.assert_allclose(There()(texts), here / numpy.linalg.norm(here, axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize(("arguments", "said"), [(["--only", "nobody"], "is none of"), (["no/such/file.json"], "does not exist")])
def test_what_is_asked_wrongly_is_said(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
