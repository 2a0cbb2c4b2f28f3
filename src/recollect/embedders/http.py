"""Vectors from a server: any that speaks as OpenAI's does (vLLM, llama.cpp, LM Studio, TEI, LocalAI …), and Ollama."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ..errors import Invalid
from ..settings import variable
from .models import DIMENSIONS, beginnings, identity, known, loading, prefixes
from .post import Patience, Server, TooMuch

_DIMENSION = re.compile(r"(.+)/([1-9]\d{0,4})")
_SHORTEST = 32  # characters: a text of so few that is still too long is not the trouble


class _Remote(ABC):
    """What both have in common: batches, prefixes, and looking twice at what comes back.

    `model` may say how many numbers to ask for (``text-embedding-3-large/1024``, if the model can be shortened), and where
    (``bge-m3@http://localhost:8080/v1``). `query` and `document` replace the prefixes that the model is known to want. `batch` texts go in one
    request, which may take `timeout` seconds, tries and waits included; a question may take `question_timeout`, since somebody waits for it.
    """

    fast = False
    _kind: str

    def __init__(
        self,
        model: str,
        *,
        key: str | None = None,
        query: str | None = None,
        document: str | None = None,
        batch: int = 32,
        timeout: float = 60.0,
        question_timeout: float = 10.0,
    ) -> None:
        named, url = _placed(model)
        match = _DIMENSION.fullmatch(named)
        self.model: str = match[1] if match else named
        self._wanted: int | None = int(match[2]) if match else None
        with loading(f"{self._kind}:{self.model}", "http"):
            self._server = Server(url or self._url(), self._key() if key is None else key)
        self._query, self._document = prefixes(self.model, query, document)
        self._batch = max(1, batch)
        self._documents, self._question = Patience(timeout, 5), Patience(question_timeout, 2)
        self.max_tokens = known(self.model).tokens
        called = self.model.removesuffix(":latest")
        self.name = identity(self._kind, called, dimension=self._wanted, query=self._query, document=self._document)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.model} at {self._server.url}>"

    @cached_property
    def dimension(self) -> int:
        """How many numbers a vector has; the server is asked if nobody said it."""
        said = self._wanted or DIMENSIONS.get(self.model.removesuffix(":latest"))
        return said or len(self._asked(["recollect"], self._question)[0])

    def embed_documents(self, texts: Sequence[str]) -> Any:
        return self._vectors(texts, self._document, self._documents)

    def embed_query(self, text: str) -> Any:
        return self._vectors([text], self._query, self._question)[0]

    def _vectors(self, texts: Sequence[str], prefix: str, patience: Patience) -> list[list[float]]:
        """The order of the texts is kept. A blank text is all zeros: it says nothing, and servers refuse it."""
        found = [[0.0] * self.dimension for _ in texts]
        read = beginnings(texts, self.max_tokens)
        places = [place for place, text in enumerate(read) if text.strip()]
        for begin in range(0, len(places), self._batch):
            part = places[begin : begin + self._batch]
            for place, vector in zip(part, self._made([prefix + read[place] for place in part], patience), strict=True):
                if len(vector) != self.dimension:
                    raise Invalid(
                        f"{self!r} gave {len(vector)} numbers for a text, where {self.dimension} were expected; "
                        f"name the dimension ({self._kind}:{self.model}/{len(vector)}), or the model that is meant"
                    )
                found[place] = vector
        return found

    def _made(self, texts: list[str], patience: Patience) -> list[list[float]]:
        """The vectors of one batch; what is too much for the server at once is sent in halves, a single text its first half only."""
        try:
            return self._asked(texts, patience)
        except TooMuch:
            half = len(texts) // 2
            if half:
                return self._made(texts[:half], patience) + self._made(texts[half:], patience)
            if len(texts[0]) <= _SHORTEST:
                raise
            return self._made([texts[0][: len(texts[0]) // 2]], patience)

    def _asked(self, texts: list[str], patience: Patience) -> list[list[float]]:
        body = {"model": self.model, "input": texts} | ({"dimensions": self._wanted} if self._wanted else {})
        answer = self._server.post(self._path, body, patience)
        try:
            vectors = [[float(number) for number in vector] for vector in self._ordered(answer)]
        except Invalid:
            raise
        except (TypeError, ValueError, KeyError) as error:
            raise Invalid(f"{self!r} answered with something that is no list of vectors; see that the address is right") from error
        if len(vectors) != len(texts):
            raise Invalid(f"{self!r} gave {len(vectors)} vectors for {len(texts)} texts; nothing of them was used")
        return vectors

    _path: str

    @abstractmethod
    def _ordered(self, answer: Any) -> Sequence[Any]:
        """The vectors in an answer, in the order of the texts."""

    @abstractmethod
    def _url(self) -> str:
        """Where to ask if the name does not say it."""

    def _key(self) -> str:
        return ""


class OpenAI(_Remote):
    """Embeddings of OpenAI, or of any server that speaks as it does: ``openai:text-embedding-3-small``, ``openai:bge-m3@http://localhost:8080/v1``.

    The address is ``OPENAI_BASE_URL`` if the name has none, the key is ``OPENAI_API_KEY``; it is sent to the address that is used.
    """

    _kind, _path = "openai", "/embeddings"

    def _ordered(self, answer: Any) -> Sequence[Any]:
        data = answer["data"]
        if all("index" in entry for entry in data):
            data = sorted(data, key=lambda entry: int(entry["index"]))
            if [int(entry["index"]) for entry in data] != list(range(len(data))):
                raise Invalid(f"{self!r} gave vectors whose numbers are not those of the texts; nothing of them was used")
        return [entry["embedding"] for entry in data]

    def _url(self) -> str:
        return variable("OPENAI_BASE_URL") or "https://api.openai.com/v1"

    def _key(self) -> str:
        return variable("OPENAI_API_KEY")


class Ollama(_Remote):
    """Embeddings of Ollama: ``ollama:nomic-embed-text``, on this machine or where ``OLLAMA_HOST`` says. Pull the model first."""

    _kind, _path = "ollama", "/api/embed"

    def _ordered(self, answer: Any) -> Sequence[Any]:
        found: Sequence[Any] = answer["embeddings"]
        return found

    def _url(self) -> str:
        return _ollama_url(variable("OLLAMA_HOST"))


def _placed(spec: str) -> tuple[str, str]:
    """The model and the address, if there is one: ``MODEL@http://host``. A name may hold an @ of its own."""
    found = re.fullmatch(r"(.+?)@(https?://.*)", spec)
    return (found[1], found[2]) if found else (spec, "")


def _ollama_url(host: str) -> str:
    """The address that OLLAMA_HOST means: Ollama's own server reads it too, and there it may have no scheme, no port, or be 0.0.0.0."""
    text = host if "://" in host else f"http://{host}"
    try:
        parts = urlsplit(text)
        port = parts.port or {"https": 443}.get(parts.scheme, 80 if "://" in host else 11434)
    except ValueError as error:
        raise Invalid(f"OLLAMA_HOST is {host!r}, which is no address; write it as http://host:11434") from error
    name = parts.hostname or "127.0.0.1"
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}{parts.path}"
