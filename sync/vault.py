"""Secrets: sealed at rest, hidden in every text that leaves the process."""

from __future__ import annotations

import hmac
import logging
import os
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, quote_plus

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sync.keyfile import KEY_FILE, KeyFile
from sync.keyfile import VaultError as VaultError
from sync.personal.masking import HIDDEN, without_addresses


class Secret:
    """A text that shows at most its last four characters unless it is asked to reveal itself.

    From its first moment on `redact` hides it. It refuses to be pickled.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        register(text)

    def reveal(self) -> str:
        """The text in the clear."""
        return self._text

    def __str__(self) -> str:
        return HIDDEN + (self._text[-4:] if len(self._text) >= 12 else "")

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: that would write it in the clear")


class Vault:
    """Seals and opens secrets with Fernet (AES-CBC and HMAC).

    SYNC_KEY holds one or more Fernet keys, separated by commas: the first seals, all open. Where it
    is not set, `secret.key` in the data folder holds them; it is made by the first `seal`, and
    never while there are sealed secrets already. Another process may rotate the keys in the file:
    it is looked at before each `seal`, and when a secret does not open. What is sealed must be
    written in the write transaction that it was sealed in: a key is dropped once all is sealed
    anew, and nothing may come after that.
    """

    def __init__(
        self,
        data_dir: Path,
        environ: Mapping[str, str] | None = None,
        *,
        sealed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._file = KeyFile(data_dir)
        self._sealed = sealed  # whether there are secrets that only a lost key can open
        self._given = (os.environ if environ is None else environ).get("SYNC_KEY", "").strip()
        self._known: _Keys | None = None

    @property
    def source(self) -> str:
        """Where the keys are: SYNC_KEY, or the file's name."""
        return "SYNC_KEY" if self._given else KEY_FILE

    @property
    def mark(self) -> object:
        """What changes whenever the keys change."""
        return "SYNC_KEY" if self._given else self._file.mark()

    def seal(self, text: str) -> str:
        """`text`, encrypted. Raises VaultError if the key cannot be read or made."""
        register(text)
        if not self._given and self.mark is None and not self._sealed():
            self._file.make(_new_key())
        return self._present().fernet.encrypt(text.encode()).decode()

    def open(self, token: str) -> Secret:
        """The secret that `seal` encrypted. Raises VaultError if no key of ours fits."""
        return Secret(self._fitting(lambda keys: keys.decrypt(token.encode())).decode())

    def opens(self, token: str) -> bool:
        """Whether a key fits that is there now, for the next process too; quick once it is known
        to."""
        try:
            keys = self._present()
            if token not in keys.opened:
                keys.fernet.decrypt(token.encode())
                keys.opened.add(token)
        except (VaultError, InvalidToken):
            return False
        return True

    def rotate(self, token: str) -> str:
        """The same secret, sealed with the first key. Raises VaultError if no key fits."""
        try:
            return self._present().fernet.rotate(token.encode()).decode()
        except InvalidToken:
            raise self.trouble() from None

    def key_count(self) -> int:
        """How many keys there are. Raises VaultError if they cannot be read or are none."""
        return len(self._present().texts)

    def trouble(self) -> VaultError:
        """Why a secret does not open that does not."""
        try:
            self._present()
        except VaultError as error:
            return error
        return VaultError("vault.misfit", source=self.source)

    def add_key(self) -> None:
        """Put a new key before those in the file: it seals from now on, all of them open."""
        self._file.replace([_new_key(), *self._present().texts])

    def drop_old_keys(self) -> None:
        """Leave the first key alone in the file."""
        self._file.replace(self._present().texts[:1])

    def begin_anew(self) -> None:
        """Make a new key in the place of what stands in the file."""
        self._file.replace([_new_key()])

    def keep_aside(self) -> None:
        """Keep what stands in the file under another name too: somebody may need it yet."""
        self._file.keep_aside()

    def _fitting(self, work: Callable[[MultiFernet], bytes]) -> bytes:
        """What the work gives with the keys that are known, else with those that are there now."""
        known = self._known or self._present()
        try:
            return work(known.fernet)
        except InvalidToken:
            present = self._present()
        try:
            if present is not known:
                return work(present.fernet)
        except InvalidToken:
            pass
        raise self.trouble()

    def _present(self) -> _Keys:
        """The keys as they are now."""
        mark = self.mark  # before reading: what is written meanwhile is read the next time
        known = self._known
        if known is None or known.mark != mark or mark is None:
            text = self._given or self._file.read()
            self._known = known = _Keys.of(text, self.source, mark)
        return known


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of one moment, the first one first, and which secrets they are known to open."""

    texts: tuple[str, ...] = field(repr=False)
    fernet: MultiFernet = field(repr=False)
    mark: object
    opened: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def of(cls, text: str, source: str, mark: object) -> _Keys:
        """The keys in a text; VaultError unless they are some, and each is one."""
        texts = tuple(key for key in re.split(r"[\s,]+", text) if key)
        for key in texts:
            register(key)
        try:
            return cls(texts, MultiFernet([Fernet(key) for key in texts]), mark)
        except ValueError:
            raise VaultError(
                "vault.invalid" if source != KEY_FILE else "vault.damaged", source=source
            ) from None


def _new_key() -> str:
    return Fernet.generate_key().decode()


class _Known:
    """Every secret that this process has met, in all forms that it may appear in."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.secrets: set[str] = set()
        self.forms: list[str] = []
        self.words: dict[str, re.Pattern[str]] = {}

    def add(self, secret: str) -> None:
        # Three characters and fewer are no secret, but hiding them would garble every text.
        if len(secret) < 4 or secret in self.secrets:
            return
        with self.lock:
            self.secrets.add(secret)
            forms = set(_forms(secret))
            long = {form for form in forms if len(form) >= 8}
            # New containers: another thread may be walking through the old ones.
            self.forms = sorted(long.union(self.forms), key=len, reverse=True)
            self.words = self.words | {form: _word(form) for form in forms - long}

    def hide(self, text: str) -> str:
        """`text` without them, the longest first: one may be a part of another."""
        for form in self.forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        for pattern in self.words.values():
            text = pattern.sub(HIDDEN, text)
        return text


