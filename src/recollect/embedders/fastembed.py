"""Models as ONNX files through fastembed: good vectors on an ordinary processor, without torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import Invalid
from .models import beginnings, folder, identity, known, label, loading, prefixes, title

_FILES = ("onnx/model.onnx", "model.onnx", "model_optimized.onnx", "onnx/model_quantized.onnx")
_POOLINGS = {
    "cls": "cls", "cls_token": "cls", "mean": "mean", "mean_tokens": "mean", "lasttoken": "last_token",
}  # fmt: skip
"""sentence-transformers' names for it, before its version 6 and since -> fastembed's."""


class FastEmbed:
    """A model that fastembed knows, by its name (``BAAI/bge-small-en-v1.5``), or the folder of any model with an ONNX file.

    fastembed adds no prefixes, so they are added here: those that the model is known to want, or `query` and `document`. A folder says in
    ``1_Pooling/config.json`` how its tokens become one vector; `pooling` ("mean", "cls" or "last_token") goes before it. `options` go to
    `TextEmbedding`: ``threads=2``, ``cache_dir=…``, ``local_files_only=True``.
    """

    fast = False

    def __init__(
        self, model: str, *, query: str | None = None, document: str | None = None, pooling: str | None = None, batch: int = 32, **options: Any
    ) -> None:
        path = folder(model)
        with loading(f"fastembed:{model}", "fastembed"):
            from fastembed import TextEmbedding

            name = _registered(path, pooling) if path else model
            if path:
                options["specific_model_path"] = str(path)
            self._model = TextEmbedding(name, **options)
        called = title(path) if path else model
        self._query, self._document = prefixes(called, query, document)
        self._batch = batch
        self.max_tokens = _longest(self._model) or known(called).tokens
        self.dimension = len(self.embed_query("recollect"))
        self.name = identity("fastembed", name, query=self._query, document=self._document)

    def embed_documents(self, texts: Sequence[str]) -> Any:
        read = [self._document + text for text in beginnings(texts, self.max_tokens)]
        return list(self._model.passage_embed(read, batch_size=self._batch))

    def embed_query(self, text: str) -> Any:
        return next(iter(self._model.query_embed(self._query + beginnings([text], self.max_tokens)[0])))


def _registered(path: Path, pooling: str | None) -> str:
    """Tells fastembed of a model that it does not know; the name under which it has it from now on."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    way = pooling or _pooling(path)
    name = f"{label(path)}-{way}" if pooling else label(path)
    if not any(model["model"].lower() == name.lower() for model in TextEmbedding.list_supported_models()):
        TextEmbedding.add_custom_model(
            model=name,
            pooling=PoolingType(way.upper()),
            normalization=True,
            sources=ModelSource(url=path.resolve().as_uri()),  # it must have one; the folder is never fetched from anywhere
            dim=0,  # not asked for: the first vector says it
            model_file=onnx_file(path),
        )
    return name


def onnx_file(path: Path) -> str:
    """The model's file in this folder."""
    for name in _FILES:
        if (path / name).is_file():
            return name
    found = sorted(file.relative_to(path).as_posix() for file in path.rglob("*.onnx"))
    if len(found) != 1:
        raise Invalid(f"{path} has {len(found)} ONNX files; name a folder with one, or with onnx/model.onnx")
    return found[0]


def _pooling(path: Path) -> str:
    said = path / "1_Pooling" / "config.json"
    try:
        config = json.loads(said.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(
            f"{path} does not say how its tokens become one vector; put its 1_Pooling/config.json there, or use FastEmbed(folder, pooling=…)"
        ) from error
    told = config.get("pooling_mode") or [
        name.removeprefix("pooling_mode_") for name, on in config.items() if name.startswith("pooling_mode_") and on
    ]
    ways = [told] if isinstance(told, str) else list(told)
    if len(ways) != 1 or ways[0] not in _POOLINGS:
        raise Invalid(
            f"{path} wants the pooling {' and '.join(ways) or 'none'}, which fastembed does not have; use sentence-transformers for this model"
        )
    return _POOLINGS[ways[0]]


def _longest(model: Any) -> int | None:
    """Where its tokenizer cuts; None for the models of fastembed that have another kind of tokenizer."""
    truncation = getattr(getattr(getattr(model, "model", None), "tokenizer", None), "truncation", None)
    return int(truncation["max_length"]) if truncation else None
