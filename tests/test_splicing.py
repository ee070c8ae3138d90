"""A payload changed within its bytes is the one that would be made anew."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import mapping
from sync.mapping import ProductExtra, payload_bytes, product_payload, product_splicer
from tests.test_mapping import context, product, variant

# What could be taken for a field of the payload, or end one.
TRAPS = st.sampled_from(
    [
        '"image":',
        ',"image":"x"',
        "image",
        'a","image":"b',
        '\\"image\\":',
        "}",
        "{",
        '"stock":1,',
        "é",
    ]
)
TEXTS = st.lists(TRAPS | st.text(max_size=4), max_size=4).map("".join)
PRICES = st.sampled_from([None, 0.0, 9.95, 10.0, 12.1, 1e-5, 1e16])
VARIANTS = st.lists(
    st.builds(
        lambda incl, excl, stock, sku, name: variant(
            incl=incl, excl=excl, stock=stock, sku=sku, options=[[name, sku]] if name else []
        ),
        *(PRICES, PRICES, st.integers(-2, 3), TEXTS, TEXTS),
    ),
    max_size=3,
)
PRODUCTS = st.builds(
    lambda variants, title, text, specs, image: product(
        *variants,
        title=title,
        text=text,
        specs=[{"id": n, "name": name, "value": value} for n, (name, value) in enumerate(specs)],
        image=image,
    ),
    *(VARIANTS, TEXTS, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=3)),
    st.sampled_from([None, [7, "jpg"], [12, "png"]]),
)
SETTINGS = st.fixed_dictionaries(
    {"auto_detect_attributes": st.sampled_from(["yes", "no"])},
    optional={
        "image_size": st.sampled_from(["300x400x1", "90x90x2"]),
        "price_tax": st.sampled_from(["incl", "excl"]),
        "variant_stock_tracking": st.sampled_from(["yes", "no"]),
        "include_review_score": st.sampled_from(["yes", "no"]),
        "include_variant_data": st.sampled_from(["yes", "no"]),
        "include_hidden_categories": st.sampled_from(["yes", "no"]),
    },
)
EXTRAS = st.builds(ProductExtra, st.sampled_from([None, 4.5, 5.0]), st.integers(0, 2))


@given(p=PRODUCTS, extra=EXTRAS, before=SETTINGS, now=SETTINGS)
@example(
    p=product(variant(incl=10.0, excl=9.0), title='"image":'),
    extra=ProductExtra(),
    before={"image_size": "300x400x1"},
    now={"image_size": "90x90x2"},
)
def test_what_is_spliced_is_what_would_be_made(p, extra, before, now):
    then, later = context(**before), context(**now)
    sent = payload_bytes(product_payload(p, extra, then))
    spliced = product_splicer(then, later)(p, extra, sent)
    assert spliced in (None, payload_bytes(product_payload(p, extra, later)))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"image_size": "300x400x1"}, {"image_size": "90x90x2"}),
        ({"price_tax": "incl", "include_variant_data": "no"}, {"image_size": "90x90x2"}),
        ({"variant_stock_tracking": "yes"}, {"variant_stock_tracking": "no"}),
        ({}, {}),
    ],
)
def test_a_plain_product_is_spliced_where_only_values_change(before, now):
    p = product(variant(incl=10.0, excl=8.26, stock=2), variant(12, incl=11.0, excl=9.09, stock=5))
    then, later = (context(**{"include_variant_data": "no", **each}) for each in (before, now))
    sent = payload_bytes(product_payload(p, ProductExtra(), then))
    spliced = product_splicer(then, later)(p, ProductExtra(), sent)
    assert spliced == payload_bytes(product_payload(p, ProductExtra(), later))
    assert (spliced == sent) == (then.settings == later.settings)


def test_one_that_was_shown_again_in_so_many_words_is_not():
    p, then, later = product(variant()), context(), context(image_size="90x90x2")
    sent = payload_bytes({**product_payload(p, ProductExtra(), then), "index": True})
    assert mapping.product_splicer(then, later)(p, ProductExtra(), sent) is None
    made = mapping.product_changer(then, later)(p, ProductExtra(), orjson.loads(sent))
    assert made == product_payload(p, ProductExtra(), later)


@pytest.mark.parametrize(
    "given",
    [b'{"a":{"image":%s},"image":%s}', b'{"image":"other"}', b'{"image":%s0}', b"{}", b""],
)
def test_where_a_fields_place_is_in_doubt_nothing_is_spliced(given):
    p, then, later = product(variant()), context(), context(image_size="90x90x2")
    image = orjson.dumps(product_payload(p, ProductExtra(), then)["image"])
    given = given.replace(b"%s", image)
    assert product_splicer(then, later)(p, ProductExtra(), given) is None
