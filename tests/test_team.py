"""`make demo-team`: what it writes is what the sign-in reads, and its provider knows the people."""

from __future__ import annotations

import subprocess
import tomllib
import urllib.request
from pathlib import Path

from sync.access.grants import granted
from tests import team
from tests.e2e.conftest import free_port, wait_healthy


def test_its_people_have_their_roles_and_a_provider_that_knows_them(tmp_path: Path):
    port = free_port()
    team.write_grants(tmp_path / "access.toml")
    team.write_secrets(tmp_path / "secrets.toml", 8501, port)
    for name, role in team.PEOPLE.items():
        person = granted(tmp_path, team.address(name))
        assert person is not None
        assert str(person.everywhere or "") == role
    known = tomllib.loads((tmp_path / "secrets.toml").read_text(encoding="utf-8"))["auth"]
    assert (tmp_path / "secrets.toml").stat().st_mode & 0o077 == 0
    asked = f"http://127.0.0.1:{port}/oauth2/authorize?client_id={known['client_id']}"
    asked += f"&redirect_uri={known['redirect_uri']}&response_type=code&scope=openid"
    provider = subprocess.Popen(team.provider_command(port), stderr=subprocess.DEVNULL)
    try:
        wait_healthy(known["server_metadata_url"], provider)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            page = answer.read().decode()
    finally:
        provider.terminate()
        provider.wait(timeout=20)
    assert [name for name in team.PEOPLE if f'value="{name}"' not in page] == []
