"""Rerankers: models that read a question and a text together, for ``recall(…, rerank=…)``.

A reranker is any callable ``(question, texts) -> scores``, one number for each text, the higher the better. What is made here reads the
best hits again, which is slower than finding them and more exact. Nothing is imported before one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from .embedders.fastembed import onnx_file
from .embedders.models import beginnings, folder, label, loading
from .errors import Invalid

__all__ = ["CrossEncoder", "Reranker", "cross_encoder"]

Reranker = Callable[[str, Sequence[str]], Sequence[float]]
"""A question, and texts -> a score for each text, in their order."""

_FASTEMBED, _SENTENCE_TRANSFORMERS = "fastembed", "sentence-transformers"


class CrossEncoder:
    """A cross-encoder, ready to be called with a question and texts."""

    def __init__(self, name: str, score: Callable[[str, list[str]], Iterable[Any]], max_tokens: int | None) -> None:
        self.name, self.max_tokens = name, max_tokens
        self._score = score
        self._one_at_a_time = Lock()  # a tokenizer that is told how to pad while it is at work raises "Already borrowed"

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, in their order: the higher, the better it answers the question."""
        if not texts:
            return []
        with self._one_at_a_time:
            found = list(self._score(question, beginnings(texts, self.max_tokens)))
        try:
            return [float(score) for score in found]
        except TypeError as error:
            raise Invalid(f"{self.name} gives several numbers for a text; name a cross-encoder that was made to rank") from error

    def __repr__(self) -> str:
        return f"<CrossEncoder {self.name}>"


def cross_encoder(model: str, **options: Any) -> CrossEncoder:
    """A cross-encoder by its name, for ``recall(…, rerank=cross_encoder("fastembed:Xenova/ms-marco-MiniLM-L-6-v2"))``.

    `fastembed:` and `sentence-transformers:` say which library runs it (each is an extra of that name); without either it is fastembed. What
    follows is the name of a model or a folder. `options` go to the library's class: ``threads=2``, ``device="cuda"``. Make it once and keep
    it: the model is loaded here.
    """
    kind, sign, named = model.partition(":")
    if not sign or kind not in _MAKERS:
        if kind in ("openai", "ollama", "model2vec", "static") or not model:
            raise Invalid(f"there is no cross-encoder {model!r}; use {' or '.join(f'{name}:MODEL' for name in _MAKERS)}, or a callable of your own")
        kind, named = _FASTEMBED, model
    return _MAKERS[kind](named, options)


def _by_fastembed(model: str, options: dict[str, Any]) -> CrossEncoder:
    path = folder(model)
    with loading(f"{_FASTEMBED}:{model}", _FASTEMBED):
        from fastembed.rerank.cross_encoder import TextCrossEncoder

        name = _registered(path) if path else model
        if path:
            options = options | {"specific_model_path": str(path)}
        made = TextCrossEncoder(name, **options)
    truncation = getattr(getattr(made.model, "tokenizer", None), "truncation", None)
    return CrossEncoder(f"{_FASTEMBED}:{name}", made.rerank, int(truncation["max_length"]) if truncation else None)


def _registered(path: Path) -> str:
    """Tells fastembed of a model that it does not know; the name under which it has it from now on."""
    from fastembed.common.model_description import ModelSource
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    name = label(path)
    if not any(known["model"].lower() == name.lower() for known in TextCrossEncoder.list_supported_models()):
        TextCrossEncoder.add_custom_model(name, sources=ModelSource(url=path.resolve().as_uri()), model_file=onnx_file(path))
    return name


def _by_sentence_transformers(model: str, options: dict[str, Any]) -> CrossEncoder:
    path = folder(model)
    with loading(f"{_SENTENCE_TRANSFORMERS}:{model}", _SENTENCE_TRANSFORMERS):
        from sentence_transformers import CrossEncoder as Encoder

        made = Encoder(str(path or model), **options)

    def score(question: str, texts: list[str]) -> Iterable[Any]:
        found: Iterable[Any] = made.predict([(question, text) for text in texts], show_progress_bar=False)
        return found

    return CrossEncoder(f"{_SENTENCE_TRANSFORMERS}:{label(path) if path else model}", score, getattr(made, "max_length", None))


_MAKERS: dict[str, Callable[[str, dict[str, Any]], CrossEncoder]] = {
    _FASTEMBED: _by_fastembed,
    _SENTENCE_TRANSFORMERS: _by_sentence_transformers,
}