_known = _Known()


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield orjson.dumps(secret).decode()[1:-1]
    if len(secret) >= 8:
        yield from _base64_forms(secret.encode())


def _base64_forms(secret: bytes) -> Iterator[str]:
    """What the secret looks like inside any longer Base64 text, as in a Basic header."""
    for before in range(3):
        text = b64encode(bytes(before) + secret).decode()
        yield text[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]


def _word(form: str) -> re.Pattern[str]:
    """A short secret may be a part of common words: only as a word of its own it is hidden."""
    return re.compile(rf"(?<!\w){re.escape(form)}(?!\w)")


_AUTHORIZATION = re.compile(
    r"""(authorization["']?\s*[:=,]\s*(?:b(?=["']))?["']?)(?:(?:basic|bearer)\s+)?[^\s"',;}]+""",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])"
    r"((?:private_key|public_key|api_key|api_secret|key|secret|password|[A-Z]+(?:_[A-Z]+)*_(?:KEY|SECRET))"
    r"""(?:=|["']\s*:\s*["']))(?:\\.|[^\s"'\\&,;#])+"""
)
_USER_IN_URL = re.compile(r"(?<=://)[^\s/@]{1,512}@")


def register(secret: str) -> None:
    """Let `redact` hide this text from now on; texts of under four characters are left alone."""
    _known.add(secret)


def redact(text: str) -> str:
    """`text` without secrets and e-mail addresses.

    Hidden are: every secret registered or opened in this process (as it is, URL-encoded, as JSON,
    within Base64), what stands behind key=, private_key=, secret= or Authorization, user and
    password in a URL, and e-mail addresses, which become "•••@…".
    """
    text = _AUTHORIZATION.sub(rf"\1{HIDDEN}", _known.hide(text))
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _USER_IN_URL.sub(f"{HIDDEN}@", text)
    return without_addresses(text)


class RedactingFilter(logging.Filter):
    """Attach it to handlers: redacts message, arguments, exception and stack of each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True always; the record leaves with its text final and clean."""
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        # A handler with a formatter of its own would write the exception anew, in the clear.
        record.exc_info = None
        record.exc_text = redact(record.exc_text) if record.exc_text else None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return " ".join(map(str, _parts(record)))


def _parts(record: logging.LogRecord) -> Iterable[object]:
    yield record.msg
    yield record.args
