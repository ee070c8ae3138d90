"""`python -m sync.sandbox`: the stand-ins as a process of their own."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from sync.sandbox import clerk
from sync.sandbox.fill import fill, from_catalog_files
from sync.sandbox.lightspeed.catalog import render_all
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.sandbox.windows import Limits
from sync.sandbox.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.state is not None:
        return _serve(options, options.state)
    with tempfile.TemporaryDirectory() as folder:
        return _serve(options, Path(folder) / "sandbox.db")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sync.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="SQLite file to keep; else a temporary one")
    parser.add_argument("--products", type=int, default=600)
    parser.add_argument("--orders", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--catalog", type=Path, nargs="+", help="files of catalog answers")
    parser.add_argument("--domain", default="shop.example")
    parser.add_argument("--cluster", choices=["eu1", "us1"], default="eu1")
    parser.add_argument("--language", default="nl")
    parser.add_argument("--windows", type=_limits, default=Limits(), help="real, off or a factor")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds more an answer")
    return parser


def _limits(text: str) -> Limits | None:
    if text == "off":
        return None
    if text == "real":
        return Limits()
    factor = float(text)
    if factor <= 0:
        raise argparse.ArgumentTypeError("a factor is above 0")
    return Limits().scaled(factor)


def _serve(options: argparse.Namespace, path: Path) -> int:
    state = State(path)
    if state.fact("shop") is None:
        world = _world(options)
        fill(state, world)
        _make_keys(state)
        render_all(state, world.default_language)
    done = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        done.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    limits, delay = options.windows, options.delay
    with Sandbox(state, port=options.port, windows=limits, delay=delay) as sandbox:
        sys.stdout.write(_line(sandbox) + "\n")
        sys.stdout.flush()
        done.wait()
    return 0


def _world(options: argparse.Namespace) -> World:
    if options.catalog:
        return from_catalog_files(
            options.catalog,
            domain=options.domain,
            cluster=options.cluster,
            language=options.language,
        )
    from sync.sandbox.generate import generate

    return generate(options.products, options.orders, options.seed)


def _make_keys(state: State) -> None:
    state.add_key(secrets.token_hex(16), secrets.token_hex(16))
    for language in state.fact("languages"):
        public, private = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        clerk.add_store(state, public, private, language["title"])
        state.set_fact(f"clerk.{language['code']}", [public, private])


def _line(sandbox: Sandbox) -> str:
    """URL and keys as assignments; the keys are invented and open nothing but this stand-in."""
    key = sandbox.state.api_keys()[0]
    words = [f"URL={sandbox.url}", f"LIGHTSPEED_API_KEY={key.key}"]
    words.append(f"LIGHTSPEED_API_SECRET={key.secret}")
    for language in sandbox.state.fact("languages"):
        public, private = sandbox.state.fact(f"clerk.{language['code']}")
        code = language["code"]
        words += [f"CLERK_PUBLIC_KEY_{code}={public}", f"CLERK_PRIVATE_KEY_{code}={private}"]
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main())
