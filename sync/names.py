"""Names that people type: how two are compared, and which known one was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from sync.shapes.plain import compared
from sync.statuses import normal_status

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
# The letters that Unicode does not take apart into a base letter and an accent.
_LETTERS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"}
    | {"ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_LONGEST: Final = 200  # characters that are looked at


def normal_name(name: str) -> str:
    """Return an attribute's name as `[a-z0-9_]+`, accents folded (ä → ae), or "" if none is left.

    `Größe (EU)` is `groesse_eu`.
    """
    lower = unicodedata.normalize("NFC", name).lower().translate(_LETTERS)
    letters = unicodedata.normalize("NFKD", lower)
    plain = "".join(c for c in letters if not unicodedata.combining(c)).lower()
    return _NOT_IN_NAMES.sub("_", plain).strip("_")


@lru_cache(maxsize=16384)
def name_key(name: str) -> str:
    """Return the form in which attribute names are compared; "" for no name alone."""
    plain = " ".join(compared(name).split())
    return normal_name(plain) or plain.casefold()


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known name that `value` most likely means, or None if none is near."""
    import difflib  # few commands are mistyped

    names: dict[str, str] = {}
    for name in known:
        names.setdefault(_likeness(name), name)
    wanted = _likeness(value)[:_LONGEST]
    if not wanted:
        return None
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    within = [name for name in names if f"_{wanted}_" in f"_{name}_"]
    likely = close or within
    return names[likely[0]] if likely else None


def _likeness(name: str) -> str:
    return normal_name(compared(name)) or normal_status(name)
