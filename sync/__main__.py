"""`python -m sync`: see docs/command-line.md."""

import sys

from sync.cli import main

if __name__ == "__main__":
    sys.exit(main())
