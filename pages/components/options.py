"""The options of a widget that a reader chooses by their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any


def labels(known: Mapping[str, str]) -> Callable[[str], str]:
    """A widget's `format_func`; what is not known is shown as it was typed."""
    return lambda option: known.get(option, option)


def worded(known: Mapping[Any, str]) -> str:
    """A part of the name of a widget with such labels. The browser answers with a label, so that
    other labels must be another widget: an old label would be read as something typed."""
    return blake2b("\n".join(known.values()).encode(), digest_size=4).hexdigest()
