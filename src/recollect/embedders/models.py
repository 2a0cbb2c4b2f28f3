"""What is known of a model by its name, and how its identity is told: prefixes, the longest text, a fingerprint of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..errors import Invalid, NotInstalled, RecollectError

_ASKED = "Represent this sentence for searching relevant passages: "
_ASKED_IN_CHINESE = "为这个句子生成表示以用于检索相关文章："
_INSTRUCTED = "Instruct: Given a question, retrieve passages that answer it\nQuery: "
_ROOM = 20  # characters a token, at most: no tokenizer makes so few of a text that anybody wrote
_WEIGHTS = (".safetensors", ".bin", ".onnx", ".onnx_data", ".json", ".txt", ".model")
_WHOLE, _SLICES, _SLICE = 1 << 25, 64, 1 << 16  # bytes of a file that are all read; beyond, so many slices of so many bytes


class Known(NamedTuple):
    """What a model wants before a question and before a document, and how many tokens of a text it reads (None: not known)."""

    query: str = ""
    document: str = ""
    tokens: int | None = None


_MODELS: tuple[tuple[str, Known], ...] = (
    ("snowflake-arctic-embed-l-v2", Known("query: ", "", 8192)),
    ("snowflake-arctic-embed-m-v2", Known("query: ", "", 8192)),
    ("snowflake-arctic-embed2", Known("query: ", "", 8192)),
    ("snowflake-arctic-embed-m-long", Known(_ASKED, "", 2048)),
    ("snowflake-arctic-embed", Known(_ASKED, "", 512)),
    ("mxbai-embed", Known(_ASKED, "", 512)),
    ("nomic-embed-text", Known("search_query: ", "search_document: ", 2048)),
    ("embeddinggemma", Known("task: search result | query: ", "title: none | text: ", 2048)),
    ("qwen3-embedding", Known(_INSTRUCTED, "", 32768)),
    ("multilingual-e5-large-instruct", Known(_INSTRUCTED, "", 512)),
    ("e5-mistral", Known(_INSTRUCTED, "", 4096)),
    ("e5-small", Known("query: ", "passage: ", 512)),
    ("e5-base", Known("query: ", "passage: ", 512)),
    ("e5-large", Known("query: ", "passage: ", 512)),
    ("bge-m3", Known(tokens=8192)),
    *((f"bge-{size}-en", Known(_ASKED, "", 512)) for size in ("small", "base", "large")),
    *((f"bge-{size}-zh", Known(_ASKED_IN_CHINESE, "", 512)) for size in ("small", "base", "large")),
    ("all-minilm", Known(tokens=256)),
    ("text-embedding-3", Known(tokens=8191)),
    ("text-embedding-ada", Known(tokens=8191)),
)
"""The first whose name is part of the model's, as their authors' own pages say it."""

DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
    "nomic-embed-text": 768,
    "mxbai-embed-large": 1024,
    "all-minilm": 384,
    "bge-m3": 1024,
    "embeddinggemma": 768,
}
"""By its whole name, how many numbers a server's model makes: so that a memory opens while the server is down."""


def known(model: str) -> Known:
    """What is known of this model; nothing, of most."""
    lower = model.lower().replace("_", "-")
    return next((found for part, found in _MODELS if part in lower), Known())


def prefixes(model: str, query: str | None, document: str | None) -> tuple[str, str]:
    """The prefixes to use: what was given, else what the model is known to want."""
    found = known(model)
    return found.query if query is None else query, found.document if document is None else document


def identity(kind: str, model: str, *, dimension: int | None = None, query: str = "", document: str = "") -> str:
    """The name under which vectors are kept: all that decides what they mean."""
    size = f"/{dimension}" if dimension else ""
    marks = f" query={query!r}" * bool(query) + f" document={document!r}" * bool(document)
    return f"{kind}:{model}{size}{marks}"


def folder(model: str) -> Path | None:
    """The folder that is named, or None for the name of a model.

    A path that leads nowhere is an error: no network is to be asked for it.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or model.startswith((".", "~")):
        raise Invalid(f"there is no folder {model}; name the folder of a model, or a model")
    return None


def title(path: Path) -> str:
    """What a model in a folder is called: as the folder, or as the one above where a hub's cache keeps its snapshots."""
    real = path.resolve()
    return real.parent.parent.name if real.parent.name == "snapshots" else real.name


def label(path: Path) -> str:
    """The name of a model in a folder: it stays the same when the folder is moved, and changes with its files."""
    return f"{title(path)}-{_fingerprint(path)}"


@contextmanager
def loading(spec: str, extra: str) -> Iterator[None]:
    """Says in one sentence what is missing when a model's library cannot be imported, or cannot load the model.

    A model that is named may be fetched by its library; without a network that ends in one of a dozen kinds of error.
    """
    try:
        yield
    except RecollectError:
        raise
    except ImportError as error:
        raise NotInstalled(f"{spec} needs {error.name or 'a package'}; pip install 'recollect[{extra}]'") from error
    except Exception as error:
        reason = f"{error}".strip().partition("\n")[0] or type(error).__name__
        raise Invalid(f"{spec} could not be loaded ({reason}); name a model that its library knows and can fetch, or the folder of one") from error


def beginnings(texts: Sequence[str], tokens: int | None) -> list[str]:
    """The texts, without what is behind the last token that is read: a tokenizer takes seconds for a book."""
    return list(texts) if tokens is None else [text[: tokens * _ROOM] for text in texts]


def _fingerprint(path: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.suffix in _WEIGHTS and file.is_file()):
        size = file.stat().st_size
        found.update(f"{file.relative_to(path).as_posix()} {size}\n".encode())
        with file.open("rb") as opened:
            if size <= _WHOLE:
                found.update(opened.read())
                continue
            for place in range(_SLICES):
                opened.seek((size - _SLICE) * place // (_SLICES - 1))
                found.update(opened.read(_SLICE))
    return found.hexdigest()[:12]
