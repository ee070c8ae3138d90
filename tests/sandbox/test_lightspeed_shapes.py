"""Rows of the Lightspeed stand-in: each field with its own kind of empty, as Lightspeed has it."""

import json
from typing import Any

import pytest

from sync.sandbox import lightspeed
from tests.conftest import SAMPLES
from tests.sandbox.conftest import Shop

DOCS = json.loads((SAMPLES / "answers.json").read_text(encoding="utf-8"))
FALSE, NULL, TEXT, LIST = False, None, "", []

# Of a record that holds nothing but its id. Compared as JSON, where false, 0 and 0.0 differ.
EMPTIES: dict[str, tuple[str, dict[str, Any]]] = {
    "products": (
        "product",
        {
            **dict.fromkeys(("brand", "set", "image", "images", "deliverydate"), FALSE),
            **dict.fromkeys(("supplier", "type", "hasMatrix"), FALSE),
            **dict.fromkeys(("data01", "data02", "data03", "description", "content"), TEXT),
            "templateDataFields": LIST,
            "isVisible": True,
            "visibility": "visible",
        },
    ),
    "variants": (
        "variant",
        {
            **dict.fromkeys(("image", "matrix", "tax", "additionalcost", "isDefault"), FALSE),
            **dict.fromkeys(("hs", "unitUnit"), NULL),
            **dict.fromkeys(("articleCode", "ean", "sku"), TEXT),
            **dict.fromkeys(("oldPriceExcl", "oldPriceIncl", "priceCost", "stockLevel"), 0),
            "options": LIST,
            "stockBuyMininum": 1,
            "stockBuyMinimum": 1,
            "stockBuyMaximum": 10_000,
            "sizeXValue": "0.000",
            "weightValue": "0.000",
        },
    ),
    "brands": ("brand", {"image": FALSE, "content": FALSE, "url": TEXT}),
    "categories": ("category", {"image": FALSE, "parent": FALSE, "content": TEXT, "path": ["1"]}),
    "orders": (
        "order",
        {
            **dict.fromkeys(("customStatusId", "shippingDate", "deliveryDate"), NULL),
            **dict.fromkeys(("referralId", "birthDate", "customer", "language"), FALSE),
            **dict.fromkeys(("email", "memo", "comment", "gender", "discountCouponCode"), TEXT),
            **dict.fromkeys(("paymentData", "taxRates", "giftCardsPayment"), LIST),
            **dict.fromkeys(("addressBillingCountry", "addressShippingCompany"), FALSE),
            **dict.fromkeys(("addressBillingRegionData", "addressShippingCountry"), FALSE),
            "addressBillingZipcode": TEXT,
            "priceIncl": 0,
        },
    ),
    "customers": (
        "customer",
        {
            **dict.fromkeys(("lastOnlineAt", "memo"), NULL),
            **dict.fromkeys(("remoteIp", "userAgent", "referralId", "gender", "birthDate"), FALSE),
            **dict.fromkeys(("language", "addressBillingCountry", "isCompany"), FALSE),
            **dict.fromkeys(("email", "firstname", "companyName", "phone"), TEXT),
            "type": "registered",
        },
    ),
    "reviews": ("review", {"customer": FALSE, "language": FALSE, "isVisible": FALSE}),
    "blogs/articles": ("article", {"image": FALSE, "blog": FALSE, "publishedAt": NULL}),
    "returns": ("return", {"customerId": NULL, "priceIncl": "0.00", "orderProducts": LIST}),
    "catalog": (
        "product",
        {
            **dict.fromkeys(("brand", "supplier", "deliverydate", "image", "isFeatured"), FALSE),
            **dict.fromkeys(("images", "categories", "variants", "relations"), LIST),
            **dict.fromkeys(("filters", "reviews", "specifications", "discounts"), LIST),
            "content": TEXT,
            "hits": 0,
        },
    ),
}


def as_json(row: dict[str, Any], names: Any) -> dict[str, str]:
    return {name: json.dumps(row[name]) for name in names}


@pytest.mark.parametrize("path", EMPTIES)
def test_every_empty_field_has_its_own_empty_value(shop: Shop, path):
    kind, expected = EMPTIES[path]
    shop.put(kind, id=1)
    row = shop.get(path)[0]
    assert as_json(row, expected) == as_json(expected, expected)


