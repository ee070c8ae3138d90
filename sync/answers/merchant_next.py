"""What the merchant has to know and do about a store as it stands: keys, rights, the schedule."""

from __future__ import annotations

from collections.abc import Iterator

from sync import setup
from sync.causes import CAUSES
from sync.errors import Message
from sync.run.wrong import Wrong
from sync.store import Desk, RunRow, State, StoreRow
from sync.texts import text

# By what is wrong with a shop's keys: the cause that the merchant mends.
_KEYS = {"keys_refused": "key_refused", "clerk_refused": "clerk_key"}


def keys_asked_for(desk: Desk, store: StoreRow, lang: str) -> list[str]:
    """What the merchant has to know and do where Lightspeed or Clerk.io refuses the store's keys:
    nothing else helps before that."""
    return [text(f"merchant.mend.{code}", lang) for code in _refused(desk, store)]


def by_hand(desk: Desk, store: StoreRow, lang: str) -> list[str]:
    """Where no update starts by itself: who starts it."""
    off = store.paused or desk.settings(store).settings.sync_time == "off"
    return [text("merchant.next.by_hand", lang)] if off else []


def after_run(desk: Desk, row: RunRow, wrong: list[Wrong], lang: str) -> Iterator[str]:
    """What comes after a run that is not whole: what the merchant mends, else who sees to it, else
    the next update."""
    store = desk.store_by_id(row.store_id)
    later = [each for each in desk.runs(store) if each.id > row.id and each.kind == row.kind]
    if any(each.state is State.SUCCEEDED for each in later):
        yield text("merchant.run.since", lang)
        return
    refused = _refused(desk, store)
    asked = [
        each
        for each in wrong
        if CAUSES[each.code].fixer == "merchant"
        and (each.code in refused or each.code not in _KEYS.values())
    ]
    for each in asked:
        yield text(f"merchant.mend.{each.code}", lang, **_values(each.messages[0], lang))
    if asked:
        return
    if wrong and CAUSES[wrong[0].code].fixer == "support":
        yield text("merchant.run.looking", lang)
    else:
        yield " ".join([text("merchant.run.again", lang), *by_hand(desk, store, lang)])


def _refused(desk: Desk, store: StoreRow) -> list[str]:
    standing = setup.shop_standing(desk, desk.shop_by_id(store.shop_id))
    return [
        _KEYS[each.code]
        for each in standing.troubles
        if each.code in _KEYS and each.store in (None, store)
    ]


def _values(message: Message, lang: str) -> dict[str, object]:
    """What a message and those within it name."""
    return {
        name: value.text(lang) if isinstance(value, Message) else value
        for part in message.parts()
        for name, value in part.values.items()
    }
