"""Odd rows come over the wire as a test wants them, byte by byte, and the state stays whole."""

import orjson
import pytest

from sync.sandbox.oddities import Oddity, set_oddities
from tests.sandbox.conftest import Shop


@pytest.fixture
def two(shop: Shop) -> Shop:
    for n in (1, 2):
        shop.put("product", title={"nl": f"Fiets {n}", "de": ""})
        shop.put("variant", product=n, priceIncl=12.1)
    return shop


def served(shop: Shop, path: str = "catalog") -> bytes:
    return shop.ask(path).content


def test_without_a_plan_nothing_is_odd(two: Shop):
    before = served(two)
    set_oddities(two.state, Oddity("textpages", at="title", raw="7"))
    assert served(two) == before


@pytest.mark.parametrize("raw", ["true", "null", '"12,95"', "NaN", "1e999", "[[]]", "-5", ""])
def test_any_value_may_stand_anywhere(two: Shop, raw: str):
    set_oddities(two.state, Oddity("catalog", 1, "variants/*/priceIncl", raw))
    assert f'"priceIncl":{raw},'.encode() in served(two)
    assert served(two).count(f'"priceIncl":{raw},'.encode()) == 1


def test_bytes_that_are_no_text_go_out_as_they_are(two: Shop):
    set_oddities(two.state, Oddity("catalog", 2, "title", '"Gr\xf6\xdfe"'))
    assert b'"title":"Gr\xf6\xdfe"' in served(two)
    assert b"Fiets 1" in served(two)


def test_a_whole_row_may_be_odd_and_a_key_may_be_missing(two: Shop):
    set_oddities(
        two.state,
        Oddity(r"/products\.json", 1, raw="null"),
        Oddity(r"/products\.json", 2, "id"),
    )
    rows = orjson.loads(served(two, "products"))["products"]
    assert rows[1] is None
    assert "id" not in rows[0]


def test_a_single_row_is_odd_like_its_list(two: Shop):
    set_oddities(two.state, Oddity("/products", 1, "createdAt", '""'))
    assert orjson.loads(served(two, "products/1"))["product"]["createdAt"] == ""
    assert orjson.loads(served(two, "products/2"))["product"]["createdAt"] != ""


def test_a_value_that_was_not_there_can_be_put_there(two: Shop):
    set_oddities(two.state, Oddity("catalog", None, "news", '{"a":1}'))
    rows = orjson.loads(served(two))["products"]
    assert [row["news"] for row in rows] == [{"a": 1}, {"a": 1}]


def test_the_plan_can_be_taken_back(two: Shop):
    before = served(two)
    set_oddities(two.state, Oddity("catalog", 1, raw="{}"))
    assert served(two) != before
    set_oddities(two.state)
    assert served(two) == before
