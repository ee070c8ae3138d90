"""Known causes behind the messages of runs: what one means, who can fix it, what to do next."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from sync.texts import text

FIXERS: Final = ("merchant", "support", "clerk", "lightspeed", "nobody")


class Cause(NamedTuple):
    """A stable code, and who can do something about it: `nobody` where it heals by itself."""

    code: str
    fixer: str


class _Known(NamedTuple):
    code: str
    fixer: str
    pattern: str


# The first pattern that is found counts: what names the cause stands before what only wraps it.
_KNOWN: Final = (
    _Known("wrong_cluster", "support", r"accepts it: change the cluster"),
    _Known("key_refused", "merchant", r"Lightspeed refused the key"),
    _Known("no_key", "support", r"has no API key"),
    _Known("no_permission", "merchant", r"the key may not read"),
    _Known("language_inactive", "merchant", r"no active language|is not active in this shop"),
    _Known("clerk_key", "merchant", r"^(Clerk\.io: )?AuthenticationError\b"),
    _Known(
        "clerk_parsing",
        "support",
        r"^(Clerk\.io: )?ParsingError\b|Invalid Syntax In|Missing Argument",
    ),
    _Known("clerk_logical", "support", r"^(Clerk\.io: )?LogicalError\b"),
    _Known("clerk_internal", "clerk", r"^(Clerk\.io: )?InternalError\b"),
    _Known("too_large", "support", r"refuses this as too large"),
    _Known("address_unknown", "support", r"the address of \S+ is unknown"),
    _Known("tls", "support", r"no secure connection to"),
    _Known("timeout", "nobody", r"did not answer within|did not finish its answer"),
    _Known("no_connection", "nobody", r"no connection to"),
    _Known("interrupted", "nobody", r"the connection to \S+ broke off"),
    _Known("clerk_outage", "clerk", r"Clerk\.io has not answered since"),
    _Known("lightspeed_outage", "lightspeed", r"Lightspeed has not answered since"),
    _Known("rate_limit", "nobody", r"no call to Lightspeed before|window of the .+ is spent"),
    _Known("too_many_requests", "nobody", r"status 429|[Tt]oo [Mm]any [Rr]equest"),
    _Known("order_lines", "nobody", r"^(too many )?order lines could not be read"),
    _Known("clerk_down", "clerk", r"Clerk\.io (sent|gave no reason)|; given up after"),
    _Known("lightspeed_rejects", "support", r"Lightspeed rejects"),
    _Known("lightspeed_down", "lightspeed", r"Lightspeed (gives no usable|answers|cannot)"),
    _Known("not_found", "nobody", r"Lightspeed has no"),
    _Known(
        "incomplete_read",
        "nobody",
        r"changed while (it was|they were) read|could not be counted",
    ),
    _Known("books", "support", r"the books do not balance"),
    _Known("died", "support", r"died \d+ times"),
    _Known("stale_plan", "nobody", r"the plan is stale"),
    _Known(
        "superseded",
        "nobody",
        r"^superseded$|a newer run took over|this run is over$",
    ),
    _Known("other_writer", "merchant", r"^someone else writes to this store"),
    _Known("read_back", "clerk", r"Clerk\.io (does not have it|has other values)"),
    _Known("bad_row", "merchant", r"a row of .+ (has no usable|cannot be used)"),
    _Known(
        "vault", "support", r"secret\.key|SYNC_KEY|stored keys were not sealed|holds no valid key"
    ),
    _Known(
        "storage",
        "support",
        r"^(database|disk|unable to open|attempt to write|the (data folder|disk of)|there is no"
        r" folder|[\w.-]+\.(db|key|lock|log) in .+)\b|constraint failed$|\[Errno ",
    ),
    _Known("unknown_error", "support", r"^unknown error \w+; see the log"),
)
_PATTERNS: Final = [(re.compile(known.pattern), known.code) for known in _KNOWN]
CAUSES: Final = {
    **{known.code: Cause(known.code, known.fixer) for known in _KNOWN},
    "other": Cause("other", "support"),
}


def cause_of(message: str | None) -> str:
    """The code of what is behind a message of ours; `other` for one that nobody foresaw."""
    line = message or ""
    return next((code for pattern, code in _PATTERNS if pattern.search(line)), "other")


def advice(message: str | None, lang: str = "en") -> dict[str, str]:
    """What a message means to a support person: {"code", "fixer", "who" (the fixer in words),
    "name", "means", "next"}."""
    cause = CAUSES[cause_of(message)]
    parts = {part: text(f"cause.{cause.code}.{part}", lang) for part in ("name", "means", "next")}
    who = text(f"fixer.{cause.fixer}", lang)
    return {"code": cause.code, "fixer": cause.fixer, "who": who, **parts}


def said(message: str, lang: str = "en") -> str:
    """A message of ours in one line for a reader of `lang`: what its cause means and what to do
    next; in English, or where nobody foresaw it, the message itself."""
    code = cause_of(message)
    if lang == "en" or code == "other":
        return message
    return " ".join(text(f"cause.{code}.{part}", lang) for part in ("means", "next"))


def report_link(link: str | None) -> str | None:
    """Clerk.io's own error page; None for any other address that an answer may name."""
    parts = urlsplit(link or "")
    host = parts.hostname or ""
    known = host == "clerk.io" or host.endswith(".clerk.io")
    return link if known and parts.scheme in ("http", "https") else None
