"""Cross-encoders: one score for each text, in their order."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from modelkit import WORDS, onnx_folder

from recollect.errors import Invalid, NotInstalled
from recollect.rerankers import CrossEncoder, cross_encoder

pytestmark = pytest.mark.filterwarnings("ignore")  # what other libraries warn of is not ours to mend

TEXTS = ["the cat", "the moon", "the dog", "lisbon"]


def test_fastembed_scores_each_text_in_its_place(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    rerank = cross_encoder(f"fastembed:{onnx_folder(tmp_path / 'tiny', scores=True)}", threads=1)
    assert rerank("the", TEXTS) == [WORDS.index(text.split()[-1]) for text in TEXTS]
    assert rerank("the", []) == []
    assert rerank.max_tokens == 16
    assert repr(rerank).startswith("<CrossEncoder fastembed:tiny-")


def test_a_bare_name_means_fastembed(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    path = onnx_folder(tmp_path / "tiny", scores=True)
    assert cross_encoder(str(path)).name == cross_encoder(f"fastembed:{path}").name


def scorer(path: Path, labels: int = 1) -> Path:
    pytest.importorskip("sentence_transformers")
    transformers, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    torch.manual_seed(5)
    path.mkdir()
    (path / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizerFast(str(path / "vocab.txt"), model_max_length=16).save_pretrained(path)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=16,
        num_labels=labels, initializer_range=1.0,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(path)
    return path


def test_sentence_transformers_scores_each_text_in_its_place(tmp_path: Path) -> None:
    rerank = cross_encoder(f"sentence-transformers:{scorer(tmp_path / 'tiny')}", device="cpu")
    together = rerank("the", TEXTS)
    assert together == pytest.approx([rerank("the", [text])[0] for text in TEXTS], abs=1e-5)
    assert len(set(together)) == len(TEXTS)
    assert rerank("the", []) == []


def test_a_model_that_sorts_into_classes_is_no_reranker(tmp_path: Path) -> None:
    rerank = cross_encoder(f"sentence-transformers:{scorer(tmp_path / 'tiny', labels=3)}", device="cpu")
    with pytest.raises(Invalid, match="gives several numbers for a text"):
        rerank("the", TEXTS)


@pytest.mark.parametrize("name", ["", "openai:tiny", "ollama:tiny"])
def test_what_is_no_cross_encoder_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="use fastembed:MODEL or sentence-transformers:MODEL, or a callable of your own"):
        cross_encoder(name)


@pytest.mark.parametrize(("name", "package"), [("fastembed:tiny", "fastembed"), ("sentence-transformers:tiny", "sentence_transformers")])
def test_what_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    for module in [module for module in sys.modules if module.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    extra = package.replace("_", "-")
    with pytest.raises(NotInstalled, match=rf"{name} needs {package}.*; pip install 'recollect\[{extra}\]'"):
        cross_encoder(name)


def test_any_callable_is_a_reranker() -> None:
    made = CrossEncoder("mine", lambda question, texts: [len(text) for text in texts], None)
    assert made("?", TEXTS) == [7.0, 8.0, 7.0, 6.0]
