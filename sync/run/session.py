"""Driving a run: a slice at a time, what comes next, and nothing of the loop around it.

`Session.advance` works for about two seconds and says what comes next. Everything it needs to go
on after a kill -9 is in the shop's file; what it keeps in memory saves time, never truth.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from sync import clerk, forget, lightspeed
from sync.addresses import BadAddress
from sync.budget import Spent
from sync.clerk import ClerkDown, ClerkError
from sync.database import kept, message_of, sqlite3
from sync.errors import Message
from sync.forgotten import ForgottenError
from sync.http import Http, HttpError
from sync.lightspeed import LightspeedDown, LightspeedError
from sync.openshop import OpenShop, opened_shop
from sync.recording import Recorder
from sync.run.answers import Cancelled, Failed, Held, HeldRun, More, Result, Wait
from sync.run.garbage import few_collections
from sync.run.interrupts import Interrupts
from sync.run.outages import SideOut
from sync.run.steps import Steps
from sync.store import Desk, RunRow, UsageError
from sync.vault import VaultError, redact

SLICE = 2.0  # seconds an advance works before it says More
SHOW_EVERY = 1.0  # seconds at least between two writes of progress

logger = logging.getLogger("sync.run")


_KNOWN_ERRORS = (
    BadAddress,
    HttpError,
    LightspeedError,
    ClerkError,
    VaultError,
    ForgottenError,
    UsageError,
    sqlite3.Error,
    OSError,
)


class Session:
    """One run in the hands of this process, which holds the shop's lock. `stop` ends it, cancelled;
    `pause` and `share` have it leave its place."""

    def __init__(
        self,
        desk: Desk,
        run: RunRow,
        *,
        stop: Callable[[], bool] = lambda: False,
        pause: Callable[[], bool] = lambda: False,
        share: Callable[[], bool] = lambda: False,
    ) -> None:
        self.desk = desk
        self.run = run
        self.phase = run.phase
        self.steps: Steps | None = None  # until it has come as far as its shop's file
        self._interrupts = Interrupts(desk, run.id, stop=stop, pause=pause, share=share)
        self._stack = ExitStack()
        self._ahead: Iterator[str] = iter(())
        self._shown, self._shown_at = run.phase, float("-inf")
        self._recorder = Recorder(run.id, desk.clock) if run.options.get("record") else None
        self._counted: dict[str, Counter[str]] = {"lightspeed": Counter(), "clerk": Counter()}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def log(self, level: str, message: Message) -> None:
        """One redacted line in the run's log."""
        self.desk.log(self.run.id, level, self.phase, message.cleaned(redact))

    # -- one slice --------------------------------------------------------------------------

    def advance(self) -> Result:
        """Work for about two seconds; never raises for what can go wrong in a run."""
        try:
            with few_collections():
                result = self._attempt()
        except Spent as spent:
            result = Wait(spent.until, spent.window)
        except HeldRun as held:
            result = Held(held.holds)
        except (clerk.Stopped, lightspeed.Stopped):
            result = self._stopped()
        except _KNOWN_ERRORS as error:
            result = self._failed(error)
        except Exception:  # the one place that turns an unknown error into a failed run
            result = Failed(Message("failed.unknown", id=self._report_unknown()))
        try:
            self._count_calls()
        except sqlite3.Error as error:  # a full disk, a locked file
            return self._failed(error)
        return result

    def _stopped(self) -> Result:
        """Interrupted in the midst of a call: it goes on, if it does, from its last checkpoint."""
        if self.steps is not None:
            self._ahead = self.steps.all()
        paused = self._interrupts.paused()
        return Cancelled() if self._interrupts.cancelled() else More(paused=paused)

    def _failed(self, error: Exception) -> Failed:
        path = self.steps.shop.path if self.steps and isinstance(error, sqlite3.Error) else None
        return Failed(message_of(error, path).cleaned(redact))

    def _report_unknown(self) -> str:
        error_id = secrets.token_hex(4)
        logger.exception("run %s: unknown error %s", self.run.id, error_id)
        return error_id

    def _attempt(self) -> Result:
        """A slice, or a wait for a side that does not answer."""
        if self.steps is None:
            self.steps = self._opened()
            self._ahead = self.steps.all()
        steps = self.steps
        try:
            return self._slice(steps)
        except SideOut as out:
            return out.side.waits()
        except LightspeedDown as error:
            return steps.side("lightspeed").failed(error)
        except ClerkDown as error:
            return steps.side("clerk").failed(error, error.retry_after or 0)

    def _slice(self, steps: Steps) -> Result:
        ends = self.desk.clock.monotonic() + SLICE
        for phase in self._ahead:
            self._enter(phase)
            over = self.desk.clock.monotonic() >= ends
            self._interrupts.take_turns(over, steps.place)
            if self._interrupts.any():
                if not steps.lightspeed.unread:  # what was paid for is kept
                    return Cancelled() if self._interrupts.cancelled() else More(paused=True)
            elif over:
                return More()
        return steps.result()

    def _enter(self, phase: str) -> None:
        if phase != self.phase:
            self.phase = phase
            self.log("info", Message(f"phase.{phase}"))
        now = self.desk.clock.monotonic()
        if self.phase != self._shown and now - self._shown_at >= SHOW_EVERY:
            self._shown, self._shown_at = phase, now
            self.desk.update_run(self.run.id, {"phase": phase})

    # -- the shop ---------------------------------------------------------------------------

    def _opened(self) -> Steps:
        """The run's work in its shop, which is open until the session ends."""
        self._stack.enter_context(kept())
        store = self.desk.store_by_id(self.run.store_id)
        shop = self._stack.enter_context(opened_shop(self.desk, store))
        forget.keep_out(self.desk, store)
        self._note_progress(shop)
        again = self._look_for_losses(shop)
        stop = self._interrupts.any
        person = self.run.trigger != "schedule"
        note = partial(self.log, "warning")
        recorder = self._recorder
        made = {side: recorder.http_for(side) if recorder else Http for side in self._counted}
        reader = shop.lightspeed(person=person, stop=stop, note=note, http_for=made["lightspeed"])
        self._stack.callback(reader.close)
        shop.budget.release_dead()  # who holds the shop's lock knows that nobody else is at it
        writer = shop.clerk(lambda: steps.outbox.outdated() or stop(), made["clerk"])
        self._stack.callback(writer.close)
        steps = Steps(self.desk, self.run, shop, (reader, writer), self.log, again=again)
        return steps

    def _note_progress(self, shop: OpenShop) -> None:
        """After a death: whether the one before this was at the same place."""
        if not self.run.deaths:
            return
        mark = f"{shop.journal(self.run.id).mark()} {shop.mirror.mark()}"
        if mark != self.run.progress.get("died_at"):
            progress = {**self.run.progress, "died_at": mark}
            self.desk.update_run(self.run.id, {"deaths": 1, "progress": progress})

    def _look_for_losses(self, shop: OpenShop) -> bool:
        """The shop's file may be another one than at the last run; whether it is an older one."""
        shop.note_loss()
        older = shop.is_older()
        if older:
            shop.ledger.doubt_all()
            self.log("warning", Message("log.older_file"))
        return older

    def _count_calls(self) -> None:
        """Count the calls made since the last time in the shop's file."""
        if self.steps is None:
            return
        if self._recorder is not None:
            self._recorder.flush(self.steps.shop.ledger.db)
        for side, client in (("lightspeed", self.steps.lightspeed), ("clerk", self.steps.clerk)):
            calls = Counter(client.calls)
            self.steps.journal.add_calls(side, calls - self._counted[side])
            self._counted[side] = calls
