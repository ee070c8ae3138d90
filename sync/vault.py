"""Secrets: sealed at rest, hidden in every text that leaves the process."""

from __future__ import annotations

import hmac
import logging
import os
import re
import stat
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sync.errors import CodedError
from sync.personal.masking import HIDDEN, without_addresses

KEY_FILE: Final = "secret.key"
_log = logging.getLogger(__name__)


class VaultError(CodedError):
    """The encryption key is missing, malformed, or not the one that sealed a secret."""


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
    never while there are sealed secrets already. A link in its place is not followed.
    """

    def __init__(
        self,
        data_dir: Path,
        environ: Mapping[str, str] | None = None,
        *,
        sealed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._path = data_dir / KEY_FILE
        self._sealed = sealed  # whether there are secrets that only a lost key can open
        self._given = (os.environ if environ is None else environ).get("SYNC_KEY", "").strip()
        self._fernet: MultiFernet | None = None

    def seal(self, text: str) -> str:
        """`text`, encrypted. Raises VaultError if the key cannot be read or made."""
        register(text)
        return self._keys(make=True).encrypt(text.encode()).decode()

    def open(self, token: str) -> Secret:
        """The secret that `seal` encrypted. Raises VaultError if no key of ours fits."""
        try:
            return Secret(self._keys().decrypt(token.encode()).decode())
        except InvalidToken:
            raise self._misfit() from None

    def rotate(self, token: str) -> str:
        """The same secret, sealed with the first key. Raises VaultError if no key fits."""
        try:
            return self._keys().rotate(token.encode()).decode()
        except InvalidToken:
            raise self._misfit() from None

    def _keys(self, *, make: bool = False) -> MultiFernet:
        if self._fernet is None:
            self._fernet = _fernet(self._given or self._from_file(make), self._source())
        return self._fernet

    def _from_file(self, make: bool) -> str:
        try:
            if self._path.is_symlink():
                raise VaultError("vault.link", file=KEY_FILE)
            if make and not self._path.exists() and not self._sealed():
                _make_key(self._path)
            _close_to_others(self._path)
            return self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise VaultError("vault.missing", file=KEY_FILE) from None
        except (OSError, UnicodeDecodeError) as error:
            raise VaultError("vault.unusable", file=KEY_FILE, said=type(error).__name__) from None

    def _source(self) -> str:
        return "SYNC_KEY" if self._given else KEY_FILE

    def _misfit(self) -> VaultError:
        return VaultError("vault.misfit", source=self._source())


def _fernet(text: str, source: str) -> MultiFernet:
    keys = [key for key in re.split(r"[\s,]+", text) if key]
    for key in keys:
        register(key)
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise VaultError("vault.invalid", source=source) from None


def _make_key(path: Path) -> None:
    """Write a new key under its final name in one step: another process may be making one too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        _log.debug("another process made %s first", path.name)
    finally:
        draft.unlink()


def _close_to_others(path: Path) -> None:
    if os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    try:
        path.chmod(0o600)
        _log.warning("%s was open to other users of this computer; it no longer is", path.name)
    except PermissionError:
        _log.warning("%s is open to other users of this computer", path.name)


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
