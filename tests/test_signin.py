"""Who is believed to be who, and what the file of grants gives them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from sync.access import Person, Role
from sync.access.grants import AccessFileError, granted
from sync.access.signin import Mode, SignedOut, SignIn, SignInError, is_loopback
from sync.store import Desk
from sync.texts import LANGUAGES

NOW = 1_800_000_000.0
SECRET = "s3cret-of-the-proxy"
GOOD = {
    "is_logged_in": True,
    "iss": "https://provider.example",
    "sub": "7",
    "email": "anna@agency.example",
    "email_verified": True,
    "iat": NOW - 60,
    "exp": NOW + 3600,
}
BY_PROXY = {"SYNC_SIGNIN": "proxy", "SYNC_PROXY_SECRET": SECRET}
PROXY = SignIn(Mode.PROXY, secret=SECRET)


def file(folder: Path, text: str) -> Path:
    (folder / "access.toml").write_text(text, encoding="utf-8")
    return folder


GRANTS = """
[[grant]]
who = "Anna@Agency.example"
role = "admin"

[[grant]]
who = ["@agency.example", "ben@other.example"]
role = "viewer"

[[grant]]
who = "ben@other.example"
role = "operator"
shops = ["toys", "shoes"]

[[grant]]
who = "cleo@third.example"
role = "viewer"
shops = ["toys"]

[[grant]]
who = "cleo@third.example"
role = "operator"
shops = ["toys"]

