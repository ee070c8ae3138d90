"""Is that chance? Fisher's exact test for one value, and how many values were looked at.

Fisher, Statistical Methods for Research Workers (1925), 21.02; Benjamini and Hochberg, Journal of
the Royal Statistical Society B 57 (1995), 289 to 300.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma
from typing import Final

_NO_MORE: Final = 1e-17  # of the first term: what is smaller moves no digit of the sum


def chance(in_set: int, of_set: int, in_all: int, of_all: int) -> float:
    """The probability that of `of_all` records, `in_all` of which have a value, a set of `of_set`
    drawn by chance holds `in_set` or more that have it."""
    most = min(in_all, of_set)
    without = of_all - in_all
    term = total = exp(
        _ways(in_all, in_set) + _ways(without, of_set - in_set) - _ways(of_all, of_set)
    )
    for k in range(in_set, most):
        term *= (in_all - k) * (of_set - k) / ((k + 1) * (without - of_set + k + 1))
        total += term
        if term < total * _NO_MORE:
            break
    return min(total, 1.0)


def _ways(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose `k` of `n`."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def passing(chances: Sequence[float], among: int, share: float) -> float:
    """The greatest of the chances that passes if at most this share of what passes may be false,
    among so many that were looked at (those that are not given were not small); below 0 if none
    does."""
    best = -1.0
    for rank, each in enumerate(sorted(chances), 1):
        if each <= share * rank / among:
            best = each
    return best
