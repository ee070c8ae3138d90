"""One call of the command line: what was asked, where, by whom, and what comes back."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sync.cli.screen import Screen
from sync.clock import Clock
from sync.errors import Message
from sync.store import Desk, Refused, ShopRow, StoreRow
from sync.texts import text


@dataclass(frozen=True)
class Answer:
    """A command's document, how a reader sees it, and the exit code."""

    document: object
    draw: Callable[[Screen], None]
    code: int = 0


class Call:
    """The arguments of one command with the desk they are about."""

    def __init__(
        self, args: Namespace, data: Path, screen: Screen, clock: Clock | None = None
    ) -> None:
        self.args = args
        self.screen = screen
        self.data_dir, self.clock = data, clock

    @cached_property
    def desk(self) -> Desk:
        desk = Desk(self.data_dir, clock=self.clock)
        for _, message in desk.rights.messages():
            self.screen.remark(message.text(self.screen.lang))
        return desk

    @property
    def shop(self) -> ShopRow:
        return self.desk.shop(self.args.shop)

    @property
    def store(self) -> StoreRow:
        return self.desk.store(self.args.store)


def said(document: object, code: str, **values: object) -> Answer:
    """An answer that a reader sees as this one line."""
    return Answer(document, lambda screen: screen.say(code, **values))


def secret(screen: Screen, name: str) -> str:
    """The secret in that environment variable, else typed unseen, else a line of stdin.

    UsageError where none of them gives one.
    """
    given = os.environ.get(name, "").strip()
    if given:
        return given
    prompt = text(f"cli.secret.{name}", screen.lang)
    if sys.stdin.isatty():
        typed = getpass.getpass(f"{prompt}: ", stream=sys.stderr).strip()
    else:
        typed = sys.stdin.readline().strip()
    if not typed:
        raise Refused("no_secret_given", secret=Message(f"cli.secret.{name}"), variable=name)
    return typed
