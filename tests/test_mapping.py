"""A Lightspeed record as a Clerk.io record: known answers for every line of the mapping."""

import re
from decimal import ROUND_HALF_UP, Decimal

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync import mapping
from sync.entities import ENTITIES
from sync.mapping import ProductExtra, ShopFacts, money
from sync.mapping.prices import unit_price
from sync.mapping.sales import without_emails
from sync.settings import SETTINGS, Settings

DEFAULTS = Settings.from_values({})
SHOP = ShopFacts(
    id=1234,
    domain="www.shop.example",
    cluster="eu1",
    language="nl",
    language_in_url=False,
    b2b=False,
)
BLOGS = {3: {"id": 3, "slug": "news", "title": "News"}}


def category(number, parent=None, visible=True, **changes):
    plain = {"depth": 1, "sort": 0, "slug": f"c{number}", "title": f"C{number}"}
    stamps = {"created": 0, "updated": 0}
    return {"id": number, "parent": parent, "visible": visible, **plain, **stamps, **changes}


TREE = {
    1: category(1),
    2: category(2, 1),
    3: category(3, 2),
    4: category(4, 1, visible=False),
    5: category(5, 4),
    6: category(6),
}


def context(filters=None, tags=(), tree=TREE, shop=SHOP, **changes):
    settings = DEFAULTS.changed(changes)
    ids = tags if isinstance(tags, dict) else {}
    return mapping.context(shop, settings, tree, filters, BLOGS, tags, ids)


def shop(**changes):
    return ShopFacts(**{**SHOP.__dict__, **changes})


def variant(number=11, **changes):
    plain = {"default": False, "sort": 1, "sku": "", "ean": "", "code": "", "title": "Default"}
    prices = {"excl": 8.26, "incl": 10.0, "old_excl": 0.0, "old_incl": 0.0}
    stock = {"tracking": "enabled", "stock": 5, "minimum": 0, "updated": 0}
    return {"id": number, **plain, "options": [], **prices, **stock, **changes}


def product(*variants, **changes):
    texts = {"title": "Shirt", "fulltitle": "Shirt for men", "text": "Soft", "slug": "shirt"}
    return {
        "id": 5,
        "created": 1704067200,
        "updated": 0,
        "visible": True,
        **texts,
        "brand": "Acme",
        "image": [77, "jpg"],
        "categories": [3],
        "variants": list(variants),
        "filters": [],
        "specs": [],
        "data": ["", "", ""],
        "bulk": True,
        **changes,
    }


def payload(p, c=None, extra=None):
    return mapping.product_payload(p, extra or ProductExtra(), c or context())


def options(**pairs):
    return [[name, value] for name, value in pairs.items()]


# -- the whole product ----------------------------------------------------------------------


def test_a_whole_product():
    black = variant(
        21,
        sort=2,
        sku="S-21",
        ean="871",
        code="A-21",
        title="Black / XL",
        options=options(Color="Black", Size="XL"),
        incl=9.995,
        old_incl=12.5,
    )
    white = variant(
        20,
        default=True,
        title="White / M",
        options=options(Color="White", Size="M"),
        tracking="disabled",
        stock=0,
    )
    found = payload(product(white, black), extra=ProductExtra(4.5, 2, frozenset({"sale"})))
    assert found == {
        "id": 5,
        "name": "Shirt",
        "description": "Soft",
        "price": 10.0,
        "list_price": 12.5,
        "on_sale": True,
        "image": "https://cdn.webshopapp.com/shops/1234/files/77/300x400x1/file.jpg",
        "url": "https://www.shop.example/shirt.html",
        "categories": [1, 2, 3],
        "created_at": 1704067200,
        "brand": "Acme",
        "sku": "S-21",
        "ean": "871",
        "article_code": "A-21",
        "stock": 6,
        "variant_ids": [20, 21],
        "variant_titles": ["White / M", "Black / XL"],
        "variant_skus": ["", "S-21"],
        "variant_eans": ["", "871"],
        "variant_prices": [10.0, 10.0],
        "variant_list_prices": [10.0, 12.5],
        "variant_stocks": [1, 5],
        "variant_color": ["White", "Black"],
        "variant_size": ["M", "XL"],
    }


def test_what_is_absent_is_left_out_but_description_and_categories():
    bare = product(
        variant(), text="", brand="", image=None, categories=[], created=0, fulltitle="", title=""
    )
    c = context(include_variant_data="no", include_variant_stock="no")
    assert payload(bare | {"slug": ""}, c) == {
        "id": 5,
        "description": "",
        "categories": [],
        "price": 10.0,
        "on_sale": False,
        "stock": 5,
    }


def test_a_product_without_variants_has_no_price_and_no_lists():
    found = payload(product())
    assert found["stock"] == 0
    assert not {"price", "on_sale", "variant_ids", "variant_stocks"} & found.keys()


@pytest.mark.parametrize(
    ("title", "fulltitle", "name"),
    [("A", "B", "A"), ("", "B", "B"), ("A", "", "A")],
)
def test_name(title, fulltitle, name):
    assert payload(product(title=title, fulltitle=fulltitle))["name"] == name


# -- the leading variant --------------------------------------------------------------------

DEAD = {"stock": 0}


@pytest.mark.parametrize(
    ("variants", "leader"),
    [
        ([variant(1, incl=20.0), variant(2, incl=10.0)], 2),
        ([variant(1, incl=10.0, **DEAD), variant(2, incl=20.0)], 2),
        ([variant(1, incl=0.0), variant(2, incl=20.0)], 2),
        ([variant(1, incl=0.0), variant(2, incl=20.0, **DEAD)], 2),
        ([variant(1, incl=30.0, **DEAD), variant(2, incl=20.0, **DEAD)], 2),
        ([variant(1, incl=0.0), variant(2, incl=0.0, default=True)], 2),
        ([variant(1, incl=0.0), variant(2, incl=0.0)], 1),
        ([variant(2, incl=0.0, **DEAD), variant(1, incl=0.0)], 2),
        ([variant(1, incl=10.0), variant(2, incl=10.0, default=True)], 1),
        ([variant(9, sort=1), variant(1, sort=2)], 9),
        ([variant(3, sort=1), variant(8, sort=1)], 3),
        ([variant(1, incl=10.004), variant(2, incl=10.001)], 2),
        ([variant(1, incl=-5.0), variant(2, incl=20.0)], 2),
        ([variant(1, incl=20.0), variant(2, incl=10.0, tracking="indicator", stock=-1)], 2),
    ],
)
def test_leading_variant(variants, leader):
    named = [each | {"sku": f"S-{each['id']}"} for each in variants]
    assert payload(product(*named))["sku"] == f"S-{leader}"


