"""Who is let in to the dashboard, and as what: the file of grants."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sync.access.persons import Person, normal
from sync.access.roles import Role
from sync.errors import CodedError, Message

NAME: Final = "access.toml"
EVERYBODY: Final = "*"
_KEYS: Final = {"who", "role", "shops"}
_ROLES: Final = {str(role): role for role in Role}

_Stamp = tuple[int, ...]


class AccessFileError(CodedError):
    """The file of grants cannot be read, or says what cannot be meant."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for everybody that `who` means: names and addresses, `@domain` for all of a domain,
    `*` for all; `shops` are slugs, None for every shop."""

    who: tuple[str, ...]
    role: Role
    shops: tuple[str, ...] | None

    def means(self, name: str) -> bool:
        """Whether somebody of that name or address has it."""
        known = normal(name)
        domain = f"@{known.rpartition('@')[2]}" if "@" in known else None
        return any(each in {known, domain, EVERYBODY} for each in self.who)


def named_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """The file of grants that SYNC_ACCESS names."""
    named = (os.environ if environ is None else environ).get("SYNC_ACCESS", "").strip()
    return Path(named).expanduser() if named else None


def granted(data_dir: Path, name: str, environ: Mapping[str, str] | None = None) -> Person | None:
    """Return somebody with the roles that the file of grants gives them, perhaps none: SYNC_ACCESS,
    else access.toml in the data folder. None without a file there. What it says now counts.
    AccessFileError if it cannot be understood."""
    named = named_file(environ)
    file = named or data_dir / NAME
    try:
        stat = file.stat()
    except FileNotFoundError:
        if named:
            raise AccessFileError("access.missing", file=file.name) from None
        return None
    except OSError as error:
        raise AccessFileError("access.unreadable", file=file.name, why=error.strerror) from error
    stamp = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    mine = [grant for grant in _read(file, stamp) if grant.means(name)]
    everywhere = [grant.role for grant in mine if grant.shops is None]
    shops: dict[str, Role] = {}
    for grant in mine:
        for shop in grant.shops or ():
            shops[shop] = max(grant.role, shops.get(shop, grant.role))
    return Person(name, max(everywhere, default=None), shops)


@lru_cache(maxsize=4)
def _read(file: Path, stamp: _Stamp) -> list[Grant]:
    import tomllib  # here, for only the dashboard reads it

    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise AccessFileError("access.unreadable", file=file.name, why=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise AccessFileError("access.no_toml", file=file.name, why=_one_line(error)) from error
    rows = found.get("grant", [])
    if found.keys() - {"grant"} or not isinstance(rows, list):
        raise AccessFileError("access.only_grants", file=file.name)
    return [_grant(row, file.name, number) for number, row in enumerate(rows, 1)]


def _grant(row: Any, file: str, number: int) -> Grant:
    def wrong(key: str) -> AccessFileError:
        return AccessFileError("access.grant", file=file, number=number, wrong=Message(key))

    if not isinstance(row, dict) or row.keys() - _KEYS:
        raise wrong("access.keys")  # a misspelt `shops` would open all of them
    who = tuple(normal(each) for each in _texts(row.get("who")))
    if not who or not all(each == EVERYBODY or _is_name(each) for each in who):
        raise wrong("access.who")
    role = row.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise wrong("access.role")
    shops = tuple(_texts(row["shops"])) if "shops" in row else None
    if shops is not None and not all(shops or [""]):
        raise wrong("access.shops")
    return Grant(who, _ROLES[role], shops)


def _texts(value: object) -> Iterator[str]:
    """The texts of a list, or the one text; an empty one in place of anything else."""
    values: Iterable[object] = value if isinstance(value, list) else [value]
    return (each.strip() if isinstance(each, str) else "" for each in values)


def _is_name(text: str) -> bool:
    plain = text.isprintable() and not ("@" in text and " " in text)
    return plain and bool(text.removeprefix("@")) and EVERYBODY not in text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