def test_an_empty_line_has_its_own_empty_values(shop: Shop):
    shop.put("order", id=1)
    shop.put("order_product", id=2, order=1)
    (line,) = shop.get("orders/1/products")
    expected = {
        "weight": NULL,
        "customFields": FALSE,
        "variant": FALSE,
        "taxRates": LIST,
        "ean": "",
    }
    assert as_json(line, expected) == as_json(expected, expected)


CATALOG = (
    "id createdAt updatedAt isVisible isFeatured visibility hits data01 data02 data03 url title"
    " fulltitle description content brand supplier deliverydate image images categories variants"
    " relations filters reviews specifications discounts"
)
CATALOG_VARIANT = (
    "id createdAt updatedAt isDefault sortOrder articleCode ean sku hs tax priceExcl priceIncl"
    " priceCost oldPriceExcl oldPriceIncl stockTracking stockLevel stockAlert stockMinimum"
    " stockSold stockBuyMininum stockBuyMinimum stockBuyMaximum weight volume colli sizeX sizeY"
    " sizeZ matrix title"
)


def furnish(shop: Shop) -> None:
    """One product with everything, of an id that is not its variants', images' or categories'."""
    shop.put("brand", id=3, title="Noordkaap", image={"id": 30})
    shop.put("category", id=11, title="Fietsen", url="fietsen", depth=1)
    shop.put("category", id=12, title="Bellen", url="fietsen/bellen", depth=2, parent=11)
    shop.put(
        "filter",
        id=40,
        title={"nl": "Kleur", "de": "Farbe"},
        values=[{"id": 41, "title": "zwart"}, {"id": 42}],
    )
    shop.put("attribute", id=50, title="Gewicht")
    product = {
        "title": {"nl": "Bel", "de": "Klingel"},
        "brand": 3,
        "image": {"id": 30},
        "images": [{"id": 61, "file": 30, "sortOrder": 2}, {"id": 60, "file": 31, "sortOrder": 1}],
        "filters": [{"filter": 40, "values": [41]}],
        "specifications": [{"attribute": 50, "value": 12.5}],
    }
    shop.put("product", id=1, **product)
    for id, category in ((70, 11), (71, 12)):
        shop.put("category_product", id=id, category=category)
    prices = {"priceExcl": 2.8843, "priceIncl": 3.49, "oldPriceIncl": 4}
    shop.put("variant", id=80, tax=0.21, stockLevel=-2, title='"Kleur: Zwart"', **prices)
    shop.put("variant", id=81, isDefault=True, stockTracking="enabled", stockLevel=7)


def test_the_catalogue_has_the_fields_of_the_live_answer_in_their_order(shop: Shop):
    furnish(shop)
    (product,) = shop.get("catalog")
    assert " ".join(product) == CATALOG
    assert len(product) == 27
    variants = product["variants"].values()
    assert [" ".join(row) for row in variants] == [CATALOG_VARIANT] * 2
    assert {len(row) for row in variants} == {31}
    assert shop.get("catalog/1") == [product]


def test_the_catalogues_maps_are_keyed_by_the_id_as_a_text(shop: Shop):
    furnish(shop)
    (product,) = shop.get("catalog")
    for name, ids in (
        ("images", {"60", "61"}),
        ("categories", {"11", "12"}),
        ("variants", {"80", "81"}),
    ):
        assert set(product[name]) == ids
        assert {key: str(row["id"]) for key, row in product[name].items()} == {i: i for i in ids}
    assert "parent" not in product["categories"]["12"]
    shop.state.delete("variant", 80)
    shop.state.delete("variant", 81)
    assert shop.get("catalog")[0]["variants"] == []


def test_the_catalogue_embeds_brand_image_filters_and_specifications(shop: Shop):
    furnish(shop)
    (product,) = shop.get("catalog")
    files = "https://cdn.webshopapp.com/shops/310427/files/30"
    image = {"id": 30, "thumb": f"{files}/50x50x2/file.jpg", "src": f"{files}/file.jpg"}
    assert product["image"] == image == product["brand"]["image"]
    (chosen,) = product["filters"]
    assert (chosen["id"], chosen["title"]) == (40, "Kleur")
    assert chosen["values"] == [{"id": 41, "sortOrder": 0, "title": "zwart"}]
    assert product["specifications"] == [{"id": 50, "name": "Gewicht", "value": 12.5}]


