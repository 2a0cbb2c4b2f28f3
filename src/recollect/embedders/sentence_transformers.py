"""Any model of sentence-transformers, by torch: the widest choice, and the largest installation."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from .models import beginnings, folder, identity, label, loading, prefixes, title


class SentenceTransformers:
    """A model of sentence-transformers: the name of one, or its folder.

    Prompts are the model's own where it has any, else those that it is known to want; `query` and `document` go before both.
    `dimension` keeps the first so many numbers, for models that are made for it. `options` go to `SentenceTransformer` (``device="cuda"``).
    """

    fast = False

    def __init__(
        self, model: str, *, query: str | None = None, document: str | None = None, dimension: int | None = None, batch: int = 32, **options: Any
    ) -> None:
        path = folder(model)
        with loading(f"sentence-transformers:{model}", "sentence-transformers"):
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(str(path or model), truncate_dim=dimension, **options)
        if any(self._model.prompts.values()):  # None leaves the choice to the library, which knows tasks and routes as well
            self._query, self._document = query, document
        else:
            self._query, self._document = prefixes(title(path) if path else model, query, document)
        self._batch = batch
        self._one_at_a_time = Lock()  # a tokenizer that is told how to pad while it is at work raises "Already borrowed"
        self.max_tokens: int | None = self._model.max_seq_length
        self.dimension = len(self.embed_query("recollect"))
        self.name = identity(
            "sentence-transformers", label(path) if path else model, dimension=dimension, query=self._query or "", document=self._document or ""
        )

    def embed_documents(self, texts: Sequence[str]) -> Any:
        rows: list[Any] = []
        for begin in range(0, len(texts), self._batch):  # a question that waits for the lock waits for one batch only
            rows.extend(self._encoded(self._model.encode_document, texts[begin : begin + self._batch], self._document))
        return rows

    def embed_query(self, text: str) -> Any:
        return self._encoded(self._model.encode_query, [text], self._query)[0]

    def _encoded(self, encode: Any, texts: Sequence[str], prompt: str | None) -> Any:
        with self._one_at_a_time:
            return encode(beginnings(texts, self.max_tokens), prompt=prompt, batch_size=self._batch, show_progress_bar=False)
