"""The Clerk.io stand-in over real HTTP: what it takes, what it refuses, and how it fails."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sync.sandbox import clerk
from sync.sandbox.faults import Fault, Kind
from sync.sandbox.state import State
from tests.sandbox.conftest import Clock, Front

PUBLIC, PRIVATE = "public-key-of-nl", "private-key-of-nl"
NOW = 1_750_000_000.0


@dataclass
class Desk:
    """A client with its store's keys, as a sync would have them."""

    http: httpx.Client
    state: State
    clock: Clock
    keys: dict[str, str]

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return self.http.request(method, f"/v2{path}", json=self.keys | arguments)

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        encoded = {name: json.dumps(value) for name, value in arguments.items()}
        return self.http.request(method, f"/v2{path}", params=self.keys | encoded)

    def post(self, entity: str, *values: Any) -> httpx.Response:
        return self.send("POST", f"/{entity}", **{entity: list(values)})

    def patch(self, entity: str, *values: Any) -> httpx.Response:
        return self.send("PATCH", f"/{entity}", **{entity: list(values)})

    def get(self, entity: str, *ids: Any) -> httpx.Response:
        return self.ask("GET", f"/{entity}", **{entity: list(ids)})

    def delete(self, entity: str, *ids: Any) -> httpx.Response:
        return self.ask("DELETE", f"/{entity}", **{entity: list(ids)})

    def stored(self, entity: str) -> dict[Any, Any]:
        return clerk.objects(self.state, PUBLIC, entity)


@pytest.fixture
def desk(front: Front, http: httpx.Client, state: State) -> Desk:
    clock = Clock(NOW)
    clerk.add_store(state, PUBLIC, PRIVATE, "Nederlands")
    front.app = clerk.clerk_app(state, now=clock)
    return Desk(http, state, clock, {"key": PUBLIC, "private_key": PRIVATE})


def product(id: Any = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": "Fietstas",
        "description": "",
        "price": 49.95,
        "url": "https://shop.example/fietstas.html",
        "categories": [10, 11],
        "created_at": 1_700_000_000,
    } | changes


def order(id: Any = "BF200123", **changes: Any) -> dict[str, Any]:
    line = {"id": 1, "quantity": 2, "price": 49.95}
    return {"id": id, "products": [line], "time": 1_700_000_000} | changes


def category(id: Any = 10, **changes: Any) -> dict[str, Any]:
    url = "https://shop.example/fietsen/"
    return {"id": id, "name": "Fietsen", "url": url, "subcategories": [11]} | changes


def customer(id: Any = 5, **changes: Any) -> dict[str, Any]:
    return {"customerid": id, "name": "Anna de Vries", "subscribed": True} | changes


def page(id: Any = "textpage-12", **changes: Any) -> dict[str, Any]:
    url = "https://shop.example/service/about/"
    return {"id": id, "type": "textpage", "url": url, "title": "Over ons", "text": "Wij"} | changes


MAKE = {
    "products": product,
    "categories": category,
    "orders": order,
    "customers": customer,
    "pages": page,
}


def key_of(entity: str, value: dict[str, Any]) -> Any:
    return value["customerid" if entity == "customers" else "id"]


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


