"""A plan's work on its way into the journal."""

from __future__ import annotations

from sync.deliver import work_row
from sync.ledger import Journal
from sync.plan import Decision


class Gathered:
    """Collects a plan's work in chunks, so that memory stays flat."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: list[tuple[object, ...]] = []
        self._n = 0
        self.touched: dict[str, list[tuple[int | str, int, str]]] = {}
        self.removals: dict[str, set[int | str]] = {}
        self.listed: list[tuple[str, int | str, int | str, str]] = []

    def take(self, made: Decision) -> None:
        if made.touch:
            row = (made.source, made.rev, made.mapkey)
            self.touched.setdefault(made.entity, []).append(row)
        if not made.method:
            return
        if made.action == "remove":
            self.removals.setdefault(made.entity, set()).add(made.source)
            self.listed.append((made.entity, made.source, made.key, ",".join(made.reasons)))
        self._rows.append(work_row(self._n, made))
        self._n += 1
        if len(self._rows) >= 500:
            self.flush()

    def flush(self) -> None:
        self._journal.add_work(self._rows)
        self._rows = []