def test_prices_have_four_decimals_and_whole_ones_none(shop: Shop):
    furnish(shop)
    plain = next(row for row in shop.get("variants") if row["id"] == 80)
    whole = shop.get("catalog")[0]["variants"]["80"]
    names = ("priceExcl", "priceIncl", "oldPriceIncl", "oldPriceExcl")
    expected = dict(zip(names, ("2.8843", "3.49", "4", "0"), strict=True))
    assert as_json(plain, names) == as_json(whole, names) == expected
    assert (whole["tax"], whole["stockLevel"]) == (0.21, -2)


def test_what_the_catalogue_lacks_the_plain_lists_have(shop: Shop):
    furnish(shop)
    shop.put("tax", id=5, rate=0.21, title="21 %")
    plain, whole = shop.get("variants")[1], shop.get("catalog")[0]["variants"]["80"]
    assert set(plain) - set(whole) >= {"image", "options", "unitPrice", "metafields", "product"}
    assert plain["tax"]["resource"]["id"] == 5
    assert "categories" not in shop.get("products", fields="id")[0]
    assert shop.get("products")[0]["categories"]["resource"] == {
        "id": False,
        "url": "categories/products?product=1",
        "link": "https://api.webshopapp.com/nl/categories/products.json?product=1",
    }


def test_references_name_one_object_by_its_id(shop: Shop):
    furnish(shop)
    assert shop.get("products", language="de")[0]["brand"] == {
        "resource": {
            "id": 3,
            "url": "brands/3",
            "link": "https://api.webshopapp.com/de/brands/3.json",
        }
    }
    child = shop.get("categories/12")
    assert child["path"] == ["12", "11"]
    assert child["parent"]["resource"]["id"] == 11


def test_the_language_decides_texts_alone(shop: Shop):
    furnish(shop)
    dutch, german = (shop.get("catalog", language=language)[0] for language in ("nl", "de"))
    assert (dutch["title"], german["title"]) == ("Bel", "Klingel")
    assert [filter["title"] for filter in german["filters"]] == ["Farbe"]
    assert german["brand"]["title"] == "Noordkaap"
    assert dutch["variants"] == german["variants"]
    assert {name for name in dutch if dutch[name] != german[name]} == {"title", "filters"}


@pytest.mark.parametrize(
    ("cluster", "stamp", "shown"),
    [
        ("eu1", "2026-06-02T08:24:43+00:00", "2026-06-02T10:24:43+02:00"),
        ("eu1", "2026-01-02T08:24:43+00:00", "2026-01-02T09:24:43+01:00"),
        ("eu1", "2026-10-25T00:30:00+00:00", "2026-10-25T02:30:00+02:00"),
        ("eu1", "2026-10-25T01:30:00+00:00", "2026-10-25T02:30:00+01:00"),
        ("us1", "2026-06-02T08:24:43+00:00", "2026-06-02T08:24:43+00:00"),
    ],
)
def test_stamps_carry_the_shops_offset(shop: Shop, cluster, stamp, shown):
    shop.state.set_fact("cluster", cluster)
    for kind in ("product", "order"):
        shop.put(kind, id=1, createdAt=stamp)
    for path in ("products", "catalog", "orders"):
        assert shop.get(path)[0]["createdAt"] == shown


def test_hosts_are_the_clusters(shop: Shop):
    furnish(shop)
    shop.state.set_fact("cluster", "us1")
    assert "//cdn.shoplightspeed.com/" in shop.get("catalog")[0]["image"]["src"]
    assert "//api.shoplightspeed.com/nl/" in shop.get("products")[0]["brand"]["resource"]["link"]


# orders


def order(shop: Shop) -> None:
    shop.put("customer", id=5, firstname="Anna", email="anna@example.com")
    shop.put("order", id=1, number="ORD00018", customer=5, priceIncl=42, status="odd_new_status")
    shop.put("order_product", id=20, order=1, product=999, quantityOrdered=6, priceIncl=42)
    shop.put("order_product", id=21, order=1, quantityOrdered=1, productTitle="Cadeau")