def test_the_leading_variant_is_chosen_by_the_side_that_is_sent():
    two = product(
        variant(1, incl=10.0, excl=9.0, sku="one"), variant(2, incl=11.0, excl=8.0, sku="two")
    )
    assert payload(two, context(price_tax="incl"))["sku"] == "one"
    assert payload(two, context(price_tax="excl"))["sku"] == "two"


def test_nothing_of_another_variant_mixes_in():
    found = payload(product(variant(1, incl=5.0), variant(2, incl=9.0, sku="S", old_incl=12.0)))
    assert found["price"] == 5.0
    assert not {"sku", "list_price"} & found.keys()
    assert found["on_sale"] is False


@pytest.mark.parametrize(
    ("old", "sale"),
    [
        (0.0, False),
        (9.0, False),
        (10.0, False),
        (10.004, False),
        (None, False),
        (10.01, True),
        (99.5, True),
    ],
)
def test_list_price_is_an_old_price_that_is_higher(old, sale):
    found = payload(product(variant(old_incl=old)))
    assert found["on_sale"] is sale
    assert found.get("list_price") == (old if sale else None)
    assert found["variant_list_prices"] == [old if sale else 10.0]


@pytest.mark.parametrize(
    ("price", "old", "sent"),
    [
        (50.0, 50.004, (50.0, False)),
        (49.996, 50.0, (50.0, False)),
        (49.994, 50.0, (49.99, True)),
        (50.0, 50.005, (50.0, True)),
        (0.0, 5.0, (0.0, True)),
    ],
)
def test_what_is_compared_is_what_is_sent(price, old, sent):
    found = payload(product(variant(incl=price, old_incl=old)))
    assert (found["price"], found["on_sale"]) == sent
    assert ("list_price" in found) is found["on_sale"]
    assert found["variant_list_prices"] == [found.get("list_price", found["price"])]


@pytest.mark.parametrize(
    ("variants", "leader"),
    [
        ([variant(1, incl=None), variant(2, incl=7.0)], 7.0),
        ([variant(1, incl=None, default=True), variant(2, incl=0.0)], 0.0),
        ([variant(1, incl=0.0), variant(2, incl=7.0, stock=0)], 7.0),
        ([variant(1, incl=9.0), variant(2, incl=7.0, tracking="preorder")], 9.0),
        ([variant(1, incl=9.001, stock=0), variant(2, incl=9.0, stock=0)], 9.0),
    ],
)
def test_a_variant_without_a_price_never_leads(variants, leader):
    assert payload(product(*variants))["price"] == leader


def test_a_variant_without_a_price_is_in_no_list():
    one, two = variant(1, incl=None, options=[["Color", "Red"]]), variant(2, stock=3)
    found = payload(product(one, two))
    lists = {name: value for name, value in found.items() if name.startswith("variant_")}
    assert lists["variant_ids"] == [2]
    assert {len(value) for value in lists.values()} == {1}
    assert found["stock"] == 8
    assert not {"price", "on_sale"} & payload(product(one)).keys()
    assert payload(product(one), context(price_tax="excl"))["price"] == 8.26


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("/tent", "tent"),
        ("koepel tent", "koepel%20tent"),
        ("größe-xl", "gr%C3%B6%C3%9Fe-xl"),
        ("50%-korting", "50%25-korting"),
        ("a//b/", "a/b"),
        ("https://www.shop.example/nl/service/about/", "about"),
        ("https://www.shop.example/nl/blogs/news/about/", "about"),
    ],
)
def test_odd_urls_of_every_kind(slug, path):
    c = context(shop=shop(language_in_url=True))
    prefix = "https://www.shop.example/nl/"
    known = path != "about"
    if known:
        assert payload(product(slug=slug), c)["url"] == f"{prefix}{path}.html"
        assert mapping.category_payload(category(1, slug=slug), c)["url"] == f"{prefix}{path}/"
    if known or "service" in slug:
        found = mapping.page_payload({**PAGE, "slug": slug}, c)["url"]
        assert found == f"{prefix}service/{path}/"
    if known or "blogs" in slug:
        article = {**PAGE, "type": "article", "slug": slug, "blog": 3}
        assert mapping.page_payload(article, c)["url"] == f"{prefix}blogs/news/{path}/"


@pytest.mark.parametrize(
    ("price_tax", "b2b", "price"),
    [
        ("shop", False, 10.0),
        ("shop", True, 8.26),
        ("incl", True, 10.0),
        ("excl", False, 8.26),
    ],
)
def test_price_side(price_tax, b2b, price):
    c = context(shop=shop(b2b=b2b), price_tax=price_tax)
    found = payload(product(variant(old_incl=12.0, old_excl=9.92)), c)
    assert found["price"] == price
    assert found["list_price"] == {10.0: 12.0, 8.26: 9.92}[price]
    assert found["variant_prices"] == [price]


# -- stock ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variants", "total", "default"),
    [
        ([variant(1, stock=3), variant(2, stock=4, default=True)], 7, 4),
        ([variant(1, stock=3), variant(2, stock=4)], 7, 3),
        ([variant(1, stock=-3, default=True), variant(2, stock=4)], 4, 0),
        ([variant(1, tracking="disabled", stock=0), variant(2, stock=4)], 5, 1),
        ([variant(1, tracking="disabled", stock=50)], 1, 1),
        ([variant(1, tracking="indicator", stock=-2), variant(2, tracking="indicator")], 5, 0),
        ([], 0, 0),
    ],
)
def test_stock(variants, total, default):
    assert payload(product(*variants))["stock"] == total
    assert payload(product(*variants), context(variant_stock_tracking="no"))["stock"] == default


# -- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "prefix"),
    [
        ({}, "https://www.shop.example/"),
        ({"language_in_url": True}, "https://www.shop.example/nl/"),
        ({"domain": "https://shop.example/"}, "https://shop.example/"),
        ({"domain": " http://shop.example"}, "https://shop.example/"),
    ],
)
def test_urls(changes, prefix):
    c = context(shop=shop(**changes))
    assert payload(product(), c)["url"] == f"{prefix}shirt.html"
    assert mapping.category_payload(TREE[1], c)["url"] == f"{prefix}c1/"
    assert mapping.page_payload(PAGE, c)["url"] == f"{prefix}service/about/"


