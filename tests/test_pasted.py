"""What people paste to name a record, and what it is read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.mirror import keys

SLUGS = {
    "rode-fiets": "rode-fiets",
    "rode-fiets.html": "rode-fiets",
    "rode-fiets.html?source=x#top": "rode-fiets",
    "/nl/rode-fiets.html": "rode-fiets",
    "nl/rode-fiets.html": "rode-fiets",
    "www.shop.example/nl/rode-fiets.html": "rode-fiets",
    "WWW.Shop.Example/NL/rode-fiets.html": "rode-fiets",
    "shop.example/rode-fiets.html": "rode-fiets",
    "https://www.shop.example/nl/rode-fiets.html": "rode-fiets",
    "HTTPS://WWW.SHOP.EXAMPLE/rode-fiets.html": "rode-fiets",
    "http://shop.example/de/rode-fiets.html?id=12&x=%00#reviews": "rode-fiets",
    "https://shop.example/nl/rode-fiets/": "rode-fiets",
    "https://shop.example/nl/rode-fiets.html/": "rode-fiets",
    "https://shop.example/nl/gr%C3%B6%C3%9Fe-xl.html": "größe-xl",
    "https://shop.example/nl/gro%CC%88%C3%9Fe.html": "gro\u0308ße",
    "https://shop.example/nl/koepel%20tent.html": "koepel tent",
    "https://shop.example//nl//tent.html": "tent",
    "https://shop.example/tv/": "tv",
    "https://shop.example/tv/led.html": "tv/led",
    "https://shop.example/nl/tv/led/": "tv/led",
    "https://shop.example/nl/": "nl",
    "https://shop.example/fietsen/stad/": "fietsen/stad",
    "rode-fiets.htm": "rode-fiets",
}


@pytest.mark.parametrize("pasted", SLUGS)
def test_an_address_names_its_slug(pasted):
    assert keys.address(pasted, ["nl", "de"]).slugs[0] == SLUGS[pasted]


def test_a_first_part_that_is_no_language_of_the_shop_is_kept():
    assert "led" not in keys.address("https://shop.example/tv/led.html", ["nl"]).slugs
    assert "nl/led" in keys.address("https://shop.example/nl/led.html", ["nl"]).slugs


@pytest.mark.parametrize("pasted", ["https://shop.example/fiets.html?id=77", "fiets.html?id=77#a"])
def test_an_address_names_its_variant(pasted):
    assert keys.address(pasted, []).variant == 77


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1234", 1234),
        (" #1234 ", 1234),
        ("# 1 234", 1234),
        ("1.234", 1234),
        ("1,234", 1234),
        ("1'234.567", 1234567),
        ("1\u00a0234", 1234),
        ("12.5", None),
        ("²", None),
        ("٣", None),
        ("-5", None),
        ("9" * 18, int("9" * 18)),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("", None),
        ("#", None),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, number):
    assert keys.number_from(typed) == number


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0871234567890", "871234567890"),
        ("871234567890", "0871234567890"),
        ("8 712345 678901", "8712345678901"),
        ("8-712345-678901", "8712345678901"),
        ("  ab 12 ", "AB12"),
        ("AB-12", "ab-12"),
    ],
)
def test_a_code_is_read_with_other_case_blanks_and_leading_zeros(typed, meant):
    assert meant in keys.codes(typed)


@given(st.text() | st.text(st.sampled_from("#?&=/.%0aé²:@ ")))
def test_any_text_is_read_as_something(typed):
    key = keys.readable(typed)
    key.encode()
    number = keys.number_from(key)
    assert number is None or 0 <= number < 2**63
    keys.address(key, ["nl"])
    assert "" not in keys.codes(key)
    keys.order_numbers(key)


@pytest.mark.parametrize("word", ["a", "a1+.-", "a:/", "://", "<a", "1.234", ".html", "%4"])
def test_a_text_of_a_million_letters_is_read_in_one_go(word):
    """A pattern that goes back for each letter would not end within this test's day."""
    long = word * (1_000_000 // len(word))
    key = keys.readable(long)
    assert keys.address(key, ["nl"]).variant is None
    assert keys.number_from(key) is None
    assert key in keys.order_numbers(key)


def test_a_scheme_is_dropped_wherever_it_stands():
    for pasted in ("https://shop.example/tent.html", "x-shop+v1.0://shop.example/tent.html"):
        assert keys.address(pasted, []).slugs[0] == "tent"
    assert keys.address("-https://shop.example/tent.html", []).slugs[0] == "tent"
