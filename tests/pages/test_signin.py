"""Who is let in to the pages, and what they find there."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components import signin
from pages.components.specs import SPECS
from pages.components.texts import t
from sync import engine, run
from sync.access import Role
from sync.access.signin import SignedOut
from sync.errors import Message
from sync.store import Desk
from sync.texts import text
from tests.pages.conftest import ROOT, Client, Open, texts

PAGES = tuple(spec.name for spec in SPECS)
DOORS = ("overview", "run", "audit")
SECRET = "s3cret-of-the-proxy"


@pytest.fixture
def oidc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_SIGNIN", "oidc")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch, client: Client) -> Client:
    monkeypatch.setenv("SYNC_SIGNIN", "proxy")
    monkeypatch.setenv("SYNC_PROXY_SECRET", SECRET)
    client.headers = [("X-Forwarded-Email", "anna@agency.example"), ("X-Proxy-Secret", SECRET)]
    return client


def user(email: str = "anna@agency.example", **claims: Any) -> dict[str, Any]:
    """What a provider says of somebody who signed in just now."""
    now = time.time()
    times = {"iat": now - 1, "exp": now + 3600}
    return {"is_logged_in": True, "iss": "x", "sub": email, "email": email, **times, **claims}


def grant(data: Path, who: str = "anna@agency.example", role: str = "admin", *shops: str) -> None:
    """One more grant."""
    only = f"shops = {list(shops)!r}\n" if shops else ""
    with (data / "access.toml").open("a", encoding="utf-8") as file:
        file.write(f'[[grant]]\nwho = "{who}"\nrole = "{role}"\n{only}')


def title(app: AppTest) -> str:
    assert not app.exception
    return str(app.title[0].value) if app.title else ""


def said(app: AppTest) -> str:
    """The title as it is read."""
    return title(app).replace("\\", "").replace("\u2060", "")


def closed(app: AppTest, reason: str, lang: str = "en", **values: str) -> bool:
    """Whether the page is the door, and nothing else."""
    alone = not app.sidebar.button and not app.dataframe and len(app.title) == 1
    return alone and said(app) == text(f"signin.{reason}", lang, **values)


# -- nobody signs in ------------------------------------------------------------------------


@pytest.mark.parametrize("page", DOORS)
def test_bound_elsewhere_every_address_says_so_and_shows_nothing(
    data: Path, visit: Open, monkeypatch: pytest.MonkeyPatch, page: str
):
    known = st.get_option
    bound = {"server.address": "0.0.0.0"}
    monkeypatch.setattr(st, "get_option", lambda key: bound.get(key) or known(key))
    app = visit(page, lang="en", store="main", run="1")
    assert closed(app, "open")
    assert [code.value for code in app.code]  # how to mend it


@pytest.mark.parametrize("lang", ["en", "de"])
def test_another_computer_is_shown_nothing(data: Path, visit: Open, client: Client, lang: str):
    client.remote_ip = "192.168.1.7"
    assert closed(visit(lang=lang), "open", lang)
    client.remote_ip, client.headers = "127.0.0.1", [("X-Forwarded-For", "192.168.1.7")]
    assert closed(visit(lang=lang), "open", lang)


def test_at_the_own_computer_the_file_says_what_the_named_person_may(
    data: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
):
    assert title(visit(lang="en")) != ""
    grant(data, "somebody else")
    assert closed(visit(lang="en"), "refused", who="tester")
    grant(data, "tester", "viewer")
    assert not closed(visit(lang="en"), "refused", who="tester")


# -- a provider -----------------------------------------------------------------------------


@pytest.mark.parametrize("page", DOORS)
def test_without_a_sign_in_every_address_asks_for_one(data: Path, visit: Open, oidc, page: str):
    grant(data)
    app = visit(page, user={"is_logged_in": False}, lang="en", store="main", run="1")
    assert closed(app, "needed")
    assert [button.label for button in app.button] == [text("signin.sign_in", "en")]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_without_the_file_nobody_is_let_in_and_the_page_says_how(
    data: Path, visit: Open, oidc, lang: str
):
    app = visit(user=user(), lang=lang)
    assert closed(app, "no_file", lang)
    assert app.code[0].value == '[[grant]]\nwho = "anna@agency.example"\nrole = "admin"'
    (data / "access.toml").write_text(app.code[0].value, encoding="utf-8")
    app.run()
    assert texts(app).count("anna") == 1
    assert text("role.admin", lang) in texts(app)


@pytest.mark.parametrize(
    ("reason", "claims"),
    [
        ("refused", {"email": "eve@evil.example"}),
        ("unverified", {"email_verified": False}),
        ("no_email", {"email": None}),
        ("ended", {"exp": 1.0}),
        ("ended", {"iat": 1.0}),
    ],
)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_who_is_not_let_in_is_told_why(data: Path, visit: Open, oidc, reason, claims, lang):
    grant(data)
    claimed = {**user(), **claims}
    app = visit("runs", user=claimed, lang=lang, store="main")
    who = {"who": claimed["email"]} if reason in {"refused", "unverified"} else {}
    assert closed(app, reason, lang, **who)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_mistake_in_the_file_is_named_and_lets_nobody_in(data: Path, visit: Open, oidc, lang):
    grant(data)
    grant(data, role="root")
    app = visit(user=user(), lang=lang)
    assert title(app) == text("signin.file", lang)
    assert text("access.role", lang) in texts(app).replace("\\", "")
    assert not app.sidebar.button


def test_a_provider_that_is_not_set_up_is_said(data: Path, visit: Open, oidc, monkeypatch):
    monkeypatch.setattr("tests.pages.conftest.AUTH", {"client_id": "x"})
    app = visit(user=user(), lang="en")
    assert title(app) == text("signin.config", "en")
    assert "cookie_secret" in texts(app).replace("\\", "")


def test_a_sign_in_that_ends_ends_for_the_open_page_and_its_buttons(
    desk: Desk, data: Path, visit: Open, oidc
):
    grant(data)
    app = visit("runs", user=user(), lang="en", store="main")
    app.user = {**app.user, "exp": 1.0}
    app.button(key="runs:sync").click().run()
    assert closed(app, "ended")
    assert desk.active_run(desk.store("main")) is None


def test_signing_out_ends_the_sign_in_in_every_window(desk: Desk, data: Path, visit: Open, oidc):
    grant(data)
    mine = user()
    first, second = visit(user=mine, lang="en"), visit(user=mine, lang="en")
    first.button(key="sign_out").click().run()
    assert closed(first, "needed")
    assert closed(second.run(), "ended")
    assert not closed(visit(user={**mine, "iat": mine["iat"] + 1}, lang="en"), "ended")
    done = [(each.action, each.who) for each in desk.audited()]
    assert done.count(("sign in", "anna@agency.example")) == 2
    assert done.count(("sign out", "anna@agency.example")) == 1


def test_what_is_kept_for_a_person_is_kept_for_who_signed_in(data: Path, visit: Open, oidc):
    """In another browser too, and not for the next one in this browser."""
    grant(data, "@agency.example", "operator")
    desk, cookie = Desk(data), "a" * 32
    for who in ("anna@agency.example", "ben@agency.example"):
        app = visit("settings", person=cookie, user=user(who), lang="en", store="main")
        assert not app.exception
        app.toggle[0].set_value(not app.toggle[0].value).run()
    kept = desk.drafts(desk.store("main"))
    assert len({each.person for each in kept}) == 2
    assert {each.who for each in kept} == {"anna@agency.example", "ben@agency.example"}
    assert cookie not in {each.person for each in kept}


# -- a proxy --------------------------------------------------------------------------------


def test_a_proxy_is_believed_with_its_secret_alone(data: Path, visit: Open, proxy: Client):
    grant(data)
    name, secret = proxy.headers
    assert "anna" in texts(visit(lang="en"))
    for headers in (
        [name],
        [secret],
        [],
        [name, ("X-Proxy-Secret", "guess")],
        [name, *[secret] * 2],
    ):
        proxy.headers = headers
        assert closed(visit(lang="en", store="main"), "proxy")


def test_a_page_is_nobody_else_s_than_who_opened_it(data: Path, visit: Open, proxy: Client):
    grant(data, "@agency.example")
    app = visit(lang="en")
    proxy.headers[0] = ("X-Forwarded-Email", "ben@agency.example")
    assert closed(app.run(), "again")
    assert "ben" in texts(visit(lang="en"))


def test_a_proxy_without_a_secret_is_not_set_up(data: Path, visit: Open, proxy, monkeypatch):
    monkeypatch.setenv("SYNC_PROXY_SECRET", "")
    assert title(visit(lang="en")) == text("signin.config", "en")


# -- roles ----------------------------------------------------------------------------------


def test_a_click_that_a_role_does_not_allow_is_refused_where_it_is_done(
    desk: Desk, data: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
):
    """The page was drawn while more was allowed."""
    grant(data, "tester", "operator")
    app = visit("runs", lang="en", store="main")
    (data / "access.toml").unlink()
    grant(data, "tester", "viewer")
    app.button(key="runs:sync").click().run()
    assert not app.exception
    assert text("role.viewer", "en") in app.error[0].value
    assert desk.active_run(desk.store("main")) is None


RUNS = {
    f"runs:{name}"
    for name in ("sync", "refresh", "full", "record", "compare", "mend", "subset", "resend")
}
ADMINS = {
    *("Connect a shop", "shops:edit", "shops:add", "shops:remove", "shops:key:add"),
    *("shops:key:replace:1", "shops:store:keys:main", "shops:store:remove:main"),
    "shops:store:options:main",
}
OPERATORS = {"shops:check:panel:shop", "shops:schedule:main", "shops:doctor"}


@pytest.mark.parametrize(
    ("page", "viewers_lack", "operators_lack"),
    [
        ("overview", {"overview:start:main"}, set()),
        ("preview", {"preview.run", "preview.refresh"}, set()),
        ("runs", RUNS, set()),
        ("shops", ADMINS | OPERATORS, ADMINS),
    ],
)
def test_a_button_says_which_role_it_takes(
    data: Path, visit: Open, page: str, viewers_lack: set[str], operators_lack: set[str]
):
    def free(role: str) -> set[str]:
        (data / "access.toml").unlink(missing_ok=True)
        grant(data, "tester", role)
        app = visit(page, lang="en", store="main", shop="shop")
        for button in app.button:
            assert not button.disabled or role == "admin" or "role" in button.help
        return {button.key or button.label for button in app.button if not button.disabled}

    everything = free("admin")
    assert everything - free("viewer") == viewers_lack
    assert everything - free("operator") == operators_lack


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_way_that_is_not_somebody_s_leads_nowhere(data: Path, visit: Open, lang: str):
    """The address of the form that connects a shop, and that of the trail."""
    grant(data, "tester", "operator")
    for page, query in (("shops", {"new": "1"}), ("audit", {})):
        app = visit(page, lang=lang, **query)
        assert not app.exception
        assert text("role.operator", lang) in app.error[0].value
        assert not app.main.text_input


@pytest.fixture
def other(desk: Desk) -> str:
    """The slug of a store of another shop, with a run."""
    shop = desk.add_shop("Geheim", domain="www.geheim.example", cluster="eu1")
    store = desk.add_store(shop, "Geheim nl", language="nl", public="p" * 9, private="q" * 9)
    run.request(desk, store, "sync")
    return store.slug


@pytest.mark.parametrize("page", PAGES)
def test_a_shop_that_somebody_does_not_see_is_on_no_page(
    desk: Desk, data: Path, visit: Open, other: str, page: str
):
    """Nor does a link to it open anything."""
    hidden = desk.runs(desk.store(other))[0].id
    grant(data, "tester", "admin", "shop")
    for query in ({"store": other}, {"store": "main", "run": str(hidden)}):
        app = visit(page, lang="en", **query)
        assert not app.exception
        shown = texts(app) + repr([frame.value.to_dict() for frame in app.dataframe])
        shown += repr([each.options for each in app.selectbox])
        assert "Geheim" not in shown
        assert "geheim.example" not in shown


def test_what_is_kept_for_all_is_kept_for_those_who_see_the_same(
    data: Path, visit: Open, other: str, monkeypatch: pytest.MonkeyPatch
):
    """The overview is worked out once for all, and so are the days of all stores' runs."""
    grant(data, "anna", "admin")
    grant(data, "ben", "admin", "shop")
    for who, seen in (("anna", True), ("ben", False), ("anna", True)):
        monkeypatch.setenv("SYNC_USER", who)
        app = visit(lang="en")
        shown = texts(app) + repr([frame.value.to_dict() for frame in app.dataframe])
        assert ("Geheim" in shown) is seen


