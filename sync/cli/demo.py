"""`python -m sync demo`: the demo shop, made and read."""

from __future__ import annotations

from sync import demo, run
from sync.cli import show, work
from sync.cli.call import Answer, Call
from sync.cli.screen import Screen


def make_demo(call: Call) -> Answer:
    """Make what is missing of the demo, read its shop, and say what to try."""
    desk, args = call.desk, call.args
    queued = demo.make(desk, demo.Size(args.products, args.orders, args.seed))
    hidden = demo.hidden_product(desk)
    row = work.carried_on(call, queued, wait=True)
    shop, store = desk.shop_by_id(row.shop_id), desk.store_by_id(row.store_id)
    report = run.report(desk, row)

    def draw(screen: Screen) -> None:
        show.run(screen, report)
        _next_steps(screen, hidden)

    document = {"shop": shop.slug, "store": store.slug, "api_url": shop.api_url, "run": report}
    return Answer(document, draw, work.code_of(call, row))


def _next_steps(screen: Screen, hidden: int | None) -> None:
    explain = [f"explain demo product {hidden}"] if hidden else []
    screen.line()
    screen.say("demo.ready")
    for words in (
        "preview demo",
        "preview demo --set include_out_of_stock=yes",
        "run demo",
        *explain,
    ):
        screen.line(f"  python -m sync {words}")
