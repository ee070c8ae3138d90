"""The secrets of the demo desk, and which of them came to a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.store import Desk


def secrets(desk: Desk) -> dict[str, str]:
    shop = desk.shop("demo")
    found = {"main key": (desk.data_dir / "secret.key").read_text().strip()}
    for key in desk.keys(shop):
        found |= {f"key {key.id}": key.key.reveal(), f"secret {key.id}": key.secret.reveal()}
    public, private = desk.clerk_keys(desk.store("demo"))
    return {**found, "public": public.reveal(), "private": private.reveal()}


def told_of(canaries: Mapping[str, str], frames: Sequence[bytes]) -> list[str]:
    """Those of which a half or more came: at most their last four characters are to be shown."""
    came = b"".join(frames)
    halves = {
        name: (canary[: len(canary) // 2].encode(), canary[len(canary) // 2 :].encode())
        for name, canary in canaries.items()
    }
    return [name for name, parts in halves.items() if any(part in came for part in parts)]
