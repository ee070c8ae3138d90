"""What keeps a request from giving a usable answer.

HttpError                 its values are one line each, redacted, fit to be shown
├─ NetworkError           nothing came back
│  ├─ NoAddress           the host's name is unknown
│  ├─ Closed              the host's name leads to addresses that may not be called
│  ├─ NoConnection        the host does not accept connections
│  ├─ TlsFailure          no trusted encryption
│  ├─ TimedOut            no answer, or not the whole of it, in time
│  ├─ Interrupted         the connection broke off
│  └─ Abandoned           not waited for any longer, because the caller stops
├─ BadAnswer              HTML where JSON was due, truncated JSON, an empty body, one too large
└─ Refused                an HTTP status of 400 and above
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.errors import CodedError, Message
from sync.shapes.plain import without_marks
from sync.vault import redact


class HttpError(CodedError):
    """Whatever keeps a request from giving a usable answer."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(Message(code, **values).cleaned(_line))


class NetworkError(HttpError):
    """Nothing came back. `applied_unknown`: the request may have reached the server."""

    def __init__(self, code: str, /, *, applied_unknown: bool = False, **values: object) -> None:
        super().__init__(code, **values)
        self.applied_unknown = applied_unknown


class NoAddress(NetworkError):
    """The host's name could not be resolved."""


class Closed(NetworkError):
    """The host's name leads to addresses that may not be called."""


class NoConnection(NetworkError):
    """The host does not accept connections."""


class TlsFailure(NetworkError):
    """The encrypted connection could not be set up or its certificate is not trusted."""


class TimedOut(NetworkError):
    """No answer in time."""


class Interrupted(NetworkError):
    """The connection broke off after the request was begun."""


class Abandoned(NetworkError):
    """Whoever waited for the answer was asked to stop."""


class BadAnswer(HttpError):
    """An answer came, but not what it should be. `status` is its HTTP status."""

    def __init__(self, code: str, /, *, status: int, **values: object) -> None:
        super().__init__(code, status=status, **values)
        self.status = status


class Refused(HttpError):
    """An HTTP status of 400 and above, for those who judge an Answer; `send` never raises it.

    `said`: what the server said, redacted, or a message of ours on what came instead.
    """

    def __init__(
        self,
        status: int,
        said: str | Message = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.said = redact(said) if isinstance(said, str) else said
        code = "http.refused_because" if said else "http.refused"
        super().__init__(code, status=status, said=said)
        self.status = status
        self.headers = headers or {}


def _line(text: str) -> str:
    return redact(without_marks(text))
