"""A customer's name and address: hidden, and shown record by record once somebody asked."""

import orjson
import pytest

from sync import run
from sync.openshop import opened_shop
from tests.pages.conftest import texts, unfolded

WHO = {"name": "Jan Canary", "company": "Canary BV", "zip": "1234AB", "gender": "male"}


@pytest.fixture
def customer(desk, store):
    """A customer and an order of theirs, both sent with the address."""
    wanted = {"include_customers": "yes", "collect_emails": "yes", "include_orders": "all"}
    run.change_settings(desk, store, desk.settings(store).settings.changed(wanted), note="")
    kept = {**WHO, "id": 4711, "email": "jan@canary.example", "is_company": True, "created": 0}
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        row = [4711, 2, kept["email"], 1, 0, orjson.dumps(kept), 1]
        conn.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        order = conn.execute("SELECT min(id) FROM orders").fetchone()[0]
        conn.execute("UPDATE orders SET email = ? WHERE id = ?", [kept["email"], order])
    return 4711, order


def seen(app) -> str:
    return texts(app) + unfolded(app)


@pytest.mark.parametrize(
    ("page", "kind"), [("lookup", "customer"), ("lookup", "order"), ("preview", "order")]
)
def test_a_record_shows_who_it_is_about_once_that_is_asked_for(desk, customer, visit, page, kind):
    source = customer[kind == "order"]
    app = visit(page, entity=kind, id=str(source))
    assert "anary" not in seen(app)
    before = len(desk.audited())
    app.button(key=f"reveal:{kind}s:{source}").click().run()
    assert "jan@canary.example" in seen(app)
    assert not [each for each in app.button if str(each.key).startswith("reveal:")]
    [entry] = desk.audited()[: len(desk.audited()) - before]
    assert (entry.action, entry.subject) == ("reveal", "main")
    assert entry.after == {"entity": f"{kind}s", "id": source}
    app.run()
    assert "jan@canary.example" in seen(app)
    assert len(desk.audited()) == before + 1
    assert "anary" not in seen(visit(page, entity=kind, id=str(source)))


def test_the_button_shows_that_record_alone(customer, visit):
    app = visit("lookup", entity="customer", id=str(customer[0]))
    app.button(key=f"reveal:customers:{customer[0]}").click().run()
    assert "Jan Canary" in seen(app)
    app.query_params["entity"], app.query_params["id"] = "order", str(customer[1])
    app.run()
    assert "anary" not in seen(app)
