"""The streams this program was given, which may be closed, full, or of few characters."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

_STREAMS: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}
_STRAY: Final = "surrogateescape"  # what Python takes where there is no locale


def ready() -> None:
    """Make the streams such that writing to one never ends a command: a closed one swallows what
    it is given, and what one cannot encode is replaced."""
    for number in range(len(_STREAMS)):  # else a database gets the number, and what is said
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free
    for name, mode in _STREAMS.items():
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - to the end
            setattr(sys, name, nowhere)
    if isinstance(sys.stdout, io.TextIOWrapper) and _is_of_few(sys.stdout):
        sys.stdout.reconfigure(errors="replace")


def _is_of_few(stream: io.TextIOWrapper) -> bool:
    """Whether there are characters that it would refuse."""
    return stream.errors in ("strict", _STRAY) and codecs.lookup(stream.encoding).name != "utf-8"


def silence(stream: TextIO) -> None:
    """Nobody reads any more, or nothing more fits: what is left in the buffer goes nowhere when
    Python ends."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def encodes(stream: TextIO, text: str) -> bool:
    """Whether the stream can write each character of the text."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
