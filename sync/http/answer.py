"""What came back: a whole answer, and an attempt as it went over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from sync import lenient
from sync.http.errors import BadAnswer


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer: `headers` with lower-case names, `took` in seconds."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    took: float

    def json(self) -> Any:
        """The body's value; BadAnswer if it is empty, a web page, not whole or nested too deep. In
        the place of a record that is no sound JSON stands a `lenient.Damaged`."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return self._leniently()
        return self._leniently() if self._is_deep(value) else value

    def _is_deep(self, value: object) -> bool:
        return len(self.body) > 2 * lenient.DEEPEST and lenient.too_deep(value)

    def _leniently(self) -> Any:
        fault = self._fault()
        try:
            if self.body.strip() and not self.is_html():
                return lenient.parse(self.body)
        except lenient.TooDeep:
            raise BadAnswer("http.deep", levels=lenient.DEEPEST, status=self.status) from None
        except ValueError:
            pass
        raise BadAnswer(fault, status=self.status)

    def is_html(self) -> bool:
        """Whether the body is a web page, whatever its headers claim."""
        start = self.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))

    def _fault(self) -> str:
        if not self.body.strip():
            return "http.empty"
        return "http.html" if self.is_html() else "http.broken"


@dataclass(frozen=True)
class Exchange:
    """One attempt as it went over the wire: `url` as a log may show it, everything else as it is,
    for whoever hides secrets and persons in it. `status` is None where no whole answer came, and
    `error` then the code of why; `took` in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    took: float
    status: int | None
    error: str | None
    answer_headers: Mapping[str, str] = field(repr=False)
    answer: bytes = field(repr=False)
