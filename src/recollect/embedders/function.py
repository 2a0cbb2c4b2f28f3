"""A plain callable as an embedder: from a list of texts to a vector for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import Invalid


class Function:
    """Calls what somebody gave us, once at the beginning to learn how many numbers it makes of a text."""

    max_tokens: int | None = None

    def __init__(self, function: Callable[[list[str]], Any]) -> None:
        self._function = function
        probe = self._function(["recollect"])
        try:
            self.dimension = len(probe[0])
        except (TypeError, IndexError, KeyError) as error:
            raise Invalid(f"embedder(['recollect']) must be a list of one vector, not {probe!r}") from error
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", type(function).__qualname__)
        self.name = f"function:{module}.{name}/{self.dimension}"

    def embed_documents(self, texts: Sequence[str]) -> Any:
        return self._function(list(texts))

    def embed_query(self, text: str) -> Any:
        return self._function([text])[0]
