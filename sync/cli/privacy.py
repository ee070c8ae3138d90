"""Commands about what is kept of persons, and for how long."""

from __future__ import annotations

from sync import engine
from sync.cli.call import Answer, Call
from sync.cli.parser import assignments
from sync.cli.screen import Cell, Screen, local
from sync.texts import labels


def retention(call: Call) -> Answer:
    if call.args.assignments:
        call.desk.keep(assignments(call.args.assignments))
    found = engine.kept(call.desk)

    def draw(screen: Screen) -> None:
        names = labels("retention.kind", screen.lang)
        rows: list[list[Cell]] = [
            [each.kind, each.days, names[each.kind], each.count, local(each.oldest)]
            for each in found
        ]
        screen.table(screen.columns("kind", "days", "name", "number", "oldest"), rows)

    return Answer(found, draw)