@pytest.mark.parametrize(
    ("cluster", "size", "image", "url"),
    [
        ("eu1", "300x400x1", [7, "jpg"], "https://cdn.webshopapp.com/shops/1234/files/7/300x400x1"),
        ("us1", "80x90x2", [7, "jpg"], "https://cdn.shoplightspeed.com/shops/1234/files/7/80x90x2"),
    ],
)
def test_image(cluster, size, image, url):
    c = context(shop=shop(cluster=cluster), image_size=size)
    assert payload(product(image=image), c)["image"] == f"{url}/file.jpg"
    assert payload(product(image=[7, "png"]), c)["image"] == f"{url}/file.png"


# -- categories -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "hidden", "sent"),
    [
        ([3], "no", [1, 2, 3]),
        ([3, 6, 2], "no", [1, 2, 3, 6]),
        ([4], "no", [1]),
        ([5], "no", [1]),
        ([5], "yes", [1, 4, 5]),
        ([99], "no", []),
        ([], "no", []),
    ],
)
def test_categories_of_a_product(own, hidden, sent):
    for imported in ("yes", "no"):
        c = context(include_hidden_categories=hidden, import_categories=imported)
        assert payload(product(categories=own), c)["categories"] == sent


def test_category():
    assert mapping.category_payload(TREE[1], context()) == {
        "id": 1,
        "name": "C1",
        "url": "https://www.shop.example/c1/",
        "subcategories": [2],
    }
    shown = context(include_hidden_categories="yes")
    assert mapping.category_payload(TREE[1], shown)["subcategories"] == [2, 4]
    assert mapping.category_payload(TREE[3], context())["subcategories"] == []


def test_circles_and_missing_parents_are_no_trouble():
    tree = {1: category(1, 2), 2: category(2, 1), 3: category(3, 3), 4: category(4, 99)}
    c = context(tree=tree)
    assert payload(product(categories=[1, 3, 4]), c)["categories"] == [1, 2, 3, 4]
    assert mapping.category_payload(tree[3], c)["subcategories"] == []
    assert mapping.category_payload(tree[1], c)["subcategories"] == [2]
    assert mapping.category_payload(tree[2], c)["subcategories"] == []


@given(st.dictionaries(st.integers(1, 12), st.integers(1, 14), max_size=12))
def test_subcategories_hold_no_circle_and_leave_out_nobody(rows):
    tree = {number: category(number, parent) for number, parent in rows.items()}
    c = context(tree=tree)
    below = {n: mapping.category_payload(tree[n], c)["subcategories"] for n in tree}
    listed = [child for children in below.values() for child in children]
    assert len(listed) == len(set(listed))
    roots = tree.keys() - set(listed)
    reached: set[int] = set()
    waiting = list(roots)
    while waiting:
        at = waiting.pop()
        assert at not in reached
        reached.add(at)
        waiting += below[at]
    assert reached == tree.keys()


def test_a_product_deep_down_has_all_that_is_above_it():
    length = 5000
    tree = {n: category(n, n + 1) for n in range(1, length + 1)}
    c = context(tree=tree)
    assert payload(product(categories=[1, 2]), c)["categories"] == list(tree)


def test_a_category_without_a_name_is_left_out_of_its_products():
    tree = {**TREE, 2: category(2, 1, title="")}
    c = context(tree=tree)
    assert payload(product(categories=[3]), c)["categories"] == [1, 3]
    assert mapping.category_payload(TREE[1], c)["subcategories"] == []


# -- variants -------------------------------------------------------------------------------


def test_variant_data_and_stock_are_apart():
    p = product(variant(options=options(Color="Black")))
    data = {"variant_ids", "variant_titles", "variant_skus", "variant_eans", "variant_prices"}
    data |= {"variant_list_prices", "variant_color"}

    def lists(**changes):
        return {name for name in payload(p, context(**changes)) if name.startswith("variant_")}

    assert lists() == data | {"variant_stocks"}
    assert lists(include_variant_data="no") == {"variant_stocks"}
    assert lists(include_variant_stock="no") == data
    assert lists(include_variant_stock="no", include_variant_data="no") == set()


def test_options_keep_their_place():
    found = payload(
        product(
            variant(1, options=options(Color="Black")),
            variant(2, title="odd"),
            variant(3, options=options(color="Red", Size="M")),
        )
    )
    assert found["variant_color"] == ["Black", "", "Red"]
    assert found["variant_size"] == ["", "", "M"]


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("Color", "variant_color"),
        ("Größe (EU)", "variant_groesse_eu"),
        ("IDs", "variant_ids_attr"),
        ("Stocks", "variant_stocks_attr"),
        ("List prices", "variant_list_prices_attr"),
    ],
)
def test_option_names(option, name):
    found = payload(product(variant(options=[[option, "x"]])))
    assert found[name] == ["x"]
    assert found["variant_ids"] == [11]


# -- attributes -----------------------------------------------------------------------------


def shop_filter(number, title, active=True):
    return {"id": number, "title": title, "active": active}


def values(number, title, *texts):
    return {"id": number, "title": title, "values": list(texts)}


def spec(number, name, value):
    return {"id": number, "name": name, "value": value}


def attributes(p, extra=None, **changes):
    """What a product gets beside the fields that any product has."""
    common = payload(p, context(auto_detect_attributes="no"), extra)
    return {k: v for k, v in payload(p, context(**changes), extra).items() if k not in common}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Color", "color"),
        ("Colors", "colors"),
        ("Gender", "gender"),
        ("Keywords", "keywords"),
        ("Größe / EU-Maß", "groesse_eu_mass"),
        ("Årgang", "argang"),
        ("Matière  première!", "matiere_premiere"),
        ("Stock", "stock_attr"),
        ("NAME", "name_attr"),
        ("Brand", "brand_attr"),
        ("Tags", "tags_attr"),
        ("Age", "age_attr"),
        ("Index", "index_attr"),
        ("Review count", "review_count_attr"),
        ("Variant color", "variant_color_attr"),
        ("Variant", "variant"),
        ("色", "attr_7"),
        ("--", "attr_7"),
        ("4K", "4k"),
    ],
)
def test_names_of_filters(title, name):
    p = product(filters=[values(7, title, "a", "b")])
    assert attributes(p, filters={7: shop_filter(7, title)}) == {name: ["a", "b"]}


def test_active_filters_of_the_shop():
    p = product(
        filters=[
            values(1, "Color", "Red"),
            values(2, "Fit", "Slim"),
            values(3, "Empty"),
            values(9, "Gone", "x"),
        ]
    )
    filters = {
        1: shop_filter(1, "Color"),
        2: shop_filter(2, "Fit", active=False),
        3: shop_filter(3, "Empty"),
    }
    assert attributes(p, filters=filters) == {"color": ["Red"]}
    assert attributes(p, filters=filters, auto_detect_attributes="no") == {}
    assert attributes(p) == {"color": ["Red"], "fit": ["Slim"], "gone": ["x"]}
    renamed = {1: shop_filter(1, "Kleur")}
    assert attributes(p, filters=renamed) == {"kleur": ["Red"]}


