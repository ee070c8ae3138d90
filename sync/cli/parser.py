"""The words of the command line: commands, arguments, options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from sync.entities import ENTITIES, PLURALS
from sync.store import DIGESTS, Refused, data_folder
from sync.texts import LANGUAGES

MOST_PROCESSES: Final = 64
MOST_HOURS: Final = 24 * 366.0


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are exceptions of one line."""

    def error(self, message: str) -> NoReturn:
        raise Refused("arguments", said=message.replace("\n", " "), command=self.prog)


def build() -> argparse.ArgumentParser:
    """The parser of every command; `args.command` holds its words, as in ("shop", "add")."""
    shared = _shared()
    parser = _Parser(prog="python -m sync", parents=[shared], allow_abbrev=False)
    parser.description = "Brings Lightspeed eCom shops into Clerk.io, with a preview before."
    commands = _Group(parser, shared)
    _demo(commands)
    _shops(commands.group("shop", "Lightspeed shops and their API keys"))
    _stores(commands.group("store", "Clerk.io stores: one shop in one language"))
    _settings(commands.group("settings", "what a store sends"))
    _work(commands)
    _answers(commands)
    _runs(commands)
    _records(commands)
    _bundle(commands)
    _backups(commands)
    keep = commands.add("retention", "how long each kind of data is kept, and how much there is")
    keep.add_argument("assignments", nargs="*", metavar="KIND=DAYS", help="keep it so long")
    _alerts(commands.group("alerts", "who is told of what goes wrong"))
    _audit(commands.group("audit", "who did what"))
    _care(commands)
    worker = commands.add("worker", "drive queued and scheduled runs until stopped")
    worker.add_argument("--embedded", action="store_true", help="stop when stdin is closed")
    cores = "drive them in so many processes, each of which uses a core; default: 1"
    worker.add_argument("--processes", type=_processes, default=1, metavar="N", help=cores)
    worker.add_argument("--number", type=_size, help=argparse.SUPPRESS)  # of one of them, from 0
    return parser


def wants_json(argv: list[str]) -> bool:
    """Whether the answer is to be JSON, also where the arguments cannot be read."""
    return "--json" in argv


def wanted_language(argv: list[str]) -> str | None:
    """The language that is asked for, also where the arguments cannot be read."""
    found = None
    for word, after in zip(argv, [*argv[1:], ""], strict=True):
        named = after if word == "--lang" else word.partition("--lang=")[2]
        found = named if named in LANGUAGES else found
    return found


def data_dir(args: argparse.Namespace, environ: Mapping[str, str] | None = None) -> Path:
    """--data, else SYNC_DATA, else `data` beside app.py."""
    return data_folder(getattr(args, "data", None), environ)


def _shared() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    options = shared.add_argument_group("before or after any command")
    options.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options.add_argument(
        "--data", type=_path, metavar="DIR", help="data folder (SYNC_DATA; default data/)"
    )
    options.add_argument("--lang", choices=LANGUAGES, help="language of the answers (LANG)")
    options.add_argument("-v", "--verbose", action="count", help="log to stderr; -vv logs more")
    return shared


class _Group:
    """Commands under one parser, each with the shared options."""

    def __init__(
        self,
        parser: argparse.ArgumentParser,
        shared: argparse.ArgumentParser,
        words: tuple[str, ...] = (),
    ) -> None:
        self._shared = shared
        self._words = words
        self._commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(self, name: str, summary: str) -> argparse.ArgumentParser:
        parser = self._parser(name, summary)
        parser.set_defaults(command=(*self._words, name))
        return parser

    def group(self, name: str, summary: str) -> _Group:
        return _Group(self._parser(name, summary), self._shared, (*self._words, name))

    def _parser(self, name: str, summary: str) -> argparse.ArgumentParser:
        extra: dict[str, Any] = {"parents": [self._shared], "allow_abbrev": False}
        return self._commands.add_parser(name, help=summary, description=summary, **extra)


def _demo(commands: _Group) -> None:
    demo = commands.add("demo", "make the demo shop and store, ready to preview and run")
    demo.add_argument("--products", type=_size, default=600, metavar="N")
    demo.add_argument("--orders", type=_size, default=4000, metavar="N")
    demo.add_argument("--seed", type=_size, default=1, metavar="N")


