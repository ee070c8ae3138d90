"""Labels of a widget's options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any


def labels(known: Mapping[str, str]) -> Callable[[str], str]:
    """Return a widget's `format_func`; an unknown option is shown as it was typed."""
    return lambda option: known.get(option, option)


def worded(known: Mapping[Any, str]) -> str:
    """Return a part of the key of a widget with such labels. The browser answers with a label, so
    other labels must make another widget: an old label would be read as something typed."""
    return blake2b("\n".join(known.values()).encode(), digest_size=4).hexdigest()
