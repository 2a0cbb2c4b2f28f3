"""Static vectors: a text is the mean of its tokens' vectors. The weights of wordllama, or any such model in a folder.

30 microseconds a question, 34,000 texts a second, no model to wait for; the order of words does not count. wordllama's own loader asks a
model hub, so its two files are read here: `model.safetensors` and `tokenizer.json` are also what model2vec writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Invalid

_TYPES = {"F16": "<f2", "F32": "<f4"}
_TENSORS = ("embedding.weight", "embeddings", "embedding")
_LONGEST_HEADER = 10_000_000  # bytes
_MANY = 1000  # texts after which the table is kept in 32 bits: 33 MB more, and two thirds of the time
_LONGEST = 20_000  # characters of a text that are read: its mean has long settled by then


class Static:
    """Reads the model in `folder`; without one, the one that comes inside the package wordllama."""

    fast = True
    max_tokens: int | None = None

    def __init__(self, folder: str = "") -> None:
        self._weights, self._tokens = _in(Path(folder)) if folder else _in_wordllama()
        if find_spec("tokenizers") is None:
            raise ModuleNotFoundError("No module named 'tokenizers'", name="tokenizers")
        self._layout = _layout(self._weights)
        self._texts = 0  # that were read
        self.dimension = int(self._layout.shape[1])
        label = f"{Path(folder).name}-{_fingerprint(self._weights)}" if folder else f"wordllama-{self._weights.stem}"
        self.name = f"static:{label}/{self.dimension}"

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        """The tokenizer and the table, read when the first text comes: a tenth of a second."""
        import numpy as np
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokens))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        table = np.memmap(self._weights, dtype=self._layout.type, mode="r", offset=self._layout.begin, shape=self._layout.shape)
        return tokenizer, np.asarray(table)  # rows of a memmap are slower to take

    @cached_property
    def _wide(self) -> Any:
        """The table in 32 bits."""
        import numpy as np

        return self._model[1].astype(np.float32)

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """The order of the texts is kept; a text without a known token is all zeros."""
        import numpy as np

        tokenizer, table = self._model
        self._texts += len(texts)
        if self._texts > _MANY:
            table = self._wide
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = np.ones((len(texts), 1), dtype=np.float32)
        read = tokenizer.encode_batch_fast([text[:_LONGEST] for text in texts], add_special_tokens=False)
        for place, encoding in enumerate(read):
            if ids := encoding.ids:
                np.add.reduce(table.take(ids, axis=0), axis=0, dtype=np.float32, out=found[place])
                tokens[place] = len(ids)
        return found / tokens

    def embed_query(self, text: str) -> Any:
        return self.embed_documents([text])[0]


class _Layout(NamedTuple):
    """Where in a file the table stands."""

    type: str
    begin: int
    shape: tuple[int, int]


def _in_wordllama() -> tuple[Path, Path]:
    spec = find_spec("wordllama")
    if spec is None or not spec.origin:
        raise ModuleNotFoundError("No module named 'wordllama'", name="wordllama")
    package = Path(spec.origin).parent
    weights, tokens = package / "weights" / "l2_supercat_256.safetensors", package / "tokenizers" / "l2_supercat_tokenizer_config.json"
    if not (weights.is_file() and tokens.is_file()):
        raise Invalid(f"{package} holds no weights; reinstall wordllama, or name a folder with embedder='static:FOLDER'")
    return weights, tokens


def _in(folder: Path) -> tuple[Path, Path]:
    weights, tokens = folder / "model.safetensors", folder / "tokenizer.json"
    for path in (weights, tokens):
        if not path.is_file():
            raise Invalid(f"{folder} has no {path.name}; name the folder of a static model (model2vec writes such folders)")
    return weights, tokens


def _layout(path: Path) -> _Layout:
    """The one table of a safetensors file: eight bytes that say how long a JSON header is, the header, the numbers."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        entry = next(header[name] for name in _TENSORS if name in header)
        rows, columns = map(int, entry["shape"])
        begin, end = entry["data_offsets"]
        type = _TYPES[entry["dtype"]]
        if end - begin != rows * columns * int(type[-1]) or 8 + length + end > path.stat().st_size:
            raise ValueError("it is cut")
        return _Layout(type, 8 + length + int(begin), (rows, columns))
    except (OSError, ValueError, KeyError, StopIteration, TypeError) as error:
        raise Invalid(f"{path} is no static model: it must hold one table of 16 or 32 bit floats ({', '.join(_TENSORS)})") from error


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