def _shops(shop: _Group) -> None:
    add = shop.add("add", "add a shop; LIGHTSPEED_API_KEY and LIGHTSPEED_API_SECRET, or a prompt")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--domain", required=True, metavar="D", help="as in www.shop.nl")
    add.add_argument("--cluster", required=True, choices=("eu1", "us1"))
    add.add_argument("--api-url", metavar="URL", help="scheme and host in place of the cluster's")
    _unchecked(add)
    shop.add("list", "all shops")
    _shop(shop.add("check", "keys, permissions, languages and limits, as Lightspeed says"))
    change = _shop(shop.add("set", "change reserve, name, domain, cluster or url_language"))
    change.add_argument("assignments", nargs="+", metavar="KEY=VALUE")
    _shop(shop.add("remove", "forget a shop with its stores, runs and local copy"))
    key = shop.group("key", "a shop's API keys")
    new = _shop(key.add("add", "add a key; LIGHTSPEED_API_KEY, LIGHTSPEED_API_SECRET, or a prompt"))
    _unchecked(new)
    _shop(key.add("list", "a shop's keys, last four characters"))
    remove = _shop(key.add("remove", "forget a key"))
    unblock = _shop(key.add("unblock", "forget that Lightspeed told a key to wait, or refused it"))
    for named in (remove, unblock):
        named.add_argument("key", type=_size, metavar="KEY", help="its id in `shop key list`")


def _unchecked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unchecked", action="store_true", help="store the key without trying it")


def _stores(store: _Group) -> None:
    add = store.add("add", "add a store; CLERK_PUBLIC_KEY and CLERK_PRIVATE_KEY, or a prompt")
    _shop(add)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--language", required=True, metavar="LL", help="a language of the shop: nl")
    add.add_argument("--api-url", metavar="URL", help="scheme and host in place of Clerk.io's")
    add.add_argument("--schedule", choices=("on", "off"), default="off", help="default: off")
    store.add("list", "all stores and how they are")
    change = _store(store.add("set", "change options that are no settings; see the documentation"))
    change.add_argument("assignments", nargs="+", metavar="OPTION=VALUE")
    other = "other Clerk.io keys, tried first; CLERK_PUBLIC_KEY, CLERK_PRIVATE_KEY, or a prompt"
    _store(store.add("keys", other))
    _store(store.add("remove", "forget a store with its settings and runs"))
    _store(store.add("pause", "let no scheduled run begin"))
    _store(store.add("resume", "let scheduled runs begin again"))


def _settings(settings: _Group) -> None:
    _store(settings.add("show", "a store's settings"))
    change = _store(settings.add("set", "change settings; see docs/settings.md"))
    change.add_argument("assignments", nargs="+", metavar="KEY=VALUE")
    change.add_argument("--note", default="", metavar="TEXT", help="why, for the history")
    _store(settings.add("history", "who changed what, when and why"))
    restore = _store(settings.add("restore", "return to a version"))
    restore.add_argument("version", type=_size, metavar="VERSION")


def _work(commands: _Group) -> None:
    refresh = _store(commands.add("refresh", "read the shop; everything but order lines"))
    refresh.add_argument("--full", action="store_true", help="read the whole catalogue again")
    preview = _store(commands.add("preview", "what a run would send; makes no call"))
    preview.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE")
    preview.add_argument(
        "--records", type=_path, metavar="FILE", help="every record, one JSON line each"
    )
    blame = "with --set: which setting moves how many records, held against the saved ones"
    preview.add_argument("--blame", action="store_true", help=blame)
    costs = "what each choice of include_orders costs: orders, calls, finish, best start"
    preview.add_argument("--costs", action="store_true", help=costs)
    run = _store(commands.add("run", "read, decide, send, verify"))
    run.add_argument("--full", action="store_true", help="read the whole catalogue again")
    run.add_argument("--plan", metavar="FINGERPRINT", help="exactly the plan of that preview")
    only = "these records alone; may be given again for another entity"
    run.add_argument("--only", action="append", metavar="products:1,2", help=only)
    run.add_argument("--retry", type=_size, metavar="RUN", help="what failed in that run")
    again = "send again what the ledger holds as confirmed"
    run.add_argument("--resend", nargs="?", const="all", choices=("all", *ENTITIES), help=again)
    compare = "ask Clerk.io for every record the ledger holds; sends nothing"
    run.add_argument("--compare", action="store_true", help=compare)
    mend = "with --compare: send what is missing or different again"
    run.add_argument("--mend", action="store_true", help=mend)
    calls = "keep each call of this run, with headers and bodies, without secrets and persons"
    run.add_argument("--record", action="store_true", help=calls)
    run.add_argument("--no-wait", action="store_true", help="end where a window must be waited for")


