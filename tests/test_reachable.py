"""Which addresses are called: by their spelling, by what they are, and by where a name leads to."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import setup
from sync.addresses import BadAddress, checked_address, for_a_browser, is_loopback, may_be_called
from sync.errors import BadEnvironment
from sync.http import Closed, Http, NoConnection
from sync.sandbox.faults import Fault
from sync.store import Desk, KeysFailed, UsageError
from sync.store.checks import checked_url, clean_domain
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place

ODD = [
    *("", "api.example", "//api.example", "ftp://localhost", "https://", "https:///x", "file:///x"),
    *("gopher://api.example", "javascript:alert(1)", "https:api.example", "https:/api.example"),
    # who is called is not who seems to be
    *("https://user:the-password@api.example", "https://api.example@evil.example"),
    *("http://127.0.0.1@evil.example", "http://localhost:80@evil.example"),
    *("https://api.example#@evil.example", "https://api.example?@evil.example"),
    *("https://api.example\\.evil.example", "https://api.example\\@evil.example"),
    *("https://api.example%2eevil.example", "https://api%00.example", "https://%31%32%37.0.0.1"),
    *("https://api.example/?key=the-password", "https://api.example/#the-password"),
    # blanks and controls, which some parsers drop
    *("https://api.example ", " https://api.example", "https://api .example"),
    *("https://api\t.example", "https://api.example\n", "https://api.example\r\nHost: evil"),
    *("https://api\x00.example", "https://api.example/\x7f", "https://api\u200b.example"),
    # numbers in other spellings
    *("https://2130706433", "https://0x7f000001", "https://0x7f.0.0.1", "https://0177.0.0.1"),
    *("https://127.1", "https://127.0.1", "https://1.2.3", "https://1.2.3.4.5", "https://08.8.8.8"),
    *("https://8.8.8.8.", "https://256.1.1.1", "https://api.example.0x1", "https://1.2.3.4٫5"),
    # names that are none, or that are read as others
    *("https://api.example.", "https://.example", "https://a..b", "https://-", "https://[api]"),
    *(
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 127 + "example",
        "https://a*.example",
    ),
    *(
        "https://ａｐｉ.example",
        "https://１２７.０.０.１",
        "https://127。0。0。1",
        "https://ⓛocalhost",
    ),
    *("https://api.example\u202e", "https://аpi.example\u2024com"),
    # addresses of six that are none
    *("https://::1", "https://[::1", "https://[::1%25eth0]", "https://[fe80::1%eth0]"),
    *("https://[127.0.0.1]", "https://[::gggg]", "https://[[::1]]", "https://[1:2:3]"),
    # ports
    *("https://api.example:", "https://api.example:0", "https://api.example:65536"),
    *("https://api.example:4 43", "https://api.example:-1", "https://api.example:443:80"),
    *("https://api.example:٤٤٣", "https://api.example:99999999", "https://api.example:http"),
]
CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "127.0.0.2", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::"),
    *("3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1"),
]
OPEN = [
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
    *("192.167.1.1", "223.255.255.254", "2606:4700:4700::1111", "2a00:1450:4001::1"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]


@pytest.fixture(autouse=True)
def _nothing_allowed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "place" not in request.fixturenames:
        monkeypatch.delenv("SYNC_ALLOW_PRIVATE", raising=False)


@contextmanager
def leading_to(
    monkeypatch: pytest.MonkeyPatch, *answers: list[str]
) -> Iterator[list[tuple[str, int]]]:
    """A name server that says the first answer once, then the next; and who was connected to."""
    said, called = iter(answers), []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        return [(None, None, 6, "", (each, port)) for each in next(said)]

    def connected(_self: Any, host: str, port: int, *_: Any, **__: Any) -> Any:
        called.append((host, port))
        raise httpcore.ConnectError("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lookup)
        patch.setattr(httpcore.SyncBackend, "connect_tcp", connected)
        yield called


# -- the spelling -----------------------------------------------------------------------------


@pytest.mark.parametrize("url", ODD)
def test_an_odd_spelling_is_refused_in_one_line_without_what_was_typed(url):
    with pytest.raises(BadAddress) as caught:
        checked_address(url, stand_in=True)
    assert caught.value.code == "address.odd"
    for lang in ("en", "de"):
        assert "\n" not in caught.value.text(lang)
        assert "the-password" not in caught.value.text(lang)
    with pytest.raises(BadAddress):
        Http(url, stand_in=True)


@pytest.mark.parametrize("url", [url for url in ODD if url.strip() == url != ""])
def test_what_is_typed_goes_by_the_same(url):
    with pytest.raises(UsageError):
        checked_url(url)


@pytest.mark.parametrize(
    "domain",
    [
        *("127.0.0.1", "localhost", "10.0.0.1:8443", "[::1]", "169.254.169.254", "2130706433"),
        *("shop.nl.", "user@shop.nl", "shop nl", "shop.nl:0", "shop.nl?x", "shop\\nl", "a..b"),
        *("shop\t.nl", "ｓhop.nl", "%73hop.nl", "shop.nl#", "-", "shop.nl:99999"),
    ],
)
def test_a_shop_s_domain_goes_by_the_same(domain):
    with pytest.raises(UsageError) as caught:
        clean_domain(domain)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.shop.nl/", "www.shop.nl"),
        (" WWW.Shop.nl ", "www.shop.nl"),
        ("http://shop.nl/nl/fiets.html", "shop.nl"),
        ("größe.de", "größe.de"),
        ("shop.nl:8443", "shop.nl:8443"),
        ("my_shop.webshopapp.com", "my_shop.webshopapp.com"),
        ("", ""),
    ],
)
def test_usual_domains_are_taken(typed, kept):
    assert clean_domain(typed) == kept


def test_an_api_url_is_scheme_and_host_alone():
    for url in ("https://api.example", "https://127.evil.example", "https://api.example:8443"):
        assert checked_url(f" {url}/ ") == url
    for url in ("https://api.example/v2", "http://api.example", "https://evil.example/http://a.b"):
        with pytest.raises(UsageError):
            checked_url(url)
    assert checked_url(None) is checked_url(" ") is None


@given(st.text() | st.text(st.sampled_from("htps:/@.[]%\\#?01x7lo\t\u3002ａ")))
def test_any_text_is_an_address_or_is_refused(text):
    for url in (text, f"https://{text}", f"http://{text}"):
        with suppress(BadAddress):
            checked_address(url)


# -- what it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_public_is_not_called(address):
    assert not may_be_called(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(BadAddress, match=r"SYNC_ALLOW_PRIVATE"):
        checked_address(f"https://{host}")


@pytest.mark.parametrize("address", OPEN)
def test_what_is_public_is_called(address):
    assert may_be_called(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert checked_address(f"https://{host}") is False


@pytest.mark.parametrize(
    "base",
    [
        *("http://127.0.0.1:80", "http://127.8.9.1", "http://localhost:8700/v2"),
        *("http://[::1]:8700", "https://localhost", "http://LOCALHOST"),
    ],
)
def test_loopback_is_for_stand_ins(base, monkeypatch):
    with Http(base, stand_in=True) as http:
        assert http.loopback
    with pytest.raises(BadAddress, match="this computer"):
        Http(base)
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", "127.0.0.0/8,::1/128")
    with Http(base) as http:
        assert http.loopback


@pytest.mark.parametrize("host", ["api.example", "8.8.8.8", "10.0.0.1", "127.0.0.1.example"])
def test_plain_http_is_for_this_computer(host, monkeypatch):
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", "10.0.0.0/8")
    with pytest.raises(BadAddress, match="https"):
        Http(f"http://{host}", stand_in=True)


@pytest.mark.parametrize(
    "host",
    [
        *("", "example", "127.0.0.1.example", "::2", "10.0.0.1", "127.evil.example", "127.1"),
        *("2130706433", "0177.0.0.1", "::ffff:127.0.0.1", "::1%eth0", "evil.localhost"),
    ],
)
def test_other_hosts_are_not_this_computer(host):
    assert not is_loopback(host)


def test_a_demo_shop_alone_is_on_loopback_and_its_stores_nowhere_else(tmp_path):
    desk = Desk(tmp_path / "data")
    common = {"domain": "www.shop.example", "cluster": "eu1"}
    with pytest.raises(UsageError, match="this computer"):
        desk.add_shop("Real", api_url="http://127.0.0.1:9", **common)
    real = desk.add_shop("Real", **common)
    demo = desk.add_shop("Demo", api_url="http://127.0.0.1:9", demo=True, **common)
    keys = {"language": "nl", "public": "a", "private": "b"}
    for shop, url in ((real, "http://127.0.0.1:9"), (demo, "http://127.0.0.1:10")):
        with pytest.raises(UsageError, match="this computer"):
            desk.add_store(shop, "Nu", api_url=url, **keys)
    assert desk.add_store(demo, "Nu", api_url="http://127.0.0.1:9", **keys).api_url


@pytest.mark.parametrize(
    "url",
    [
        *(f"{url}/x.png" for url in ODD if re.fullmatch(r"https://[^/?#]+", url)),
        *(f"https://{address}/x.png" for address in CLOSED if ":" not in address),
        *("http://www.shop.example/x.png", "javascript:alert(1)", "data:text/html,x", "//x/y.png"),
        *("http://10.0.0.1/x.png", "http://127.0.0.1.evil.example/x.png", "file:///x", ""),
    ],
)
def test_a_reader_s_browser_loads_nothing_of_a_shop_from_elsewhere(url):
    assert for_a_browser(url) is None


def test_a_reader_s_browser_loads_pictures_of_shops_and_of_the_stand_in():
    for url in ("https://cdn.shop.example/a b.png?x=1#y", "http://127.0.0.1:9/files/x.png"):
        assert for_a_browser(url)


# -- what is allowed --------------------------------------------------------------------------


def test_networks_that_are_allowed_may_be_called(monkeypatch):
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", " 10.1.0.0/16, fd00::/8,192.168.7.9 ")
    for address in ("10.1.2.3", "fd12::1", "192.168.7.9", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"):
        assert may_be_called(ip_address(address)), address
    for address in ("10.2.0.1", "192.168.7.8", "127.0.0.1", "fe80::1"):
        assert not may_be_called(ip_address(address)), address


@pytest.mark.parametrize(
    "text", ["all", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8;::1", "shop.nl", "0x7f.1", "-"]
)
def test_networks_that_cannot_be_read_are_named(monkeypatch, text):
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", text)
    with pytest.raises(BadEnvironment, match="SYNC_ALLOW_PRIVATE"):
        Http("https://10.0.0.1")


# -- where a name leads to --------------------------------------------------------------------


@pytest.mark.parametrize("address", CLOSED)
def test_a_name_that_leads_to_a_private_address_is_not_called(monkeypatch, address):
    with (
        leading_to(monkeypatch, [address]) as called,
        Http("https://www.shop.example") as http,
        pytest.raises(Closed) as caught,
    ):
        http.send("GET", "x")
    assert called == []
    assert not caught.value.applied_unknown
    assert str(caught.value) == (
        f"www.shop.example leads to {address}, which is no public address; SYNC_ALLOW_PRIVATE can"
        " allow it"
    )


def test_what_is_called_is_the_address_that_was_looked_at(monkeypatch):
    """Asked again the name would lead elsewhere; nobody asks."""
    answers = [["8.8.8.8", "2606:4700::1"], ["127.0.0.1"]]
    with leading_to(monkeypatch, *answers) as called, Http("https://www.shop.example") as http:
        for error in (NoConnection, Closed):
            with pytest.raises(error):
                http.send("GET", "x")
            assert called == [("8.8.8.8", 443), ("2606:4700::1", 443)]


def test_of_several_addresses_the_private_ones_are_left_out(monkeypatch):
    answer = ["10.0.0.1", "8.8.8.8", "::1"]
    with (
        leading_to(monkeypatch, answer) as called,
        Http("https://www.shop.example") as http,
        pytest.raises(NoConnection),
    ):
        http.send("GET", "x")
    assert called == [("8.8.8.8", 443)]


def test_a_stand_in_s_name_that_leads_elsewhere_is_not_called(monkeypatch):
    with (
        leading_to(monkeypatch, ["10.0.0.1"]),
        Http("http://localhost:1", stand_in=True) as http,
        pytest.raises(Closed),
    ):
        http.send("GET", "x")


def test_loopback_is_not_open_to_a_demo_s_other_names(monkeypatch):
    with (
        leading_to(monkeypatch, ["127.0.0.1"]),
        Http("https://a.example", stand_in=True) as http,
        pytest.raises(Closed),
    ):
        http.send("GET", "x")


# -- a run and a check ------------------------------------------------------------------------


def test_a_run_at_an_address_that_is_not_allowed_any_more_fails_in_words(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", "")
    before = place.calls()
    failed = place.run()
    assert failed.state == "failed"
    assert "SYNC_ALLOW_PRIVATE" in failed.message
    assert place.calls() == before


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_keys(place: Place, code: int):
    """Nor without: it is an answer that is none."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        where = {"Location": f"http://127.0.0.1:{elsewhere.getsockname()[1]}/steal"}
        for side in ("lightspeed", "clerk"):
            place.state.faults.add(Fault(side, "status", code=code, body={}, headers=where))
        common = {"api_url": place.sandbox.url, "clock": place.desk.clock}
        with pytest.raises(KeysFailed):
            setup.try_lightspeed(cluster="eu1", key=KEY, secret=SECRET, **common)
        with pytest.raises(KeysFailed):
            setup.try_clerk(public=PUBLIC, private=PRIVATE, **common)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
