"""A list that changes while a client pages through it, and pages that overtake each other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import Final

import orjson
from starlette.requests import Request

from sync.sandbox.lightspeed.switchboard import Switches, set_switches
from sync.sandbox.state import Record, State


def drift(state: State, kind: str, switches: Switches) -> None:
    """Insert a copy of the kind's top row above it, or delete the top row, or do the one and
    delete the lowest row, and count it."""
    top = _end(state, kind, "desc")
    if top is None:
        return
    if switches.drift == "delete":
        state.delete(kind, top["id"])
    else:
        _insert_copy(state, kind, top)
    if switches.drift == "swap" and (lowest := _end(state, kind, "asc")):
        state.delete(kind, lowest["id"])
    set_switches(state, drift_left=switches.drift_left - 1)


def _end(state: State, kind: str, order: str) -> Record | None:
    with state.read() as db:
        sql = f"select record from records where kind = ? order by id {order} limit 1"
        row = db.execute(sql, (kind,)).fetchone()
    top: Record | None = None if row is None else orjson.loads(row[0])
    return top


def _insert_copy(state: State, kind: str, top: Record) -> None:
    stamped = {name: value for name, value in top.items() if name not in ("createdAt", "updatedAt")}
    id = state.put(kind, {**stamped, "id": top["id"] + 1})
    if kind == "product":
        variant = {"product": id, "isDefault": True, "title": "Default", "tax": 0.21}
        state.put("variant", {**variant, "priceExcl": 10, "priceIncl": 12.1})


_MEANWHILE: Final = 0.2  # seconds in which the page behind has to be asked for


class Overtaking:
    """Lets pages overtake each other: each odd one is held until the one behind it was answered."""

    def __init__(self) -> None:
        self._answered: dict[tuple[str, int], asyncio.Event] = defaultdict(asyncio.Event)

    async def hold(self, request: Request) -> None:
        """Wait for the page behind, if it is asked for meanwhile."""
        page = _page_of(request)
        behind = self._answered[request.url.path, page + 1]
        behind.clear()
        if page % 2:
            with suppress(TimeoutError):
                await asyncio.wait_for(behind.wait(), _MEANWHILE)

    def answered(self, request: Request) -> None:
        """Note that the page was answered."""
        self._answered[request.url.path, _page_of(request)].set()


def _page_of(request: Request) -> int:
    page = request.query_params.get("page", "")
    return int(page) if page.isdecimal() else 0
