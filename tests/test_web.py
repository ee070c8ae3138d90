"""The server around Streamlit, as it runs: what it refuses, what its answers say, what machines may
ask of it."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pages.components.web import downloads, failures, life
from sync.store import Desk
from sync.vault import Secret
from tests.bench.many import fill
from tests.e2e.conftest import ROOT, Server, free_port, serving

TOKEN = "a-token-of-the-tests"
PATHS = ("/", "/runs?run=1", "/healthz", "/nosuch", "/_stcore/host-config", "/metrics", "/media/x")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard as a unit starts it, with five stores and no worker."""
    data = tmp_path_factory.mktemp("web") / "data"
    fill(Desk(data), 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNC_METRICS_TOKEN", TOKEN)
        with serving(data, worker=False, app="asgi.py") as running:
            yield running


def port(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


def ask(
    server: Server, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Status, headers by their small names, body; headers as keywords, `_` for `-`."""
    return ask_at(port(server), path, method, **headers)


def ask_at(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    """The same of whatever listens at that port."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read().decode("utf-8", "replace")


def raw(server: Server, request: str) -> str:
    """The first line that comes back for those bytes."""
    with closing(socket.create_connection(("127.0.0.1", port(server)), timeout=20)) as line:
        line.sendall(request.encode("latin-1"))
        return line.makefile("rb").readline().decode()


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_a_browser_may_do_with_it(served: Server, path: str):
    _, head, _ = ask(served, path)
    policy = dict(part.split(" ", 1) for part in head["content-security-policy"].split("; "))
    assert "unsafe" not in policy["script-src"]
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert head["x-content-type-options"] == "nosniff"
    assert head["x-frame-options"] == "DENY"
    assert head["referrer-policy"] == head["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in head["permissions-policy"]
    assert "strict-transport-security" not in head


def test_behind_https_every_cookie_is_for_https_alone(served: Server):
    plain = ask(served, "/_stcore/health")[1]["set-cookie"]
    _, head, _ = ask(served, "/_stcore/health", X_Forwarded_Proto="https")
    assert "; Secure" not in plain
    assert head["set-cookie"].endswith("; Secure")
    assert head["strict-transport-security"] == "max-age=31536000"


FOREIGN = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]")


@pytest.mark.parametrize("host", [*FOREIGN, "", "a b", "127.0.0.1, evil.example"])
def test_a_host_that_is_not_ours_is_refused(served: Server, host: str):
    """A page whose name was bound anew to this computer's address still asks for its own name."""
    asked = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert " 400 " in raw(served, asked)


@pytest.mark.parametrize("host", FOREIGN)
def test_it_opens_no_websocket_either(served: Server, host: str):
    with pytest.raises(InvalidStatus, match="400"):
        stream(served, host=host, origin=f"http://{host}")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8501"])
def test_this_computer_s_names_are_ours(served: Server, host: str):
    asked = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert " 200 " in raw(served, asked)


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1", "file://"),
        *("http://[", "http://", "//", "http://x@y:z"),
    ],
)
def test_no_other_page_opens_a_websocket(served: Server, origin: str):
    """Not even one of another port of this computer."""
    with pytest.raises(InvalidStatus, match="403"):
        stream(served, origin=origin)


def test_our_own_page_opens_one_and_a_frame_that_is_none_or_too_large_ends_it(served: Server):
    for frame, code in ((b"\xff\xff", 1002), (b"\x00" * 1_100_000, 1009)):
        with stream(served, origin=served.url) as line:
            line.send(frame)
            with pytest.raises(ConnectionClosed):
                read_all(line)
            assert (line.close_code, line.close_reason) == (code, "")


def read_all(line: ClientConnection) -> None:
    while True:
        line.recv(timeout=20)


def stream(server: Server, *, origin: str, host: str = "") -> ClientConnection:
    return stream_at(port(server), origin=origin, host=host)


def stream_at(port: int, *, origin: str, host: str = "") -> ClientConnection:
    """A websocket as a page of that origin opens it, by that name of the server."""
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    address = f"ws://{host or f'127.0.0.1:{port}'}/_stcore/stream"
    return connect(address, sock=line, origin=origin, proxy=None, open_timeout=20)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_stcore/metrics", 404),
        ("GET", "/_stcore/metrics/", 404),
        ("GET", "//_stcore/metrics", 404),
        ("GET", "/%5fstcore/metrics", 404),
        ("GET", "/_stcore/agent/openapi.json", 404),
        ("GET", "/_stcore/script-health-check", 404),
        ("GET", "/component/x/index.html", 404),
        ("POST", "/_stcore/agent/interact", 405),
        ("PUT", "/_stcore/upload_file/a/b", 405),
        ("GET", "/?q=" + "a" * 8200, 414),
        ("GET", "/../../etc/passwd", 400),
        ("GET", "/media/../../secret.key", 400),
    ],
)
def test_what_nobody_needs_is_closed(served: Server, method: str, path: str, status: int):
    assert ask(served, path, method)[0] == status


