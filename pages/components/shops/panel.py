"""One shop: what is wrong first, its keys and stores, its rights as last checked."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, format, layout, names, rights
from pages.components.shops import checks, dialog, keys, mend, reading, stores, table, words
from pages.components.texts import plain, t
from sync import setup, survey
from sync.setup import ShopStanding
from sync.store import KeyCheck, ShopRow

_ACTIONS: Final = {"edit": "shop set", "add": "store add", "remove": "shop remove"}


def show(standing: ShopStanding) -> None:
    """Everything of the shop, the most urgent first."""
    _head(standing)
    mend.show(standing)
    reading.show(standing)
    stores.show(standing)
    keys.show(standing.shop)
    _rights(standing)
    _acts(standing.shop)


def _head(standing: ShopStanding) -> None:
    shop = standing.shop
    name = names.shops(context.desk()).get(shop.slug, shop.name)
    with layout.head("shops"):
        st.markdown(f"## {plain(name)}", width="stretch")
        st.button(
            t("shops.close"),
            key="shops:close",
            icon=":material/close:",
            type="tertiary",
            on_click=table.close,
        )
    facts = [f"[{plain(shop.domain)}](https://{shop.domain})"] if shop.domain else []
    facts += [shop.cluster, words.urls(shop)]
    facts += [t("shops.demo")] if shop.demo else []
    st.caption(" · ".join(facts))


def _acts(shop: ShopRow) -> None:
    """What changes the whole shop."""
    icons = {"edit": ":material/edit:", "add": ":material/add:", "remove": ":material/delete:"}
    with st.container(horizontal=True):
        for name, icon in icons.items():
            st.button(
                t(f"shops.{name}"),
                key=f"shops:{name}",
                icon=icon,
                type="tertiary" if name == "remove" else "secondary",
                on_click=dialog.open_,
                args=(shop.id, name),
                **rights.look(_ACTIONS[name], shop),
            )


# -- rights and reading ---------------------------------------------------------------------


def _rights(standing: ShopStanding) -> None:
    check = standing.check
    st.markdown(f"### {t('shops.rights.heading')}")
    said = [_read(standing, check), *_limits(standing, check)] if check else []
    told = [*(said or [t("shops.rights.unchecked")]), *_storefront(standing), *_sent(standing)]
    for line in told:
        st.caption(line)
    checks.button(standing.shop, "panel")


def _read(standing: ShopStanding, check: KeyCheck) -> str:
    """Which areas the keys may read, and when that was asked."""
    at = t("shops.rights.checked", when=plain(format.clock(check.at)))
    if check.said is not None:
        return at
    if check.rights is None:
        return f"{t('shops.rights.unknown')} ({at})"
    areas = [_area(standing, area, right) for area, right in check.rights.items()]
    return f"{' · '.join(areas)} ({at})"


def _area(standing: ShopStanding, area: str, right: bool) -> str:
    name = t(f"right.{area}")
    if right:
        return f":green[✓] {name}"
    if setup.needed_by(context.desk(), standing, area):
        return f":red[✗ {name}]"
    entities = words.listed("entity", setup.NEEDED_BY[area])
    return f"– {t('shops.rights.not_needed', area=name, entities=entities)}"


def _limits(standing: ShopStanding, check: KeyCheck) -> list[str]:
    told = [
        t(f"shops.rights.limit.{window}", number=format.number(limit))
        for window, limit in (check.limits or {}).items()
    ]
    if not told:
        return []
    reserve = t("shops.rights.reserve", percent=standing.shop.reserve)
    return [f"{t('shops.rights.limits', limits=', '.join(told))}; {reserve}"]


def _storefront(standing: ShopStanding) -> list[str]:
    """What the shop's own pages said of their addresses."""
    told = context.desk().storefront(standing.shop)
    if told is None:
        return []
    answer = t(f"storefront.{told['form'] or 'silent'}")
    return [t("shops.rights.storefront", answer=answer, at=plain(format.clock(told["at"])))]


def _sent(standing: ShopStanding) -> list[str]:
    """What Lightspeed sends that nobody here knows."""
    rows = survey.unknown(context.desk(), standing.shop)
    told = [f"{t('sent.' + r['kind'])}: {r['name']} ({format.number(r['count'])})" for r in rows]
    return [t("shops.rights.sent", names=plain("; ".join(told)))] if told else []
