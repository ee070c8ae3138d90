"""E-mail addresses in what leaves, looked for in the payloads themselves."""

import orjson
import pytest

from sync.errors import Message
from sync.personal.scan import Found, Scan
from sync.run import report
from tests.conftest import Place

KNOWN = ("Anna@Vries.example", "o'brien@vries.example")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a bicycle", Found()),
        ("5 @ 3.50", Found()),
        ("Slagerij @ Home B.V.", Found()),
        ("mail anna@vries.example.", Found(1, 0)),
        ("<a href='mailto:ANNA@VRIES.EXAMPLE'>mail</a>", Found(1, 0)),
        ("?to=anna%40vries.example", Found(1, 0)),
        ("anna&#64;vries.example", Found(1, 0)),
        ("anna\uff20vries.example", Found(1, 0)),
        ("O'Brien@vries.example", Found(1, 0)),
        ("to=anna@vries.example", Found(1, 0)),
        ("a n n a @ vries . example", Found(1, 0)),
        ("info@shop.example, info@shop.example", Found(0, 1)),
        ("info@shop.example or anna@vries.example", Found(1, 1)),
    ],
)
def test_an_address_is_found_however_it_is_written(text: str, found: Found):
    scan = Scan(lambda: KNOWN)
    written = orjson.dumps({"id": 1, "text": [{"deep": text}]})
    assert scan.look(written, spelled=True) == found
    assert scan.look(orjson.dumps({text: 1}), spelled=True) == found
    assert scan.look(written) == (Found() if " @ " in text else found)


def test_customers_are_asked_for_only_once_an_address_is_met():
    asked: list[int] = []
    scan = Scan(lambda: asked.append(1) or KNOWN)
    scan.look(b'{"name":"bicycle"}')
    assert not asked
    for _ in range(2):
        scan.look(b'{"name":"info@shop.example"}')
    assert asked == [1]
    assert not [each for each in vars(scan).values() if "vries" in str(each)]


def test_what_holds_an_address_is_kept_back_and_the_rest_is_proved(hasty_place: Place):
    place = hasty_place
    wanted = {"include_customers": "yes", "include_orders": "all", "include_out_of_stock": "yes"}
    place.set(**wanted, collect_emails="no")
    address = next(row["email"] for row in place.state.all("customer") if row["email"])
    order = next(row for row in place.state.all("order") if row["status"] == "completed_shipped")
    first, second, *_ = (row["id"] for row in place.state.all("product") if row["isVisible"])
    place.state.edit("order", order["id"], number="1@jan.example")
    place.state.edit("product", first, description=f"Ask {address}")
    place.state.edit("product", second, description="Ask info@shop.example")
    done = place.run()
    assert done.state == "partial"
    assert "1@jan.example" not in place.objects("orders")
    [error] = done.errors
    assert Message.of(error["detail"]).code == "failed.address"
    books = done.books
    sent = sum(books[each]["created"] for each in books)
    assert done.scan == {"payloads": sent + 1, "found": 1, "known": 1, "other": 1}
    assert report(place.desk, done).addresses == done.scan
    again = place.run()
    assert again.scan == {"payloads": 1, "found": 1, "known": 0, "other": 0}


def test_where_addresses_are_wanted_nothing_is_looked_through(hasty_place: Place):
    hasty_place.set(collect_emails="yes")
    done = hasty_place.run()
    assert done.state == "succeeded"
    assert report(hasty_place.desk, done).addresses is None
