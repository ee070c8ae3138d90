"""One attempt at one HTTP request, told in our own words; the only room that knows httpx."""

from sync.http.answer import Answer, Exchange
from sync.http.client import Http
from sync.http.errors import (
    Abandoned,
    BadAnswer,
    Closed,
    HttpError,
    Interrupted,
    NetworkError,
    NoAddress,
    NoConnection,
    Refused,
    TimedOut,
    TlsFailure,
)
from sync.http.transport import tls

__all__ = [
    "Abandoned",
    "Answer",
    "BadAnswer",
    "Closed",
    "Exchange",
    "Http",
    "HttpError",
    "Interrupted",
    "NetworkError",
    "NoAddress",
    "NoConnection",
    "Refused",
    "TimedOut",
    "TlsFailure",
    "tls",
]