[[grant]]
who = ["klaus@kiosk.example", "@kauf.example", "gross@gasse.example", "jos\u00e9@gasse.example"]
role = "viewer"
"""


@pytest.mark.parametrize(
    ("name", "everywhere", "shops"),
    [
        ("anna@agency.example", Role.ADMIN, {}),
        ("ANNA@AGENCY.EXAMPLE", Role.ADMIN, {}),
        ("dora@agency.example", Role.VIEWER, {}),
        ("dora@sub.agency.example", None, {}),
        ("dora@agency.example.evil.example", None, {}),
        ("@agency.example@evil.example", None, {}),
        ("agency.example", None, {}),
        ("ben@other.example", Role.VIEWER, {"toys": Role.OPERATOR, "shoes": Role.OPERATOR}),
        ("cleo@third.example", None, {"toys": Role.OPERATOR}),
        ("*", None, {}),
        ("nobody@else.example", None, {}),
        # letters that are others without their case, or that only look alike
        ("\u212alaus@kiosk.example", None, {}),
        ("anybody@\u212aauf.example", None, {}),
        ("anybody@KAUF.example", Role.VIEWER, {}),
        ("klaus@kio\u017fk.example", None, {}),
        ("klaus@kiosk.example", Role.VIEWER, {}),
        ("gro\u00df@gasse.example", None, {}),
        ("JOS\u00c9@gasse.example", Role.VIEWER, {}),
    ],
)
def test_the_file_gives_roles_by_address_and_domain(tmp_path: Path, name, everywhere, shops):
    person = granted(file(tmp_path, GRANTS), name, {})
    assert person is not None
    assert (person.name, person.everywhere, person.shops) == (name, everywhere, shops)
    assert person.enters == (everywhere is not None or bool(shops))


def test_what_the_file_says_counts_at_once(tmp_path: Path):
    assert granted(tmp_path, "anna@agency.example", {}) is None
    everybody = '[[grant]]\nwho = "*"\nrole = "viewer"'
    assert roles(file(tmp_path, everybody), "anna") is Role.VIEWER
    assert roles(file(tmp_path, everybody.replace("viewer", "admin")), "anna") is Role.ADMIN
    assert roles(file(tmp_path, ""), "anna") is None


def roles(folder: Path, name: str) -> Role | None:
    person = granted(folder, name, {})
    assert person is not None
    return person.everywhere


def test_another_file_can_be_named(tmp_path: Path):
    file(tmp_path, '[[grant]]\nwho = "*"\nrole = "viewer"')
    named = {"SYNC_ACCESS": str(tmp_path / "access.toml")}
    assert granted(tmp_path / "data", "anna", named) is not None
    with pytest.raises(AccessFileError, match="is not there"):
        granted(tmp_path, "anna", {"SYNC_ACCESS": str(tmp_path / "acess.toml")})


@pytest.mark.parametrize(
    "text",
    [
        "[[grant]",
        "grants = []",
        'grant = "x"',
        '[grant]\nwho = "*"\nrole = "viewer"',
        '[[grant]]\nrole = "viewer"',
        '[[grant]]\nwho = []\nrole = "viewer"',
        '[[grant]]\nwho = ""\nrole = "viewer"',
        '[[grant]]\nwho = "*@agency.example"\nrole = "viewer"',
        '[[grant]]\nwho = "a b@agency.example"\nrole = "viewer"',
        '[[grant]]\nwho = "@"\nrole = "viewer"',
        '[[grant]]\nwho = 7\nrole = "viewer"',
        '[[grant]]\nwho = "*"',
        '[[grant]]\nwho = "*"\nrole = "root"',
        '[[grant]]\nwho = "*"\nrole = 3',
        '[[grant]]\nwho = "*"\nrole = "viewer"\nshop = ["toys"]',
        '[[grant]]\nwho = "*"\nrole = "viewer"\nshops = []',
        '[[grant]]\nwho = "*"\nrole = "viewer"\nshops = [""]',
        '[[grant]]\nwho = "*"\nrole = "viewer"\nshops = [1]',
        "\x00",
    ],
)
def test_a_file_with_a_mistake_lets_nobody_in_and_says_so_in_one_line(tmp_path: Path, text: str):
    with pytest.raises(AccessFileError) as found:
        granted(file(tmp_path, GRANTS + text), "anna@agency.example", {})
    for lang in LANGUAGES:
        line = found.value.text(lang)
        assert line.startswith("access.toml")
        assert "\n" not in line
        assert "@other.example" not in line


def test_a_token_is_believed_until_it_ends_and_no_longer_than_the_hours():
    config = SignIn(Mode.OIDC, hours=0.5)
    found = config.claimed(GOOD, NOW)
    assert (found.name, found.until) == ("anna@agency.example", NOW - 60 + 1800)
    assert SignIn(Mode.OIDC).claimed(GOOD, NOW).until == NOW + 3600
    assert found.signin == SignIn(Mode.OIDC).claimed(GOOD, NOW + 9).signin
    assert found.signin != config.claimed({**GOOD, "iat": NOW}, NOW).signin
    assert found.number == config.claimed({**GOOD, "iat": NOW}, NOW).number


@pytest.mark.parametrize(
    ("reason", "claims"),
    [
        ("needed", {"is_logged_in": False}),
        ("ended", {"exp": NOW}),
        ("ended", {"exp": None}),
        ("ended", {"exp": "9999999999"}),
        ("ended", {"exp": math.nan}),
        ("ended", {"exp": True}),
        ("ended", {"iat": NOW - 12 * 3600}),
        ("ended", {"iat": None}),
        ("no_email", {"email": None}),
        ("no_email", {"email": ""}),
        ("no_email", {"email": ["anna@agency.example"]}),
        ("no_email", {"email": "anna@agency.example\nx"}),
        ("no_email", {"email": "a" * 300}),
        ("no_email", {"email": "eve@evil.example@agency.example"}),
        ("no_email", {"email": '"eve@evil.example"@agency.example'}),
        ("no_email", {"email": "eve@evil.example,anna@agency.example"}),
        ("no_email", {"email": "Anna<anna@agency.example>"}),
        ("ended", {"exp": 10**400}),
        ("ended", {"exp": math.inf}),
        ("unverified", {"email_verified": []}),
        ("unverified", {"email_verified": {"is": True}}),
        ("unverified", {"email_verified": False}),
        ("unverified", {"email_verified": "false"}),
        ("unverified", {"email_verified": None}),
    ],
)
def test_a_token_that_proves_nothing_lets_nobody_in(reason: str, claims: dict[str, Any]):
    with pytest.raises(SignedOut) as found:
        SignIn(Mode.OIDC).claimed({**GOOD, **claims}, NOW)
    assert found.value.reason == reason


def test_a_provider_that_does_not_tell_of_confirmed_addresses_is_believed():
    claims = {name: value for name, value in GOOD.items() if name != "email_verified"}
    assert SignIn(Mode.OIDC).claimed(claims, NOW).name == "anna@agency.example"


def passed(*headers: tuple[str, str], since: float = NOW - 60):
    def values(name: str) -> list[str]:
        return [value for header, value in headers if header == name]

    return PROXY.passed_on(values, since, NOW)


NAME = ("X-Forwarded-Email", "anna@agency.example")
PROOF = ("X-Proxy-Secret", SECRET)


def test_a_proxy_that_proves_itself_is_believed():
    assert passed(NAME, PROOF).name == "anna@agency.example"
    with pytest.raises(SignedOut) as found:
        passed(NAME, PROOF, since=NOW - 12 * 3600)
    assert found.value.reason == "again"


@pytest.mark.parametrize(
    "headers",
    [
        [NAME],
        [PROOF],
        [],
        [NAME, ("X-Proxy-Secret", "")],
        [NAME, ("X-Proxy-Secret", f"{SECRET}x")],
        [NAME, ("X-Proxy-Secret", "sécret-of-the-proxy")],
        [NAME, PROOF, ("X-Proxy-Secret", "guess")],
        [NAME, PROOF, PROOF],
        [NAME, ("X-Forwarded-Email", "root@agency.example"), PROOF],
        [("X-Forwarded-Email", ""), PROOF],
        [("X-Forwarded-Email", "a b"), PROOF],
        [("X-Forwarded-Email", "eve@evil.example,anna@agency.example"), PROOF],
        [("X-Forwarded-Email", "eve;anna@agency.example"), PROOF],
        [("X-Forwarded-Email", "@agency.example"), PROOF],
    ],
)
def test_a_header_without_the_proxy_s_proof_is_nothing(headers: list[tuple[str, str]]):
    with pytest.raises(SignedOut) as found:
        passed(*headers)
    assert found.value.reason == "proxy"


@pytest.mark.parametrize(
    "environ",
    [
        {"SYNC_SIGNIN": "of course"},
        {"SYNC_SIGNIN": "oidc", "SYNC_SIGNIN_HOURS": "0"},
        {"SYNC_SIGNIN": "oidc", "SYNC_SIGNIN_HOURS": "nan"},
        {"SYNC_SIGNIN": "oidc", "SYNC_SIGNIN_HOURS": "inf"},
        {"SYNC_SIGNIN": "oidc", "SYNC_SIGNIN_HOURS": "a day"},
        {"SYNC_SIGNIN": "proxy"},
        {"SYNC_SIGNIN": "proxy", "SYNC_PROXY_SECRET": "short"},
        {
            "SYNC_SIGNIN": "proxy",
            "SYNC_PROXY_SECRET": SECRET,
            "SYNC_PROXY_HEADER": "x-proxy-secret",
        },
        {
            "SYNC_SIGNIN": "proxy",
            "SYNC_PROXY_SECRET": SECRET,
            "SYNC_PROXY_SIGN_OUT": "javascript:alert(1)",
        },
    ],
)
def test_a_set_up_that_says_nothing_sensible_is_refused(environ: dict[str, str]):
    with pytest.raises(SignInError) as found:
        SignIn.of(environ)
    assert SECRET not in str(found.value)


def test_without_a_set_up_nobody_signs_in():
    assert SignIn.of({}) == SignIn(Mode.NONE)
    assert SignIn.of({"SYNC_SIGNIN": " OIDC ", "SYNC_SIGNIN_HOURS": "8"}).hours == 8
    assert SECRET not in repr(PROXY)


@pytest.mark.parametrize(
    ("address", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        (None, False),
        ("", False),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example", False),
        ("unix:///run/desk.sock", False),
    ],
)
def test_only_loopback_is_alone(address: str | None, alone: bool):
    assert is_loopback(address) is alone


def test_a_sign_in_is_noted_once_and_ends_for_good(tmp_path: Path):
    desk = Desk(tmp_path)
    anna = desk.on_behalf(Person("anna@agency.example", Role.VIEWER))
    until = desk.clock.now() + 60
    assert anna.signin_holds("one", until)
    assert anna.signin_holds("one", until)
    assert desk.on_behalf(Person("eve@evil.example")).signin_holds("two", until)
    anna.end_signin("one")
    anna.end_signin("one")
    assert not anna.signin_holds("one", until)
    assert not Desk(tmp_path).on_behalf(anna.person).signin_holds("one", until)
    assert [(each.action, each.who) for each in reversed(desk.audited())] == [
        ("sign in", "anna@agency.example"),
        ("sign in refused", "eve@evil.example"),
        ("sign out", "anna@agency.example"),
    ]