def test_what_is_stored_is_counted_for_those_who_see_the_same(
    desk: Desk, data: Path, visit: Open, other: str, monkeypatch: pytest.MonkeyPatch
):
    """Of the lines in runs' logs those of one's own shops alone, whoever looked before."""
    hidden = desk.runs(desk.store(other))[0].id
    for _ in range(29):
        desk.log(hidden, "info", "", Message("log.some_gone"))
    lines = next(each.count for each in engine.kept(desk) if each.kind == "runs")
    assert lines >= 29
    grant(data, "anna", "admin")
    grant(data, "ben", "admin", "shop")
    for who, seen in (("anna", True), ("ben", False), ("anna", True)):
        monkeypatch.setenv("SYNC_USER", who)
        app = visit("shops", lang="en")
        app.button(key="retention").click().run()
        assert (text("retention.rows.many", count=lines) in texts(app)) is seen


# -- files ----------------------------------------------------------------------------------


def test_every_file_is_made_for_whom_the_page_was_drawn():
    """The server makes it in a thread that knows no session."""
    made = []
    for path in (ROOT / "pages").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".download_button"):
                given = {each.arg: each.value for each in call.keywords}
                made.append((path.name, ast.unparse(given.get("data") or call.args[1])))
    assert len(made) >= 5
    assert [each for each in made if not each[1].startswith("signin.later(")] == []


def test_a_file_is_made_in_the_language_of_its_reader(
    data: Path, proxy: Client, monkeypatch: pytest.MonkeyPatch
):
    grant(data)
    monkeypatch.setattr(st, "session_state", {"lang": "de"})
    make = signin.later(lambda: t("shops.close"))
    monkeypatch.setattr(st, "session_state", {})  # as in a thread without a session
    assert make() == text("shops.close", "de") != text("shops.close", "en")
    assert t("shops.close") == text("shops.close", "en")


def test_a_file_is_made_as_long_as_the_sign_in_lasts(
    data: Path, proxy: Client, monkeypatch: pytest.MonkeyPatch
):
    grant(data)
    monkeypatch.setattr(st, "session_state", {})
    make = signin.later(lambda: signin.desk().person)
    proxy.headers = []  # as in a thread without a session
    assert make().everywhere is Role.ADMIN
    (data / "access.toml").unlink()
    with pytest.raises(SignedOut):
        make()
    grant(data)
    later = time.time() + 13 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(SignedOut):
        make()
