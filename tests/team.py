"""The desk behind a sign-in, to try in a minute: `make demo-team`.

A provider of OpenID Connect on this computer signs in whoever is chosen on its page: three people
with a role each, and one who has none. The demo shop is in a data folder of its own.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.e2e.conftest import free_port

ROOT: Final = Path(__file__).parents[1]
PEOPLE: Final = {"vera": "viewer", "otto": "operator", "ada": "admin", "nobody": ""}
"""Names of people and their roles."""
_A_DAY: Final = 86400  # seconds for which the provider's tokens hold


def main() -> None:
    """Make what is missing, and serve until Ctrl-C."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "team"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "desk.db").exists():
        made = [sys.executable, "-m", "sync", "--data", str(folder), "demo"]
        subprocess.run(made, cwd=ROOT, check=True)
    port, provider_port = free_port(), free_port()
    write_grants(folder / "access.toml")
    write_secrets(folder / "secrets.toml", port, provider_port)
    provider = subprocess.Popen(
        provider_command(provider_port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    print(
        f"\nSign in at http://localhost:{port} as one of",
        *(f"  {who(n)}" for n in PEOPLE),
        sep="\n",
    )
    print("Ctrl-C ends it.\n", flush=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "asgi.py"],
        cwd=ROOT,
        env={**os.environ, **environment(folder, port)},
    )
    try:
        server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGTERM)
        server.wait()
    finally:
        provider.terminate()
        provider.wait()


def who(name: str) -> str:
    """Return the person's address, with the role."""
    return f"{address(name)} ({PEOPLE[name] or 'who is not let in'})"


def address(name: str) -> str:
    """Return the person's e-mail address."""
    return f"{name}@example.com"


def environment(folder: Path, port: int) -> dict[str, str]:
    """Return what the dashboard is told."""
    return {
        "SYNC_DATA": str(folder),
        "SYNC_SIGNIN": "oidc",
        "STREAMLIT_SECRETS_FILES": str(folder / "secrets.toml"),
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
        "STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE": "true",
    }


def write_grants(file: Path) -> None:
    """Write who is let in, unless somebody has changed it to try something."""
    if not file.exists():
        grants = (
            f'[[grant]]\nwho = "{address(name)}"\nrole = "{role}"\n'
            for name, role in PEOPLE.items()
            if role
        )
        file.touch(mode=0o600)
        file.write_text("\n".join(grants), encoding="utf-8")


def write_secrets(file: Path, port: int, provider_port: int) -> None:
    """Write the sign-in's configuration; whoever was signed in no longer is."""
    values = {
        "redirect_uri": f"http://localhost:{port}/oauth2callback",
        "cookie_secret": secrets.token_hex(32),
        "client_id": "sync-desk",
        "client_secret": "any",
        "server_metadata_url": (
            f"http://127.0.0.1:{provider_port}/.well-known/openid-configuration"
        ),
    }
    file.touch(mode=0o600)
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    file.write_text("[auth]\n" + "".join(lines), encoding="utf-8")


def provider_command(port: int) -> list[str]:
    """Return how the provider is started, knowing the people."""
    people = (
        {"sub": name, "email": address(name), "email_verified": True, "name": name.title()}
        for name in PEOPLE
    )
    options = [word for each in people for word in ("--user-claims", json.dumps(each))]
    base = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock"]
    return [*base, "--port", str(port), "--token-max-age", str(_A_DAY), *options]


if __name__ == "__main__":
    main()