def test_a_single_order_embeds_what_belongs_to_it_and_the_list_does_not(shop: Shop):
    order(shop)
    (listed,) = shop.get("orders")
    assert all(
        "embedded" not in value["resource"]
        for value in listed.values()
        if type(value) is dict and "resource" in value
    )
    single = shop.get("orders/1")
    assert single["customer"]["resource"]["embedded"]["firstname"] == "Anna"
    assert [line["id"] for line in single["products"]["resource"]["embedded"]] == [21, 20]
    for name in ("invoices", "shipments", "metafields", "events"):
        assert single[name]["resource"]["embedded"] == []
    assert list(listed) == list(single)
    lightspeed.set_switches(shop.state, embed_lines=True)
    assert shop.get("orders") == [single]


def test_lines_name_deleted_products_and_free_text_has_none(shop: Shop):
    order(shop)
    free, deleted = shop.get("orders/1/products")
    assert (free["product"], free["variant"], free["productTitle"]) == (False, False, "Cadeau")
    assert deleted["product"]["resource"]["id"] == 999
    assert shop.ask("products/999").status_code == 404
    assert shop.get("orders/1/products/count") == 2
    assert shop.get("orders/1/products/20") == deleted


def test_unknown_statuses_and_custom_ones_pass_through(shop: Shop):
    order(shop)
    shop.put("custom_status", id=8, title="In behandeling", color="#fff")
    shop.state.edit("order", 1, customStatusId=8)
    (row,) = shop.get("orders")
    assert (row["status"], row["customStatusId"]) == ("odd_new_status", 8)
    assert shop.ids("orders/customstatuses") == [8]


def test_an_empty_object_is_a_list(shop: Shop):
    full: dict[str, str] = {"method": "invoice"}
    shop.put("order", id=1)
    shop.put("order", id=2, paymentData=full)
    assert [row["paymentData"] for row in shop.get("orders")] == [full, []]


# against the documentation's own samples

RESOURCES = {
    "attribute": "attributes",
    "blog": "blogs",
    "blogArticle": "blogs/articles",
    "brand": "brands",
    "categoriesProduct": "categories/products",
    "category": "categories",
    "customStatus": "orders/customstatuses",
    "customer": "customers",
    "filter": "filters",
    "filterValue": "filters/40/values",
    "language": "languages",
    "order": "orders/1",
    "orderProduct": "orders/1/products",
    "product": "products",
    "productAttribute": "products/1/attributes",
    "productFilterValue": "products/1/filtervalues",
    "productImage": "products/1/images",
    "productMetafield": "products/1/metafields",
    "return": "returns",
    "review": "reviews",
    "shop": "shop",
    "shopCompany": "shop/company",
    "shopLimits": "shop/limits",
    "shopWebsite": "shop/website",
    "subscription": "subscriptions",
    "supplier": "suppliers",
    "tag": "tags",
    "tagsProduct": "tags/products",
    "tax": "taxes",
    "textpage": "textpages",
    "type": "types",
    "variant": "variants",
    "account": "account",
    "accountPermissions": "account/permissions",
    "accountRatelimit": "account/ratelimit",
}
# Fields that live answers have had since.
NEWER = {"product": {"quantityDiscounts", "templateDataFields"}, "order": {"giftCardsPayment"}}


def documented(name: str) -> dict[str, Any]:
    (record,) = DOCS[name].values()
    return dict(record)


@pytest.fixture
def full(shop: Shop) -> Shop:
    furnish(shop)
    order(shop)
    for kind in ("custom_status", "return", "subscription", "supplier", "tag", "textpage"):
        shop.put(kind, id=1)
    shop.put("tax", id=1, rate=0.21)
    for kind in ("blog", "article", "type", "review"):
        shop.put(kind, id=1)
    shop.put("tag_product", id=1, tag=1, product=1)
    shop.put("metafield", id=1, owner="product", ownerId=1, key="a", value="b")
    shop.state.set_fact("shop", documented("shop") | {"id": 310427})
    return shop


def test_rows_have_the_documented_fields_and_no_others(full: Shop):
    differing = {}
    for name, path in RESOURCES.items():
        found = full.get(path)
        row = found[0] if isinstance(found, list) else found
        differing[name] = set(documented(name)) ^ set(row)
    assert {name: fields for name, fields in differing.items() if fields} == NEWER