def test_nothing_of_streamlit_s_invites_a_page_around_ours(served: Server):
    told = json.loads(ask(served, "/_stcore/host-config")[2])
    assert told["allowedOrigins"] == []
    assert not told["useExternalAuthToken"]
    assert not told["enableCustomParentMessages"]


def test_figures_are_for_who_has_the_token(served: Server):
    assert ask(served, "/metrics")[0] == 401
    assert ask(served, "/metrics", Authorization="Bearer another")[0] == 401
    status, head, told = ask(served, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert head["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert told.endswith("# EOF\n")
    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if line[0] != "#")
    levels = [figures[f'sync_desk_stores{{level="{each}"}}'] for each in ("green", "amber", "red")]
    assert sum(map(int, levels)) == 5
    assert figures["sync_desk_worker_up"] == "0"


def test_without_a_worker_the_desk_is_alive_and_not_ready(served: Server):
    assert ask(served, "/healthz")[::2] == (200, "ok")
    status, _, told = ask(served, "/readyz")
    assert status == 503
    checks = {"desk": "ok", "schema": "ok", "worker": "none", "disk": "ok"}
    assert json.loads(told) == {"ready": False, "checks": checks}
    assert str(served.data) not in told


def test_a_server_that_does_not_find_its_settings_does_not_start(tmp_path: Path):
    where = ["--app-dir", str(ROOT), "--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "asgi:app", *where],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "config.toml" in done.stderr


def test_an_error_that_nobody_foresaw_shows_a_number_and_the_log_has_the_rest(
    caplog: pytest.LogCaptureFixture,
):
    page = AppTest.from_function(_broken, default_timeout=60).run()
    (shown,) = [each.value for each in page.error]
    (number,) = re.findall(r"\*\*([0-9a-f]{8})\*\*", shown)
    assert "ValueError" not in shown
    (line,) = [each for each in caplog.records if each.name == "sync.web"]
    assert number in line.getMessage()
    assert line.exc_info is not None
    assert isinstance(line.exc_info[1], ValueError)


def _broken() -> None:
    from pages.components.web import failures

    failures.in_a_page(ValueError("what the page was at"))


def test_an_error_of_the_server_s_own_shows_a_number_and_keeps_the_headers():
    scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"desk.example.com")]}
    coming = failures.in_the_server(Request(scope), ValueError("/srv/secret.py"))
    with ThreadPoolExecutor(1) as apart:  # the browser's tests leave a loop in this thread
        answer = apart.submit(asyncio.run, coming).result()
    assert answer.status_code == 500
    assert re.fullmatch(rb"Internal error [0-9a-f]{8}", answer.body)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_server_s_log_has_no_secret_and_no_address(monkeypatch: pytest.MonkeyPatch):
    lines = io.StringIO()
    log = logging.getLogger("a logger with a handler of its own")
    log.addHandler(logging.StreamHandler(lines))
    monkeypatch.setattr(logging, "_logRecordFactory", logging.LogRecord)
    life.redact_logs()
    secret = Secret("a-key-of-a-shop-0123456789")
    try:
        raise ValueError(f"somebody@example.com {secret.reveal()}")
    except ValueError:
        log.exception("for %s", "somebody@example.com")
    assert "ValueError" in lines.getvalue()
    assert "somebody" not in lines.getvalue()
    assert secret.reveal() not in lines.getvalue()


def test_behind_a_proxy_a_file_is_for_whom_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    desk = Desk(tmp_path / "data")
    grant = '[[grant]]\nwho = "ada@example.com"\nrole = "viewer"\n'
    (desk.data_dir / "access.toml").write_text(grant, encoding="utf-8")
    secret = "known-to-both-sides"
    for name, value in {
        "DATA": str(desk.data_dir),
        "SIGNIN": "proxy",
        "PROXY_SECRET": secret,
    }.items():
        monkeypatch.setenv(f"SYNC_{name}", value)

    def asked(who: str, *secrets: str) -> bool:
        sent = [(b"x-forwarded-email", who.encode())]
        sent += [(b"x-proxy-secret", each.encode()) for each in secrets]
        return downloads.let_in(Request({"type": "http", "headers": sent}))

    assert asked("ada@example.com", secret)
    assert not asked("eve@example.com", secret)
    assert not asked("ada@example.com")
    assert not asked("ada@example.com", secret, "guess")
    monkeypatch.setenv("SYNC_PROXY_SECRET", "short")
    assert not asked("ada@example.com", "short")
