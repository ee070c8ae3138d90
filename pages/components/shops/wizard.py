"""Connecting a shop in four steps: keys, stores, confirmation, first read.

What was typed is kept while the wizard is open; secrets are dropped when it ends or the page is
left.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import streamlit as st

from pages.components import context, format, links, states
from pages.components.shops import reading
from pages.components.texts import plain, t
from sync import setup
from sync.store import UsageError

WIZARD = "shops:wizard"
STEPS = ("keys", "stores", "confirm", "read")
CLUSTERS = ("eu1", "us1")
State = dict[str, Any]


def is_open() -> bool:
    """Whether a shop is being connected."""
    return WIZARD in st.session_state


def open_new() -> None:
    """Begin at the first step (a callback)."""
    st.session_state[WIZARD] = {"step": "keys", "errors": {}}


def close() -> None:
    """End the wizard and forget what was typed (a callback)."""
    st.session_state.pop(WIZARD, None)
    for name in [name for name in st.session_state if str(name).startswith("shops:new:")]:
        del st.session_state[name]


def show() -> None:
    """The step that the wizard is at."""
    if not is_open():
        open_new()
    wizard: State = st.session_state[WIZARD]
    _steps(wizard["step"])
    with st.container(border=True):
        {"keys": _keys, "stores": _stores, "confirm": _confirm, "read": _read}[wizard["step"]](
            wizard
        )
    if wizard["step"] != "read" and context.desk().shops():
        st.button(t("shops.cancel"), on_click=close, type="tertiary", icon=":material/close:")


def _steps(now: str) -> None:
    at = STEPS.index(now)
    marks = [
        f"**{n + 1}. {t(f'shops.step.{name}')}**"
        if n == at
        else f":gray[{n + 1}. {t(f'shops.step.{name}')}]"
        for n, name in enumerate(STEPS)
    ]
    st.markdown("  ›  ".join(marks))


def _field(wizard: State, name: str, label: str, *, secret: bool = False, **more: Any) -> str:
    """A text field whose content stays while the wizard is open, its error below it."""
    typed = st.text_input(
        label,
        key=f"shops:new:{name}",
        type="password" if secret else "default",
        persist_state="page",
        autocomplete="off",
        **more,
    )
    _wrong(wizard, name)
    return str(typed)


def _together(name: str) -> AbstractContextManager[Any]:
    """Return a form: a secret that is left with the Tab key is kept only if a button submits all
    fields, because the focus moves to the field's own eye button."""
    return st.form(f"shops:form:{name}", border=False, enter_to_submit=False)


def _wrong(wizard: State, name: str) -> None:
    error = wizard["errors"].get(name)
    if error:
        states.refused(error)


def _go(wizard: State, step: str) -> None:
    wizard["step"], wizard["errors"] = step, {}
    st.rerun()


# -- 1: the keys of Lightspeed --------------------------------------------------------------


def _keys(wizard: State) -> None:
    st.subheader(t("shops.keys.title"), anchor=False)
    st.markdown(t("shops.keys.text"), width=680)
    cluster = st.segmented_control(
        t("shops.cluster"),
        CLUSTERS,
        format_func=lambda name: t(f"shops.cluster_{name}"),
        default=CLUSTERS[0],
        required=True,
        key="shops:new:cluster",
        persist_state="page",
    )
    with _together("keys"):
        key = _field(wizard, "key", t("shops.key"), secret=True, width=420)
        secret = _field(wizard, "secret", t("shops.secret"), secret=True, width=420)
        with st.expander(t("shops.advanced")):
            url = _field(wizard, "api_url", t("shops.api_url"), help=t("shops.api_url_help"))
        checked = st.form_submit_button(
            t("shops.check"), type="primary", icon=":material/verified:"
        )
    if checked:
        _try_keys(wizard, str(cluster), key, secret, url)


def _try_keys(wizard: State, cluster: str, key: str, secret: str, url: str) -> None:
    try:
        with st.spinner(t("shops.checking")):
            wizard["found"] = setup.try_lightspeed(
                cluster=cluster, api_url=url, key=key, secret=secret, clock=context.desk().clock
            )
    except UsageError as error:
        states.refused(error)
        return
    wizard["typed"] = {"cluster": cluster, "key": key, "secret": secret, "api_url": url}
    _go(wizard, "stores")


# -- 2: the stores --------------------------------------------------------------------------


def found_shop(found: State) -> None:
    """What Lightspeed said of a key: languages, missing rights, limits."""
    told = found["shop"]
    if told is not None:
        name = told["name"] or told["domain"]
        st.success(
            t("shops.found", name=plain(name), id=told["id"]), icon=":material/check_circle:"
        )
    missing = [area for area, right in (found["rights"] or {}).items() if not right]
    if missing:
        areas = ", ".join(t(f"shops.area.{area}") for area in missing)
        st.warning(t("shops.missing", areas=areas), icon=":material/lock:")
    limits = [
        t("shops.limit", window=t(f"window.{row['window']}"), limit=format.number(row["limit"]))
        for row in found["limits"]
    ]
    if limits:
        st.caption(" · ".join(limits))


