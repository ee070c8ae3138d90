"""A side that does not answer: the run waits for it, and one run at a time asks again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sync.clerk import ClerkDown
from sync.clock import iso
from sync.errors import Message
from sync.lightspeed import LightspeedDown
from sync.run.answers import Failed, Wait
from sync.store import Desk, Outage

NAMES: Final = {"lightspeed": "Lightspeed", "clerk": "Clerk.io"}


class SideOut(Exception):
    """The side is known not to answer."""

    def __init__(self, side: Side) -> None:
        super().__init__(f"{NAMES[side.name]} does not answer")
        self.side = side


@dataclass(frozen=True)
class Side:
    """One side of a run: its host, and whether its API speaks when it is asked for something
    cheap."""

    desk: Desk
    name: str
    host: str
    answers: Callable[[], bool]
    waited: bool  # whether the run has waited for this side before

    def reach(self) -> None:
        """Before the side is needed: SideOut if it is known to be out, unless it is this run's turn
        to ask and it answers."""
        known = self.desk.outage(self.name, self.host)
        if known is None:
            return
        if not self._is_new(known) and not self.desk.take_probe(self.name, self.host):
            raise SideOut(self)
        self._ask(probe=True)

    def _is_new(self, known: Outage) -> bool:
        """Whether the run was asked for when the others had given up: it asks for itself."""
        return known.given_up(self.desk.clock.now()) and not self.waited

    def failed(self, error: LightspeedDown | ClerkDown, retry_after: float = 0) -> Wait | Failed:
        """What a run does whose call got no answer, however often it was tried: it waits if the
        side is out, and has failed if the side answers others."""
        known = self.desk.outage(self.name, self.host)
        if known and not known.due(self.desk.clock.now()) and not self._is_new(known):
            return self.waits()
        try:
            self._ask(probe=False, at_least=retry_after)
        except SideOut:
            return self.waits()
        return Failed(error.message)

    def _ask(self, *, probe: bool, at_least: float = 0) -> None:
        if not self.answers():
            self.desk.side_failed(self.name, self.host, probe=probe, at_least=at_least)
            raise SideOut(self)
        self.desk.side_answers(self.name, self.host)

    def waits(self) -> Wait | Failed:
        """Until the side is asked again; after a day of it the run has failed."""
        now = self.desk.clock.now()
        known = self.desk.outage(self.name, self.host)
        if known is None:  # it answered another one in this very moment
            return Wait(now, None, self.name, self.host)
        if known.given_up(now):
            return Failed(Message(f"outage.{self.name}_given_up", since=iso(known.since)))
        why = Message(f"outage.{self.name}", since=iso(known.since))
        return Wait(known.next, None, self.name, self.host, why)
