"""How often Python looks for unreachable cycles."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_FEW = 50_000  # new objects between two looks; Python's own is some 700
_changing = threading.Lock()
_inside = 0
_usual = gc.get_threshold()


@contextmanager
def few_collections() -> Iterator[None]:
    """While this lasts Python looks seldom: a page of products is a tree of tens of thousands of
    objects without a cycle. Only for as long as a slice of a run: what lies in cycles waits, and
    in a process that lives for months it would pile up."""
    global _inside, _usual
    with _changing:
        if not _inside:
            _usual = gc.get_threshold()
            gc.set_threshold(_FEW, *_usual[1:])
        _inside += 1
    try:
        yield
    finally:
        with _changing:
            _inside -= 1
            if not _inside:
                gc.set_threshold(*_usual)
