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
    """One way of asking a peer. What it needs from elsewhere is said beside the error if it does not run."""

    name: str
    embedder: Literal["ours", "its own", "none"]
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    adapter: str  # module:class
    packages: tuple[str, ...]  # as pip takes them; the first is the peer itself
    ways: tuple[Way, ...]


WORDS = Way("words", "none")
VECTORS = Way("vectors", "ours")
HYBRID = Way("hybrid", "ours")
MINILM = "downloads the model all-MiniLM-L6-v2 when it is first used"

PEERS = (
    Peer("recollect", f"{ADAPTERS}.ours:Recollect", (str(ROOT),), (WORDS,)),
    Peer("recollect[local]", f"{ADAPTERS}.ours:Recollect", (f"{ROOT}[local]",), (Way("hybrid", "its own"),)),
    Peer("plain FTS5", f"{ADAPTERS}.plain:Words", ("apsw==3.53.4.0",), (WORDS,)),
    Peer("plain vectors", f"{ADAPTERS}.plain:Vectors", (), (VECTORS,)),
    Peer("bm25s", f"{ADAPTERS}.bm25s:Bm25s", ("bm25s==0.3.16", "PyStemmer==3.1.0"), (WORDS,)),
    Peer(
        "LangGraph SqliteStore",
        f"{ADAPTERS}.langgraph:Store",
        ("langgraph-checkpoint-sqlite==3.1.2",),
        (VECTORS, Way("whole value", "ours"), Way("no index", "none")),
    ),
    Peer("Chroma", f"{ADAPTERS}.chroma:Chroma", ("chromadb==1.5.9",), (VECTORS, Way("vectors", "its own", MINILM))),
    Peer(
        "mem0",
        f"{ADAPTERS}.mem0:Mem0",
        ("mem0ai==2.2.1",),
        (VECTORS, Way("vectors", "its own", "asks OpenAI for vectors")),
    ),
    Peer(
        "mem0[nlp]",
        f"{ADAPTERS}.mem0:Mem0",
        ("mem0ai[nlp]==2.2.1", "fastembed==0.9.1"),
        (Way("hybrid", "ours", "downloads the model Qdrant/bm25 and spaCy's en_core_web_sm when they are first used"),),
    ),
    Peer(
        "mcp-memory-service",
        f"{ADAPTERS}.mcp_memory_service:Service",
        ("mcp-memory-service==12.1.1",),
        (VECTORS, HYBRID, Way("hashes", "its own"), Way("hybrid hashes", "its own")),
    ),
    Peer(
        "mcp-memory-service[sqlite]",
        f"{ADAPTERS}.mcp_memory_service:Service",
        ("mcp-memory-service[sqlite]==12.1.1",),
        (Way("onnx", "its own", MINILM),),
    ),
    Peer(
        "MemPalace",
        f"{ADAPTERS}.mempalace:Palace",
        ("mempalace==3.11.0",),
        (HYBRID, Way("union", "ours"), Way("hybrid", "its own", MINILM)),
    ),
    Peer("OpenAI Agents session", f"{ADAPTERS}.agents:Session", ("openai-agents==0.24.0",), (Way("recency", "none"),)),
)