def refused(answer: httpx.Response, kind: str, *words: str, status: int = 400) -> None:
    """Assert on Clerk.io's error envelope."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == "error"
    assert body["type"] == kind
    assert body["moreInfo"] == f"http://my.clerk.io/error/{body['id']}"
    for word in words:
        assert word in body["message"]


@pytest.mark.parametrize("entity", MAKE)
def test_each_entity_is_stored_found_patched_and_overwritten(desk: Desk, entity: str) -> None:
    value = MAKE[entity](email="anna@example.com") if entity == "customers" else MAKE[entity]()
    key = key_of(entity, value)
    assert desk.post(entity, value).json() == {"status": "ok"}
    found = desk.get(entity, "anna@example.com" if entity == "customers" else key)
    assert found.json() == {"status": "ok", entity: [value]}

    name = "customerid" if entity == "customers" else "id"
    assert desk.patch(entity, {name: key, "extra": "x"}).json() == {"status": "ok"}
    assert desk.stored(entity) == {key: value | {"extra": "x"}}

    assert desk.post(entity, value).json() == {"status": "ok"}
    assert desk.stored(entity) == {key: value}


@pytest.mark.parametrize("entity", ["products", "orders", "customers", "pages"])
def test_delete_takes_ids_and_unknown_ids_are_fine(desk: Desk, entity: str) -> None:
    value = MAKE[entity]()
    key = key_of(entity, value)
    desk.post(entity, value)
    unknown = key + 1 if isinstance(key, int) else key + "x"
    assert desk.delete(entity, key, unknown).json() == {"status": "ok"}
    assert desk.delete(entity, key).json() == {"status": "ok"}
    assert desk.stored(entity) == {}
    assert clerk.deleted(desk.state, PUBLIC, entity) == [key]


def test_categories_have_no_delete(desk: Desk) -> None:
    desk.post("categories", category())
    refused(desk.delete("categories", 10), "LogicalError", "not allowed", status=405)
    assert clerk.counts(desk.state, PUBLIC)["categories"] == 1


def test_put_and_unknown_endpoints_are_refused(desk: Desk) -> None:
    refused(desk.send("PUT", "/products", products=[]), "LogicalError", status=405)
    refused(desk.ask("GET", "/orders/add"), "LogicalError", status=404)


# keys


def test_a_missing_key_is_401_and_a_wrong_one_200_with_the_envelope(desk: Desk) -> None:
    for name in ("key", "private_key"):
        good = dict(desk.keys)
        desk.keys.pop(name)
        refused(desk.post("products", product()), "AuthenticationError", name, status=401)
        desk.keys[name] = "wrong"
        refused(desk.post("products", product()), "AuthenticationError", name, status=200)
        desk.keys = good
    assert desk.stored("products") == {}


@pytest.mark.parametrize("transport", ["401", "200"])
def test_transport_of_auth_errors_is_a_switch(desk: Desk, transport: Any) -> None:
    clerk.set_switches(desk.state, auth_errors=transport)
    desk.keys["private_key"] = "wrong"
    refused(desk.get("products", 1), "AuthenticationError", status=int(transport))
    desk.keys = {}
    refused(desk.get("products", 1), "AuthenticationError", status=int(transport))


def test_keys_in_the_query_of_a_post_do_not_count(desk: Desk) -> None:
    answer = desk.http.post("/v2/products", params=desk.keys, json={"products": [product()]})
    refused(answer, "AuthenticationError", status=401)


def test_a_private_key_of_another_store_opens_nothing(desk: Desk) -> None:
    clerk.add_store(desk.state, "public-de", "private-de", "Deutsch")
    desk.keys["private_key"] = "private-de"
    refused(desk.post("products", product()), "AuthenticationError", status=200)


def test_private_keys_rotate(desk: Desk) -> None:
    clerk.add_store(desk.state, PUBLIC, "second", "Nederlands")
    clerk.revoke(desk.state, PRIVATE)
    refused(desk.post("products", product()), "AuthenticationError", status=200)
    desk.keys["private_key"] = "second"
    assert desk.post("products", product()).json() == {"status": "ok"}


def test_stores_are_apart(desk: Desk) -> None:
    clerk.add_store(desk.state, "public-de", "private-de", "Deutsch")
    desk.post("products", product())
    desk.keys = {"key": "public-de", "private_key": "private-de"}
    assert desk.get("products", 1).json()["products"] == []


def test_account_info_proves_both_keys_and_popular_the_public_one(desk: Desk) -> None:
    desk.post("products", product(1), product(2, index=False))
    assert desk.ask("GET", "/client/account/info").json() == {"status": "ok"}
    assert desk.send("POST", "/client/account/info").json() == {"status": "ok"}
    desk.keys.pop("private_key")
    assert desk.ask("GET", "/recommendations/popular", limit=5).json()["result"] == [1]
    assert "price" in desk.ask("GET", "/product/facets").json()["facets"]
    refused(desk.ask("GET", "/client/account/info"), "AuthenticationError", status=401)
    desk.keys["key"] = "wrong"
    refused(desk.ask("GET", "/recommendations/popular"), "AuthenticationError", status=200)


# arguments


def test_a_list_in_the_query_must_be_json(desk: Desk) -> None:
    desk.post("products", product(1), product(2))
    for method in ("GET", "DELETE"):
        for unencoded in ("1,2", "1", "[1,2"):
            answer = desk.http.request(
                method, "/v2/products", params=desk.keys | {"products": unencoded}
            )
            refused(answer, "ParsingError", "Invalid Syntax In Argument: products")
        refused(desk.ask(method, "/products"), "ParsingError", "Missing Argument products")
    assert len(desk.stored("products")) == 2


def test_the_body_must_be_a_json_object_and_say_so(desk: Desk) -> None:
    text = json.dumps(desk.keys | {"products": [product()]})
    refused(desk.http.post("/v2/products", content=text), "ParsingError", "Content-Type")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    for bad in (text[:-3], "[]", ""):
        refused(
            desk.http.post("/v2/products", content=bad, headers=headers), "ParsingError", "JSON"
        )
    assert desk.http.post("/v2/products", content=text, headers=headers).json() == {"status": "ok"}


def test_missing_or_single_objects_are_not_a_list(desk: Desk) -> None:
    refused(desk.send("POST", "/products"), "ParsingError", "Missing Argument products")
    for bad in (product(), "[]", None):
        answer = desk.send("POST", "/products", products=bad)
        refused(answer, "ParsingError", "Invalid Syntax In Argument: products")
    refused(desk.post("products", "1"), "ParsingError", "products[0] must be an object")


# objects


@pytest.mark.parametrize(
    ("entity", "name"),
    [
        *(("products", name) for name in product()),
        *(("categories", name) for name in category()),
        *(("orders", name) for name in order()),
        *(("pages", name) for name in page()),
    ],
)
def test_required_attributes(desk: Desk, entity: str, name: str) -> None:
    value = without(MAKE[entity](), name)
    answer = desk.post(entity, value)
    refused(answer, "ParsingError", f"Missing Argument {entity}[0].{name}")


def test_a_customer_needs_a_customerid_or_an_email(desk: Desk) -> None:
    refused(desk.post("customers", {"name": "Anna"}), "ParsingError", "customerid or email")
    assert desk.post("customers", {"email": "anna@example.com"}).json() == {"status": "ok"}
    assert list(desk.stored("customers")) == ["anna@example.com"]


@pytest.mark.parametrize(
    ("entity", "changes"),
    [
        ("products", {"id": True}),
        ("products", {"id": 1.5}),
        ("products", {"id": ""}),
        ("products", {"id": 2**63}),
        ("products", {"name": 7}),
        ("products", {"price": "49.95"}),
        ("products", {"price": True}),
        ("products", {"list_price": "59.95"}),
        ("products", {"description": False}),
        ("products", {"url": "/fietstas.html"}),
        ("products", {"url": "https://shop.example/a b"}),
        ("products", {"image": ""}),
        ("products", {"image": None}),
        ("products", {"categories": "10"}),
        ("products", {"categories": [10, True]}),
        ("products", {"categories": [1.5]}),
        ("products", {"created_at": "2024-01-01"}),
        ("products", {"created_at": 1.5}),
        ("products", {"stock": 2.5}),
        ("products", {"stock": "2"}),
        ("products", {"on_sale": 1}),
        ("products", {"index": "false"}),
        ("products", {"brand": ["x"]}),
        ("products", {"keywords": [1]}),
        ("products", {"brand": None}),
        ("products", {"material": None}),
        ("products", {"material": ["katoen", None]}),
        ("products", {"material": {"name": None}}),
        ("products", {"material": [["katoen"]]}),
        ("categories", {"subcategories": [None]}),
        ("categories", {"url": "shop.example"}),
        ("orders", {"products": []}),
        ("orders", {"products": [{"id": 1, "quantity": 1}]}),
        ("orders", {"products": [{"id": 1, "quantity": 0, "price": 1.0}]}),
        ("orders", {"products": [{"id": 1, "quantity": 1.5, "price": 1.0}]}),
        ("orders", {"products": [{"id": 1, "quantity": 1, "price": "1.00"}]}),
        ("orders", {"products": [{"id": None, "quantity": 1, "price": 1.0}]}),
        ("orders", {"time": "1700000000"}),
        ("orders", {"status": "completed_shipped"}),
        ("orders", {"customer": None}),
        ("orders", {"email": ""}),
        ("customers", {"subscribed": "true"}),
        ("customers", {"subscribed": 1}),
        ("customers", {"is_b2b": "no"}),
        ("customers", {"age": "40"}),
        ("customers", {"email": None}),
        ("pages", {"title": ""}),
        ("pages", {"text": " "}),
        ("pages", {"type": ""}),
        ("pages", {"url": ""}),
    ],
)
def test_one_bad_object_refuses_the_whole_request(
    desk: Desk, entity: str, changes: dict[str, Any]
) -> None:
    good = MAKE[entity]()
    bad = MAKE[entity]("B77" if entity == "orders" else 77) | changes
    answer = desk.post(entity, good, bad)
    refused(answer, "ParsingError", f"{entity}[1].{next(iter(changes))}")
    assert desk.stored(entity) == {}


def test_values_may_be_nested_and_lists_of_anything_flat(desk: Desk) -> None:
    rich = product(colors=["zwart", "rood"], sizes=[1, 2.5, True, {"a": [1]}], deep={"a": {"b": 1}})
    assert desk.post("products", rich).json() == {"status": "ok"}
    assert desk.stored("products") == {1: rich}


def test_misnamed_attributes_are_ignored_and_counted(desk: Desk) -> None:
    odd = {"größe": "XL", "wash-care": "30", "two words": 1, "": 2}
    assert desk.post("products", product() | odd).json() == {"status": "ok"}
    assert desk.stored("products") == {1: product()}
    assert [request.ignored for request in clerk.requests(desk.state, PUBLIC)] == [4]


def test_milliseconds_are_refused(desk: Desk) -> None:
    late = order(time=1_700_000_000_000)
    refused(desk.post("orders", late), "LogicalError", "orders[0].time", "seconds")
    late = product(created_at=1_700_000_000_000)
    refused(desk.post("products", late), "LogicalError", "products[0].created_at", "seconds")


@pytest.mark.parametrize("status", ["CONFIRMED", "SENT", "DELIVERED", "RETURNED", "CANCELLED"])
def test_the_five_order_statuses(desk: Desk, status: str) -> None:
    assert desk.post("orders", order(status=status)).json() == {"status": "ok"}


def test_the_last_of_one_id_in_a_request_wins(desk: Desk) -> None:
    desk.post("products", product(name="first"), product(2), product(name="last"))
    assert {key: value["name"] for key, value in desk.stored("products").items()} == {
        1: "last",
        2: "Fietstas",
    }


def test_post_replaces_and_patch_merges(desk: Desk) -> None:
    desk.post("products", product(brand="Noordkaap"))
    desk.patch("products", {"id": 1, "index": False}, {"id": 1, "price": 5})
    assert desk.stored("products") == {1: product(brand="Noordkaap", index=False, price=5)}
    assert clerk.deindexed(desk.state, PUBLIC) == {1}
    desk.post("products", product(index=True))
    assert desk.stored("products") == {1: product(index=True)}
    assert clerk.deindexed(desk.state, PUBLIC) == set()


def test_patch_of_an_unknown_id_changes_nothing(desk: Desk) -> None:
    desk.post("products", product())
    answer = desk.patch("products", {"id": 1, "price": 1}, {"id": 2, "price": 2})
    refused(answer, "LogicalError", "products[1]")
    assert desk.stored("products") == {1: product()}


def test_patch_checks_what_it_carries(desk: Desk) -> None:
    desk.post("products", product())
    refused(desk.patch("products", {"id": 1, "price": "1"}), "ParsingError", "products[0].price")
    refused(desk.patch("products", {"price": 1}), "ParsingError", "Missing Argument")


@pytest.mark.parametrize(("first", "other"), [(1, "1"), ("1", 1)])
def test_one_type_of_id_per_entity(desk: Desk, first: Any, other: Any) -> None:
    desk.post("products", product(first))
    refused(desk.post("products", product(other)), "ParsingError", "products[0].id")
    refused(desk.post("products", product(first), product(other)), "ParsingError", "products[1].id")
    desk.delete("products", first)
    refused(desk.post("products", product(other)), "ParsingError", "products[0].id")
    assert desk.post("categories", category(other)).json() == {"status": "ok"}


def test_a_refused_first_request_does_not_decide_the_type(desk: Desk) -> None:
    refused(desk.post("products", product("1"), product(2)), "ParsingError", "products[1].id")
    assert desk.post("products", product(1)).json() == {"status": "ok"}


def test_texts_of_digits_find_integers_but_nothing_else_does(desk: Desk) -> None:
    desk.post("products", product(1), product(2))
    desk.post("pages", page("12"))
    assert [value["id"] for value in desk.get("products", "2", 1).json()["products"]] == [2, 1]
    assert desk.delete("products", "1").json() == {"status": "ok"}
    assert list(desk.stored("products")) == [2]
    refused(desk.delete("products", "SKU-1"), "ParsingError", "products")
    refused(desk.delete("pages", 12), "ParsingError", "pages")
    refused(desk.get("products", None), "ParsingError", "products[0]")
    refused(desk.get("products", True), "ParsingError", "products[0]")


# customers


def test_customers_are_found_by_email_and_deleted_by_customerid(desk: Desk) -> None:
    anna = customer(5, email="anna@example.com")
    desk.post("customers", anna, customer(6))
    assert desk.get("customers", "anna@example.com").json()["customers"] == [anna]
    assert desk.get("customers", "5").json()["customers"] == []
    desk.delete("customers", 5)
    assert list(desk.stored("customers")) == [6]


@pytest.mark.parametrize(
    ("stored", "sent", "field"),
    [
        (customer(5, email="a@example.com"), customer(5, email="b@example.com"), "email"),
        (customer(5), customer(5, email="a@example.com"), "email"),
        (customer(5, email="a@example.com"), customer(5), "email"),
        ({"email": "a@example.com"}, customer(5, email="a@example.com"), "customerid"),
        (customer(5, email="a@example.com"), {"email": "a@example.com"}, "customerid"),
    ],
)
def test_customerid_and_email_are_fixed(desk: Desk, stored: Any, sent: Any, field: str) -> None:
    desk.post("customers", stored)
    answer = desk.post("customers", customer(9), sent)
    refused(answer, "LogicalError", f"customers[1].{field} cannot be changed")
    assert list(desk.stored("customers").values()) == [stored]


def test_a_changed_address_goes_through_delete_and_create(desk: Desk) -> None:
    desk.post("customers", customer(5, email="a@example.com"))
    refused(desk.patch("customers", customer(5, email="b@example.com")), "LogicalError", "email")
    desk.delete("customers", 5)
    assert desk.post("customers", customer(5, email="b@example.com")).json() == {"status": "ok"}


def test_customers_are_patched_by_customerid_or_email(desk: Desk) -> None:
    desk.post("customers", customer(5, email="a@example.com"))
    desk.patch("customers", {"customerid": 5, "zip": "1011"})
    desk.patch("customers", {"email": "a@example.com", "age": 40})
    expected = customer(5, email="a@example.com", zip="1011", age=40)
    assert desk.stored("customers") == {5: expected}


def test_two_customers_may_share_an_address(desk: Desk) -> None:
    both = [customer(id, email="a@example.com") for id in (5, 6)]
    assert desk.post("customers", *both).json() == {"status": "ok"}
    assert desk.get("customers", "a@example.com").json()["customers"] == both


def test_refusals_never_repeat_a_value(desk: Desk) -> None:
    bad = customer(5, email="secret@example.com", name=["secret@example.com"])
    answer = desk.post("customers", bad)
    assert answer.json()["status"] == "error"
    assert "secret" not in answer.text
    assert PRIVATE not in answer.text


# limits


def test_a_long_body_is_413_in_html(desk: Desk) -> None:
    clerk.set_switches(desk.state, max_bytes=2_000)
    answer = desk.post("products", *(product(id) for id in range(1, 50)))
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert desk.stored("products") == {}
    assert desk.post("products", product()).json() == {"status": "ok"}


def test_four_megabytes_are_the_default_limit(desk: Desk) -> None:
    assert desk.post("products", product(description="x" * 3_900_000)).status_code == 200
    assert desk.post("products", product(description="x" * 4_100_000)).status_code == 413


def test_a_long_query_is_414(desk: Desk) -> None:
    assert desk.delete("products", *range(100_000_000, 100_000_050)).status_code == 200
    assert desk.delete("products", *range(100_000_000, 100_001_000)).status_code == 414


def test_a_limit_of_objects(desk: Desk) -> None:
    clerk.set_switches(desk.state, max_objects=2)
    refused(desk.post("products", *map(product, (1, 2, 3))), "LogicalError", "Too many products")
    assert desk.post("products", *map(product, (1, 2))).json() == {"status": "ok"}


def test_refusals_can_come_with_status_200(desk: Desk) -> None:
    clerk.set_switches(desk.state, refusals="200")
    refused(desk.post("products", product(price="1")), "ParsingError", status=200)


@pytest.mark.parametrize("form", ["none", "seconds", "date"])
def test_requests_per_second(desk: Desk, form: Any) -> None:
    clerk.set_switches(desk.state, per_second=2, retry_after=form)
    assert [desk.post("products", product(id)).status_code for id in (1, 2, 3)] == [200, 200, 429]
    answer = desk.get("products", 1)
    assert answer.status_code == 429
    after = answer.headers.get("retry-after")
    if form == "none":
        assert after is None
    elif form == "seconds":
        assert after == "1"
    else:
        assert parsedate_to_datetime(str(after)).timestamp() == NOW + 1
    desk.clock.at += 1
    assert desk.get("products", 1).status_code == 200
    assert list(desk.stored("products")) == [1, 2]


# history


def test_history_tells_every_answered_request(desk: Desk) -> None:
    desk.post("products", product(1), product(2))
    desk.post("products", product(1, price="1"))
    desk.delete("products", 1)
    told = [
        (r.method, r.path, r.objects, r.status, r.error) for r in clerk.requests(desk.state, PUBLIC)
    ]
    assert told == [
        ("POST", "products", 2, 200, None),
        ("POST", "products", 1, 400, "ParsingError"),
        ("DELETE", "products", 1, 200, None),
    ]
    last = clerk.requests(desk.state, PUBLIC)[1].seq
    assert [r.method for r in clerk.requests(desk.state, PUBLIC, since=last)] == ["DELETE"]
    assert clerk.counts(desk.state, PUBLIC)["products"] == 1


def test_a_second_app_on_the_same_file_sees_the_same(desk: Desk, front: Front) -> None:
    desk.post("products", product())
    other = State(desk.state.path)
    front.app = clerk.clerk_app(other, now=desk.clock)
    assert desk.get("products", 1).json()["products"] == [product()]
    other.close()


def test_the_call_log_holds_no_key_and_no_address(desk: Desk) -> None:
    desk.post("products", product())
    desk.get("customers", "anna@example.com")
    desk.delete("products", 1)
    desk.http.get("/v2/products", params={"key": PUBLIC, "private_key": "wrong", "products": "[1]"})
    calls = desk.state.calls(side="clerk")
    assert [(c.method, c.path, c.status, c.key) for c in calls] == [
        ("POST", "/v2/products", 200, PUBLIC[-4:]),
        ("GET", "/v2/customers", 200, PUBLIC[-4:]),
        ("DELETE", "/v2/products", 200, PUBLIC[-4:]),
        ("GET", "/v2/products", 200, ""),
    ]
    assert calls[2].query == {"products": "[1]"}
    for secret in (PUBLIC, PRIVATE, "wrong", "anna@"):
        assert secret not in repr(calls)


# faults


def plan(desk: Desk, kind: Kind, **more: Any) -> None:
    desk.state.faults.add(Fault("clerk", kind, times=1, **more))


def test_a_plan_for_the_other_side_or_another_path_does_not_strike(desk: Desk) -> None:
    desk.state.faults.add(Fault("lightspeed", "html"))
    desk.state.faults.add(Fault("clerk", "html", path="/orders"))
    desk.state.faults.add(Fault("clerk", "html", method="DELETE"))
    assert desk.post("products", product()).json() == {"status": "ok"}
    assert desk.delete("products", 1).status_code == 502


@pytest.mark.parametrize("type", ["InternalError", "ParsingError", "AuthenticationError"])
def test_soft_error(desk: Desk, type: str) -> None:
    plan(desk, "soft_error", type=type, message="Something broke")
    refused(desk.post("products", product()), type, "Something broke", status=200)
    assert desk.stored("products") == {}
    assert desk.post("products", product()).json() == {"status": "ok"}


def test_status_with_the_envelope_or_any_body(desk: Desk) -> None:
    plan(desk, "status", code=500)
    refused(desk.post("products", product()), "InternalError", status=500)
    plan(desk, "status", code=503, body={"odd": 1})
    answer = desk.post("products", product())
    assert (answer.status_code, answer.json()) == (503, {"odd": 1})
    assert desk.stored("products") == {}


def test_html_empty_and_not_found(desk: Desk) -> None:
    plan(desk, "html")
    answer = desk.post("products", product())
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    plan(desk, "empty")
    answer = desk.post("products", product())
    assert (answer.status_code, answer.content) == (200, b"")
    plan(desk, "not_found")
    assert desk.post("products", product()).status_code == 404
    assert desk.stored("products") == {}


def test_too_many(desk: Desk) -> None:
    plan(desk, "too_many", retry_after="seconds", seconds=7)
    answer = desk.post("products", product())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert desk.stored("products") == {}


def test_a_truncated_answer_was_applied(desk: Desk) -> None:
    plan(desk, "truncate")
    answer = desk.post("products", product())
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert list(desk.stored("products")) == [1]


def test_a_reset_breaks_the_answer_after_applying(desk: Desk) -> None:
    plan(desk, "reset")
    with pytest.raises(httpx.RemoteProtocolError):
        desk.post("products", product())
    assert list(desk.stored("products")) == [1]


@pytest.mark.parametrize(("kind", "applied"), [("timeout_before", []), ("timeout_after", [1])])
def test_timeouts_with_and_without_applying(
    desk: Desk, kind: Any, applied: list[int], wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    plan(desk, kind)
    with pytest.raises(httpx.ReadTimeout):
        desk.http.post(
            "/v2/products",
            json=desk.keys | {"products": [product()]},
            timeout=httpx.Timeout(5, read=0.3),
        )
    wait_for(lambda: list(desk.stored("products")) == applied)
    assert desk.post("products", product()).json() == {"status": "ok"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_privacy_forget_takes_the_person_out_of_orders(desk: Desk, method: str):
    named = order("A", email="Anna@Home.example", customer=5)
    desk.post("orders", named, order("B", email="other@home.example"), order("C", customer=5))
    desk.post("customers", customer(5))
    given = {**desk.keys, "email": "anna@home.example"}
    body = {"json": given} if method == "POST" else {"params": given}
    assert desk.http.request(method, "/v2/privacy/forget", **body).json() == {"status": "ok"}
    held = clerk.objects(desk.state, PUBLIC, "orders")
    assert {key: sorted(held[key].keys() & {"email", "customer"}) for key in held} == {
        "A": [],
        "B": ["email"],
        "C": ["customer"],
    }
    assert 5 in clerk.objects(desk.state, PUBLIC, "customers")
    assert clerk.forgotten(desk.state, PUBLIC) == [("email", "anna@home.example")]


def test_privacy_forget_wants_to_know_whom(desk: Desk):
    answer = desk.http.post("/v2/privacy/forget", json=desk.keys)
    assert answer.json()["type"] == "ParsingError"


def test_a_post_may_leave_what_it_does_not_name(desk: Desk):
    clerk.set_switches(desk.state, keep_unnamed=True)
    desk.post("orders", order("A", email="anna@home.example"))
    desk.post("orders", order("A"))
    assert clerk.objects(desk.state, PUBLIC, "orders")["A"]["email"] == "anna@home.example"
