"""Signing in with a real provider on loopback, and what a browser may try instead."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from sync.texts import text
from tests.e2e.conftest import Server, free_port, make_demo, serving, wait_healthy
from tests.test_web import ask_at

COOKIE = "_streamlit_user"
SECRET = "0123456789abcdef" * 4
ANNA, EVE = "anna@agency.example", "eve@evil.example"
GRANT = f'[[grant]]\nwho = "{ANNA}"\nrole = "operator"\n'


@dataclass
class Team:
    """A dashboard behind a provider."""

    server: Server
    origin: str

    def cookie(self, secret: str = SECRET, **claims: Any) -> dict[str, Any]:
        """The cookie of somebody who signed in, as Streamlit signs it."""
        now = int(time.time())
        told = {"email": ANNA, "iss": "x", "sub": ANNA, "iat": now, "exp": now + 600, **claims}
        value = json.dumps({**told, "origin": self.origin, "is_logged_in": True})
        signed = create_signed_value(secret, COOKIE, value).decode()
        return {"name": COOKIE, "value": signed, "url": self.origin}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider, in a process of its own, that believes whoever says a name."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        wait_healthy(f"http://127.0.0.1:{port}/.well-known/openid-configuration", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def team(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    make_demo(folder / "data", products=40, orders=40)
    (folder / "data" / "access.toml").write_text(GRANT, encoding="utf-8")
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{origin}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        'client_id = "desk"\nclient_secret = "known to both"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    more = {"environ": {"SYNC_SIGNIN": "oidc"}, "options": ["--secrets.files", str(secrets)]}
    with serving(folder / "data", worker=False, port=port, **more) as server:
        yield Team(server, origin)


def door(page: Page, reason: str, **values: str) -> Locator:
    """The page of who is not let in; nothing else is there."""
    title = page.get_by_role("heading", name=text(f"signin.{reason}", "de", **values))
    expect(title).to_be_visible()
    expect(page.locator(".st-key-menu")).to_have_count(0)
    return page.locator(".st-key-door")


def sign_in(page: Page, team: Team, name: str) -> None:
    """From the door to the provider and back."""
    page.get_by_role("button", name=text("signin.sign_in", "de")).click()
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{team.origin}/**")


def sign_out(page: Page, team: Team) -> None:
    """Here, and at the provider, which leads back."""
    page.get_by_role("button", name=text("signin.sign_out", "de")).click()
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{team.origin}/**")
    door(page, "needed")


def test_a_link_is_kept_over_the_sign_in_and_a_sign_out_holds_for_copies_of_the_cookie(
    team: Team, page: Page, browser: Browser
):
    link = team.server.at("runs", lang="de", store="demo")
    page.goto(link)
    door(page, "needed")
    sign_in(page, team, ANNA)
    expect(page.locator(".st-key-who")).to_contain_text(text("role.operator", "de"))
    expect(page).to_have_url(link)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    copies = page.context.cookies()
    assert {each["name"] for each in copies if each["httpOnly"]} >= {COOKIE}
    sign_out(page, team)
    with browser.new_context(locale="de-DE") as thief:
        thief.add_cookies(copies)
        other = thief.new_page()
        other.goto(link)
        door(other, "ended")


def test_a_link_is_kept_by_who_signs_in_before_the_page_is_all_there(team: Team, page: Page):
    """What the door's page says of its address to the browser may be late."""
    page.route("**/BidiComponent*.js", lambda late: None)
    link = team.server.at("runs", lang="de", store="demo")
    page.goto(link)
    door(page, "needed")
    sign_in(page, team, ANNA)
    expect(page).to_have_url(link)


def test_who_is_not_let_in_can_sign_in_as_somebody_else(team: Team, page: Page):
    page.goto(team.server.at("shops", lang="de"))
    sign_in(page, team, EVE)
    expect(door(page, "refused", who=EVE.replace("@", "@\u2060"))).to_be_visible()
    sign_out(page, team)
    sign_in(page, team, ANNA)
    expect(page.locator(".st-key-who")).to_be_visible()


def test_a_cookie_is_believed_only_as_it_was_signed_and_as_long_as_its_token(
    team: Team, page: Page
):
    link = team.server.at("runs", lang="de", store="demo")
    good = team.cookie()
    forged = [
        team.cookie("another secret" * 3),
        {**good, "value": good["value"][:-3] + "AAA"},
        {**good, "value": "x"},
    ]
    for cookie in forged:
        page.context.add_cookies([cookie])
        page.goto(link)
        door(page, "needed")
    page.context.add_cookies([team.cookie(exp=int(time.time()) - 1)])
    page.goto(link)
    door(page, "ended")
    page.context.add_cookies([good])
    page.goto(link)
    expect(page.locator(".st-key-who")).to_be_visible()


def test_a_proxy_is_believed_by_its_secret_header_alone(tmp_path: Path, browser: Browser):
    """Streamlit's line to the server has the headers too: it goes the same way."""
    data, secret = tmp_path / "data", "known-to-proxy-and-desk"
    data.mkdir()
    (data / "access.toml").write_text(GRANT, encoding="utf-8")
    named = {"X-Forwarded-Email": ANNA}
    environ = {"SYNC_SIGNIN": "proxy", "SYNC_PROXY_SECRET": secret, "SYNC_PROXY_SIGN_OUT": "/out"}
    with serving(data, worker=False, environ=environ) as server:
        for headers in ({}, named, {**named, "X-Proxy-Secret": "guess"}):
            with browser.new_context(locale="de-DE", extra_http_headers=headers) as visit:
                page = visit.new_page()
                page.goto(server.at("shops", lang="de"))
                door(page, "proxy")
        headers = {**named, "X-Proxy-Secret": secret}
        with browser.new_context(locale="de-DE", extra_http_headers=headers) as visit:
            page = visit.new_page()
            page.goto(server.at("shops", lang="de"))
            expect(page.locator(".st-key-who")).to_contain_text(text("role.operator", "de"))
            page.get_by_role("button", name=text("signin.sign_out", "de")).click()
            page.wait_for_url(f"{server.url}/out")


def test_bound_to_every_address_without_a_sign_in_it_shows_one_page(tmp_path: Path, page: Page):
    everywhere = ["--server.address", "0.0.0.0"]
    with serving(tmp_path / "data", worker=False, options=everywhere) as server:
        for name in ("", "shops", "run"):
            page.goto(server.at(name, lang="de"))
            door(page, "open")


def test_a_file_is_for_who_is_signed_in_whoever_knows_its_address(team: Team):
    port = int(team.origin.rpartition(":")[2])

    def status(file: str, *cookies: dict[str, Any]) -> int:
        sent = "; ".join(f"{each['name']}={each['value']}" for each in cookies)
        return ask_at(port, f"/media/{file}", **({"Cookie": sent} if sent else {}))[0]

    good, forged = team.cookie(), team.cookie("another secret" * 3)
    over, strange = team.cookie(exp=int(time.time()) - 1), team.cookie(email=EVE)
    assert status("of-nobody.csv", good) == 404  # past the door
    assert status("logo.svg") == 404
    refused = [(), (forged,), (over,), (strange,), ({**good, "value": "x"},)]
    assert [status("of-nobody.csv", *cookies) for cookies in refused] == [401] * len(refused)
