"""What a worker does beside driving runs: ticking the schedule, and forgetting what is old."""

from __future__ import annotations

import logging
import math
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sync import alerts, forget
from sync.clock import iso
from sync.database import damage, sqlite3
from sync.engine.patrolling import Patrolling
from sync.engine.retention import forget_what_is_old
from sync.errors import Message
from sync.fleet import Standing, due_stores, standings
from sync.run import queue_instead
from sync.store import Desk, RunActive, RunRow, State
from sync.store.retention import KINDS, usual_days

TICK = 5.0  # seconds between looks at the schedule
PATROL = 60.0  # seconds between looks at what is to be read back
SOON = 0.5  # seconds until the next portion is queued, where one is left
LONGEST = 0.2  # seconds that queueing a portion takes: a person's run waits for it
FORGET_AGAIN = 300.0  # seconds until what is left of forgetting people is tried again
SHARE = 0.02  # of the time, for looks at the schedule
SHARE_OF_ALERTS = 0.01  # of the time, for looks at what is to be told
AT_ONCE = 50  # scheduled runs queued in one go at most
MADE_UP = 3600.0  # seconds after its due time from which a run was missed
CHECK_AGAIN = 20 * 3600.0  # seconds after which a file is looked through again
LOG = "worker.log"
MOST_LOG = 5_000_000  # bytes
_DAY = 86400.0

logger = logging.getLogger("sync.engine")


class Upkeep:
    """What one process a data folder does beside: the schedule, the log's size, the patrol, and
    once a day what is old. `stop` ends what it does in the background."""

    def __init__(self, desk: Desk, stop: Callable[[], bool] = lambda: False) -> None:
        self._desk = desk
        self._patrolling = Patrolling(desk, stop)
        for kind in KINDS:
            usual_days(kind)  # what the environment says is refused at the start
        self._left: list[int] = []
        self._next_tick = self._next_tidy = float("-inf")
        self._next_forgetting = self._next_alerts = self._next_patrol = float("-inf")
        self._alerting = False

    def tick(self, in_background: Callable[[Callable[[], None], str], object]) -> None:
        """Do what is due by now; what may take minutes goes `in_background`, under a name. However
        many stores there are, looking at their schedule takes a small part of the time."""
        now = self._desk.clock.monotonic()
        if now >= self._next_tick:
            bound_log(self._desk.data_dir)
            began = time.thread_time()
            self._left = queue_due(self._desk, self._left, most_seconds=LONGEST)
            looked = time.thread_time() - began
            self._next_tick = now + (SOON if self._left else max(TICK, looked / SHARE))
        if now >= self._next_forgetting:
            self._next_forgetting = now + FORGET_AGAIN
            if self._desk.shops_forgetting():
                in_background(partial(forget.carry_on_all, self._desk), "forgetting people")
        if now >= self._next_alerts and not self._alerting:
            self._alerting = True
            in_background(self._alert, "alerts")
        if now >= self._next_patrol:
            self._next_patrol = now + PATROL
            in_background(self._patrolling.go_round, "reading back")
        if now >= self._next_tidy:
            self._next_tidy = now + _DAY
            in_background(self._tidy, "forgetting what is old")

    def _alert(self) -> None:
        """Look at all stores and send what is due. Looking takes a small part of the time, however
        many stores there are; nothing where alerts go nowhere."""
        pause = TICK
        try:
            if self._desk.has_alert_targets():
                began = time.thread_time()
                alerts.look(self._desk)
                pause = max(TICK, (time.thread_time() - began) / SHARE_OF_ALERTS)
                alerts.deliver(self._desk)
        finally:
            self._next_alerts = self._desk.clock.monotonic() + pause
            self._alerting = False

    def _tidy(self) -> None:
        forget_what_is_old(self._desk)
        self._desk.note_public_keys()
        forget.apply_lists(self._desk)
        check_files(self._desk)
        back_up(self._desk, self._desk.days_kept("backups"))


def back_up(desk: Desk, days: int) -> None:
    """Make the night's backup; one that fails is said, and nothing else stops for it."""
    from sync import backup  # with what packs and seals, for a moment a day

    try:
        made = backup.make_nightly(desk, days)
    except (backup.BackupError, sqlite3.Error, OSError) as error:
        logger.error("no backup was made: %s", error)
    else:
        if made:
            logger.info("a backup was made: %s", made.name)


def queue_due(
    desk: Desk, stores: list[int] | None = None, *, most_seconds: float = math.inf
) -> list[int]:
    """Queue the scheduled runs that are due, the longest due first, but no more than AT_ONCE of
    them, and none once that took `most_seconds`; returns the stores that are left for the next
    time. `stores` are such a rest: all are looked at only where there is none."""
    due, ends = stores or due_stores(desk), time.monotonic() + most_seconds
    for n, store in enumerate(due[:AT_ONCE]):
        if time.monotonic() >= ends:
            return due[n:]
        try:
            for standing in standings(desk, store):
                queue_if_due(desk, standing)
        except (sqlite3.Error, ValueError) as error:  # the other stores go on
            logger.error("store %s could not be queued: %s", store, error)
    return due[AT_ONCE:]


def queue_if_due(desk: Desk, standing: Standing) -> RunRow | None:
    """Queue the store's scheduled run if it is due; None if it is not, or a run is active. A run
    that waits in its line phase makes way."""
    due, now = standing.due(desk.clock.now()), desk.clock.now()
    if due is None or due > now or not _is_free(standing):
        return None
    active = None if standing.active is None else desk.run(standing.active.id)
    asked = {"trigger": "schedule", "who": "schedule"}
    try:
        run = queue_instead(desk, standing.store, active, "sync", **asked)
    except RunActive:
        return None
    if now - due > MADE_UP:
        desk.note_made_up(standing.store.id, due)
        message = Message("log.made_up", due=iso(due) or "")
        desk.log(run.id, "warning", "", message)
        logger.warning("run %s of store %s %s", run.id, standing.store.slug, message)
    return run


def _is_free(standing: Standing) -> bool:
    """Whether no run of the store is in the way of a new one."""
    run = standing.active
    if run is None:
        return True
    return run.state is State.WAITING and (run.phase, run.kind) == ("lines", "sync")


def check_files(desk: Desk) -> list[str]:
    """Look through each file that was not looked through for a day, and those that were damaged
    then: they may have been brought back. The damaged ones by name."""
    known, now = desk.checked(), desk.clock.now()
    names = ["desk.db", *(f"shops/{shop.slug}.db" for shop in desk.shops())]
    for name in names:
        at, bad = known.get(name, (float("-inf"), None))
        fresh = bad is None and 0 <= now - at < CHECK_AGAIN
        if (desk.data_dir / name).exists() and not fresh:
            problem = damage(desk.data_dir / name)
            desk.note_check(name, problem)
            if problem:
                logger.error("%s is damaged: %s", name, problem)
    return [name for name, (_, problem) in desk.checked().items() if problem]


def bound_log(folder: Path) -> None:
    """Keep what the embedded worker writes from growing for ever: what is there is put aside once,
    over what was put aside before. Whoever has it open for appending goes on at its beginning."""
    log = folder / LOG
    if log.exists() and log.stat().st_size > MOST_LOG:
        shutil.copyfile(log, log.with_name(f"{LOG}.1"))
        log.with_name(f"{LOG}.1").chmod(0o600)
        os.truncate(log, 0)
