"""A plan as a Clerk.io JSON feed (V2): one NDJSON file an entity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from sync.entities import ENTITIES
from sync.mapping import payload_bytes
from sync.openshop import opened_shop
from sync.plan import Decision, PlanInputs, build
from sync.store import Desk, StoreRow


def export(desk: Desk, store: StoreRow, directory: Path) -> dict[str, Any]:
    """Write every record that goes, whole, to `directory/<entity>.ndjson`. A file appears only
    when it is complete, and one of an entity that goes no longer is removed: else names would stay
    there. Returns paths and numbers by entity, and the removed paths."""
    desk.must("export feed", store)
    directory.mkdir(parents=True, exist_ok=True)
    with opened_shop(desk, store) as shop, ExitStack() as stack:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        wanted = [entity for entity in ENTITIES if inputs.wants(entity)]
        files = {
            entity: stack.enter_context((directory / f".{entity}.ndjson.part").open("wb"))
            for entity in wanted
        }
        numbers = dict.fromkeys(wanted, 0)
        build(inputs, lambda made: _write(inputs, files, numbers, made))
    desk.audit("export feed", store.slug, after=numbers)
    for entity in wanted:
        part = directory / f".{entity}.ndjson.part"
        part.replace(directory / f"{entity}.ndjson")
    removed = list(_removed(directory, [each for each in ENTITIES if each not in wanted]))
    return {
        "store": store.slug,
        "files": {
            entity: {"path": str(directory / f"{entity}.ndjson"), "records": numbers[entity]}
            for entity in wanted
        },
        "removed": removed,
    }


def _removed(directory: Path, entities: Iterable[str]) -> Iterator[str]:
    """Remove what an export has left of these entities; yields the paths of whole files."""
    for entity in entities:
        (directory / f".{entity}.ndjson.part").unlink(missing_ok=True)  # of one that was killed
        path = directory / f"{entity}.ndjson"
        if path.is_file():
            path.unlink()
            yield str(path)


def _write(
    inputs: PlanInputs, files: Mapping[str, BinaryIO], numbers: dict[str, int], made: Decision
) -> None:
    if made.action not in ("create", "update", "unchanged"):
        return
    payload = _whole(inputs, made)
    if payload is not None:
        files[made.entity].write(payload + b"\n")
        numbers[made.entity] += 1


def _whole(inputs: PlanInputs, made: Decision) -> bytes | None:
    if made.action == "unchanged":
        return inputs.ledger.payload(made.entity, made.source)
    if made.method != "patch":
        return made.payload
    before = orjson.loads(inputs.ledger.payload(made.entity, made.source) or b"{}")
    return payload_bytes({**before, **orjson.loads(made.payload or b"{}")})