def test_two_filters_of_one_name_give_one_list():
    p = product(filters=[values(1, "Color", "Red", "Blue"), values(2, "color", "Blue", "Green")])
    assert attributes(p) == {"color": ["Red", "Blue", "Green"]}


SALE = ProductExtra(tags=frozenset({"Sale"}))


@pytest.mark.parametrize(
    ("changes", "custom", "expected"),
    [
        ({"specs": [spec(1, "Material", "Wool")]}, "material", {"material": "Wool"}),
        ({"specs": [spec(1, "Material", "Wool")]}, "MATERIAL", {"material": "Wool"}),
        ({"specs": [spec(1, "Größe", "12")]}, "groesse", {"groesse": "12"}),
        ({"specs": [spec(1, "Width", "12")]}, "Width", {"width": "12"}),
        ({"specs": [spec(1, "Material", "")]}, "material", {}),
        (
            {"specs": [spec(1, "Fit", "a"), spec(2, "fit", "b"), spec(3, "FIT", "a")]},
            "fit",
            {"fit": ["a", "b"]},
        ),
        ({"specs": [spec(1, "Stock", "plenty")]}, "stock", {"stock_attr": "plenty"}),
        ({"specs": [spec(1, "Gender", "men")]}, "gender", {"gender": "men"}),
        ({"specs": [spec(1, "素材", "wool")]}, "素材", {"attr_1": "wool"}),
        ({"data": ["x", "", "z"]}, "data01, data02, Data03", {"data01": "x", "data03": "z"}),
        ({"filters": [values(1, "Fit", "Slim")]}, "fit", {"fit": "Slim"}),
        ({"filters": [values(1, "Fit", "Slim", "Wide")]}, "fit", {"fit": ["Slim", "Wide"]}),
        (
            {
                "variants": [
                    variant(1, options=options(Size="L")),
                    variant(2, options=options(Size="M")),
                    variant(3, options=options(size="L")),
                ]
            },
            "size",
            {"size": ["L", "M"]},
        ),
        ({"variants": [variant(1, options=options(Size="L"))]}, "size", {"size": ["L"]}),
        ({}, "nothing", {}),
        ({}, "", {}),
    ],
)
def test_custom_attributes(changes, custom, expected):
    p = product(**changes)
    assert attributes(p, custom_attributes=custom, auto_detect_attributes="no") == expected


def test_of_several_kinds_the_first_counts():
    everywhere = {
        "filters": [values(1, "Sale", "filter")],
        "specs": [spec(1, "Sale", "specification")],
        "variants": [variant(options=options(Sale="option"))],
    }
    order = []
    while everywhere:
        p = product(**everywhere)
        order.append(attributes(p, SALE, custom_attributes="sale", filters={})["sale"])
        everywhere.pop(next(iter(everywhere)))
    assert order == ["filter", "specification", True]
    p = product(variant(options=options(data01="option")), data=["data", "", ""])
    assert attributes(p, custom_attributes="data01")["data01"] == "data"


def test_an_empty_source_lets_the_next_one_in():
    p = product(filters=[values(1, "Fit")], specs=[spec(1, "Fit", "Slim")])
    assert attributes(p, custom_attributes="fit") == {"fit": "Slim"}


def test_a_filter_that_is_sent_anyway_stays_a_list():
    p = product(filters=[values(1, "Fit", "Slim")], specs=[spec(1, "Fit", "Wide")])
    assert attributes(p, custom_attributes="fit") == {"fit": ["Slim"]}


def test_a_tag_is_true_or_false_on_every_product():
    assert attributes(product(), SALE, tags=["Sale"], custom_attributes="sale") == {"sale": True}
    assert attributes(product(), tags=["Sale"], custom_attributes="SALE") == {"sale": False}
    assert attributes(product(), tags=["New"], custom_attributes="sale") == {}
    assert attributes(product(), SALE, tags=["Sale"]) == {}
    both = product(specs=[spec(1, "Sale", "half")])
    assert attributes(both, tags=["Sale"], custom_attributes="sale") == {"sale": "half"}


def test_a_tag_without_letters_is_called_after_the_smallest_id_of_its_name():
    star = ProductExtra(tags=frozenset({"★"}))
    tags = {"★": 9, "★\u200b": 7}
    assert attributes(product(), star, tags=tags, custom_attributes="★") == {"attr_7": True}
    assert attributes(product(), tags=tags, custom_attributes="★\u00ad") == {"attr_7": False}
    spec_too = product(specs=[spec(3, "★", "v")])
    assert attributes(spec_too, tags=tags, custom_attributes="★") == {"attr_3": "v"}
    one, other = (context(custom_attributes="★", tags={"★": number}) for number in (7, 8))
    assert mapping.mapping_key("products", one) != mapping.mapping_key("products", other)


@pytest.mark.parametrize(
    ("typed", "title", "name"),
    [
        ("Wasch\u00admaschine", "Waschmaschine", "waschmaschine"),
        ("Gr&ouml;&szlig;e", "Größe", "groesse"),
        ("A &amp; B", "A & B", "a_b"),
        ("\u200bColor", "Color", "color"),
    ],
)
def test_an_attribute_pasted_as_the_shop_has_it_has_the_name_of_the_shown_one(typed, title, name):
    p = product(specs=[spec(1, title, "v")])
    assert attributes(p, custom_attributes=typed) == {name: "v"}
    assert attributes(p, custom_attributes=title) == {name: "v"}


def test_an_attribute_never_replaces_a_field_of_its_own():
    hostile = product(
        variant(options=options(Color="Black")),
        filters=[
            values(1, "Price", "free"),
            values(2, "variant ids", "x", "y"),
            values(3, "variant_color", "x", "y"),
        ],
    )
    found = payload(hostile)
    assert found["price"] == 10.0
    assert found["variant_ids"] == [11]
    assert found["variant_color"] == ["Black"]
    assert found["price_attr"] == ["free"]
    assert found["variant_ids_attr"] == ["x", "y"]


# -- reviews --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (ProductExtra(4.333333, 3), (4.33, 3)),
        (ProductExtra(4.665, 200), (4.67, 200)),
        (ProductExtra(5.0, 1), (5.0, 1)),
        (ProductExtra(None, 0), (None, None)),
        (ProductExtra(), (None, None)),
    ],
)
def test_review_score(extra, expected):
    found = payload(product(), context(include_review_score="yes"), extra)
    assert (found.get("rating"), found.get("review_count")) == expected
    assert "rating" not in payload(product(), context(), extra)