def _answers(commands: _Group) -> None:
    contrast = _store(commands.add("contrast", "what sets some records apart from the rest"))
    contrast.add_argument("entity", choices=("products", "orders"))
    chosen = contrast.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--reason", metavar="CODE", help="those left out for it")
    actions = ("create", "update", "unchanged", "remove", "skip")
    chosen.add_argument("--action", choices=actions, help="those of which the plan says so")
    chosen.add_argument("--failed", type=_size, metavar="RUN", help="those that failed in it")
    gone = "those taken out of Clerk.io since, and not back"
    chosen.add_argument("--gone-since", metavar="TIME", help=gone)
    moved = "those that these settings would move"
    chosen.add_argument("--set", nargs="+", action="extend", metavar="KEY=VALUE", help=moved)
    cure = "also the change of settings that brings back most of them"
    contrast.add_argument("--cure", action="store_true", help=cure)
    answer = "also a text about them to paste into the merchant's ticket"
    contrast.add_argument("--answer", action="store_true", help=answer)
    _zone(contrast)

    held = _store(commands.add("held", "what Clerk.io held on a past day"))
    held.add_argument("--on", metavar="TIME", required=True, help="a day (its end) or ISO time")
    held.add_argument("--and", dest="then", metavar="TIME", help="compare with what it held then")
    held.add_argument(
        "--records", type=_path, metavar="FILE", help="every record, one JSON line each"
    )
    _zone(held)
    bisect = _store(commands.add("bisect", "the run and settings that made a record leave"))
    bisect.add_argument("entity", choices=tuple(PLURALS))
    bisect.add_argument("key", metavar="KEY")
    compare = commands.add("compare", "two runs of a store side by side")
    compare.add_argument("first", type=_size, metavar="RUN")
    compare.add_argument("second", type=_size, metavar="RUN")

    problems = commands.add("problems", "what goes wrong, over all runs and stores")
    problems.add_argument("store", nargs="?", metavar="STORE")

    _store(commands.add("patrol", "what reading back between runs found; makes no call"))

    report = _store(commands.add("report", "a page about a store for the merchant"))
    report.add_argument("file", type=_path, metavar="FILE.html")
    report.add_argument(
        "--csv", type=_path, metavar="DIR", help="also what to fix in Lightspeed, as fix.csv"
    )


def _care(commands: _Group) -> None:
    commands.add("doctor", "look at everything that can be wrong here, and say what to do")
    vault = commands.group("vault", "the main key, which seals all others")
    rotate = vault.add("rotate", "seal every stored key anew with a new main key")
    lost = "the main key is gone for good: make a new one, and enter the keys again"
    rotate.add_argument("--lost", action="store_true", help=lost)


def _zone(parser: argparse.ArgumentParser) -> None:
    zone = "time zone of a TIME that is a day, as in Europe/Berlin; else UTC"
    parser.add_argument("--zone", metavar="NAME", default="UTC", help=zone)


def _runs(commands: _Group) -> None:
    for name, summary in (
        ("approve", "allow a held run its removals, and carry it on"),
        ("reject", "end a held run"),
    ):
        decision = _run(commands.add(name, summary))
        decision.add_argument("--note", default="", metavar="TEXT", help="why, for the history")
    _run(commands.add("cancel", "stop a run at its next checkpoint"))
    _store(commands.add("runs", "a store's runs, newest first"))
    shown = _run(commands.add("show", "one run"))
    answer = "also a text about it to paste into the merchant's ticket"
    shown.add_argument("--answer", action="store_true", help=answer)
    _run(commands.add("log", "one run's log"))


