"""The Lightspeed stand-in over real HTTP: who gets in, which rows a list gives, and its errors.

What a row looks like is test_lightspeed_shapes.py, the rate windows are test_windows.py.
"""

import base64
import re
from typing import Any

import pytest

from sync.sandbox import lightspeed
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.resources import PARTS, RESOURCES
from sync.sandbox.lightspeed.singles import SINGLES
from sync.sandbox.state import AREAS
from tests.sandbox.conftest import KEY, SECRET, Front, Shop


def error(code: int, path: str, message: str, method: str = "GET") -> dict[str, Any]:
    return {"error": {"code": code, "method": method, "request": path, "message": message}}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


# who gets in


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(f"{KEY}:wrong"),
        basic(f"wrong:{SECRET}"),
        basic(f"{SECRET}:{KEY}"),
        basic(f"{KEY}:"),
        basic(KEY),
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"Basic {KEY}:{SECRET}"},
        {"Authorization": "Basic"},
    ],
)
def test_without_the_right_key_and_secret_access_is_denied(shop: Shop, headers):
    answer = shop.ask("shop", auth=None, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == error(401, "/nl/shop.json", "Access denied.")


def test_the_right_key_gets_in_until_it_is_revoked(shop: Shop):
    assert shop.ask("shop", auth=None, headers=basic(f"{KEY}:{SECRET}")).status_code == 200
    shop.state.remove_key(KEY)
    assert shop.ask("shop").status_code == 401


def test_keys_in_the_query_do_not_count(shop: Shop):
    query = {"key": KEY, "secret": SECRET}
    assert shop.ask("shop", auth=None, params=query).status_code == 401


def test_the_wrong_cluster_denies_the_right_key(shop: Shop, front: Front):
    front.app = lightspeed.wrong_cluster_app(shop.state, now=shop.clock)
    answer = shop.ask("account")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Access denied.")
    shop.state.set_fact("cluster", "us1")
    front.app = lightspeed.lightspeed_app(shop.state, now=shop.clock, cluster="us1")
    assert shop.ask("account").status_code == 200


PATHS = {
    **{path: area for path, (area, _) in SINGLES.items()},
    **{path: resource.area for path, resource in RESOURCES.items()},
    **{f"{path}/count": resource.area for path, resource in RESOURCES.items()},
    **{f"{p.parent}/1/{p.name}": RESOURCES[p.parent].area for p in PARTS.values()},
    "products/1": "products",
    "orders/1": "orders",
    "catalog": "products",
    "catalog/1": "products",
    "catalog/count": "products",
    "languages": "settings",
    "languages/1": "settings",
}
AREA = {
    "products": "products",
    "variants": "products",
    "categories": "products",
    "catalog": "products",
    "reviews": "products",
    "orders": "orders",
    "orders/1/products": "orders",
    "orders/customstatuses": "orders",
    "returns": "orders",
    "customers": "customers",
    "subscriptions": "customers",
    "textpages": "content",
    "blogs/articles": "content",
    "shop": "settings",
    "languages": "settings",
    "account": "",
    "account/permissions": "",
}


def fill_ones(shop: Shop) -> None:
    for kind in ("product", "variant", "filter", "order"):
        shop.put(kind, id=1)


def test_a_key_opens_the_areas_it_may_read_and_no_others(shop: Shop):
    fill_ones(shop)
    for area in ("", *AREAS):
        shop.state.add_key(f"only {area}", "secret", permissions=[area] if area else [])
        shop.state.add_key(f"but {area}", "secret", permissions=[a for a in AREAS if a != area])
    for path in PATHS:
        area = AREA.get(path, PATHS[path])
        assert shop.ask(path, auth=(f"only {area}", "secret")).status_code == 200, path
        other = shop.ask(path, auth=(f"but {area}", "secret"))
        assert other.status_code == (403 if area else 200), path
        if area:
            assert other.json()["error"]["code"] == 403


def test_the_account_says_what_the_key_may_read(shop: Shop):
    shop.state.add_key("some", "thing", permissions=("orders", "settings"))
    answer = shop.ask("account/permissions", auth=("some", "thing")).json()
    assert {area: rights["read"] for area, rights in answer["accountPermissions"].items()} == {
        "content": False,
        "products": False,
        "customers": False,
        "orders": True,
        "settings": True,
        "tracking": False,
    }
    account = shop.get("account")
    assert (account["appId"], account["apiKey"]) == (False, KEY)


# paths and methods


@pytest.mark.parametrize("language", ["xx", "fr", "NL", "en", "nl_NL"])
def test_an_unknown_or_inactive_language_is_not_found(shop: Shop, language):
    answer = shop.ask("products", language=language)
    expected = error(404, f"/{language}/products.json", "Unknown or inactive language.")
    assert (answer.status_code, answer.json()) == (404, expected)


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "products/9",
        "products/x",
        "products/-1",
        "catalog/9",
        "languages/9",
        "products/9/images",
        "products/1/images/9",
        "products/1/nothing",
        "products/1/images/count/1",
        "orders/9/products",
        "orders/1/products/x",
        "count",
    ],
)
def test_unknown_paths_and_ids_are_not_found(shop: Shop, path):
    fill_ones(shop)
    answer = shop.ask(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


@pytest.mark.parametrize("url", ["/products.json", "/nl/products", "/nl/products.json/", "/"])
def test_other_forms_of_a_path_are_not_found(shop: Shop, url):
    assert shop.http.get(url, auth=(KEY, SECRET)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["products", "products/1", "orders/1/products", "shop"])
def test_nothing_can_be_written(shop: Shop, method, path):
    fill_ones(shop)
    answer = shop.ask(path, method=method)
    assert answer.status_code == 405
    assert answer.json()["error"] | {"message": ""} == {
        "code": 405,
        "method": method,
        "request": f"/nl/{path}.json",
        "message": "",
    }
    assert shop.state.count("product") == 1


def test_a_good_answer_is_one_envelope_and_never_an_error(shop: Shop):
    fill_ones(shop)
    for path in PATHS:
        answer = shop.ask(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "application/json"
        (envelope,) = answer.json()
        assert envelope == ("count" if path.endswith("/count") else ENVELOPES.get(path, envelope))
        assert envelope != "error", path


ENVELOPES = {
    "products": "products",
    "products/1": "product",
    "products/1/images": "productImages",
    "products/1/attributes": "productAttributes",
    "products/1/metafields": "productMetafields",
    "products/1/relations": "productRelations",
    "products/1/filtervalues": "productFiltervalue",
    "variants": "variants",
    "variants/movements": "variantsMovements",
    "categories/products": "categoriesProducts",
    "tags/products": "tagsProducts",
    "types/attributes": "typesAttributes",
    "filters/1/values": "filterValues",
    "catalog": "products",
    "catalog/1": "products",
    "orders": "orders",
    "orders/1": "order",
    "orders/1/products": "orderProducts",
    "orders/customstatuses": "customStatuses",
    "orders/events": "ordersEvents",
    "blogs/articles": "blogArticles",
    "languages": "languages",
    "languages/1": "language",
    "shop": "shop",
    "shop/company": "shopCompany",
    "shop/limits": "shopLimits",
    "shop/website": "shopWebsite",
    "account": "account",
    "account/permissions": "accountPermissions",
    "account/ratelimit": "accountRatelimit",
}


# pages


@pytest.fixture
def brands(shop: Shop) -> Shop:
    """A shop of 260 brands, their ids out of order with their dates."""
    shop.state.put_many("brand", ({"id": id, "title": f"Brand {id}"} for id in range(1, 261)))
    return shop


@pytest.mark.parametrize(
    ("params", "first", "count"),
    [
        ({}, 260, 50),
        ({"page": 2}, 210, 50),
        ({"limit": 7}, 260, 7),
        ({"limit": 7, "page": 3}, 246, 7),
        ({"limit": 250}, 260, 250),
        ({"limit": 251}, 260, 250),
        ({"limit": 100_000}, 260, 250),
        ({"limit": 250, "page": 2}, 10, 10),
        ({"page": 6}, 10, 10),
    ],
)
def test_pages_have_50_rows_unless_told_and_never_more_than_250(brands, params, first, count):
    assert brands.ids("brands", **params) == list(range(first, first - count, -1))


def test_a_page_beyond_the_end_is_empty(brands: Shop):
    for page in (7, 1_000):
        answer = brands.ask("brands", params={"page": page})
        assert (answer.status_code, answer.json()) == (200, {"brands": []})


@pytest.mark.parametrize("name", ["page", "limit"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", ""])
def test_a_page_or_limit_that_is_none_is_bad_input(brands: Shop, name, value):
    for path in ("brands", "catalog", "languages"):
        answer = brands.ask(path, params={name: value})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Invalid data input."


def test_a_limit_above_250_can_be_refused(brands: Shop):
    lightspeed.set_switches(brands.state, over_limit="400")
    assert brands.ask("brands", params={"limit": 251}).status_code == 400
    assert len(brands.ids("brands", limit=250)) == 250


def test_catalogue_and_lines_are_paged_alike(shop: Shop):
    for id in (1, 2, 3):
        shop.put("product", id=id)
        shop.put("order_product", id=id, order=9, quantityOrdered=1)
    shop.put("order", id=9)
    for path in ("catalog", "products", "orders/9/products"):
        assert [shop.ids(path, limit=2, page=page) for page in (1, 2, 3)] == [[3, 2], [1], []]
        assert shop.get(f"{path}/count") == 3


@pytest.mark.parametrize(
    ("drift", "seen"),
    [("insert", [9, 8, 7, 7, 6, 5, 4, 3, 2, 1]), ("delete", [9, 8, 7, 5, 4, 3, 2, 1])],
)
@pytest.mark.parametrize("path", ["catalog", "products"])
def test_a_list_may_change_while_it_is_paged(shop: Shop, path, drift, seen):
    shop.state.put_many("product", ({"id": id} for id in range(1, 10)))
    lightspeed.set_switches(shop.state, drift=drift, drift_left=1)
    pages = [shop.ids(path, limit=3, page=page) for page in (1, 2, 3, 4)]
    assert [id for page in pages for id in page] == seen


# filters


def put_dated(shop: Shop, kind: str) -> None:
    for id, day in ((1, "01"), (2, "02"), (3, "03")):
        stamp = f"2026-06-{day}T12:00:00+00:00"
        late = f"2026-07-{day}T12:00:00+00:00"
        shop.put(kind, id=id, createdAt=stamp, updatedAt=late)


STAMPED = {
    "products": "product",
    "variants": "variant",
    "categories": "category",
    "reviews": "review",
    "orders": "order",
    "customers": "customer",
    "textpages": "textpage",
    "blogs/articles": "article",
}


RANGES: list[tuple[dict[str, Any], list[int]]] = [
    ({"since_id": 0}, [3, 2, 1]),
    ({"since_id": 1}, [3, 2]),
    ({"since_id": 3}, []),
    ({"created_at_min": "2026-06-02 12:00:00"}, [3, 2]),
    ({"created_at_min": "2026-06-02 12:00:01"}, [3]),
    ({"created_at_max": "2026-06-02 12:00:00"}, [2, 1]),
    ({"created_at_max": "2026-06-02 11:59:59"}, [1]),
    ({"updated_at_min": "2026-07-03 12:00:00"}, [3]),
    ({"updated_at_max": "2026-07-01 12:00:00"}, [1]),
    ({"updated_at_min": "2026-07-02 00:00:00", "created_at_max": "2026-06-02 23:00:00"}, [2]),
    ({"no_such_parameter": "1"}, [3, 2, 1]),
]


@pytest.mark.parametrize("path", STAMPED)
def test_lists_and_their_counts_obey_since_id_and_stamps(shop: Shop, path):
    put_dated(shop, STAMPED[path])
    for params, expected in RANGES:
        assert shop.ids(path, **params) == expected, params
        assert shop.get(f"{path}/count", **params) == len(expected), params


@pytest.mark.parametrize(
    "stamp", ["2026-06-02T12:00:00", "2026-06-02", "2026-13-02 12:00:00", "yesterday", ""]
)
@pytest.mark.parametrize("path", ["orders", "orders/count"])
def test_a_stamp_in_another_form_is_bad_input(shop: Shop, path, stamp):
    assert shop.ask(path, params={"updated_at_min": stamp}).status_code == 400


@pytest.mark.parametrize(("zone", "hour"), [("utc", 12), ("shop", 14)])
def test_the_zone_of_stamps_is_a_switch(shop: Shop, zone: Any, hour):
    put_dated(shop, "order")
    lightspeed.set_switches(shop.state, filter_zone=zone)
    assert shop.ids("orders", created_at_min=f"2026-06-03 {hour}:00:00") == [3]
    assert shop.ids("orders", created_at_min=f"2026-06-03 {hour}:00:01") == []


FILTERS = [
    ("products", "product", {"brand": 5}, {"brand": 6}, {"brand": 5}),
    ("variants", "variant", {"product": 5}, {"product": 6}, {"product": 5}),
    ("categories", "category", {"parent": 5}, {"parent": None}, {"parent": 5}),
    ("categories/products", "category_product", {"product": 5}, {"product": 6}, {"product": 5}),
    ("categories/products", "category_product", {"category": 5}, {"category": 6}, {"category": 5}),
    ("tags/products", "tag_product", {"tag": 5}, {"tag": 6}, {"tag": 5}),
    ("tags/products", "tag_product", {"product": 5}, {"product": 6}, {"product": 5}),
    ("orders", "order", {"number": "ORD5"}, {"number": "ORD55"}, {"number": "ORD5"}),
    ("orders", "order", {"customer": 5}, {"customer": None}, {"customer": 5}),
    ("orders", "order", {"email": "a@x.nl"}, {"email": "b@x.nl"}, {"email": "a@x.nl"}),
    ("orders", "order", {"status": "completed"}, {"status": "new"}, {"status": "completed"}),
    ("customers", "customer", {"email": "a@x.nl"}, {"email": "b@x.nl"}, {"email": "a@x.nl"}),
    ("reviews", "review", {"product": 5}, {"product": 6}, {"product": 5}),
    ("reviews", "review", {"customer": 5}, {"customer": 6}, {"customer": 5}),
    ("blogs/articles", "article", {"blog": 5}, {"blog": 6}, {"blog": 5}),
]


@pytest.mark.parametrize(("path", "kind", "match", "other", "params"), FILTERS)
def test_lists_and_their_counts_obey_their_own_filters(shop, path, kind, match, other, params):
    for id, fields in ((1, match), (2, other), (3, match)):
        shop.put(kind, id=id, **fields)
    assert shop.ids(path, **params) == [3, 1]
    assert shop.get(f"{path}/count", **params) == 2
    assert shop.ids(path, **dict.fromkeys(params, "99999")) == []


def test_an_id_that_is_none_is_bad_input(shop: Shop):
    for params in ({"product": "x"}, {"since_id": "x"}, {"since_id": "-1"}):
        assert shop.ask("variants", params=params).status_code == 400


def test_fields_choose_top_level_fields_of_lists_and_singles(shop: Shop):
    shop.put("product", id=1, title="Bel")
    shop.put("order", id=2, number="ORD2")
    assert shop.get("products", fields="title,id") == [{"id": 1, "title": "Bel"}]
    assert shop.get("products", fields="title") == [{"title": "Bel"}]
    assert shop.get("products/1", fields=" id , nothing") == {"id": 1}
    assert shop.get("orders", fields="number") == [{"number": "ORD2"}]
    assert len(shop.get("products", fields="")[0]) > 20


def test_the_catalogue_obeys_filters_only_if_a_switch_says_so(shop: Shop):
    put_dated(shop, "product")
    late = {"updated_at_min": "2026-07-03 00:00:00"}
    assert shop.ids("catalog", **late) == [3, 2, 1]
    assert shop.get("catalog/count", **late) == 3
    assert len(shop.get("catalog", fields="id")[0]) == 27
    lightspeed.set_switches(shop.state, catalog_filters="products")
    assert shop.get("catalog", fields="id", **late) == [{"id": 3}]
    assert shop.get("catalog/count", **late) == 1


def test_the_catalogue_may_go_by_the_stamps_of_variants_too_or_refuse_any(shop: Shop):
    put_dated(shop, "product")
    late = {"updated_at_min": "2026-07-03 00:00:00"}
    stamps = {"createdAt": "2026-07-01T10:00:00+00:00", "updatedAt": "2026-07-09T10:00:00+00:00"}
    shop.put("variant", id=10, product=1, **stamps)
    for kept, ids in {"ignored": [3, 2, 1], "products": [3], "kept": [3, 1]}.items():
        lightspeed.set_switches(shop.state, catalog_filters=kept)
        assert shop.ids("catalog", **late) == ids
        assert shop.get("catalog/count", **late) == len(ids)
    lightspeed.set_switches(shop.state, catalog_filters="refused")
    assert shop.ask("catalog", params=late).status_code == 400
    assert shop.ids("catalog") == [3, 2, 1]


@pytest.mark.parametrize("code", ["403", "404"])
def test_the_catalogue_can_be_refused(shop: Shop, code: Any):
    shop.put("product", id=1)
    lightspeed.set_switches(shop.state, catalog=code)
    for path in ("catalog", "catalog/1", "catalog/count"):
        assert shop.ask(path).status_code == int(code)
    assert shop.ids("products") == [1]


# what changes


def test_a_deleted_record_leaves_no_trace_and_may_leave_orphans(shop: Shop):
    for id in (1, 2):
        shop.put("product", id=id)
        shop.put("variant", id=id * 10, product=id)
    shop.state.delete("product", 1)
    shop.state.delete("product", 2, orphan=True)
    assert shop.ids("products") == shop.ids("catalog") == []
    assert shop.ask("products/1").status_code == 404
    assert shop.ids("variants") == [20]
    assert shop.get("variants")[0]["product"]["resource"]["id"] == 2


def test_an_edited_variant_leaves_its_product_unstamped_unless_a_switch_says_so(shop: Shop):
    shop.put("product", id=1)
    shop.put("variant", id=10, product=1, priceIncl=5)
    for switch, moved in ((False, ["variants"]), (True, ["products", "variants"])):
        lightspeed.set_switches(shop.state, variant_bumps_product=switch)
        before = {path: shop.get(path)[0]["updatedAt"] for path in ("products", "variants")}
        shop.clock.at += 60
        shop.state.edit("variant", 10, priceIncl=shop.clock.at)
        after = {path: shop.get(path)[0]["updatedAt"] for path in ("products", "variants")}
        assert [path for path in before if before[path] != after[path]] == moved
        whole = shop.get("catalog/1")[0]
        assert whole["updatedAt"] == after["products"]
        assert whole["variants"]["10"]["updatedAt"] == after["variants"]
        assert whole["variants"]["10"]["priceIncl"] == shop.clock.at


def test_a_fresh_order_may_be_missing_for_a_moment(shop: Shop):
    shop.put("order", id=1)
    shop.state.faults.add(Fault("lightspeed", "not_found", path=r"/orders/\d+", times=2))
    paths = ("orders/1", "orders/1/products")
    assert [shop.ask(path).status_code for path in paths * 2] == [404, 404, 200, 200]
    assert shop.ids("orders") == [1]


def test_no_error_repeats_the_key(shop: Shop):
    for options in ({"auth": (KEY, "wrong")}, {"language": "fr"}, {"params": {"page": "x"}}):
        text = shop.ask("products", **options).text
        assert not re.search(f"{KEY}|{SECRET}|wrong", text)
