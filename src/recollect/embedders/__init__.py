"""Embedders: what turns texts into vectors, so that recall finds what says the same in other words.

The protocol is small, and every adapter is imported only when it is named. Nothing is ever downloaded that nobody named.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..core.effects import Unasked
from ..errors import Invalid, NotInstalled, RecollectError

log = logging.getLogger("recollect")

__all__ = ["Asked", "Embedder", "Embedding", "embedding"]

NONE, LOCAL = "none", "local"
_ADAPTERS = {
    "static": ("static", "Static", "local"),
    "model2vec": ("model2vec", "Model2Vec", "model2vec"),
    "fastembed": ("fastembed", "FastEmbed", "fastembed"),
    "sentence-transformers": ("sentence_transformers", "SentenceTransformers", "sentence-transformers"),
    "openai": ("http", "OpenAI", "http"),
    "ollama": ("http", "Ollama", "http"),
}
"""What stands before the colon -> module, class, and the extra that brings what it needs."""


@runtime_checkable
class Embedder(Protocol):
    """What an embedder must have. Prefixes that a model wants before questions or documents are the embedder's own business.

    `name` says all that decides what its vectors mean: the model, its version, prefixes, a shortened dimension. Vectors of different names
    never meet. `max_tokens` is how much of a text it reads, or None. An embedder that sets ``fast = True`` is pure computation of less than
    a millisecond a text: its vectors are made with the write. Those of any other wait in the database for `embed_pending`.
    """

    name: str
    dimension: int
    max_tokens: int | None

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """One vector for each text, in their order: an array of (texts, dimension), or a list of lists."""
        ...

    def embed_query(self, text: str) -> Any:
        """The vector of a question."""
        ...


class Embedding:
    """An embedder as the memory uses it: checked, its vectors of length 1, stored as 16-bit floats."""

    def __init__(self, embedder: Embedder, spec: str | None = None) -> None:
        self._embedder = embedder
        self.spec = spec  # how to have it again by name; None for an object that somebody gave us
        self.name, self.dimension = str(embedder.name), int(embedder.dimension)
        self.max_tokens = embedder.max_tokens
        self.fast = bool(getattr(embedder, "fast", False))

    def documents(self, texts: Sequence[str]) -> list[bytes]:
        """The vectors of these texts, as stored."""
        import numpy as np

        if not texts:
            return []
        found = self._checked(self._embedder.embed_documents(texts), len(texts))
        return [row.tobytes() for row in found.astype(np.float16)]

    def question(self, text: str) -> Any:
        """The vector of a question (float32), or None if the embedder has none for it."""
        found = self._checked([self._embedder.embed_query(text)], 1)[0]
        return found if found.any() else None

    def _checked(self, found: Any, count: int) -> Any:
        import numpy as np

        try:
            array = np.asarray(found, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise Invalid(f"the embedder {self.name!r} gave something that is no list of vectors of one size ({error}); mend the embedder") from error
        if array.shape != (count, self.dimension):
            raise Invalid(
                f"the embedder {self.name!r} gave vectors of the shape {array.shape} for {count} texts, and said it makes {self.dimension} numbers "
                "of each; name the model that made this memory's vectors, or mend the embedder's dimension"
            )
        if not np.isfinite(array).all():
            raise Invalid(f"the embedder {self.name!r} gave numbers that are none (NaN or infinite); nothing was stored of them")
        lengths = np.linalg.norm(array, axis=1, keepdims=True)
        return array / np.where(lengths > 0, lengths, 1.0)


class Asked(NamedTuple):
    """By what a question is compared with the vectors of a space."""

    space: int
    embedding: Embedding
    known: Mapping[tuple[int, str], Any] = MappingProxyType({})  # what a slow embedder made of a question in a space
    patient: bool = False  # whether the question may be put off until a slow embedder has made more

    def of(self, text: str) -> Any:
        """The vector of this question; None if there is none, or none can be waited for: then words answer.

        Raises `Unasked` where it has to be made first.
        """
        if self.embedding.fast:
            return self.made(text)
        found = self.known.get((self.space, text))
        if found is None and self.patient:
            raise Unasked(text)
        return found

    def made(self, text: str) -> Any:
        """The vector of this question from the embedder; None if it has none, or fails."""
        try:
            return self.embedding.question(text)
        except Exception as error:
            log.warning("the embedder %s failed (%s); this question is answered by words", self.embedding.name, error)
            return None


def embedding(chosen: object, setting: str = "") -> Embedding | None:
    """The embedder that is meant: an object, a callable, or a name; None means the setting, else `local` if that is installed."""
    if chosen is None:
        chosen = setting or by_default()
    if isinstance(chosen, str):
        return _named(chosen)
    if isinstance(chosen, Embedding):
        return chosen
    if all(hasattr(chosen, name) for name in ("name", "dimension", "embed_documents", "embed_query")):
        if not hasattr(chosen, "max_tokens"):
            raise Invalid("an embedder must say max_tokens: how much of a text it reads, or None")
        return Embedding(chosen)  # type: ignore[arg-type]
    if callable(chosen):
        from .function import Function

        return Embedding(Function(chosen))
    raise Invalid(f"embedder must be a name, a callable from texts to vectors, or an object with embed_documents and embed_query, not {chosen!r}")


def _named(spec: str) -> Embedding | None:
    if spec == NONE:
        return None
    kind, _, model = spec.partition(":")
    if spec == LOCAL:
        kind, model = "static", ""
    elif kind not in _ADAPTERS or not model:
        names = ", ".join(f"{name}:MODEL" for name in _ADAPTERS)
        raise Invalid(f"there is no embedder {spec!r}; use none, local, {names}, or pass an object")
    module, name, extra = _ADAPTERS[kind]
    try:
        made: Callable[[str], Embedder] = getattr(__import__(f"{__name__}.{module}", fromlist=[name]), name)
        return Embedding(made(model), spec)
    except ImportError as error:
        if isinstance(error, RecollectError):
            raise
        raise NotInstalled(f"the embedder {spec!r} needs {error.name or 'a package'}; pip install 'recollect[{extra}]'") from error


def by_default() -> str:
    """The name of the embedder that is taken where nobody names one."""
    return LOCAL if has_local() else NONE


def has_local() -> bool:
    return all(find_spec(name) is not None for name in ("wordllama", "tokenizers", "numpy"))
