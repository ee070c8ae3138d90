"""`python -m sync`: see docs/command-line.md."""

import gc
import sys

from sync.cli import main


def few_collections() -> None:
    """Let Python look for unreachable cycles after 200,000 new objects, not after 700: a page of
    products is a tree of tens of thousands without one, and looking took a third of reading it."""
    gc.set_threshold(200_000)


if __name__ == "__main__":
    few_collections()
    sys.exit(main())
