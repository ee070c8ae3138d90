"""What a desk keeps of alerts: where they go, what is known of the stores, what was told, and what
became of each message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import orjson

from sync.errors import Message
from sync.store.audit import Audit
from sync.store.errors import Gone, Refused
from sync.store.rows import ShopRow, StoreRow
from sync.vault import Secret

# Nothing waits so long (s): a later time was told by a clock that was set back since.
_LONGEST_WAIT: Final = 8 * 86_400.0
DIGESTS: Final = ("none", "hourly", "daily", "weekly")
Key = tuple[str, str]
"""The kind of an alert, and the code of what is behind it."""
_TARGETS: Final = """
SELECT t.*, h.slug AS shop, h.id AS of_shop, s.slug AS store FROM alert_target t
  LEFT JOIN store s ON s.id = t.store_id
  LEFT JOIN shop h ON h.id = ifnull(t.shop_id, s.shop_id)
"""
_HISTORY: Final = """
SELECT a.*, (SELECT json_group_array(json_object('target', t.name, 'target_id', t.id,
    'state', d.state, 'at', d.at, 'next', d.next, 'tries', d.tries, 'error', json(d.error)))
  FROM alert_delivery d JOIN alert_target t ON t.id = d.target_id WHERE d.alert_id = a.id
  ORDER BY t.name) AS deliveries
