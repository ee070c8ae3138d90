"""Every message that a run can end with has a cause that tells a person what to do."""

import re
from pathlib import Path
from typing import get_args

import pytest

from sync import causes
from sync.addresses import BadAddress
from sync.budget import Spent
from sync.causes import CAUSES, Fixer, advice, cause_of
from sync.clerk.answers import ClerkRefused, Problem, quoted
from sync.database import StorageError, message_of, sqlite3
from sync.errors import OLD, CodedError, Message
from sync.forgotten import ForgottenError
from sync.http import (
    BadAnswer,
    Closed,
    Interrupted,
    NoAddress,
    NoConnection,
    Refused,
    TimedOut,
    TlsFailure,
)
from sync.inspection.inspector import OTHER_WRITER, VANISHED, otherwise
from sync.lightspeed import NoPermission, NotFound, Rejected
from sync.lightspeed.answers import LightspeedDown, NoSuchLanguage, Unreadable
from sync.run import StalePlan
from sync.store import Refused as UsageRefused
from sync.texts import LANGUAGES
from sync.vault import VaultError

HOST = {"host": "api.x"}
KEY = {"key": "•••8899", "cluster": "eu1", "other": "us1"}
SHAPELESS = Message("shape.no_id", kind="orders")

# What Lightspeed, Clerk.io or the way to them can answer to somebody who tries keys.
ANSWERED = (
    *("wrong_cluster", "key_refused", "no_permission", "language_inactive", "clerk_key"),
    *("clerk_parsing", "clerk_logical", "clerk_internal", "address_unknown", "address_closed"),
    *("tls", "timeout", "no_connection", "interrupted", "rate_limit", "too_many_requests"),
    *("clerk_down", "lightspeed_rejects", "lightspeed_down", "not_found"),
)
SPEAKS_OF_A_RUN = re.compile(
    r"\b(runs?|Lauf|Laufs|next time|nächsten Mal|lost|verloren|goes? on|geht weiter|is missing)\b"
    r"|\b(were sent|gesendet|records?|Datensatz)\b"
)


def down(why: CodedError) -> LightspeedDown:
    return LightspeedDown("lightspeed.unreached", why=why)


def unusable(why: CodedError) -> Unreadable:
    return Unreadable("lightspeed.unusable", path="x", why=why)


def given_up(said: Message) -> Message:
    return Message("clerk.given_up", why=said, attempts=6)


