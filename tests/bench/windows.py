"""Three simulated days of work without end: the share of the calls which the windows allow that
is made. Run as `python -m tests.bench.windows`."""

from __future__ import annotations

from sync.budget import Budget, MemoryBook
from tests.bench.table import row
from tests.test_budget import DAY, MIDNIGHT, Server, Simulation, allowed

RESERVE = 0.10


def main() -> None:
    """Print the calls beyond a window, and the share of those allowed."""
    start = MIDNIGHT + 8 * 3600
    sim = Simulation(start)
    sim.servers[1] = Server()
    budget = Budget(MemoryBook(), [1], reserve=RESERVE, clock=sim.clock)
    for _ in range(4):
        sim.worker(budget)
    sim.run(start + 3 * DAY)
    row("three simulated days: calls beyond a window", len(sim.servers[1].overruns), "0")
    share = 100 * len(sim.answers) / allowed(start, start + 3 * DAY, RESERVE)
    row("three simulated days: % of the calls allowed", share, ">= 98")


if __name__ == "__main__":
    main()
