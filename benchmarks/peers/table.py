"""Who is compared, in which version, and in which ways each is asked. The only place where a version is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS = "benchmarks.peers.adapters"

EMBEDDER = (("wordllama", "wordllama==0.4.0.post1"), ("numpy", "numpy==2.4.6"), ("tokenizers", "tokenizers==0.23.3"))
"""Modules that our embedder needs and what brings them, each installed by itself and only where it is missing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking a peer."""

    name: str
    embedder: Literal["ours", "its own", "none"]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    adapter: str  # module:class
    packages: tuple[str, ...]  # as pip takes them
    ways: tuple[Way, ...]


WORDS = Way("words", "none")
VECTORS = Way("vectors", "ours")
HYBRID = Way("hybrid", "ours")
DEFAULT = Way("default", "its own")

PEERS = (
    # Where recollect takes an embedder: add HYBRID here, `[local]` to the package, and pass the embedder on in the adapter.
    Peer("recollect", f"{ADAPTERS}.ours:Recollect", (str(ROOT),), (WORDS,)),
    Peer("plain FTS5", f"{ADAPTERS}.plain:Words", ("apsw==3.53.4.0",), (WORDS,)),
    Peer("plain vectors", f"{ADAPTERS}.plain:Vectors", (), (VECTORS,)),
    Peer("bm25s", f"{ADAPTERS}.bm25s:Bm25s", ("bm25s==0.3.16", "PyStemmer==3.1.0"), (WORDS,)),
    Peer("LangGraph SqliteStore", f"{ADAPTERS}.langgraph:Store", ("langgraph-checkpoint-sqlite==3.1.2",), (VECTORS, Way("default", "none"))),
    Peer("Chroma", f"{ADAPTERS}.chroma:Chroma", ("chromadb==1.5.9",), (VECTORS, DEFAULT)),
    Peer("mem0", f"{ADAPTERS}.mem0:Mem0", ("mem0ai==2.2.1",), (VECTORS, DEFAULT)),
    Peer(
        "mcp-memory-service", f"{ADAPTERS}.mcp_memory_service:Service", ("mcp-memory-service==12.1.1",),
        (VECTORS, HYBRID, DEFAULT, Way("hybrid", "its own")),
    ),
    Peer("MemPalace", f"{ADAPTERS}.mempalace:Palace", ("mempalace==3.11.0",), (VECTORS, Way("union", "ours"), Way("words", "ours"), DEFAULT)),
    Peer("OpenAI Agents session", f"{ADAPTERS}.agents:Session", ("openai-agents==0.24.0",), (Way("recency", "none"),)),
)  # fmt: skip
