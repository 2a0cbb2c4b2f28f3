"""Static vectors: the mean of the vectors of a text's tokens, from the files that the wheel `wordllama` brings. Its own code is not imported."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import numpy
from tokenizers import Tokenizer

DIMENSIONS = 256
_WEIGHTS, _TOKENS = f"weights/l2_supercat_{DIMENSIONS}.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"


def folder() -> Path:
    """Where the wheel's files are."""
    found = importlib.util.find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("wordllama is not installed")
    return Path(found.submodule_search_locations[0])


class Static:
    """Call it with texts to get an array of float32, one row of length 1 a text."""

    def __init__(self) -> None:
        home = folder()
        self._table = _only_array(home / _WEIGHTS)
        self._tokens = Tokenizer.from_file(str(home / _TOKENS))
        self._tokens.no_padding()
        self._tokens.no_truncation()

    def __call__(self, texts: Sequence[str]) -> numpy.ndarray:
        rows = numpy.zeros((len(texts), DIMENSIONS), dtype=numpy.float32)
        for number, encoded in enumerate(self._tokens.encode_batch(list(texts), add_special_tokens=False)):
            if encoded.ids:
                mean = self._table[encoded.ids].astype(numpy.float32).mean(axis=0)
                rows[number] = mean / (numpy.linalg.norm(mean) or 1)
        return rows


def _only_array(file: Path) -> numpy.ndarray:
    """The one array of a safetensors file: eight bytes of header length, a JSON header, float16 numbers."""
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    (entry,) = (value for name, value in header.items() if name != "__metadata__")
    start, end = entry["data_offsets"]
    return numpy.frombuffer(content[8 + length + start : 8 + length + end], dtype=numpy.float16).reshape(entry["shape"])