def _stores(wizard: State) -> None:
    found = wizard["found"]
    found_shop(found)
    told = found["shop"] or {"name": "", "domain": ""}
    st.session_state.setdefault("shops:new:name", told["name"] or told["domain"])
    st.session_state.setdefault("shops:new:domain", told["domain"])
    name = _field(wizard, "name", t("shops.name"), width=420)
    domain = _field(wizard, "domain", t("shops.domain"), help=t("shops.domain_help"), width=420)
    languages = [row["code"] for row in found["languages"] or [] if row["active"]]
    chosen = _languages(found, languages)
    _wrong(wizard, "stores")
    with _together("stores"):
        stores = [_store(wizard, n, code, name) for n, code in enumerate(chosen)]
        with st.container(horizontal=True):
            back = st.form_submit_button(t("shops.back"), icon=":material/arrow_back:")
            on = st.form_submit_button(
                t("shops.next"), type="primary", icon=":material/arrow_forward:"
            )
    if back:
        _go(wizard, "keys")
    if on:
        _to_confirm(wizard, {"name": name, "domain": domain, "stores": stores})


def _languages(found: State, languages: list[str]) -> list[str]:
    titles = {row["code"]: row["title"] for row in found["languages"] or []}
    first = [row["code"] for row in found["languages"] or [] if row["default"]] or languages[:1]
    if not languages:
        st.warning(t("shops.no_languages"), icon=":material/translate:")
        code = st.text_input(t("shops.language"), value=found["language"], key="shops:new:code")
        return [code] if code else []
    picked = st.pills(
        t("shops.languages"),
        languages,
        selection_mode="multi",
        default=[code for code in first if code in languages],
        format_func=lambda code: f"{titles[code]} ({code})",
        key="shops:new:languages",
        persist_state="page",
        help=t("shops.languages_help"),
    )
    return list(picked or [])


def _store(wizard: State, n: int, code: str, shop_name: str) -> State:
    """The fields of one store; the errors of a form name it by its number."""
    errors = wizard["errors"]
    mine = {f"{part}:{code}": errors.get(f"stores.{n}.{part}") for part in _STORE}
    local: State = {"errors": mine}
    st.session_state.setdefault(f"shops:new:name:{code}", f"{shop_name} {code.upper()}".strip())
    with st.container(border=True):
        st.markdown(t("shops.store_in", language=plain(code.upper())))
        st.caption(t("own_sync"))
        _wrong(local, f"language:{code}")
        name = _field(local, f"name:{code}", t("shops.store_name"), width=420)
        public = _field(local, f"public:{code}", t("shops.public"), secret=True, width=420)
        private = _field(local, f"private:{code}", t("shops.private"), secret=True, width=420)
        with st.expander(t("shops.advanced")):
            url = _field(
                local, f"api_url:{code}", t("shops.clerk_url"), help=t("shops.api_url_help")
            )
        if st.form_submit_button(
            t("shops.test"), key=f"shops:test:{code}", icon=":material/verified:"
        ):
            _try_clerk(url, public, private)
    return {"name": name, "language": code, "public": public, "private": private, "api_url": url}


_STORE = ("name", "language", "public", "private", "api_url")


def _try_clerk(url: str, public: str, private: str) -> None:
    try:
        with st.spinner(t("shops.checking")):
            told = setup.try_clerk(
                api_url=url, public=public, private=private, clock=context.desk().clock
            )
    except UsageError as error:
        states.refused(error)
        return
    code = "shops.test_passed" if told["private"] else "shops.test_half"
    st.success(t(code), icon=":material/check_circle:")


def _to_confirm(wizard: State, form: State) -> None:
    wizard["form"] = {**wizard["typed"], **form}
    errors = setup.form_errors(context.desk(), wizard["form"])
    if errors:
        wizard["errors"] = errors
        st.rerun()
    _go(wizard, "confirm")


# -- 3: confirmation ------------------------------------------------------------------------


def _confirm(wizard: State) -> None:
    form = wizard["form"]
    st.subheader(t("shops.confirm.title"), anchor=False)
    st.markdown(t("shops.confirm.shop", name=plain(form["name"]), cluster=form["cluster"]))
    for row in form["stores"]:
        named = {"name": plain(row["name"]), "language": row["language"].upper()}
        st.markdown(t("shops.confirm.store", **named))
    st.markdown(t("shops.confirm.text"), width=680)
    with st.container(horizontal=True):
        if st.button(t("shops.back"), icon=":material/arrow_back:"):
            _go(wizard, "stores")
        if st.button(t("shops.confirm.button"), type="primary", icon=":material/link:"):
            _connect(wizard, form)


def _connect(wizard: State, form: State) -> None:
    try:
        made = setup.connect(context.desk(), form, context.who())
    except setup.FormError as error:
        wizard["step"], wizard["errors"] = "stores", error.errors
        st.rerun()
    close()
    st.session_state[WIZARD] = {"step": "read", "errors": {}, "shop": made.slug}
    context.open_store_later(context.desk().stores(made)[0].slug)
    st.rerun()


# -- 4: the first read ----------------------------------------------------------------------


def _read(wizard: State) -> None:
    reading.first_reads(wizard["shop"])
    with st.container(horizontal=True, vertical_alignment="center"):
        links.to("settings", label=t("shops.read.settings"), icon=":material/tune:")
        links.to("preview", label=t("shops.read.preview"), icon=":material/visibility:")
        st.button(t("shops.read.close"), on_click=close, icon=":material/check:", type="primary")