def _records(commands: _Group) -> None:
    explain = _store(commands.add("explain", "one record: does it go, and if not, why"))
    explain.add_argument("entity", choices=tuple(PLURALS))
    explain.add_argument("key", metavar="KEY", help="id, sku, ean, url, title or order number")
    least = "the least that would let it go, in the settings or in the shop"
    explain.add_argument("--smallest", action="store_true", help=least)
    explain.add_argument("--history", action="store_true", help="each change over all runs")
    answer = _store(
        commands.add("answer", "one record: a text to paste into the merchant's ticket")
    )
    answer.add_argument("entity", choices=tuple(PLURALS))
    answer.add_argument("key", metavar="KEY", help="id, sku, ean, url, title or order number")
    export = _store(commands.add("export", "a Clerk.io JSON feed, one file an entity"))
    export.add_argument("directory", type=_path, metavar="DIR")
    forget = _store(commands.add("forget", "remove one person here and at Clerk.io, for good"))
    who = "id, e-mail address or the number of an order of theirs; - reads it from stdin"
    forget.add_argument("customer", metavar="CUSTOMER", help=who)


def _bundle(commands: _Group) -> None:
    bundle = commands.add("bundle", "what a support case needs, in one file")
    bundle.add_argument("subject", metavar="STORE|RUN", help="digits alone are a run")
    bundle.add_argument("file", type=_path, metavar="FILE.zip")


def _backups(commands: _Group) -> None:
    made = commands.add("backup", "everything in one file, while it runs; or one shop")
    made.add_argument("file", type=_path, metavar="FILE")
    one = "this shop alone, its keys sealed under SYNC_PASSPHRASE or what is typed"
    made.add_argument("--shop", metavar="SHOP", help=one)
    back = commands.add("restore", "a whole backup into an empty folder; a shop's into any")
    back.add_argument("file", type=_path, metavar="FILE")


def _alerts(alerts: _Group) -> None:
    alerts.add("list", "where alerts go, what stores have now, what was told lately")
    add = alerts.add("add", "add a target; its address from ALERT_URL, or a prompt")
    add.add_argument("name", metavar="NAME")
    about = add.add_mutually_exclusive_group()
    about.add_argument("--shop", dest="of_shop", metavar="SHOP", help="of this shop alone")
    about.add_argument("--store", dest="of_store", metavar="STORE", help="of this store alone")
    add.add_argument("--language", choices=LANGUAGES, help="of the messages; else --lang")
    add.add_argument("--digest", choices=DIGESTS, default="none", help="gathered; default: none")
    for name, summary in (("remove", "forget a target"), ("test", "send a test there")):
        alerts.add(name, summary).add_argument("name", metavar="NAME")
    mute = alerts.add("mute", "send a target nothing, or tell nobody of a cause, for a while")
    mute.add_argument("name", metavar="NAME", nargs="?")
    mute.add_argument("--cause", metavar="KIND:CAUSE", help="as `alerts list` has it")
    how = mute.add_mutually_exclusive_group(required=True)
    how.add_argument("--hours", type=_hours, metavar="N", help="for so long")
    grows = "until more stores have the cause than now"
    how.add_argument("--until-grows", action="store_true", help=grows)
    how.add_argument("--off", action="store_true", help="no longer")


def _hours(text: str) -> float:
    hours = float(text)
    if not 0 < hours <= MOST_HOURS:
        raise ValueError(text)
    return hours


_hours.__name__ = "number of hours"


def _audit(audit: _Group) -> None:
    entries = audit.add("list", "the audit trail, newest first")
    entries.add_argument("--since", metavar="TIME", help="from then on: a day (its start) or time")
    _zone(entries)
    audit.add("verify", "whether every entry is as it was written, and none is missing")


def _shop(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("shop", metavar="SHOP")
    return parser


def _store(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("store", metavar="STORE")
    return parser


def _run(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("run", type=_size, metavar="RUN")
    return parser


def _size(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


_size.__name__ = "whole number"  # argparse puts it into "invalid … value"


def _processes(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_PROCESSES:
        raise ValueError(text)
    return number


def _path(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError(text)
    return text


_path.__name__ = "name of a file or folder"


_processes.__name__ = f"number of processes from 1 to {MOST_PROCESSES}"


def assignments(items: list[str]) -> dict[str, str]:
    """`KEY=VALUE` items as a dict, each key once; UsageError for anything else."""
    values: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise Refused("assignment", item=item)
        if key.strip() in values:
            raise Refused("given_twice", key=key.strip())
        values[key.strip()] = value.strip()
    return values
