"""What can be wrong with what somebody asks of the desk."""

from __future__ import annotations

from sync.causes import said
from sync.texts import text


class UsageError(ValueError):
    """What was asked for cannot be: unknown name, bad value, stale plan. One line."""

    def message(self, lang: str = "en") -> str:
        """The line in another language; English where what is behind it is not known."""
        return said(str(self), lang)


class Term(str):
    """A code of the catalogues in the place of a value: its text is put into the line."""


class Refused(UsageError):
    """A refusal with a text of its own, `refusal.<code>`; as a string it is English."""

    def __init__(self, code: str, **values: object) -> None:
        self._code = f"refusal.{code}"
        self._values = values
        super().__init__(self.message())

    def message(self, lang: str = "en") -> str:
        values = {
            name: text(value, lang) if isinstance(value, Term) else value
            for name, value in self._values.items()
        }
        return text(self._code, lang, **values)


class Gone(Refused):
    """What was on the screen has been removed meanwhile; one that came in its place is not it."""


class RunActive(Exception):
    """Another run of the store is active; `.run` is its id."""

    def __init__(self, run: int) -> None:
        super().__init__(f"run {run} of this store is active")
        self.run = run
