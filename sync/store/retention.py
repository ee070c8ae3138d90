"""For how long a desk keeps what it keeps, kind by kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from sync.store.audit import Audit
from sync.store.errors import Refused

MOST: Final = 99_999


class Kind(NamedTuple):
    """How many days a kind of data is kept unless somebody says otherwise, the fewest that it may
    be, and the environment variable that says otherwise too, if there is one."""

    days: int
    least: int = 1
    variable: str | None = None


# `runs`: log lines and single records of ended runs. `orders`: those of the local copy that no
# store of their shop includes any more; `customers`: those of shops of which no store sends any.
# `alerts`: what was told. `recordings`: the calls of recorded runs. `backups`: the nightly ones;
# with 0 days none is made.
KINDS: Final[Mapping[str, Kind]] = {
    "runs": Kind(90, variable="SYNC_KEEP_DAYS"),
    "alerts": Kind(90),
    "history": Kind(400, variable="SYNC_HISTORY_DAYS"),
    "orders": Kind(90),
    "customers": Kind(30),
    "recordings": Kind(30),
    "drafts": Kind(30),
    "audit": Kind(730, least=30),
    "backups": Kind(7, least=0, variable="SYNC_BACKUP_DAYS"),
}


class Retention(Audit):
    """The days of each kind, as an administrator set them."""

    def days_kept(self, kind: str) -> int:
        """Days for which a kind of KINDS is kept."""
        row = self._one("SELECT days FROM retention WHERE kind = ?", [kind])
        return int(row["days"]) if row else usual_days(kind)

    def keep(self, wanted: Mapping[str, str | int]) -> None:
        """Keep these kinds for so many days from now on; UsageError for an unknown kind, and for
        anything but a whole number that is not too small for it."""
        self.must("retention")
        days = {kind: _checked(kind, given) for kind, given in wanted.items()}
        with self.together() as db:
            before = {kind: self.days_kept(kind) for kind in days}
            changed = {kind: n for kind, n in days.items() if n != before[kind]}
            for kind, n in changed.items():
                db.execute("INSERT OR REPLACE INTO retention VALUES (?, ?)", [kind, n])
            if changed:
                self.audit("retention", "", {kind: before[kind] for kind in changed}, changed)


def usual_days(kind: str, environ: Mapping[str, str] | None = None) -> int:
    """Days for which a kind is kept where nobody set any: those of its environment variable, else
    its own. UsageError for anything but a whole number that is not too small for it."""
    usual = KINDS[kind]
    given = (os.environ if environ is None else environ).get(usual.variable or "", "").strip()
    if not given:
        return usual.days
    if not _is_number(given, usual.least):
        raise Refused("days", variable=usual.variable, given=given)
    return int(given)


def _is_number(given: str, least: int) -> bool:
    return given.isascii() and given.isdigit() and least <= int(given) <= MOST


def _checked(kind: str, given: str | int) -> int:
    if kind not in KINDS:
        raise Refused("retention_kind", kind=kind, known=", ".join(KINDS))
    text, least = str(given).strip(), KINDS[kind].least
    if not _is_number(text, least):
        raise Refused("retention_days", kind=kind, least=least, given=text)
    return int(text)
