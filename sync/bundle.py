"""What a support case needs in one file: settings, books, log, errors, versions, recorded calls;
no secret, name or e-mail address."""

from __future__ import annotations

import os
import platform
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import orjson

import sync
from sync import answers, recording, run, status
from sync.clock import iso
from sync.database import sqlite3
from sync.documents import as_json
from sync.personal.masking import without_addresses
from sync.store import Desk, Refused, RunRow, StoreRow
from sync.vault import redact

RUNS: Final = 50  # of a store, their documents
LOGS: Final = 3  # of a store, with log and records
_MOST_LOG: Final = 200_000  # bytes of the worker's log, the newest
_PACKAGES: Final = ("streamlit", "httpx", "pandas", "sqlite-utils", "pysqlite3", "cryptography")


def bundle(desk: Desk, subject: StoreRow | RunRow) -> bytes:
    """The file for a store or a run, as ZIP."""
    store = subject if isinstance(subject, StoreRow) else desk.store_by_id(subject.store_id)
    desk.must("bundle", store)
    runs = [subject] if isinstance(subject, RunRow) else desk.runs(store, limit=LOGS)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in _files(desk, store, subject, runs):
            packed.writestr(name, text)
    told = {"run": subject.id} if isinstance(subject, RunRow) else None
    desk.audit("bundle", store.slug, after=told)
    return out.getvalue()


def write(desk: Desk, subject: StoreRow | RunRow, file: Path) -> int:
    """Write that file, for its owner alone; returns its bytes. Refused where one is there."""
    made = bundle(desk, subject)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused("file_there", file=file) from None
    with os.fdopen(descriptor, "wb") as to:
        to.write(made)
    return len(made)


def subject_of(desk: Desk, named: str) -> StoreRow | RunRow:
    """What a name means: digits alone are a run, else a store."""
    if named.isascii() and named.isdigit() and int(named) < 2**63:
        return desk.run(int(named))
    return desk.store(named)


def _files(
    desk: Desk, store: StoreRow, subject: StoreRow | RunRow, runs: Iterable[RunRow]
) -> Iterator[tuple[str, str]]:
    yield "about.json", _json(_about(desk, store, subject))
    yield "store.json", _json(_store(desk, store))
    yield "settings.json", _json(_settings(desk, store))
    yield "problems.json", _json(answers.problems(desk, store))
    if isinstance(subject, StoreRow):
        documents = [run.report(desk, row, store.slug) for row in desk.runs(store, limit=RUNS)]
        yield "runs.json", _json(documents)
    for row in runs:
        yield f"run-{row.id}/run.json", _json(run.report(desk, row, store.slug))
        yield f"run-{row.id}/log.txt", _clean("\n".join(_log(desk, row)) + "\n")
        yield f"run-{row.id}/records.ndjson", "".join(_records(desk, row))
        calls = [_json(call) + "\n" for call in recording.lines(desk, row)]
        if calls:
            yield f"run-{row.id}/calls.ndjson", "".join(calls)
    yield "worker.log", _clean(_end_of(desk.data_dir / "worker.log"))


def _json(value: object) -> str:
    return _clean(orjson.dumps(as_json(value)).decode())


def _clean(text: str) -> str:
    return without_addresses(redact(text))


def _about(desk: Desk, store: StoreRow, subject: StoreRow | RunRow) -> dict[str, Any]:
    return {
        "subject": store.slug if isinstance(subject, StoreRow) else subject.id,
        "store": store.slug,
        "made": iso(desk.clock.now()),
        "sync_desk": sync.__version__,
        "python": sys.version,
        "platform": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "packages": dict(_packages()),
        "schema": desk.schema(),
        "environment": sorted(name for name in os.environ if name.startswith("SYNC_")),
    }


def _packages() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)


def _store(desk: Desk, store: StoreRow) -> dict[str, Any]:
    shop = desk.shop_by_id(store.shop_id)
    names = ("slug", "name", "domain", "cluster", "api_url", "reserve", "demo", "url_language")
    return {
        "shop": {name: getattr(shop, name) for name in names},
        "keys": len(desk.key_ids(shop)),
        "options": desk.options(store),
        "status": status.store_status(desk, store),
    }


def _settings(desk: Desk, store: StoreRow) -> list[dict[str, Any]]:
    return [
        {
            "version": version.version,
            "at": iso(version.at),
            "note": version.note,
            "values": version.settings.values(),
        }
        for version in desk.history(store)
    ]


def _log(desk: Desk, row: RunRow) -> Iterator[str]:
    for line in run.log_lines(desk, row.id)["rows"]:
        yield f"{line['at']} {line['level']:7} {line['phase']:10} {line['message']}"


def _records(desk: Desk, row: RunRow) -> Iterator[str]:
    """What became of each record; the titles of customers are names, and stay out."""
    for entity in run.outcome_counts(desk, row.id):
        for found in run.outcomes(desk, row.id, entity=entity, limit=-1)["rows"]:
            hidden = {"title": None, "key": None} if entity == "customers" else {}
            yield _json({**found, **hidden}) + "\n"


def _end_of(path: Path) -> str:
    """The newest lines of a log."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _MOST_LOG, 0))
        text = file.read().decode("utf-8", "replace")
    return text if path.stat().st_size <= _MOST_LOG else text.partition("\n")[2]
