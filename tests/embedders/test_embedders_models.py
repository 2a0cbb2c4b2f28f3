"""Adapters of libraries: each tried with the library itself and a model of a dozen words, where the library is installed."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from modelkit import WORDS, onnx_folder, tokenizer

from recollect.embedders import Embedder, embedding
from recollect.embedders.models import beginnings, folder, identity, known, label, prefixes
from recollect.errors import Invalid, NotInstalled

pytestmark = pytest.mark.filterwarnings("ignore")  # what other libraries warn of is not ours to mend


def near(a: Any, b: Any) -> bool:
    """Whether two vectors point the same way."""
    a, b = np.asarray(a, dtype=np.float32), np.asarray(b, dtype=np.float32)
    return bool(a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.999)


# What is known by name


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("sentence-transformers/all-MiniLM-L6-v2", "", ""),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("nobody/ever-heard", "", ""),
    ],
)
def test_a_model_gets_the_prefixes_that_it_wants(model: str, query: str, document: str) -> None:
    assert prefixes(model, None, None) == (query, document)
    assert prefixes(model, "ask: ", None) == ("ask: ", document)
    assert prefixes(model, "", "") == ("", "")


def test_what_decides_the_meaning_of_a_vector_is_in_its_name() -> None:
    names = [
        identity("ollama", "tiny"),
        identity("openai", "tiny"),
        identity("ollama", "tiny", dimension=64),
        identity("ollama", "tiny", query="query: "),
        identity("ollama", "tiny", document="query: "),
    ]
    assert len(set(names)) == len(names)


def test_a_book_is_not_cut_into_tokens_of_which_none_is_read() -> None:
    assert beginnings(["x" * 1_000_000], known("all-minilm").tokens) == ["x" * 5120]
    assert beginnings(["x" * 6000], None) == ["x" * 6000]


@pytest.mark.parametrize("kind", ["model2vec", "fastembed", "sentence-transformers"])
@pytest.mark.parametrize("path", ["/no/such/folder", "./none", "~/none/such"])
def test_a_folder_that_is_missing_is_never_looked_for_in_a_network(kind: str, path: str) -> None:
    with pytest.raises(Invalid, match=f"there is no folder {path}"):
        embedding(f"{kind}:{path}")


def test_the_name_of_a_folder_moves_with_it_and_changes_with_its_files(tmp_path: Path) -> None:
    first = tmp_path / "here" / "tiny"
    first.mkdir(parents=True)
    (first / "model.safetensors").write_bytes(b"weights")
    before = label(first)
    (first / "README.md").write_text("what a page says is no part of it")
    moved = first.rename(tmp_path / "tiny")
    assert label(moved) == before
    (moved / "model.safetensors").write_bytes(b"Weights")
    assert label(moved) != before
    assert folder(str(moved)) == moved


def test_a_large_file_is_told_by_parts_of_it(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 26)
    before = label(tmp_path)
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    assert label(tmp_path) != before


def test_a_snapshot_in_a_hubs_cache_is_called_after_its_model(tmp_path: Path) -> None:
    path = tmp_path / "models--intfloat--e5-small" / "snapshots" / "0123abcd"
    path.mkdir(parents=True)
    assert label(path).startswith("models--intfloat--e5-small-")


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        ("model2vec:tiny", "model2vec", "model2vec"),
        ("fastembed:tiny", "fastembed", "fastembed"),
        ("sentence-transformers:tiny", "sentence_transformers", "sentence-transformers"),
        ("openai:tiny", "httpx", "http"),
        ("ollama:tiny", "httpx", "http"),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, spec: str, package: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalled, match=rf"{spec} needs {package}; pip install 'recollect\[{extra}\]'"):
        embedding(spec)


# model2vec


@pytest.fixture
def static_folder(tmp_path: Path) -> Path:
    model2vec = pytest.importorskip("model2vec")
    words = tokenizer()
    vectors = np.random.default_rng(3).standard_normal((len(WORDS), 8)).astype(np.float32)
    path = tmp_path / "tiny-static"
    model2vec.StaticModel(vectors, words, normalize=True).save_pretrained(path)
    return path


def test_model2vec_reads_a_folder(static_folder: Path) -> None:
    made = embedding(f"model2vec:{static_folder}")
    assert made is not None
    assert (made.dimension, made.fast, made.max_tokens) == (8, True, 512)
    assert made.name.startswith("model2vec:tiny-static-")
    assert made.documents(["the cat", " "])[1] == bytes(16)
    assert near(made.question("cat the"), np.frombuffer(made.documents(["the cat", "the dog sat the dog ran"])[0], dtype=np.float16))
    assert made.documents([]) == []


def test_a_folder_of_model2vec_is_a_static_model_too(static_folder: Path) -> None:
    ours, theirs = embedding(f"static:{static_folder}"), embedding(f"model2vec:{static_folder}")
    assert ours is not None
    assert theirs is not None
    assert near(ours.question("the cat sat"), theirs.question("the cat sat"))


def test_model2vec_shortens_vectors_if_asked(static_folder: Path) -> None:
    from recollect.embedders.model2vec import Model2Vec

    made = Model2Vec(str(static_folder), dimension=4)
    assert isinstance(made, Embedder)
    assert (made.dimension, made.name[-2:], made.embed_documents(["the cat", "moon"]).shape) == (4, "/4", (2, 4))


def test_a_folder_that_holds_no_model_is_an_error_that_says_so(tmp_path: Path) -> None:
    pytest.importorskip("model2vec")
    with pytest.raises(Invalid, match=f"model2vec:{tmp_path} could not be loaded .* or the folder of one"):
        embedding(f"model2vec:{tmp_path}")


def test_threads_may_ask_at_the_same_time(static_folder: Path) -> None:
    """With a tokenizer that another thread is telling where to cut, nearly every call of model2vec failed."""
    made = embedding(f"model2vec:{static_folder}")
    assert made is not None
    texts = ["the cat " * length for length in range(1, 41)]
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda length: made.documents(texts[:length]), range(1, 41)))) == 40


# fastembed


def test_fastembed_reads_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    path = onnx_folder(tmp_path / "tiny", pooling={"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False})
    made = embedding(f"fastembed:{path}")
    assert made is not None
    assert (made.dimension, made.fast, made.max_tokens) == (8, False, 16)
    one, other = (np.frombuffer(vector, dtype=np.float16) for vector in made.documents(["the cat sat", "moon"]))
    assert near(made.question("sat cat the"), one)
    assert not near(one, other)
    again = embedding(f"fastembed:{path}")
    assert again is not None
    assert again.name == made.name


def test_fastembed_is_given_the_prefixes(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    from recollect.embedders.fastembed import FastEmbed

    path = onnx_folder(tmp_path / "multilingual-e5-small", pooling={"pooling_mode": "mean"})
    made = FastEmbed(str(path), threads=1)
    bare = FastEmbed(str(path), query="", document="")
    assert isinstance(made, Embedder)
    assert near(made.embed_query("moon"), bare.embed_query("query: moon"))
    assert near(made.embed_documents(["moon"])[0], bare.embed_query("passage: moon"))
    assert made.name != bare.name


def test_fastembed_pools_as_the_folder_says(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    from recollect.embedders.fastembed import FastEmbed

    first = FastEmbed(str(onnx_folder(tmp_path / "first", pooling={"pooling_mode": "cls"})))
    assert near(first.embed_query("moon"), first.embed_query("lisbon"))  # the first token of every text is the same
    path = onnx_folder(tmp_path / "unsaid")
    with pytest.raises(Invalid, match="does not say how its tokens become one vector"):
        FastEmbed(str(path))
    means, firsts = FastEmbed(str(path), pooling="mean"), FastEmbed(str(path), pooling="cls")
    assert not near(means.embed_query("moon"), means.embed_query("lisbon"))
    assert means.name != firsts.name


@pytest.mark.parametrize("config", [{"pooling_mode": "max"}, {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}, {}])
def test_a_pooling_that_fastembed_does_not_have_is_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    pytest.importorskip("fastembed")
    with pytest.raises(Invalid, match="use sentence-transformers for this model"):
        embedding(f"fastembed:{onnx_folder(tmp_path / 'tiny', pooling=config)}")


def test_a_model_that_fastembed_does_not_know_is_refused() -> None:
    pytest.importorskip("fastembed")
    with pytest.raises(Invalid, match="fastembed:nobody/ever-heard could not be loaded"):
        embedding("fastembed:nobody/ever-heard")


# sentence-transformers


def sentence_folder(path: Path, **prompts: str) -> Path:
    """A BERT of one layer of eight numbers, with weights that nobody trained."""
    library = pytest.importorskip("sentence_transformers")
    transformers, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    torch.manual_seed(5)
    base = path / "base"
    base.mkdir(parents=True)
    (base / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizerFast(str(base / "vocab.txt"), model_max_length=16).save_pretrained(base)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=16,
        initializer_range=1.0,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(base)
    library.SentenceTransformer(str(base), prompts=prompts or None, device="cpu").save(str(path / "model"))  # with mean pooling, its default
    return path / "model"


def test_sentence_transformers_reads_a_folder(tmp_path: Path) -> None:
    made = embedding(f"sentence-transformers:{sentence_folder(tmp_path)}")
    assert made is not None
    assert (made.dimension, made.fast, made.max_tokens) == (8, False, 16)
    stored = np.frombuffer(made.documents(["the cat sat"])[0], dtype=np.float16)
    assert near(made.question("the cat sat"), stored)
    assert made.documents([]) == []


def test_a_models_own_prompts_are_used(tmp_path: Path) -> None:
    from recollect.embedders.sentence_transformers import SentenceTransformers

    path = sentence_folder(tmp_path, query="query: ", document="passage: ")
    made, bare = SentenceTransformers(str(path)), SentenceTransformers(str(path), query="", document="")
    assert isinstance(made, Embedder)
    assert near(made.embed_query("moon"), bare.embed_query("query: moon"))
    assert near(made.embed_documents(["moon"])[0], bare.embed_query("passage: moon"))
    assert not near(made.embed_query("moon"), bare.embed_query("moon"))


def test_a_model_without_prompts_gets_those_that_it_is_known_to_want(tmp_path: Path) -> None:
    from recollect.embedders.sentence_transformers import SentenceTransformers

    path = sentence_folder(tmp_path).rename(tmp_path / "e5-small")
    made, bare = SentenceTransformers(str(path)), SentenceTransformers(str(path), query="", document="")
    assert near(made.embed_query("moon"), bare.embed_query("query: moon"))
    assert made.name.endswith("query='query: ' document='passage: '")


def test_sentence_transformers_shortens_vectors_if_asked(tmp_path: Path) -> None:
    from recollect.embedders.sentence_transformers import SentenceTransformers

    made = SentenceTransformers(str(sentence_folder(tmp_path)), dimension=4)
    assert (made.dimension, len(made.embed_documents(["moon"])[0]), "/4" in made.name) == (4, 4, True)


def test_what_a_folder_of_sentence_transformers_says_of_pooling_is_understood(tmp_path: Path) -> None:
    from recollect.embedders.fastembed import _pooling

    assert _pooling(sentence_folder(tmp_path)) == "mean"
