"""The command line: `python -m sync`. The contract is docs/command-line.md."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from sync.addresses import allowed_networks
from sync.budget import Spent
from sync.cli import streams
from sync.cli.call import Answer, Call
from sync.cli.moments import zone_of
from sync.cli.parser import build, data_dir, wanted_language, wants_json
from sync.cli.screen import HarmlessFormatter, Screen, language, local
from sync.clock import Clock
from sync.database import kept, message_of, sqlite3
from sync.errors import BadEnvironment, CodedError
from sync.patience import default_timeout
from sync.settings import SettingError
from sync.store import KeysFailed, Refused, RunActive, UsageError
from sync.vault import RedactingFilter, redact

FAILED, WRONG_USAGE, ACTIVE = 1, 2, 5
# By name: a command imports what it runs, and no more.
COMMANDS: Final[dict[tuple[str, ...], str]] = {
    ("demo",): "demo.make_demo",
    ("shop", "add"): "connect.shop_add",
    ("shop", "list"): "connect.shop_list",
    ("shop", "check"): "connect.shop_check",
    ("shop", "set"): "connect.shop_set",
    ("shop", "remove"): "connect.shop_remove",
    ("shop", "key", "add"): "connect.key_add",
    ("shop", "key", "list"): "connect.key_list",
    ("shop", "key", "remove"): "connect.key_remove",
    ("shop", "key", "unblock"): "connect.key_unblock",
    ("store", "add"): "connect.store_add",
    ("store", "list"): "listing.store_list",
    ("store", "set"): "connect.store_set",
    ("store", "keys"): "connect.store_keys",
    ("store", "remove"): "connect.store_remove",
    ("store", "pause"): "connect.store_pause",
    ("store", "resume"): "connect.store_resume",
    ("settings", "show"): "tune.settings_show",
    ("settings", "set"): "tune.settings_set",
    ("settings", "history"): "tune.settings_history",
    ("settings", "restore"): "tune.settings_restore",
    ("refresh",): "work.refresh",
    ("preview",): "ask.preview",
    ("run",): "work.run_store",
    ("approve",): "work.approve",
    ("reject",): "work.reject",
    ("cancel",): "work.cancel",
    ("runs",): "work.list_runs",
    ("show",): "work.show_run",
    ("log",): "work.log",
    ("contrast",): "ask.contrast",
    ("held",): "ask.held",
    ("bisect",): "ask.bisect",
    ("compare",): "ask.compare",
    ("patrol",): "ask.patrol",
    ("problems",): "ask.problems",
    ("report",): "ask.report",
    ("explain",): "ask.explain_record",
    ("answer",): "ask.answer",
    ("export",): "work.export",
    ("bundle",): "keep.bundle_of",
    ("backup",): "keep.backup_to",
    ("restore",): "keep.restore_from",
    ("alerts", "list"): "alerting.alerts_list",
    ("alerts", "add"): "alerting.alerts_add",
    ("alerts", "remove"): "alerting.alerts_remove",
    ("alerts", "test"): "alerting.alerts_test",
    ("alerts", "mute"): "alerting.alerts_mute",
    ("audit", "list"): "tell_audit.audit_list",
    ("audit", "verify"): "tell_audit.audit_verify",
    ("forget",): "forget.forget_person",
    ("retention",): "privacy.retention",
    ("worker",): "work.worker",
    ("vault", "rotate"): "care.vault_rotate",
    ("doctor",): "care.doctor",
}


def handler(command: tuple[str, ...]) -> Callable[[Call], Answer]:
    """The function of a command."""
    module, _, name = COMMANDS[command].partition(".")
    function: Callable[[Call], Answer] = getattr(import_module(f"sync.cli.{module}"), name)
    return function


def main(argv: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Run one command by the clock, the computer's if none is given; returns its exit code
    (0 done, 1 failed, 2 wrong usage, 3 partial, 4 held, 5 waiting or another run active)."""
    streams.ready()
    words = list(sys.argv[1:] if argv is None else argv)
    screen = Screen(json=wants_json(words), lang=wanted_language(words) or language())
    return _command(words, screen, clock)


def _command(words: list[str], screen: Screen, clock: Clock | None) -> int:
    try:
        _readable(words)
        args = build().parse_args(words)
        screen = Screen(json=screen.json, lang=getattr(args, "lang", screen.lang))
        if "zone" in args:
            zone_of(args.zone)  # also where no day is given that it would be about
        default_timeout()
        allowed_networks()
        with _logging(getattr(args, "verbose", 0)), kept():
            answer = handler(args.command)(Call(args, data_dir(args), screen, clock))
        _answer(screen, answer)
    except KeyboardInterrupt:
        screen.error(screen.text("interrupted"))
        return FAILED
    except (CodedError, sqlite3.Error, OSError) as error:
        screen.error(redact(_reason(error, screen.lang)))
        return _code_of(error)
    return answer.code


def _answer(screen: Screen, answer: Answer) -> None:
    try:
        if screen.json:
            screen.document(answer.document)
        else:
            answer.draw(screen)
        screen.out.flush()
    except BrokenPipeError:  # the reader has seen enough, as in `… | head`
        streams.silence(screen.out)


def _code_of(error: Exception) -> int:
    if isinstance(error, Spent | RunActive):
        return ACTIVE
    wrong = isinstance(error, UsageError | SettingError | BadEnvironment)
    return WRONG_USAGE if wrong and not isinstance(error, KeysFailed) else FAILED


def _reason(error: Exception, lang: str) -> str:
    if isinstance(error, Spent):
        return error.text(lang, until=local(error.until, utc=True))
    from sync.causes import told

    message = message_of(error)
    return message.text(lang) if isinstance(error, Refused) else told(message, lang)


def _readable(words: Sequence[str]) -> None:
    for word in words:
        if any("\ud800" <= c <= "\udfff" for c in word):
            raise Refused("not_utf8", word=ascii(word))


@contextmanager
def _logging(verbose: int) -> Iterator[None]:
    """Log lines on stderr while a command runs, redacted."""
    handler = logging.StreamHandler()
    handler.addFilter(RedactingFilter())
    handler.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel((logging.ERROR, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
