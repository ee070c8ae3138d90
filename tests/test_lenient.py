"""JSON of which a byte is none: it costs its own record, which is named, and no other."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.http import Answer, BadAnswer
from sync.lenient import DEEPEST, Damaged


def read(body: bytes):
    return Answer(200, {}, body, 0.1).json()


def page(middle: bytes) -> bytes:
    return b'{"products": [{"id": 101, "title": "Fiets"}, %b, {"id": 103}]}' % middle


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("row", "id", "where", "what"),
    [
        (rb'{"id": 102, "title": "\ud83d Fiets"}', 102, "[1].title", "half a character"),
        (rb'{"id": 102, "title": "Fiets \udeb2"}', 102, "[1].title", "half a character"),
        (b'{"id": 102, "title": "Gr\xf6\xdfe"}', 102, "[1].title", "a byte that is no UTF-8"),
        (b'{"id": 102, "Gr\xf6\xdfe": 1}', 102, "[1]", "a byte that is no UTF-8"),
        (b'{"id": 102, "tags": [{"a": "\xff"}]}', 102, "[1].tags[0].a", "a byte that is no UTF-8"),
        (b'{"id": 102, "price": NaN}', 102, "[1].price", "a number that is none"),
        (b'{"id": 102, "price": -Infinity}', 102, "[1].price", "a number that is none"),
        (b'{"id": 102, "price": 1e999}', 102, "[1].price", "a number beyond all bounds"),
        (b'{"id": 102, "price": %b}' % (b"9" * 5000), 102, "[1].price", "beyond all bounds"),
        (b'{"id": NaN, "brand": {"id": 7}}', None, "[1].id", "a number that is none"),
        (b'{"brand": {"id": 7, "a": NaN}, "id": 102}', None, "[1].brand.a", "a number that is"),
        (b'{"id": "102", "a": 1,}', 102, "[1]", "no JSON"),
        (rb'{"id": 102, "title": "C:\x41"}', 102, "[1]", "no JSON"),
        (b'{"id": 102, "a": undefined}', 102, "[1]", "no JSON"),
        (b'{"id": 102, "a" 1}', 102, "[1]", "no JSON"),
        (b'{"id": 102, "a": %b}' % nested(198), 102, "[1]", "more than 200 levels"),
        (b'{"id": 102, "a": %b}' % nested(900), 102, "[1]", "more than 200 levels"),
        (b'{"id": 102, "a": %b}' % nested(100_000), 102, "[1]", "more than 200 levels"),
    ],
)
def test_a_record_that_is_no_json_is_named_and_costs_no_other(row, id, where, what):
    rows = read(page(row))["products"]
    assert [rows[0], rows[2]] == [{"id": 101, "title": "Fiets"}, {"id": 103}]
    damaged = rows[1]
    assert isinstance(damaged, Damaged)
    assert (damaged.id, damaged.where) == (id, f"products{where}")
    assert what in damaged.what.text()
    assert str(damaged.message) == f"{damaged.where}: {damaged.what}"


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + page(b'{"id": 102}'),
        b" \n" + page(b'{"id": 102}') + b"\n\x00",
        page(b'{"id": 102}') + b"<!-- 0.2 s -->",
        page(b'{"id": 102}').decode().encode("utf-16"),
    ],
)
def test_what_is_around_good_json_damages_nothing(body):
    assert [row["id"] for row in read(body)["products"]] == [101, 102, 103]


def test_a_control_character_in_a_text_damages_nothing():
    rows = read(page(b'{"id": 102, "title": "a\tb\nc\x00"}'))["products"]
    assert rows[1] == {"id": 102, "title": "a\tb\nc\0"}


def test_a_damaged_record_is_there_as_far_as_it_can_be_read():
    row = read(page(rb'{"id": 102, "title": "\ud83d Fiets", "price": NaN}'))["products"][1]
    assert row.value == {"id": 102, "title": "\ufffd Fiets", "price": None}
    assert "Fiets" not in repr(row)


def test_a_single_record_is_named_too():
    product = read(b'{"product": {"id": 102, "title": "\xff"}}')["product"]
    assert (product.id, str(product.message)) == (102, "product.title: a byte that is no UTF-8")


def test_what_is_no_record_is_cleaned():
    body = rb'{"status": "error", "message": "\ud83d", "took": 1e999, "ids": [[{"a": NaN}]]}'
    told = {"status": "error", "message": "\ufffd", "took": None, "ids": [[{"a": None}]]}
    assert read(body) == told


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (page(b'{"id": "\xff"}')[:-3], "broken or cut off"),
        (b'{"products": [{"id": 1, "a": "\xff', "broken or cut off"),
        (b'{"products": [{"id": 1}]]', "broken or cut off"),
        (b'\xef\xbb\xbf{"products": [,]}', "broken or cut off"),
        (b"\xef\xbb\xbf", "empty|broken"),
        (b"<html>{}</html>", "a web page"),
        (b'{"product": {"a": %b}}' % nested(900), "more than 200 levels"),
        (nested(DEEPEST + 1), "more than 200 levels"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "more than 200 levels"),
        (nested(1_000_000), "more than 200 levels"),
    ],
)
def test_what_has_no_single_record_to_leave_out_is_a_bad_answer(body, fault):
    with pytest.raises(BadAnswer, match=fault):
        read(body)


def test_levels_up_to_the_bound_are_read():
    body = b'{"products": [{"id": 1, "a": %b}]}' % nested(DEEPEST - 3)
    assert read(body)["products"][0]["id"] == 1
    assert read(nested(DEEPEST)) is not None


SOUND = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


@given(st.lists(SOUND, max_size=4), SOUND)
def test_the_lenient_reading_of_sound_json_is_the_strict_one(rows, single):
    body = orjson.dumps({"rows": rows, "one": single, "count": len(rows)})
    assert read(b"\xef\xbb\xbf" + body) == orjson.loads(body)


@given(st.lists(SOUND, min_size=1, max_size=4), st.data())
def test_one_foreign_byte_in_a_text_costs_one_record(rows, data):
    number = data.draw(st.integers(0, len(rows) - 1))
    parts = [orjson.dumps(row) for row in rows]
    parts[number] = b'{"id": 5, "odd": "\x80"}'
    found = read(b'{"rows": [%b]}' % b", ".join(parts))["rows"]
    assert [type(row) is Damaged for row in found] == [n == number for n in range(len(rows))]
    assert [r for n, r in enumerate(found) if n != number] == [
        r for n, r in enumerate(rows) if n != number
    ]


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_a_value_or_a_bad_answer(junk, at):
    good = page(b'{"id": 102, "title": "x"}')
    for body in (junk, good[:at] + junk + good[at:]):
        try:
            read(body)
        except BadAnswer:
            continue
