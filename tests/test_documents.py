"""Documents become JSON in one way."""

from dataclasses import dataclass, is_dataclass

import pytest

from sync import explain, preview, run
from sync.documents import as_json


@dataclass(frozen=True)
class Inner:
    number: int
    sometimes: str | None = None


@dataclass(frozen=True)
class Outer:
    always: Inner | None
    many: tuple[Inner, ...] = ()
    by_name: dict[str, Inner] | None = None


def test_fields_stand_in_their_order_and_nested():
    made = Outer(Inner(1, "x"), (Inner(2),), {"a": Inner(3)})
    assert as_json(made) == {
        "always": {"number": 1, "sometimes": "x"},
        "many": [{"number": 2}],
        "by_name": {"a": {"number": 3}},
    }
    assert list(as_json(made)) == ["always", "many", "by_name"]


def test_none_is_said_where_a_field_has_no_default_and_left_out_where_it_is_the_default():
    assert as_json(Outer(None)) == {"always": None, "many": []}
    assert as_json(Inner(0)) == {"number": 0}


def test_what_is_no_document_stays_as_it_is():
    assert as_json({"a": [1, None, {"b": None}]}) == {"a": [1, None, {"b": None}]}
    assert as_json(Inner) is Inner


DOCUMENTS = [
    each
    for room in (explain, preview, run)
    for each in vars(room).values()
    if isinstance(each, type) and is_dataclass(each)
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_every_document_says_what_it_is(document):
    assert not document.__doc__.startswith(f"{document.__name__}(")
