"""One search for stores, runs and records."""

import pytest

from sync import run
from sync.explain import anything
from sync.store import Desk


@pytest.fixture
def chain(tmp_path) -> Desk:
    """A desk of shops whose stores share words."""
    desk = Desk(tmp_path / "data")
    for number, (shop, store) in enumerate(
        [("Fietsen Noord", "Fietsen"), ("Groß Süd", "Süd"), ("Groß Süd 2", "Fietsen Süd")]
    ):
        row = desk.add_shop(shop, domain=f"www.shop{number}.example", cluster="eu1")
        keys = {"public": f"public-{number}", "private": f"private-{number}"}
        desk.add_store(row, store, language="de", **keys)
    return desk


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Fietsen", "Fietsen Süd", "Süd"]),
        ("fietsen", ["Fietsen", "Fietsen Süd"]),
        ("SÜD", ["Süd", "Fietsen Süd"]),
        ("süd groß fiets", ["Fietsen Süd"]),
        ("shop1.example", ["Süd"]),
        ("de noord", ["Fietsen"]),
        ("%", []),
    ],
)
def test_a_store_is_found_by_words_of_its_name_shop_domain_or_language(chain, typed, found):
    assert [hit.store.name for hit in anything(chain, None, typed).stores] == found


@pytest.mark.parametrize("typed", ["1", "#1", " run 1", "Lauf #1"])
def test_a_run_is_found_by_its_number(chain, typed):
    first = run.request(chain, chain.store("fietsen"), "refresh")
    hit = anything(chain, None, typed).run
    assert hit is not None
    assert hit.id == first.id


@pytest.mark.parametrize("typed", ["2", "9" * 30, "1 2", "²", "-1"])
def test_a_number_that_no_run_has_finds_none(chain, typed):
    run.request(chain, chain.store("fietsen"), "refresh")
    assert anything(chain, None, typed).run is None