FROM alert a ORDER BY a.id DESC LIMIT ? OFFSET ?
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where alerts go: `service` is the kind of place, `shop` and `store` (slugs) what they are
    about, None for all; `muted_until`, `sent` (the last success) are unix s, `error` is why the
    last message did not arrive."""

    id: int
    name: str
    service: str
    lang: str
    digest: str
    shop_id: int | None
    store_id: int | None
    shop: str | None
    store: str | None
    muted_until: float | None
    sent: float | None
    error: Message | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Target:
        """The target in a row of `_TARGETS`."""
        said = None if row["error"] is None else Message.of(row["error"])
        values = {name: row[name] for name in cls.__slots__ if name not in ("error", "shop_id")}
        return cls(**values, shop_id=row["of_shop"], error=said)

    def muted(self, now: float) -> bool:
        """Whether nothing is sent there now."""
        return self.muted_until is not None and now < self.muted_until


class Known(NamedTuple):
    """That a store has something: since when, whether that was told, and whether it has ended
    without that being told (unix s)."""

    since: float
    told: float | None
    ended: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """When a cause was told last, for how long (s) it is not told again, and until when, or up to
    how many stores, nobody wants to hear of it."""

    told: float | None
    pause: float
    muted_until: float | None = None
    muted_size: int | None = None

    def muted(self, size: int, now: float) -> bool:
        """Whether nobody wants to hear of it while so many stores have it."""
        timed = self.muted_until is not None and now < self.muted_until
        return timed or (self.muted_size is not None and size <= self.muted_size)


class Concerned(NamedTuple):
    """A store that an alert is about, as it was called then."""

    id: int
    store: str
    name: str
    shop_id: int
    shop: str


@dataclass(frozen=True, slots=True)
class Alert:
    """What was told: `turn` says whether the cause began, grew or is over; `since` is the time of
    the first of the stores. Times are unix s; `id` is never given twice."""

    id: int
    at: float
    kind: str
    cause: str
    turn: str
    since: float
    stores: Sequence[Concerned]
    deliveries: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Alert:
        """The alert in a row of the table, with its deliveries where they were asked for."""
        names = ("id", "at", "kind", "cause", "turn", "since")
        stores = [Concerned(*each) for each in orjson.loads(row["stores"])]
        deliveries = orjson.loads(row.get("deliveries") or "[]")
        said = {name: row[name] for name in names}
        return cls(**said, stores=stores, deliveries=deliveries)


class Due(NamedTuple):
    """A message to a target that is due: its number, how often it was tried, how often the process
    died while sending it, and its alert."""

    id: int
    tries: int
    deaths: int
    alert: Alert


class Alerts(Audit):
    """The alerts of a desk."""

    # -- where they go ----------------------------------------------------------------------

    def alert_targets(self) -> list[Target]:
        """The targets that the person sees, by name."""
        rows = self._rows(f"{_TARGETS} ORDER BY t.name")
        return [Target.of(row) for row in rows if self._sees_shop(row["shop"])]

    def has_alert_targets(self) -> bool:
        """Whether alerts go anywhere."""
        return self._one("SELECT 1 AS yes FROM alert_target LIMIT 1") is not None

    def alert_target(self, name: str) -> Target:
        """The target of that name; UsageError if there is none."""
        known = {target.name: target for target in self.alert_targets()}
        if name not in known:
            raise Refused("unknown_target", name=name, known=", ".join(known) or "–")
        return known[name]

    def add_alert_target(
        self,
        name: str,
        url: str,
        *,
        service: str,
        lang: str,
        digest: str = "none",
        of: ShopRow | StoreRow | None = None,
    ) -> Target:
        """A new target, for a shop, a store or all; its address is sealed. UsageError for a name
        that is taken."""
        self.must("alert add", of)
        row = {
            "name": name,
            "service": service,
            "lang": lang,
            "digest": digest,
            "shop_id": of.id if isinstance(of, ShopRow) else None,
            "store_id": of.id if isinstance(of, StoreRow) else None,
            "created": self.clock.now(),
        }
        with self.together() as db:
            if of is not None:
                self.still_there(of)
            if self._rows("SELECT 1 FROM alert_target WHERE name = ?", [name]):
                raise Refused("target_exists", name=name)
            if not self.has_alert_targets():
                self._forget_standings()
            db.insert("alert_target", {**row, "url": self.vault.seal(url)})
            told = {"service": service, "lang": lang, "digest": digest}
            self.audit("alert add", name, after={**told, "of": of.slug if of else None})
        return self.alert_target(name)

    def remove_alert_target(self, target: Target) -> None:
        """Forget a target and what was sent there."""
        self.must("alert remove", self.alert_scope(target))
        with self.together() as db:
            self._still_a_target(target)
            db.delete("alert_target", target.id)
            if not self.has_alert_targets():
                self._forget_standings()
            self.audit("alert remove", target.name)

    def mute_alert_target(self, target: Target, until: float | None) -> None:
        """Send nothing there until a time, then what has gathered in one message; None: send at
        once again."""
        self.must("alert mute", self.alert_scope(target))
        with self.together() as db:
            self._still_a_target(target)
            db.update("alert_target", target.id, {"muted_until": until})
            self.audit("alert mute", target.name, after={"until": until})

    def alert_url(self, target: Target) -> Secret:
        """The address of a target, opened."""
        row = self._one("SELECT url FROM alert_target WHERE id = ?", [target.id])
        if row is None:
            raise Gone("target_gone", name=target.name)
        return self.vault.open(row["url"])

    def note_alert_result(self, target: Target, error: Message | None) -> None:
        """Keep whether the last message to a target arrived, and why not."""
        sent = {} if error else {"sent": self.clock.now()}
        with self._opened() as db:
            written = None if error is None else error.written()
            db.conn.execute(
                "UPDATE alert_target SET error = ?, sent = ifnull(?, sent) WHERE id = ?",
                [written, sent.get("sent"), target.id],
            )

    def alert_scope(self, target: Target) -> ShopRow | StoreRow | None:
        """What a target is about, for the roles."""
        if target.shop_id is None:
            return None
        row = self._one("SELECT * FROM shop WHERE id = ?", [target.shop_id])
        return ShopRow.of(row) if row else None

    def _sees_shop(self, slug: str | None) -> bool:
        return self.person.role(slug) is not None

    def _still_a_target(self, target: Target) -> None:
        if not self._rows(
            "SELECT 1 FROM alert_target WHERE id = ? AND name = ?", [target.id, target.name]
        ):
            raise Gone("target_gone", name=target.name)

    # -- what is known of the stores --------------------------------------------------------

    def alert_standings(self) -> dict[Key, dict[int, Known]]:
        """What each store is known to have, by kind and cause."""
        found: dict[Key, dict[int, Known]] = {}
        for row in self._rows("SELECT * FROM alert_standing"):
            known = Known(row["since"], row["told"], row["ended"])
            found.setdefault((row["kind"], row["cause"]), {})[row["store_id"]] = known
        return found

    def keep_alert_standings(
        self, key: Key, news: Mapping[int, Known], gone: Iterable[int] = ()
    ) -> None:
        """Keep what is known of the stores of one cause, and forget that others had it."""
        with self.together() as db:
            db.conn.executemany(
                "INSERT OR REPLACE INTO alert_standing SELECT ?, ?, id, ?, ?, ? FROM store"
                " WHERE id = ?",
                [[*key, *known, store] for store, known in news.items()],
            )
            db.conn.executemany(
                "DELETE FROM alert_standing WHERE kind = ? AND cause = ? AND store_id = ?",
                [[*key, store] for store in gone],
            )

    def note_made_up(self, store_id: int, since: float) -> None:
        """Note that a scheduled run was missed and is made up now, if alerts go anywhere."""
        with self._opened() as db:
            db.conn.execute(
                "INSERT OR IGNORE INTO alert_standing"
                " SELECT 'missed', 'made_up', ?1, ?2, NULL, NULL"
                " WHERE EXISTS (SELECT 1 FROM alert_target) AND NOT EXISTS (SELECT 1"
                " FROM alert_standing WHERE kind = 'missed' AND store_id = ?1)",
                [store_id, since],
            )

    def alert_paces(self) -> dict[Key, Pace]:
        """How often each cause is told."""
        return {
            (row.pop("kind"), row.pop("cause")): Pace(**row)
            for row in self._rows("SELECT * FROM alert_cause")
        }

    def keep_alert_pace(self, key: Key, pace: Pace | None) -> None:
        """Keep how often a cause is told; None: forget it."""
        with self.together() as db:
            if pace is None:
                db.conn.execute("DELETE FROM alert_cause WHERE kind = ? AND cause = ?", key)
            else:
                row = [*key, pace.told, pace.pause, pace.muted_until, pace.muted_size]
                marks = ", ".join("?" * len(row))
                db.conn.execute(f"INSERT OR REPLACE INTO alert_cause VALUES ({marks})", row)

    def _forget_standings(self) -> None:
        """Nobody listened: what is so when somebody begins to is new."""
        with self.together() as db:
            db.conn.execute("DELETE FROM alert_standing")
            db.conn.execute("DELETE FROM alert_cause WHERE muted_until IS NULL")

    # -- what is told -----------------------------------------------------------------------

    def add_alert(self, key: Key, turn: str, since: float, stores: Sequence[Concerned]) -> Alert:
        """Write an alert; who gets it comes with `add_delivery`, in the same transaction."""
        row = {
            "at": self.clock.now(),
            "kind": key[0],
            "cause": key[1],
            "turn": turn,
            "since": since,
            "stores": orjson.dumps([list(each) for each in stores]).decode(),
        }
        with self.together() as db:
            return Alert.of({"id": db.insert("alert", row), **row})

    def add_delivery(self, alert: Alert, target: Target, *, at: float, muted: bool) -> None:
        """Have an alert sent to a target at that time, or keep that it was muted."""
        row = {"alert_id": alert.id, "target_id": target.id, "next": at}
        with self.together() as db:
            db.insert("alert_delivery", {**row, "state": "muted" if muted else "pending"})

    def due_deliveries(self) -> dict[int, list[Due]]:
        """What is due by target, the oldest first; what a process died over is among it."""
        found: dict[int, list[Due]] = {}
        now = self.clock.now()
        for row in self._rows(
            "SELECT a.*, d.id AS number, d.tries, d.deaths + (d.state = 'sending') AS deaths,"
            " d.target_id FROM alert_delivery d JOIN alert a ON a.id = d.alert_id"
            " JOIN alert_target t ON t.id = d.target_id"
            " WHERE d.state IN ('pending', 'sending') AND (d.next <= ?1 OR d.next > ?2)"
            " AND ifnull(t.muted_until, 0) <= ?1 ORDER BY a.id",
            [now, now + _LONGEST_WAIT],
        ):
            due = Due(row["number"], row["tries"], row["deaths"], Alert.of(row))
            found.setdefault(row["target_id"], []).append(due)
        return found

    def mark_deliveries(self, numbers: Iterable[int], **columns: Any) -> None:
        """Write columns of deliveries."""
        with self.together() as db:
            for number in numbers:
                db.update("alert_delivery", number, columns)

    def alert_history(self, *, limit: int = 100, offset: int = 0) -> list[Alert]:
        """What was told lately, the newest first, of the stores that the person sees."""
        alerts = (Alert.of(row) for row in self._rows(_HISTORY, [limit, offset]))
        mine = {target.id for target in self.alert_targets()}
        return [seen for alert in alerts if (seen := self._seen(alert, mine)) is not None]

    def _seen(self, alert: Alert, mine: set[int]) -> Alert | None:
        stores = [each for each in alert.stores if self._sees_shop(each.shop)]
        deliveries = [each for each in alert.deliveries if each["target_id"] in mine]
        return replace(alert, stores=stores, deliveries=deliveries) if stores else None

    def forget_alerts(self, before: float) -> int:
        """Forget what was told before that time (unix s); returns how many alerts."""
        with self._opened() as db:
            return int(db.conn.execute("DELETE FROM alert WHERE at < ?", [before]).rowcount)
