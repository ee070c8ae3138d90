"""Answers about many records as a reader sees them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.answers import Contrast, shown_value, what_is_different
from sync.cli.screen import Cell, Screen
from sync.preview.blame import Blame
from sync.texts import labels, text


def blame(screen: Screen, blames: Sequence[Blame]) -> None:
    """Each cause of a draft's differences on a line, with what it moves."""
    screen.line()
    for each in blames:
        names = ", ".join(each.settings)
        code = "preview.blame_each" if each.each else "preview.blame"
        screen.say(code, settings=names, moves="; ".join(_moved(screen, each)))


def _moved(screen: Screen, each: Blame) -> Iterator[str]:
    for entity, moves in each.entities.items():
        what = text(f"entity.{entity}", screen.lang)
        for move, name in labels("move", screen.lang).items():
            if n := getattr(moves, move):
                yield f"{what} {screen.number(n)} {name}"


def contrast(screen: Screen, found: Contrast) -> None:
    """What sets records apart: the strongest pattern in a sentence, then all of them."""
    screen.line(what_is_different(found, screen.lang))
    rows: list[list[Cell]] = [
        [
            text(f"dimension.{each.dimension}", screen.lang),
            shown_value(each, screen.lang),
            each.in_set,
            each.in_rest,
        ]
        for each in found.patterns
    ]
    if rows:
        screen.table(screen.columns("dimension", "value", "in_set", "in_rest"), rows)