# -- money ----------------------------------------------------------------------------------


def exact(price, quantity=1):
    cents = (Decimal(repr(price)) / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return float(cents)


@pytest.mark.parametrize(
    ("price", "rounded"),
    [
        (0.0, 0.0),
        (1.005, 1.01),
        (2.675, 2.68),
        (1.115, 1.12),
        (0.285, 0.29),
        (2.8843, 2.88),
        (8.2645, 8.26),
        (9.995, 10.0),
        (0.004, 0.0),
        (0.005, 0.01),
        (-1.005, -1.01),
        (4.35, 4.35),
        (1e15, 1e15),
        (1e300, 1e300),
    ],
)
def test_money(price, rounded):
    assert money(price) == rounded


@settings(max_examples=1000)
@example(price=1e6 - 0.005)
@example(price=1e6 + 0.125)
@example(price=-0.0)
@given(
    st.floats(-1e9, 1e9)
    | st.integers(-(10**9), 10**9).map(lambda mills: mills / 1000)
    | st.integers(0, 10**7).map(lambda n: n / 10_000)
)
def test_money_is_what_the_decimal_form_gives(price):
    assert money(price) == exact(price)
    assert not str(money(price)).startswith("-0.0") or money(price) < 0


@settings(max_examples=1000)
@given(st.integers(0, 10**8).map(lambda n: n / 1000) | st.floats(0, 1e7), st.integers(1, 400))
def test_unit_prices_are_rounded_once(total, quantity):
    assert unit_price(total, quantity) == exact(total, quantity)


# -- orders ---------------------------------------------------------------------------------


def line(number=1, product=5, quantity=1, returned=0, excl=8.26, incl=10.0):
    amounts = {"quantity": quantity, "returned": returned, "excl": excl, "incl": incl}
    return {"id": number, "product": product, **amounts}


@pytest.mark.parametrize(
    ("lines", "items"),
    [
        ([line(quantity=6, incl=44.1)], [(5, 6, 7.35)]),
        ([line(quantity=3, incl=10.0)], [(5, 3, 3.33)]),
        ([line(quantity=2, incl=0.01)], [(5, 2, 0.01)]),
        ([line(quantity=8, incl=0.9)], [(5, 8, 0.11)]),
        ([line(incl=0.0)], [(5, 1, 0.0)]),
        ([line(1), line(2, quantity=2, incl=20.0)], [(5, 3, 10.0)]),
        ([line(1), line(2, incl=10.004)], [(5, 2, 10.0)]),
        ([line(1), line(2, incl=11.0)], [(5, 1, 10.0), (5, 1, 11.0)]),
        ([line(1, product=6), line(2), line(3, product=6)], [(6, 2, 10.0), (5, 1, 10.0)]),
        ([line(product=None)], []),
        ([line(quantity=0)], []),
        ([line(quantity=-1)], []),
        ([line(quantity=-0.5)], []),
        ([line(quantity=None)], []),
        ([line(quantity=1.5, incl=15.0)], [(5, 2, 7.5)]),
        ([line(quantity=2.5, incl=15.0)], [(5, 3, 5.0)]),
        ([line(quantity=2.4, incl=15.0)], [(5, 2, 7.5)]),
        ([line(quantity=0.2, incl=15.0)], [(5, 1, 15.0)]),
        ([line(1, product=None), line(2)], [(5, 1, 10.0)]),
        ([], []),
    ],
)
def test_order_items(lines, items):
    expected = [{"id": p, "quantity": n, "price": price} for p, n, price in items]
    assert mapping.order_items(lines, "incl") == expected


FRACTIONS = st.integers(1, 10**6).map(lambda n: n / 1000) | st.floats(1e-9, 1e6)


@settings(max_examples=300)
@given(FRACTIONS, st.integers(1, 10**7).map(lambda cents: cents / 100))
def test_a_fraction_is_sent_as_whole_pieces_that_cost_what_the_line_does(quantity, total):
    (item,) = mapping.order_items([line(quantity=quantity, incl=total)], "incl")
    pieces = item["quantity"]
    assert type(pieces) is int
    assert pieces >= 1
    assert abs(pieces - quantity) <= 0.5 or pieces == 1
    assert item["price"] == exact(total, pieces)


@pytest.mark.parametrize(
    ("changes", "incl", "excl", "uncounted"),
    [
        ({}, False, False, False),
        ({"incl": None}, True, False, False),
        ({"excl": None, "quantity": 0.5}, False, True, False),
        ({"incl": None, "excl": None, "quantity": 0}, False, False, False),
        ({"quantity": None}, False, False, True),
        ({"quantity": None, "incl": None}, True, False, True),
        ({"quantity": None, "incl": None, "product": None}, False, False, False),
    ],
)
def test_what_a_line_lacks_that_has_to_be_sent(changes, incl, excl, uncounted):
    lines = [line(), line(2, **changes)]
    assert mapping.unpriced(lines, "incl") is incl
    assert mapping.unpriced(lines, "excl") is excl
    assert mapping.uncounted(lines) is uncounted


def test_items_by_the_other_side_and_free_text_lines():
    lines = [line(quantity=2, excl=16.52), line(2, product=None), line(3, quantity=0)]
    assert mapping.order_items(lines, "excl") == [{"id": 5, "quantity": 2, "price": 8.26}]
    assert mapping.skipped_lines(lines) == 1


@pytest.mark.parametrize(
    ("lines", "returns", "wholly"),
    [
        ([line(1, returned=1)], {}, True),
        ([line(1)], {}, False),
        ([line(1)], {1: 1}, True),
        ([line(1, quantity=3, returned=1)], {1: 2}, False),
        ([line(1, quantity=3, returned=1)], {1: 3}, True),
        ([line(1, quantity=3, returned=3)], {1: 1}, True),
        ([line(1, returned=1), line(2)], {}, False),
        ([line(1, returned=1), line(2)], {2: 1}, True),
        ([line(1, returned=1), line(2, quantity=0)], {}, True),
        ([line(1)], {9: 5}, False),
        ([line(1, quantity=2, returned=5)], {}, True),
        ([line(1, quantity=0)], {}, False),
        ([line(1, quantity=1.5, returned=1)], {}, False),
        ([line(1, quantity=1.5, returned=1.5)], {}, True),
        ([line(1, quantity=0.3)], {1: 0.1 + 0.1 + 0.1}, True),
        ([line(1, quantity=0.8)], {1: 0.7 + 0.1}, True),
        ([line(1, returned=0.5)], {}, False),
        ([line(1, quantity=1e-10)], {}, False),
        ([line(1, quantity=10**9, returned=10**9 - 1)], {}, False),
        ([line(1, quantity=None, returned=5)], {1: 5}, False),
        ([line(1, returned=1), line(2, quantity=None, returned=1)], {}, False),
        ([line(1, returned=1), line(2, quantity=None, product=None)], {}, True),
        ([], {}, False),
    ],
)
def test_wholly_returned(lines, returns, wholly):
    assert mapping.wholly_returned(lines, returns) is wholly


@pytest.mark.parametrize(
    ("status", "shipment", "pickup", "returned", "expected"),
    [
        ("completed_shipped", "not_shipped", False, False, "SENT"),
        ("completed_picked_up", "not_shipped", True, False, "DELIVERED"),
        ("completed", "not_shipped", True, False, "DELIVERED"),
        ("completed", "shipped", True, False, "DELIVERED"),
        ("completed", "shipped", False, False, "SENT"),
        ("completed", "partially_shipped", False, False, "CONFIRMED"),
        ("completed", "", False, False, "CONFIRMED"),
        ("cancelled", "shipped", False, False, "CANCELLED"),
        ("processing_awaiting_shipment", "shipped", True, False, "CONFIRMED"),
        ("never heard of", "", False, False, "CONFIRMED"),
        ("completed_shipped", "shipped", False, True, "RETURNED"),
        ("processing", "", False, True, "RETURNED"),
        ("cancelled", "", False, True, "CANCELLED"),
        ("canceled", "shipped", False, False, "CANCELLED"),
        ("Canceled", "", False, True, "CANCELLED"),
        ("Completed Shipped", "", False, False, "SENT"),
    ],
)
def test_order_status(status, shipment, pickup, returned, expected):
    assert mapping.order_status(status, shipment, pickup, returned) == expected


def order(c, **changes):
    plain = {"id": 7, "number": "0042", "created": 9, "customer": 3, "email": "jan@shop.example"}
    return mapping.order_payload(**{**plain, "status": "SENT", "items": [], **changes}, c=c)


def test_order():
    items = [{"id": 5, "quantity": 1, "price": 10.0}]
    common = {"products": items, "time": 9, "status": "SENT"}
    assert order(context(), items=items) == {**common, "id": "0042", "customer": 3}
    assert order(context(order_id="id", collect_emails="yes"), items=items, customer=None) == {
        **common,
        "id": 7,
        "email": "jan@shop.example",
    }
    assert "email" not in order(context(collect_emails="yes"), email="")
    stored = orjson.Fragment(orjson.dumps(items))
    sent = mapping.payload_bytes(order(context(), items=stored))
    assert orjson.loads(sent) == order(context(), items=items)
    assert mapping.payload_bytes(orjson.loads(sent)) == sent


@pytest.mark.parametrize(
    ("order_id", "number", "key"),
    [("number", "ORD1", "ORD1"), ("number", "12", "12"), ("number", "", "7"), ("id", "ORD1", 7)],
)
def test_order_key(order_id, number, key):
    assert mapping.order_key(7, number, DEFAULTS.changed({"order_id": order_id})) == key


# -- customers and pages --------------------------------------------------------------------

CUSTOMER = {
    "id": 3,
    "email": "Jan@Shop.example",
    "name": "Jan van Dam",
    "company": "Dam BV",
    "zip": "7511 AA",
    "gender": "male",
    "is_company": True,
    "created": 0,
    "updated": 0,
    "type": "registered",
}


def customer(c=None, subscribed=False, **changes):
    return mapping.customer_payload({**CUSTOMER, **changes}, subscribed, c or context())


def test_customer():
    plain = {
        "customerid": 3,
        "name": "Jan van Dam",
        "subscribed": False,
        "zip": "7511 AA",
        "gender": "male",
        "is_b2b": True,
    }
    assert customer() == plain
    with_mail = {**plain, "subscribed": True, "email": "Jan@Shop.example"}
    assert customer(context(collect_emails="yes"), subscribed=True) == with_mail
    assert customer(name="", company="", zip="", gender="", is_company=False) == {
        "customerid": 3,
        "subscribed": False,
        "is_b2b": False,
    }
    assert customer(name="")["name"] == "Dam BV"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Jan Dam", "Jan Dam"),
        ("jan@shop.example", ""),
        ("JAN@SHOP.EXAMPLE", ""),
        ("Jan Dam (jan@shop.example)", "Jan Dam"),
        ("Jan jan@other.example Dam", "Jan Dam"),
        ("jan @ shop.example", ""),
        ("ｊａｎ＠ｓｈｏｐ．ｅｘａｍｐｌｅ", ""),
        ("Bar @home", "Bar @home"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_no_address_goes_as_a_name(text, left):
    assert without_emails(text, "Jan@Shop.example") == left
    assert customer(name=text)["name"] == (left or "Dam BV")
    assert customer(context(collect_emails="yes"), name=text or "x")["name"] == text or "x"


PAGE = {
    "id": "textpage-12",
    "type": "textpage",
    "visible": True,
    "published": True,
    "published_at": None,
    "slug": "about",
    "blog": None,
    "title": "About",
    "text": "Us",
    "language": None,
    "created": 0,
    "updated": 0,
}


def test_pages():
    assert mapping.page_payload(PAGE, context()) == {
        "id": "textpage-12",
        "type": "textpage",
        "url": "https://www.shop.example/service/about/",
        "title": "About",
        "text": "Us",
    }
    article = {**PAGE, "id": "article-7", "type": "article", "blog": 3, "slug": "opening"}
    sent = mapping.page_payload(article, context())
    assert (sent["id"], sent["type"]) == ("article-7", "article")
    assert sent["url"] == "https://www.shop.example/blogs/news/opening/"
    lost = mapping.page_payload({**article, "blog": 9}, context())
    assert lost["url"] == "https://www.shop.example/blogs/opening/"


# -- bytes, keys, sources -------------------------------------------------------------------


def test_bytes_do_not_depend_on_the_order_of_fields():
    one, other = {"b": 1, "a": [1.0]}, {"a": [1.0], "b": 1}
    assert mapping.payload_bytes(one) == mapping.payload_bytes(other) == b'{"a":[1.0],"b":1}'
    digest = mapping.payload_hash(mapping.payload_bytes(one))
    assert len(digest) == 16
    assert digest != mapping.payload_hash(b"{}")


DECIDES_WHO_GOES = {
    "include_out_of_stock": "yes",
    "include_free_products": "yes",
    "include_orders": "all",
    "accepted_order_statuses": "on_hold",
    "include_customers": "yes",
    "include_pages": "yes",
    "import_products": "no",
    "import_categories": "no",
    "import_orders": "no",
    "import_customers": "no",
    "import_pages": "no",
    "sync_time": "7",
    "page_size": "50",
    "removed_products": "hide",
    "removal_limit_percent": "50",
    "removal_limit_min": "1",
}
CHANGES_PAYLOADS = {
    "auto_detect_attributes": ("no", {"products"}),
    "custom_attributes": ("material", {"products"}),
    "image_size": ("80x80x1", {"products"}),
    "collect_emails": ("yes", {"orders", "customers"}),
    "include_review_score": ("yes", {"products"}),
    "include_hidden_categories": ("yes", {"products", "categories"}),
    "include_variant_data": ("no", {"products"}),
    "include_variant_stock": ("no", {"products"}),
    "variant_stock_tracking": ("no", {"products"}),
    "price_tax": ("excl", {"products", "orders"}),
    "order_id": ("id", {"orders"}),
}


def keys(c):
    return {entity: mapping.mapping_key(entity, c) for entity in ENTITIES}


def changed_keys(c):
    before, after = keys(context()), keys(c)
    return {entity for entity in ENTITIES if before[entity] != after[entity]}


def test_every_setting_is_known_to_change_payloads_or_not():
    assert DECIDES_WHO_GOES.keys() | CHANGES_PAYLOADS.keys() == SETTINGS.keys()
    for key, value in DECIDES_WHO_GOES.items():
        assert changed_keys(context(**{key: value})) == set(), key
    for key, (value, entities) in CHANGES_PAYLOADS.items():
        assert changed_keys(context(**{key: value})) == entities, key


@pytest.mark.parametrize(
    ("changes", "entities"),
    [
        ({"shop": shop(domain="other.example")}, {"products", "categories", "pages"}),
        ({"shop": shop(language_in_url=True)}, {"products", "categories", "pages"}),
        ({"shop": shop(cluster="us1")}, {"products"}),
        ({"shop": shop(id=2)}, {"products"}),
        ({"shop": shop(b2b=True)}, {"products", "orders"}),
        ({"shop": shop(b2b=True), "price_tax": "incl"}, set()),
        ({"price_tax": "incl"}, set()),
        ({"tree": {**TREE, 4: category(4, 1)}}, {"products", "categories"}),
        ({"tree": {**TREE, 6: category(6, title="new")}}, set()),
        ({"filters": {1: shop_filter(1, "Color")}}, {"products"}),
        ({"tags": ["Sale"]}, set()),
    ],
)
def test_what_else_moves_a_key(changes, entities):
    assert changed_keys(context(**changes)) == entities


def test_filters_and_tags_count_only_where_they_are_used():
    def key(**changes):
        return mapping.mapping_key("products", context(**changes))

    color, fit = {1: shop_filter(1, "Color")}, {1: shop_filter(1, "Fit")}
    assert key(filters=color) != key(filters=fit)
    assert key(filters={1: shop_filter(1, "Color", active=False)}) == key(filters={})
    off = {"auto_detect_attributes": "no"}
    assert key(filters=color, **off) == key(filters=fit, **off)
    assert key(tags=["Sale"], custom_attributes="sale") != key(custom_attributes="sale")
    blogs = mapping.context(SHOP, DEFAULTS, TREE, None, {})
    assert changed_keys(blogs) == {"pages"}


def test_attributes_that_share_a_name_or_get_another_are_told():
    filters = {
        1: shop_filter(1, "Color"),
        2: shop_filter(2, "Stock"),
        3: shop_filter(3, "colour"),
        4: shop_filter(4, "COLOR"),
        5: shop_filter(5, "Off", active=False),
    }
    c = context(filters=filters, custom_attributes="Material, Stock")
    shared = ("shared", "color", (("filter", "Color"), ("filter", "COLOR")))
    renamed = ("renamed", "stock_attr", (("filter", "Stock"),))
    assert mapping.collisions(c) == [shared, renamed]
    p = product(specs=[spec(1, "stock", "x"), spec(2, "Off", "y")], data=["x", "", ""])
    both = (("filter", "Stock"), ("specification", "stock"))
    assert mapping.collisions(c, [p]) == [
        shared,
        ("renamed", "stock_attr", both),
        ("shared", "stock_attr", both),
    ]


def test_where_custom_attributes_are_found():
    c = context(custom_attributes="material, Sale, Matreial, fit, data02, size")
    products = [
        product(
            variant(options=options(Size="M")),
            id=1,
            specs=[spec(1, "Material", "Wool")],
            filters=[values(1, "Fit", "Slim", "Wide", "Tight", "Loose")],
        ),
        product(id=2, specs=[spec(1, "Material", ""), spec(2, "Fit", "Slim")]),
        product(id=3, specs=[spec(1, "Material", "Wool")]),
        product(id=4),
    ]
    found = mapping.attribute_sources(products, c, {3: ["Sale"], 4: ["New"]})
    rows = [(use.typed, use.name, dict(use.kinds), use.filled, use.samples) for use in found]
    assert rows == [
        ("material", "material", {"specification": 2}, 2, ["Wool"]),
        ("Sale", "sale", {"tag": 1}, 1, ["true"]),
        ("Matreial", "matreial", {}, 0, []),
        ("fit", "fit", {"filter": 1, "specification": 1}, 2, ["Slim", "Wide", "Tight"]),
        ("data02", "data02", {}, 0, []),
        ("size", "size", {"option": 1}, 1, ["M"]),
    ]
    assert {use.total for use in found} == {4}
    assert {use.typed: use.nearest for use in found if use.nearest} == {"Matreial": "Material"}


def test_field_sources():
    p = product(
        variant(options=options(Size="M")),
        title="",
        specs=[spec(1, "Material", "Wool")],
        filters=[values(1, "Stock", "Yes")],
    )
    c = context(custom_attributes="material", price_tax="excl")
    sent = payload(p, c)
    found = mapping.field_sources("products", sent, c, p)
    assert found.keys() == sent.keys()
    assert found["price"] == ("variants.priceExcl", "price_tax")
    assert found["name"] == ("fulltitle", None)
    assert found["variant_size"] == ("variants.title", "include_variant_data")
    assert found["material"] == ("specification Material", "custom_attributes")
    assert found["stock_attr"] == ("filter Stock", "auto_detect_attributes")
    mail = context(collect_emails="yes", price_tax="excl")
    for entity, whole in [
        ("orders", order(mail)),
        ("customers", customer(mail)),
        ("categories", mapping.category_payload(TREE[1], mail)),
        ("pages", mapping.page_payload(PAGE, mail)),
    ]:
        assert mapping.field_sources(entity, whole, mail).keys() == whole.keys()


# -- properties -----------------------------------------------------------------------------

NAMES = st.sampled_from(
    ["Color", "color", "Stock", "Größe", "色", "", "variant ids", "IDs", "Name", "data01", "Sale"]
) | st.text(max_size=6)
TEXTS = st.sampled_from(["", "a", "Wool"]) | st.text(max_size=4)
PRICES = st.integers(0, 100_000).map(lambda n: n / 1000)
VARIANTS = st.builds(
    variant,
    st.integers(1, 10**9),
    default=st.booleans(),
    sku=TEXTS,
    ean=TEXTS,
    title=TEXTS,
    options=st.lists(st.lists(NAMES, min_size=2, max_size=2), max_size=2),
    excl=PRICES,
    incl=PRICES,
    old_excl=PRICES,
    old_incl=PRICES,
    tracking=st.sampled_from(["enabled", "disabled", "indicator", ""]),
    stock=st.integers(-5, 5),
)
PRODUCTS = st.builds(
    lambda variants, **changes: product(*variants, **changes),
    st.lists(VARIANTS, max_size=4),
    title=TEXTS,
    text=TEXTS,
    slug=TEXTS,
    brand=TEXTS,
    image=st.none() | st.just([7, "jpg"]),
    categories=st.lists(st.integers(1, 8)),
    filters=st.lists(
        st.builds(lambda i, t, v: values(i, t, *v), st.integers(1, 9), NAMES, st.lists(TEXTS))
    ),
    specs=st.lists(st.builds(spec, st.integers(1, 9), NAMES, TEXTS)),
    data=st.lists(TEXTS, min_size=3, max_size=3),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "auto_detect_attributes": st.sampled_from(["yes", "no"]),
        "custom_attributes": st.sampled_from(["", "color, stock, data01", "Sale, 色, größe"]),
        "include_hidden_categories": st.sampled_from(["yes", "no"]),
        "include_variant_data": st.sampled_from(["yes", "no"]),
        "include_variant_stock": st.sampled_from(["yes", "no"]),
        "variant_stock_tracking": st.sampled_from(["yes", "no"]),
        "include_review_score": st.sampled_from(["yes", "no"]),
        "price_tax": st.sampled_from(["shop", "incl", "excl"]),
        "image_size": st.sampled_from(["300x400x1", "10x10x2"]),
        "collect_emails": st.sampled_from(["yes", "no"]),
        "order_id": st.sampled_from(["number", "id"]),
        "include_out_of_stock": st.sampled_from(["yes", "no"]),
    },
)
EXTRAS = st.builds(
    ProductExtra,
    st.floats(1, 5),
    st.integers(0, 9),
    st.frozensets(st.sampled_from(["Sale", "New", "色"])),
)
FILTERS = st.none() | st.dictionaries(st.integers(1, 9), st.tuples(NAMES, st.booleans())).map(
    lambda rows: {number: shop_filter(number, *row) for number, row in rows.items()}
)
TAGS = st.lists(st.sampled_from(["Sale", "New"]), unique=True)


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


@settings(max_examples=300, deadline=None)
@given(PRODUCTS, EXTRAS, CHANGES, FILTERS, TAGS)
def test_any_product_keeps_the_shape(p, extra, changes, filters, tags):
    c = context(filters=filters, tags=tags, **changes)
    sent = payload(p, c, extra)
    assert orjson.loads(mapping.payload_bytes(sent)) == sent
    assert all(re.fullmatch("[a-z0-9_]+", name) for name in sent)
    assert all(leaf is not None for leaf in leaves(sent))
    assert all(value not in ("", []) for name, value in sent.items() if name not in KEPT)
    assert type(sent["id"]) is int
    assert sent["categories"] == sorted(set(sent["categories"]))
    lists = [v for name, v in sent.items() if name.startswith("variant_") and own(name)]
    assert all(len(values) == len(p["variants"]) for values in lists)
    assert sent.get("on_sale", False) == ("list_price" in sent)
    assert sent["stock"] >= 0
    assert mapping.field_sources("products", sent, c, p, extra).keys() == sent.keys()


KEPT = {"description", "categories"}


def own(name):
    return not name.endswith("_attr")


@settings(max_examples=300, deadline=None)
@given(PRODUCTS, EXTRAS, CHANGES, CHANGES, FILTERS, FILTERS, TAGS, TAGS)
def test_equal_keys_and_an_equal_record_give_equal_payloads(
    p, extra, one, other, filters, other_filters, tags, other_tags
):
    before = context(filters=filters, tags=tags, **one)
    after = context(filters=other_filters, tags=other_tags, **other)
    if mapping.mapping_key("products", before) == mapping.mapping_key("products", after):
        assert payload(p, before, extra) == payload(p, after, extra)
    made = [
        ("orders", order(before), order(after)),
        ("customers", customer(before), customer(after)),
        *(
            ("categories", mapping.category_payload(row, before), category_after)
            for row in TREE.values()
            for category_after in [mapping.category_payload(row, after)]
        ),
    ]
    for entity, first, second in made:
        if mapping.mapping_key(entity, before) == mapping.mapping_key(entity, after):
            assert first == second


ADDRESS = st.from_regex(r"[A-Za-z0-9.]{1,8}@[a-z0-9]{1,8}\.(nl|example)", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(ADDRESS, st.data())
def test_without_collect_emails_no_address_leaves(address, data):
    written = st.sampled_from([address, address.upper(), address.replace("@", " @ "), "Jan"])
    texts = st.lists(written | TEXTS, max_size=3).map(" ".join)
    fields = {name: data.draw(texts) for name in ("name", "company", "zip", "gender")}
    sent = customer(email=address, **fields)
    bare = address.casefold()
    for leaf in leaves([sent, order(context(), email=address)]):
        assert bare not in "".join(str(leaf).casefold().split())


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            line,
            st.integers(1, 99),
            st.none() | st.integers(1, 3),
            st.integers(-1, 4),
            st.integers(0, 4),
            PRICES,
            PRICES,
        )
    )
)
def test_joined_lines_keep_quantities_and_products(lines):
    items = mapping.order_items(lines, "incl")
    sold = [each for each in lines if each["product"] is not None and each["quantity"] > 0]
    assert sum(item["quantity"] for item in items) == sum(each["quantity"] for each in sold)
    assert {item["id"] for item in items} == {each["product"] for each in sold}
    pairs = [(item["id"], item["price"]) for item in items]
    assert len(pairs) == len(set(pairs))
