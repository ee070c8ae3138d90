"""The file of a backup: a ZIP of its members, with a manifest that says what each is."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import orjson

import sync
from sync.store import UsageError

FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_MOST_MANIFEST: Final = 64_000_000  # bytes
_CHUNK: Final = 1 << 20
_NAME: Final = re.compile(r"(shops/)?[a-z0-9][a-z0-9._-]*")
_FOLDER: Final = "shops"
DESK: Final = "desk.db"
_KINDS: Final = ("whole", "shop")
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TEXTS: Final = ("kind", "made", "key", "salt", "shop", "version")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


class BackupError(UsageError):
    """A backup that cannot be made or restored: text `backup.<code>`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"backup.{code}", **values)


class Member(NamedTuple):
    """One file of a backup: its size and SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `kind` is whole or shop; `made` an ISO time; `key` says where
    the vault's key is: inside, sealed (under a passphrase, with `salt`) or elsewhere (SYNC_KEY)."""

    kind: str
    made: str
    key: str
    members: Mapping[str, Member]
    salt: str = ""
    shop: str = ""
    version: str = sync.__version__
    format: int = FORMAT


def write(file: Path, members: Mapping[str, Path | bytes], about: Manifest) -> str:
    """Write a backup of these members under its name in one step, read it back, and return its
    SHA-256. BackupError if there is such a file already, or if what was written is not what is
    read."""
    if file.exists():
        raise BackupError("there_already", file=file)
    if not file.parent.is_dir():
        raise BackupError("no_folder", folder=file.parent)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as out:
            _pack(out, members, about)
            out.flush()
            os.fsync(out.fileno())
        manifest_of(draft, whole=True)
        digest = _digest_of(draft)
        os.link(draft, file)  # unlike a rename it never takes the place of another file
    except FileExistsError:
        raise BackupError("there_already", file=file) from None
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return digest


def _pack(out: IO[bytes], members: Mapping[str, Path | bytes], about: Manifest) -> None:
    known: dict[str, Member] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        for name, content in members.items():
            with packed.open(_info(name), "w", force_zip64=True) as to:
                known[name] = _copied(_chunks(content), to)
        told = {**asdict(about), "members": {name: m._asdict() for name, m in known.items()}}
        packed.writestr(_info(_MANIFEST), orjson.dumps(told))


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return info


def _chunks(content: Path | bytes) -> Iterable[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _copied(chunks: Iterable[bytes], to: IO[bytes] | None) -> Member:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if to is not None:
            to.write(chunk)
    return Member(size, digest.hexdigest())


def _digest_of(file: Path) -> str:
    return _copied(_chunks(file), None).sha256


def manifest_of(file: Path, *, whole: bool = False) -> Manifest:
    """What a backup says of itself. BackupError if it is none, is made by a newer version, or
    (asked of the `whole`) if a member is not as it was written."""
    try:
        with zipfile.ZipFile(file) as packed:
            manifest = _read_manifest(packed, file)
            for name in manifest.members if whole else ():
                _check(packed, name, manifest.members[name], None, file)
    except FileNotFoundError:
        raise BackupError("no_file", file=file) from None
    except (*_BROKEN, OSError) as error:
        raise BackupError("unreadable", file=file, said=type(error).__name__) from None
    return manifest


def _read_manifest(packed: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        info = packed.getinfo(_MANIFEST)
        if info.file_size > _MOST_MANIFEST:
            raise BackupError("no_backup", file=file)
        told: dict[str, Any] = orjson.loads(packed.read(info))
        if told["format"] > FORMAT:
            raise BackupError("newer", file=file, version=told["version"])
        members = {name: Member(**member) for name, member in told["members"].items()}
        names = {field.name for field in fields(Manifest)} - {"members"}
        manifest = Manifest(members=members, **{name: told[name] for name in names})
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BackupError("no_backup", file=file) from None
    if not _is_sound(manifest):
        raise BackupError("no_backup", file=file)
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    """Whether it says what a backup of ours says: the file may be a stranger's."""
    members = manifest.members
    sizes = all(type(member.bytes) is int and member.bytes >= 0 for member in members.values())
    names = all(_NAME.fullmatch(name) and name != _FOLDER for name in members)
    texts = all(isinstance(getattr(manifest, name), str) for name in _TEXTS)
    return sizes and names and texts and manifest.kind in _KINDS and DESK in members


def unpack(file: Path, folder: Path, *, only: str = "") -> Manifest:
    """Write all members of a backup below a folder, or `only` that one, each checked against the
    manifest; BackupError as `manifest_of`."""
    manifest = manifest_of(file)
    with zipfile.ZipFile(file) as packed:
        for name, member in manifest.members.items():
            if only and name != only:
                continue
            path = folder / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as to:
                _check(packed, name, member, to, file)
                to.flush()
                os.fsync(to.fileno())
    return manifest


def _check(
    packed: zipfile.ZipFile, name: str, member: Member, to: IO[bytes] | None, file: Path
) -> None:
    try:
        if packed.getinfo(name).compress_type not in _PACKED:
            raise zipfile.BadZipFile
        with packed.open(name) as content:
            found = _copied(_up_to(content, member.bytes), to)
    except (*_BROKEN, KeyError):
        raise BackupError("damaged", file=file, member=name) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None):
            raise
        raise BackupError("damaged", file=file, member=name) from None
    if found != member:
        raise BackupError("damaged", file=file, member=name)


def _up_to(content: IO[bytes], size: int) -> Iterable[bytes]:
    """What a member holds, and one byte more than it should at most."""
    left = size + 1
    while left and (chunk := content.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk
