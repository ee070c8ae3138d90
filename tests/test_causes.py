"""Every message that a run can end with has a cause that tells a person what to do."""

import ast
from pathlib import Path

import pytest

from sync import causes
from sync.causes import CAUSES, FIXERS, advice, cause_of
from sync.clerk.answers import ClerkRefused, Problem
from sync.database import sqlite3
from sync.http import BadAnswer, Interrupted, NoAddress, NoConnection, Refused, TimedOut, TlsFailure
from sync.inspection.inspector import OTHER_WRITER, OTHERWISE, VANISHED
from sync.lightspeed import NoPermission, NotFound, Rejected, Spent
from sync.run import StalePlan
from sync.texts import LANGUAGES
from sync.vault import KEY_FILE

SYNC = Path(causes.__file__).parent
REFUSED = "Lightspeed refused the key •••8899 (cluster eu1"
GIVEN_UP = "; given up after 6 attempts, what is missing goes next time"

MESSAGES = {
    f"{REFUSED})": "key_refused",
    f"{REFUSED}; us1 refuses it too)": "key_refused",
    f"{REFUSED}; us1 could not be asked)": "key_refused",
    f"{REFUSED}; us1 accepts it: change the cluster)": "wrong_cluster",
    str(NoPermission("orders")): "no_permission",
    f"customers could not be read: {NoPermission('customers')}": "no_permission",
    "the shop has no active language 'fr'": "language_inactive",
    "language fr is not active in this shop; active: nl, de": "language_inactive",
    str(NotFound("catalog/12")): "not_found",
    f"order lines could not be read: {NotFound('orders/5/products')}": "order_lines",
    str(Rejected("orders", 400, "bad page")): "lightspeed_rejects",
    f"Lightspeed cannot be reached: {NoAddress('the address of api.x is unknown')}": (
        "address_unknown"
    ),
    f"Lightspeed cannot be reached: {NoConnection('no connection to api.x')}": "no_connection",
    f"Lightspeed cannot be reached: {TlsFailure('no secure connection to x: expired')}": "tls",
    f"Lightspeed cannot be reached: {TimedOut('api.x did not answer within 60 s')}": "timeout",
    f"Lightspeed cannot be reached: {Interrupted('the connection to x broke off')}": "interrupted",
    f"Lightspeed gives no usable answer for x: {Refused(503, 'a web page')}": "lightspeed_down",
    f"Lightspeed gives no usable answer for x: {BadAnswer('empty answer', status=200)}": (
        "lightspeed_down"
    ),
    "Lightspeed answers orders/count with something that is no number": "lightspeed_down",
    str(Spent(1_800_000_000, "hour")): "rate_limit",
    "the hour window of the Lightspeed API is spent": "rate_limit",
    str(ClerkRefused(Problem("Wrong private_key", type="AuthenticationError"))): "clerk_key",
    "ParsingError: Body is not valid JSON": "clerk_parsing",
    "Invalid Syntax In Argument: products": "clerk_parsing",
    "Missing Argument key": "clerk_parsing",
    "LogicalError: orders[0].email cannot be changed after creation": "clerk_logical",
    "InternalError: something broke": "clerk_internal",
    f"InternalError: something broke{GIVEN_UP}": "clerk_internal",
    "Clerk.io refuses this as too large (status 413)": "too_large",
    f"Clerk.io sent a web page (status 502){GIVEN_UP}": "clerk_down",
    f"Clerk.io gave no reason (status 500){GIVEN_UP}": "clerk_down",
    f"api.clerk.io did not answer within 60 s{GIVEN_UP}": "timeout",
    "the catalogue changed while it was read; nothing will be removed": "incomplete_read",
    "the books do not balance; nothing is lost, the next run compares anew": "books",
    "died 5 times without progress": "died",
    str(StalePlan()): "stale_plan",
    "superseded": "superseded",
    "Clerk.io has not answered since 2026-03-10T14:02:00Z; given up after a day": "clerk_outage",
    "Lightspeed has not answered since 2026-03-10T14:02:00Z": "lightspeed_outage",
    "a newer run took over": "superseded",
    "shop fiets has no API key; add one with: shop key add fiets": "no_key",
    "products 5: confirmed, but Clerk.io does not have it": "read_back",
    OTHER_WRITER: "other_writer",
    VANISHED: "read_back",
    OTHERWISE.format("name, price"): "read_back",
    "database is locked": "storage",
    "database or disk is full": "storage",
    "[Errno 28] No space left on device": "storage",
    "unknown error 0a1b2c3d; see the log": "unknown_error",
    "refused with status 429: slow down": "too_many_requests",
    "orders: a row of orders has no usable id": "bad_row",
    "secret.key is missing in the data folder: put it back, set SYNC_KEY": "vault",
    "no such thing was ever said": "other",
    "": "other",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_has_its_cause(message: str):
    assert cause_of(message) == MESSAGES[message]


def test_a_missing_message_has_the_general_cause():
    assert cause_of(None) == "other"


def test_every_cause_is_tried_above():
    assert set(MESSAGES.values()) == set(CAUSES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("message", MESSAGES)
def test_every_cause_says_what_it_means_who_can_fix_it_and_what_to_do(message: str, lang: str):
    told = advice(message, lang)
    assert (told["code"], told["fixer"]) == CAUSES[MESSAGES[message]]
    assert told["fixer"] in FIXERS
    assert told["means"].endswith(".")
    assert told["next"].endswith(".")
    assert len({told[part] for part in ("who", "name", "means", "next")}) == 4


def templates(path: Path, names: set[str]) -> list[str]:
    """First texts of the calls to these names in a module, placeholders as a word."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and called(node) in names:
            found += [text for arg in node.args if (text := words(arg))]
    return found


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def words(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(words(part) or "xyz" for part in node.values)
    named = node.value if isinstance(node, ast.FormattedValue) else None
    return KEY_FILE if isinstance(named, ast.Name) and named.id == "KEY_FILE" else ""


SAID = {
    "extract": {"problem"},
    "lightspeed": {"NoSuchLanguage", "Unreadable", "LightspeedDown"},
    "clerk/answers.py": {"Problem"},
    "vault.py": {"VaultError"},
    "run/session.py": {"Failed"},
    "http.py": {"NoAddress", "NoConnection", "TlsFailure", "TimedOut", "Interrupted"},
}


def said() -> list[str]:
    found = []
    for place, names in SAID.items():
        paths = [SYNC / place] if place.endswith(".py") else sorted((SYNC / place).glob("*.py"))
        found += [text for path in paths for text in templates(path, names) if " " in text]
    return [text for text in found if text != "xyz: xyz"]  # what only joins two others' words


def test_what_the_source_can_say_is_found():
    assert len(said()) > 20


@pytest.mark.parametrize("message", said())
def test_what_the_source_can_say_has_a_cause(message: str):
    """What only wraps another message has that one's cause."""
    wrapped = message.replace("could not be read: xyz", f"could not be read: {NotFound('tags')}")
    assert cause_of(wrapped) != "other"


def test_sqlite_s_own_words_are_known(tmp_path: Path):
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE t (n INTEGER NOT NULL)")
        with pytest.raises(sqlite3.Error) as broken:
            db.execute("INSERT INTO t VALUES (NULL)")
    with pytest.raises(sqlite3.Error) as unopened:
        sqlite3.connect(tmp_path / "no" / "x.db")
    db.close()
    assert [cause_of(str(e.value).split(": ")[0]) for e in (broken, unopened)] == ["storage"] * 2


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
