"""bm25s over texts in memory, as its page shows it; runs in an environment that has it: `python -m benchmarks.scale.beside`.

The first line it reads is a JSON list of texts, each other line a question; it answers each with a line: the milliseconds that this took,
tokenizing included, and those of the processor. Standard library and bm25s only.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main() -> None:
    import bm25s
    import Stemmer

    texts: list[str] = json.loads(sys.stdin.readline())
    stemmer = Stemmer.Stemmer("english")

    def words(of: list[str]) -> Any:
        return bm25s.tokenize(of, stopwords="en", stemmer=stemmer, show_progress=False)

    index = bm25s.BM25()
    index.index(words(texts), show_progress=False)
    for line in sys.stdin:
        question = json.loads(line)
        began, worked = time.perf_counter(), time.process_time()
        index.retrieve(words([question]), k=min(10, len(texts)), show_progress=False)
        took = (1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked))
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
