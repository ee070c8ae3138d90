"""The one place where names and addresses are hidden."""

import pytest

from sync.errors import Message
from sync.personal import masking
from sync.personal.masking import HIDDEN

CUSTOMER = {
    "customerid": 7,
    "name": "Anna de Vries",
    "email": "anna@vries.example",
    "zip": "1234 AB",
    "gender": "female",
    "is_b2b": False,
    "phone": "0612345678",
    "address": {"street": "Gracht 1", "number": 1},
}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna de Vries", "A… V…"),
        ("Anna", "A…"),
        (
            "\N{CJK UNIFIED IDEOGRAPH-738B}\N{CJK UNIFIED IDEOGRAPH-5C0F}",
            "\N{CJK UNIFIED IDEOGRAPH-738B}…",
        ),
        ("anna@vries.example", HIDDEN),
        ("Anna anna@vries.example", "A…"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_is_its_initials_and_stays_so(name: str, shown: str):
    assert masking.initials(name) == shown
    assert masking.initials(shown) == shown


def test_a_customer_names_nobody():
    shown = masking.record("customers", CUSTOMER)
    assert shown == {
        "customerid": 7,
        "name": "A… V…",
        "email": HIDDEN,
        "zip": HIDDEN,
        "gender": "female",
        "is_b2b": False,
        "phone": HIDDEN,
        "address": {"street": HIDDEN, "number": 1},
    }
    assert masking.record("customers", shown) == shown


def test_an_order_keeps_all_but_the_address():
    order = {"id": "ORD1", "email": "anna@vries.example", "time": 5, "products": [{"id": 1}]}
    assert masking.record("orders", order) == {**order, "email": HIDDEN}
    assert masking.record("products", {"name": "Jan"}) == {"name": "Jan"}
    assert masking.record("orders", None) is None


def test_a_refusal_does_not_repeat_who_was_refused():
    said = Message("clerk.refused", said="name 'Anna de Vries' of ANNA@vries.example is bad: vries")
    shown = masking.message(said, CUSTOMER).values["said"]
    assert "nna" not in shown.casefold()
    assert "vries" not in shown.casefold()
    assert shown.endswith("is bad: •••")
    shown = masking.message(said, {"id": 1}).values["said"]
    assert shown == "name '•••' of •••@… is bad: vries"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("'email' is held by \"Piet O'Neill\"", "'email' is held by \"•••\""),
        ("name: Li is too short", "name: ••• is too short"),
        ("'customers' of Li's: don't", "'•••' of •••'s: don't"),
    ],
)
def test_a_refusal_names_nobody_else_either(said: str, shown: str):
    of = {"customerid": 7, "name": "Li Vos", "email": "li@vos.example"}
    assert masking.message(Message("clerk.refused", said=said), of).values["said"] == shown
