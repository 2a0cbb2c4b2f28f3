"""How sure a difference is: 95 % intervals of a mean by resampling the questions, the same ones in every run.

Which questions a resample takes comes from the digest of its number, not from a random generator: there is no seed, and nothing to choose.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache
from hashlib import shake_128
from itertools import pairwise
from statistics import fmean

RESAMPLES = 1000
LEVEL = 0.95


@lru_cache(maxsize=4)
def resamples(n: int) -> tuple[array[int], ...]:
    """Which of n questions each resample takes: n of them, with repetition."""
    found = []
    for number in range(RESAMPLES):
        drawn = shake_128(f"{n} questions, resample {number}".encode()).digest(8 * n)
        found.append(array("Q", (int.from_bytes(drawn[start:end], "big") % n for start, end in pairwise(range(0, 8 * n + 1, 8)))))
    return tuple(found)


def interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """The mean of paired differences, and the ends of its 95 % interval."""
    n = len(differences)
    means = sorted(sum(map(differences.__getitem__, taken)) / n for taken in resamples(n))
    cut = round(RESAMPLES * (1 - LEVEL) / 2)
    return round(fmean(differences), 6), round(means[cut], 6), round(means[-cut - 1], 6)
