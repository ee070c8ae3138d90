"""One figure that was measured, beside the one that must be reached."""

from __future__ import annotations

import resource


def row(name: str, value: float, target: str) -> None:
    """Print such a row."""
    shown = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    print(f"{name:64} {shown:>10}   must reach {target}", flush=True)


def peak_mib() -> int:
    """The most memory this process ever held, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
