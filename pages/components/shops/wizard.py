"""Connecting a shop in two forms: its API key, then a Clerk.io store for each language.

Nothing is stored before the end. Secrets that were tested stay on the server: a form that is drawn
again shows their last four characters, and empty fields keep them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, flash, format, layout, states
from pages.components.shops import words
from pages.components.texts import plain, t
from sync import setup
from sync.store import UsageError
from sync.vault import Secret

CLUSTERS: Final = ("eu1", "us1")
_KEPT: Final = "shops:wizard"
_FIELDS: Final = "shops:new:"


@dataclass
class Wizard:
    """How far somebody has come: the keys that Lightspeed took, what it said of them, whether they
    are to be changed again, and what is wrong, by field."""

    cluster: str = CLUSTERS[0]
    api_url: str = ""
    key: Secret | None = None
    secret: Secret | None = None
    found: dict[str, Any] = field(default_factory=dict)
    back: bool = False
    errors: dict[str, UsageError] = field(default_factory=dict)

    @property
    def step(self) -> str:
        """The form that is shown."""
        return "stores" if self.found and not self.back else "keys"


def is_open() -> bool:
    """Whether a shop is being connected, as the URL says."""
    return asked.one("new") == "1"


def open_new() -> None:
    """Begin (a callback)."""
    _forget()
    asked.say("shop", None)
    asked.say("new", "1")


def close() -> None:
    """End the wizard and forget what was typed (a callback)."""
    _forget()
    asked.say("new", None)


def _forget() -> None:
    for name in [name for name in st.session_state if str(name).startswith((_KEPT, _FIELDS))]:
        del st.session_state[name]


def show() -> None:
    """The form that the wizard is at; Forbidden for whom it is not to connect shops."""
    context.desk().must("shop add")
    wizard: Wizard = st.session_state.setdefault(_KEPT, Wizard())
    step = wizard.step
    number = 1 + ("keys", "stores").index(step)
    grey = t("shops.new.grey", step=number, steps=2, name=t(f"shops.step.{step}"))
    with layout.answer(t(f"shops.new.{step}"), grey):
        st.button(t("shops.cancel"), on_click=close, icon=":material/close:")
    flash.show()
    with st.container(key="shops-new", width=820):
        (_keys if step == "keys" else _stores)(wizard)


def _text(wizard: Wizard, name: str, label: str, *, secret: bool = False, **look: Any) -> str:
    """A field of the form, and below it what is wrong with it."""
    typed = st.text_input(
        label,
        key=f"{_FIELDS}{name}",
        type="password" if secret else "default",
        autocomplete="off",
        **look,
    )
    if name in wizard.errors:
        states.refused(wizard.errors[name])
    return str(typed).strip()


# -- 1: the keys of Lightspeed --------------------------------------------------------------


def _keys(wizard: Wizard) -> None:
    st.markdown(t("shops.new.keys_text"))
    if wizard.key is not None:
        st.info(t("shops.new.kept", key=words.tail(wizard.key)), icon=":material/key:")
    with st.form("shops:new_keys", border=False):
        cluster = st.radio(
            t("shops.cluster"),
            CLUSTERS,
            index=CLUSTERS.index(wizard.cluster),
            format_func=words.choices("shops.cluster_", CLUSTERS).__getitem__,
            key=f"{_FIELDS}cluster",
            horizontal=True,
        )
        left, right = st.columns(2)
        with left:
            key = _text(wizard, "key", t("shops.key"), placeholder=t("shops.key_form"))
        with right:
            secret = _text(wizard, "secret", t("shops.secret"), secret=True)
        with st.expander(t("shops.advanced")):
            url = _text(
                wizard,
                "api_url",
                t("shops.api_url"),
                help=t("shops.api_url_help"),
                value=wizard.api_url,
            )
        sent = st.form_submit_button(
            t("shops.next"), type="primary", icon=":material/arrow_forward:"
        )
    if sent:
        _try_keys(wizard, str(cluster), key, secret, url)


def _try_keys(wizard: Wizard, cluster: str, key: str, secret: str, url: str) -> None:
    """Ask Lightspeed for the keys that were typed, or for those that it took before."""
    if not key and not secret and wizard.key and wizard.secret:
        key, secret = wizard.key.reveal(), wizard.secret.reveal()
    desk = context.desk()
    try:
        with st.spinner(t("shops.checking")):
            if key:
                setup.refuse_known_key(desk, key)
            wizard.found = setup.try_lightspeed(
                cluster=cluster, api_url=url, key=key, secret=secret, clock=desk.clock
            )
    except UsageError as error:
        states.refused(error)
        return
    wizard.cluster, wizard.api_url = cluster, url
    wizard.key, wizard.secret = Secret(key), Secret(secret)
    wizard.back, wizard.errors = False, {}
    st.rerun()


# -- 2: the stores --------------------------------------------------------------------------


def _stores(wizard: Wizard) -> None:
    _found(wizard.found)
    shop = wizard.found["shop"] or {"name": "", "domain": ""}
    named = shop["name"] or shop["domain"]
    chosen = _languages(wizard.found)
    with st.form("shops:new_stores", border=False):
        left, right = st.columns(2)
        with left:
            name = _text(wizard, "name", t("shops.name"), value=named)
        with right:
            help_ = t("shops.domain_help")
            domain = _text(wizard, "domain", t("shops.domain"), value=shop["domain"], help=help_)
        stores = [_store(wizard, code, named) for code in chosen]
        st.caption(f"{t('shops.new.stores_text')} {t('own_sync')}")
        st.caption(t("shops.key_advice"))
        below = st.container()
        with st.container(horizontal=True):
            sent = st.form_submit_button(
                t("shops.new.connect"), type="primary", icon=":material/link:"
            )
            back = st.form_submit_button(t("shops.back"), icon=":material/arrow_back:")
    with below:
        for error in (wizard.errors[each] for each in ("stores", "key") if each in wizard.errors):
            states.refused(error)
        if wizard.errors:
            st.error(words.count("shops.new.wrong", len(wizard.errors)), icon=":material/error:")
    if back:
        wizard.back = True
        st.rerun()
    if sent:
        _connect(wizard, {"name": name, "domain": domain, "stores": stores})


def _found(found: Mapping[str, Any]) -> None:
    """What Lightspeed said of the key."""
    shop = found["shop"]
    if shop is not None:
        name = plain(shop["name"] or shop["domain"])
        st.success(t("shops.new.found", name=name, id=shop["id"]), icon=":material/check_circle:")
    missing = [area for area, right in (found["rights"] or {}).items() if not right]
    if missing:
        areas = words.listed("right", missing)
        st.warning(t("shops.new.missing", areas=areas), icon=":material/lock:")
    limits = [
        t(f"shops.rights.limit.{row['window']}", number=format.number(row["limit"]))
        for row in found["limits"]
    ]
    if limits:
        st.caption(t("shops.rights.limits", limits=", ".join(limits)))


def _languages(found: Mapping[str, Any]) -> list[str]:
    """The languages that get a store: outside of the form, which has fields for each."""
    rows = [row for row in found["languages"] or [] if row["active"]]
    if not rows:
        st.warning(t("shops.new.no_languages"), icon=":material/translate:")
        code = st.text_input(
            t("shops.language_typed"),
            value=found["language"],
            max_chars=2,
            key=f"{_FIELDS}code",
            persist_state="page",
        )
        return [code.lower()] if code else []
    titles = {row["code"]: f"{row['title']} ({row['code']})" for row in rows}
    first = [row["code"] for row in rows if row["default"]] or [rows[0]["code"]]
    picked = st.pills(
        t("shops.new.languages"),
        list(titles),
        selection_mode="multi",
        default=first,
        format_func=titles.__getitem__,
        key=f"{_FIELDS}languages",
        persist_state="page",
        help=t("shops.new.languages_help"),
    )
    return [code for code in titles if code in picked]


def _store(wizard: Wizard, code: str, shop_name: str) -> dict[str, str]:
    """The fields of one store, named by its language."""
    with st.container(border=True, key=f"shops-new-{code}"):
        st.markdown(f"## {t('shops.new.store_in', language=plain(code.upper()))}")
        if f"language:{code}" in wizard.errors:
            states.refused(wizard.errors[f"language:{code}"])
        name = f"{shop_name} {code.upper()}".strip()
        name = _text(wizard, f"name:{code}", t("shops.store_name"), value=name)
        left, right = st.columns(2)
        with left:
            public = _text(wizard, f"public:{code}", t("shops.public"))
        with right:
            private = _text(wizard, f"private:{code}", t("shops.private"), secret=True)
        with st.expander(t("shops.advanced")):
            help_ = t("shops.api_url_help")
            url = _text(wizard, f"api_url:{code}", t("shops.clerk_url"), help=help_)
    return {"name": name, "language": code, "public": public, "private": private, "api_url": url}


def _connect(wizard: Wizard, typed: dict[str, Any]) -> None:
    """Connect the shop and go on to its panel; else each field says what is wrong with it."""
    pair = {"key": wizard.key, "secret": wizard.secret}
    form = {
        **typed,
        **{name: secret.reveal() if secret else "" for name, secret in pair.items()},
        "cluster": wizard.cluster,
        "api_url": wizard.api_url,
    }
    desk = context.desk()
    try:
        with st.spinner(t("shops.checking")):
            shop = setup.connect(desk, form, wizard.found)
    except setup.FormError as error:
        wizard.errors = dict(_by_language(error.errors, typed["stores"]))
        st.rerun()
    close()
    asked.say("shop", shop.slug)
    context.open_store_later(desk.stores(shop)[0].slug)
    flash.tell("done", t("shops.new.connected", name=plain(shop.name)))
    st.rerun()


def _by_language(
    errors: Mapping[str, UsageError], stores: list[dict[str, str]]
) -> list[tuple[str, UsageError]]:
    """The errors by the names of this form's fields."""
    found = []
    for name, error in errors.items():
        parts = name.split(".")
        if parts[0] == "stores" and len(parts) == 3:
            name = f"{parts[2]}:{stores[int(parts[1])]['language']}"
        found.append((name, error))
    return found
