"""Static models through model2vec, which also knows how to fetch one by its name and how its vectors are weighted."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from .models import beginnings, folder, identity, label, loading


class Model2Vec:
    """A static model of model2vec: the name of one (``minishlab/potion-base-8M``), or its folder.

    As fast as `static:`, which reads such a folder without model2vec. `dimension` keeps the first so many numbers of each vector.
    """

    fast = True

    def __init__(self, model: str, *, dimension: int | None = None) -> None:
        path = folder(model)
        with loading(f"model2vec:{model}", "model2vec"):
            from model2vec import StaticModel

            # What was fetched once is used again: by default model2vec fetches a model each time.
            self._model = StaticModel.from_pretrained(path or model, dimensionality=dimension, force_download=False)
        self._model.tokenizer.no_padding()  # early versions count padding as words, so that a vector depends on the texts beside it
        self.dimension = int(self._model.dim)
        self.max_tokens: int | None = getattr(self._model, "max_length", 512)
        self.name = identity("model2vec", label(path) if path else model, dimension=dimension)
        self._one_at_a_time = Lock()  # encode() tells its tokenizer where to cut; one that is at work raises "Already borrowed"

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """A text without a known token is all zeros."""
        with self._one_at_a_time:
            return self._model.encode(beginnings(texts, self.max_tokens), use_multiprocessing=False)

    def embed_query(self, text: str) -> Any:
        return self.embed_documents([text])[0]
