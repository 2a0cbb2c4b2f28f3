"""bm25s over texts in memory, as its page shows it; runs in an environment that has it: `python -m benchmarks.scale.beside`.

It reads {"texts": …, "asked": …} and answers with the time of each question, tokenizing included. Standard library and bm25s only.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main() -> None:
    import bm25s
    import Stemmer

    given: dict[str, Any] = json.loads(sys.stdin.read())
    stemmer = Stemmer.Stemmer("english")

    def words(of: list[str]) -> Any:
        return bm25s.tokenize(of, stopwords="en", stemmer=stemmer, show_progress=False)

    began = time.perf_counter()
    index = bm25s.BM25()
    index.index(words(given["texts"]), show_progress=False)
    took = time.perf_counter() - began
    times = []
    for question in given["asked"]:
        began = time.perf_counter()
        index.retrieve(words([question]), k=min(10, len(given["texts"])), show_progress=False)
        times.append(1000 * (time.perf_counter() - began))
    print(json.dumps({"times": times, "indexed": took}))


if __name__ == "__main__":
    main()
