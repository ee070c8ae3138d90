"""What is behind a message, by its code: what it means, who can fix it, what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from sync.errors import Message
from sync.texts import catalogue, text

Fixer = Literal["merchant", "support", "clerk", "lightspeed", "nobody"]
OTHER: Final = "other"


class Cause(NamedTuple):
    """A stable code; who can do something about it, `nobody` where it heals by itself; and the
    codes of messages that it is behind. One that ends with a dot stands for a family."""

    code: str
    fixer: Fixer
    messages: tuple[str, ...] = ()


# Of a message and those within it the first cause that is found counts: what names the cause
# stands before what only wraps it.
_ALL: Final = (
    Cause("wrong_cluster", "support", ("lightspeed.wrong_cluster",)),
    Cause(
        "key_refused",
        "merchant",
        (
            "lightspeed.key_refused",
            "lightspeed.key_refused_twice",
            "lightspeed.key_refused_unasked",
            "lightspeed.key_refused_status",
        ),
    ),
    Cause("no_key", "support", ("refusal.no_api_key",)),
    Cause("no_permission", "merchant", ("lightspeed.no_permission",)),
    Cause(
        "language_inactive",
        "merchant",
        ("lightspeed.no_language", "refusal.language_inactive", "refusal.not_active"),
    ),
    Cause("clerk_key", "merchant"),
    Cause("clerk_parsing", "support"),
    Cause("clerk_logical", "support"),
    Cause("clerk_internal", "clerk"),
    Cause("too_large", "support", ("clerk.too_large",)),
    Cause("address_unknown", "support", ("http.no_address",)),
    Cause("address_closed", "support", ("http.closed", "address.")),
    Cause("tls", "support", ("http.no_tls",)),
    Cause("timeout", "nobody", ("http.late", "http.unfinished")),
    Cause("no_connection", "nobody", ("http.no_connection",)),
    Cause("interrupted", "nobody", ("http.broke_off",)),
    Cause("clerk_outage", "clerk", ("outage.clerk", "outage.clerk_given_up")),
    Cause("lightspeed_outage", "lightspeed", ("outage.lightspeed", "outage.lightspeed_given_up")),
    Cause("rate_limit", "nobody", ("refusal.spent",)),
    Cause("too_many_requests", "nobody"),
    Cause("order_lines", "nobody", ("read.lines", "read.lines_many")),
    Cause(
        "clerk_down",
        "clerk",
        ("clerk.web_page", "clerk.no_answer", "clerk.no_reason", "clerk.given_up"),
    ),
    Cause("lightspeed_rejects", "support", ("lightspeed.rejected",)),
    Cause(
        "lightspeed_down",
        "lightspeed",
        (
            "lightspeed.unreached",
            "lightspeed.unusable",
            "lightspeed.no_number",
            "lightspeed.no_list",
            "lightspeed.no_object",
            "lightspeed.no_rows",
            "lightspeed.no_languages",
            "lightspeed.bad_shop",
        ),
    ),
    Cause("not_found", "nobody", ("lightspeed.not_found",)),
    Cause(
        "incomplete_read",
        "nobody",
        (
            *(
                f"read.{each}_moved"
                for each in (
                    *("catalogue", "categories", "orders", "customers", "subscriptions"),
                    *("pages", "parts", "reviews"),
                )
            ),
            "read.customers_uncounted",
            "read.products_uncounted",
        ),
    ),
    Cause("books", "support", ("failed.books",)),
    Cause("died", "support", ("failed.died",)),
    Cause("address_found", "support", ("failed.address",)),
    Cause("stale_plan", "nobody", ("refusal.stale_plan",)),
    Cause("other_writer", "merchant", ("drift.other_writer",)),
    Cause("own_sync", "merchant", ("drift.own_sync",)),
    Cause("modifier", "merchant", ("drift.modifier",)),
    Cause("by_hand", "merchant", ("drift.by_hand",)),
    Cause("read_back", "clerk", ("drift.vanished", "drift.otherwise")),
    Cause(
        "bad_row",
        "merchant",
        ("read.row", "read.row_id", "read.row_place", "read.row_id_place", "shape."),
    ),
    Cause("vault", "support", ("vault.",)),
    Cause("forgotten", "support", ("forgotten.",)),
    Cause("storage", "support", ("storage.",)),
    Cause("unknown_error", "support", ("failed.unknown",)),
    Cause(OTHER, "support"),
)
CAUSES: Final = {cause.code: cause for cause in _ALL}
# Mended by other keys, or by another address of the API, under Shops.
KEYS: Final = frozenset(
    {"wrong_cluster", "key_refused", "no_key", "no_permission", "clerk_key", "vault"}
)
_RANK: Final = {code: rank for rank, code in enumerate(CAUSES)}
_BY_MESSAGE: Final = {each: cause.code for cause in _ALL for each in cause.messages}

# What Clerk.io and Lightspeed say in words of their own, behind Clerk.io's type of error.
_FOREIGN: Final = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"^AuthenticationError\b", "clerk_key"),
        (r"^ParsingError\b|Invalid Syntax In|Missing Argument", "clerk_parsing"),
        (r"^LogicalError\b", "clerk_logical"),
        (r"^InternalError\b", "clerk_internal"),
        (r"[Tt]oo [Mm]any [Rr]equest", "too_many_requests"),
    )
)
_TOO_MANY: Final = 429
_ASKED: Final = ("asked", "next")


def cause_of(message: Message) -> str:
    """The code of what is behind a message; `other` for one that has no known cause."""
    causes = (cause for part in message.parts() for cause in _causes(part))
    return min(causes, key=_RANK.__getitem__, default=OTHER)


def _causes(part: Message) -> list[str]:
    family = part.code.partition(".")[0] + "."
    known = _BY_MESSAGE.get(part.code) or _BY_MESSAGE.get(family)
    busy = "too_many_requests" if part.values.get("status") == _TOO_MANY else None
    return [cause for cause in (known, busy, _foreign(part.values)) if cause]


def _foreign(values: Mapping[str, object]) -> str | None:
    """The cause that others' own words name."""
    said = f"{values.get('type', '')}: {values.get('said', '')}".removeprefix(": ")
    return next((code for pattern, code in _FOREIGN if pattern.search(said)), None)


