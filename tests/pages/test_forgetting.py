"""Forgetting a person from the record that names them."""

import pytest

from sync.sandbox import clerk
from sync.texts import text
from tests.conftest import PRIVATE, PUBLIC, Place
from tests.pages.conftest import texts
from tests.pages.test_signin import grant, user

EVERYBODY = {"include_customers": "yes", "collect_emails": "yes", "include_orders": "all"}


@pytest.fixture
def live(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A desk whose stand-ins answer."""
    monkeypatch.setenv("SYNC_DATA", str(place.desk.data_dir))
    return place


def somebody(place: Place) -> tuple[int, str]:
    """A customer with an order that Clerk.io has: the id, and the order's number."""
    held = place.objects("orders")
    found = next(o for o in place.state.all("order") if o["customer"] and o["number"] in held)
    return found["customer"], found["number"]


def dialog(visit, entity: str, number: object, lang: str):
    app = visit("lookup", lang=lang, entity=entity, id=str(number))
    kind = {"customer": "customers", "order": "orders"}[entity]
    return app.button(key=f"forget:{kind}:{number}").click().run()


def sent(app, typed: str, lang: str):
    [field] = [each for each in app.text_input if str(each.key).startswith("forget:typed")]
    field.set_value(typed)
    [do] = [each for each in app.button if each.label == text("forget.do", lang)]
    return do.click().run()


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.after("sync", **EVERYBODY)
def test_a_customer_is_forgotten_once_the_id_is_typed(live: Place, visit, lang: str):
    customer, order = somebody(live)
    app = dialog(visit, "customer", customer, lang)
    assert text("forget.what", lang) in texts(app)
    app = sent(app, "12", lang)
    assert text("forget.other", lang, number=str(customer)) in texts(app)
    assert customer in live.objects("customers")
    app = sent(app, str(customer), lang)
    assert not app.exception
    assert text("forget.done", lang, orders="").split(".")[0] in texts(app)
    assert customer not in clerk.objects(live.state, PUBLIC, "customers")
    assert "email" not in live.objects("orders")[order]
    shown = texts(visit("lookup", lang=lang, entity="customer", id=str(_stand_in(live))))
    assert text("reason.forgotten.name", lang) in shown
    assert text("forget.offer", lang) not in shown


def _stand_in(place: Place) -> int:
    return next(r["id"] for r in place.records() if r["reasons"] == ["forgotten"])


@pytest.mark.parametrize(("role", "offered"), [("operator", False), ("admin", True)])
@pytest.mark.after("sync", **EVERYBODY)
def test_it_is_offered_to_admins_alone(
    live: Place, visit, monkeypatch: pytest.MonkeyPatch, role: str, offered: bool
):
    monkeypatch.setenv("SYNC_SIGNIN", "oidc")
    grant(live.desk.data_dir, role=role)
    number = str(somebody(live)[0])
    app = visit("lookup", user=user(), entity="customer", id=number)
    assert (text("forget.offer") in texts(app)) == offered


@pytest.mark.after("sync", **EVERYBODY)
def test_what_clerk_io_does_not_answer_is_told(live: Place, visit):
    _, number = somebody(live)
    order = next(o["id"] for o in live.state.all("order") if o["number"] == number)
    clerk.revoke(live.state, PRIVATE)
    app = sent(dialog(visit, "order", order, "en"), number, "en")
    assert not app.exception
    assert text("forget.unfinished", left="").rstrip() in texts(app)