TOLD: tuple[tuple[Message | CodedError, str], ...] = (
    (Message("lightspeed.key_refused", **KEY), "key_refused"),
    (Message("lightspeed.key_refused_twice", **KEY), "key_refused"),
    (Message("lightspeed.key_refused_unasked", **KEY), "key_refused"),
    (Message("lightspeed.key_refused_status", **KEY, status=500), "key_refused"),
    (Message("lightspeed.wrong_cluster", **KEY), "wrong_cluster"),
    (NoPermission("orders"), "no_permission"),
    (Message("read.customers", why=NoPermission("customers")), "no_permission"),
    (Message("read.lines", why=NoPermission("orders")), "no_permission"),
    (NoSuchLanguage("lightspeed.no_language", language="fr"), "language_inactive"),
    (UsageRefused("language_inactive", language="fr", active="nl, de"), "language_inactive"),
    (UsageRefused("not_active", language="fr", shop="x", active="nl, de"), "language_inactive"),
    (NotFound("catalog/12"), "not_found"),
    (Message("read.tags", why=NotFound("tags")), "not_found"),
    (Message("read.lines", why=NotFound("orders/5/products")), "order_lines"),
    (Message("read.lines", why=unusable(Refused(503))), "order_lines"),
    (Message("read.lines_many"), "order_lines"),
    (Rejected("orders", 400, "bad page"), "lightspeed_rejects"),
    (down(NoAddress("http.no_address", **HOST)), "address_unknown"),
    (down(Closed("http.closed", address="10.0.0.1", **HOST)), "address_closed"),
    (BadAddress("address.private", host="10.0.0.1"), "address_closed"),
    (down(NoConnection("http.no_connection", **HOST)), "no_connection"),
    (down(TlsFailure("http.no_tls", said="expired", **HOST)), "tls"),
    (down(TimedOut("http.late", seconds="60", **HOST)), "timeout"),
    (down(TimedOut("http.unfinished", **HOST)), "timeout"),
    (down(Interrupted("http.broke_off", **HOST)), "interrupted"),
    (unusable(Refused(503, Message("http.web_page"))), "lightspeed_down"),
    (unusable(BadAnswer("http.empty", status=200)), "lightspeed_down"),
    (Unreadable("lightspeed.no_number", path="orders"), "lightspeed_down"),
    (Spent(1_800_000_000, "hour"), "rate_limit"),
    (ClerkRefused(Problem(quoted("Wrong private_key", "AuthenticationError"))), "clerk_key"),
    (quoted("Body is not valid JSON", "ParsingError"), "clerk_parsing"),
    (quoted("Invalid Syntax In Argument: products", None), "clerk_parsing"),
    (quoted("Missing Argument key", None), "clerk_parsing"),
    (quoted("orders[0].email cannot be changed after creation", "LogicalError"), "clerk_logical"),
    (quoted("something broke", "InternalError"), "clerk_internal"),
    (given_up(quoted("something broke", "InternalError")), "clerk_internal"),
    (Message("clerk.too_large", status=413), "too_large"),
    (given_up(Message("clerk.web_page", status=502)), "clerk_down"),
    (given_up(Message("clerk.no_reason", status=500)), "clerk_down"),
    (given_up(Message("clerk.no_answer", status=429)), "too_many_requests"),
    (given_up(quoted("Too many requests", None)), "too_many_requests"),
    (given_up(Message("http.late", host="api.clerk.io", seconds="60")), "timeout"),
    (Message("read.catalogue_moved"), "incomplete_read"),
    (Message("read.products_uncounted"), "incomplete_read"),
    (Message("failed.books"), "books"),
    (Message("failed.address"), "address_found"),
    (Message("failed.died", times=5), "died"),
    (StalePlan(), "stale_plan"),
    (Message("outage.clerk_given_up", since="2026-03-10T14:02:00Z"), "clerk_outage"),
    (Message("outage.lightspeed", since="2026-03-10T14:02:00Z"), "lightspeed_outage"),
    (UsageRefused("no_api_key", shop="fiets"), "no_key"),
    (VANISHED, "read_back"),
    (otherwise(["name", "price"]), "read_back"),
    (OTHER_WRITER, "other_writer"),
    (Message("drift.own_sync"), "own_sync"),
    (Message("drift.modifier"), "modifier"),
    (Message("drift.by_hand"), "by_hand"),
    (StorageError("full", Path("data/desk.db")), "storage"),
    (message_of(sqlite3.IntegrityError("NOT NULL constraint failed")), "storage"),
    (message_of(OSError(107, "Transport endpoint is not connected")), "storage"),
    (Message("failed.unknown", id="0a1b2c3d"), "unknown_error"),
    (Refused(429, "slow down"), "too_many_requests"),
    (Message("read.row_id", path="orders", id=5, why=SHAPELESS), "bad_row"),
    (SHAPELESS, "bad_row"),
    (VaultError("vault.missing", file="secret.key"), "vault"),
    (ForgottenError("forgotten.no_key", file="forgotten.key"), "forgotten"),
    (Message(OLD, said="no such thing was ever said"), "other"),
    (Message(OLD, said=""), "other"),
)
MESSAGES = tuple((e.message if isinstance(e, CodedError) else e, cause) for e, cause in TOLD)


@pytest.mark.parametrize(("message", "cause"), MESSAGES, ids=str)
def test_a_message_has_its_cause(message: Message, cause: str):
    assert cause_of(message) == cause
    assert cause_of(Message.of(message.written())) == cause


def test_every_cause_is_tried_above():
    assert {cause for _, cause in MESSAGES} == set(CAUSES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_says_what_it_means_who_can_fix_it_and_what_to_do(cause: str, lang: str):
    message = next(message for message, its in MESSAGES if its == cause)
    told = advice(message, lang)
    assert (told["code"], told["fixer"]) == CAUSES[cause][:2]
    assert told["fixer"] in get_args(Fixer)
    assert told["means"].endswith(".")
    assert told["next"].endswith(".")
    assert len({told[part] for part in ("who", "name", "means", "next")}) == 4


def test_sqlite_s_own_words_are_known(tmp_path: Path):
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE t (n INTEGER NOT NULL)")
        with pytest.raises(sqlite3.Error) as broken:
            db.execute("INSERT INTO t VALUES (NULL)")
    with pytest.raises(sqlite3.Error) as unopened:
        sqlite3.connect(tmp_path / "no" / "x.db")
    db.close()
    assert [cause_of(message_of(e.value)) for e in (broken, unopened)] == ["storage"] * 2


@pytest.mark.parametrize(
    ("link", "trusted"),
    [
        ("http://my.clerk.io/error/7", True),
        ("https://clerk.io/x", True),
        ("https://clerk.io.evil.example/", False),
        ("javascript:alert(1)", False),
        ("", False),
        (None, False),
    ],
)
def test_only_clerks_own_pages_are_linked(link, trusted):
    assert causes.report_link(link) == (link if trusted else None)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("message", "code"), [(each, code) for each, code in TOLD if code in ANSWERED]
)
def test_where_no_run_is_behind_it_no_run_is_spoken_of(message, code: str, lang: str):
    """Who connects a shop waits for an answer; nothing goes on by itself, and nothing was sent."""
    message = message.message if isinstance(message, CodedError) else message
    said = f"{message.text(lang)} {causes.asked(message, lang)}"
    assert not SPEAKS_OF_A_RUN.search(said), said