def advice(message: Message, lang: str = "en") -> dict[str, str]:
    """What a message means to a support person: {"code", "fixer", "who" (the fixer in words),
    "name", "means", "next"}."""
    cause = CAUSES[cause_of(message)]
    parts = {part: text(f"cause.{cause.code}.{part}", lang) for part in ("name", "means", "next")}
    who = text(f"fixer.{cause.fixer}", lang)
    return {"code": cause.code, "fixer": cause.fixer, "who": who, **parts}


def asked(message: Message, lang: str = "en") -> str:
    """What a message means and what to do next where no run is behind it, but somebody who waits
    for the answer: of a trial of keys, a check, a search."""
    cause = cause_of(message)
    return " ".join(text(_either(cause, *pair), lang) for pair in (("seen", "means"), _ASKED))


def to_do(message: Message) -> str:
    """The code of the next step that `asked` tells."""
    return _either(cause_of(message), *_ASKED)


def _either(cause: str, first: str, second: str) -> str:
    own = f"cause.{cause}.{first}"
    return own if own in catalogue("en") else f"cause.{cause}.{second}"


def told(message: Message, lang: str = "en") -> str:
    """What a message says, and where other keys mend it also what it means and what to do next."""
    line = message.text(lang)
    if cause_of(message) not in KEYS - {"vault"}:  # which says so itself
        return line
    known = advice(message, lang)
    return f"{line.rstrip('. ')}. {known['means']} {known['next']}"


def report_link(link: str | None) -> str | None:
    """Clerk.io's own error page; None for any other address that an answer may name."""
    parts = urlsplit(link or "")
    host = parts.hostname or ""
    known = host == "clerk.io" or host.endswith(".clerk.io")
    return link if known and parts.scheme in ("http", "https") else None
