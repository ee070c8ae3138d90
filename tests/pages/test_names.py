"""Two shops or stores of one name: each can be told apart and chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components import names
from sync import run
from tests.pages.conftest import texts


@pytest.fixture
def twins(desk):
    """Two shops `Fiets`, each with two stores `NL`, the second of which differs by its slug."""
    for number in (1, 2):
        shop = desk.add_shop(f"Fiets {number}", domain=f"www.{number}.example", cluster="eu1")
        for place in (1, 2):
            keys = {"public": f"public-{number}-{place}", "private": f"private-{number}-{place}"}
            desk.add_store(shop, f"NL {number}{place}", language="nl", **keys)
    with desk._opened() as db:
        db.execute("UPDATE shop SET name = 'Fiets' WHERE name LIKE 'Fiets%'")
        db.execute("UPDATE store SET name = 'NL' WHERE name LIKE 'NL%'")
    return desk


def test_stores_of_one_name_have_labels_of_their_own(twins, visit):
    slugs = [store.slug for store in twins.stores() if store.name == "NL"]
    labels = names.stores(twins)
    assert len(set(labels.values())) == len(labels)
    assert labels["main"] == "Main"
    assert all(labels[slug].startswith("Fiets · NL · NL") for slug in slugs)
    app = visit("overview")
    picker = app.sidebar.selectbox(key="store")
    assert sorted(picker.options) == sorted(labels.values())
    for slug in slugs:
        picker = app.sidebar.selectbox(key="store")
        picker.set_value(slug).run()
        assert app.query_params["store"] == slug
    assert len(set(names.shops(twins).values())) == 3


def test_settings_are_copied_from_the_chosen_one_of_two(twins, visit):
    slugs = [store.slug for store in twins.stores() if store.name == "NL"]
    for number, slug in enumerate(slugs):
        store = twins.store(slug)
        changed = twins.settings(store).settings.changed({"page_size": str(100 + number)})
        run.change_settings(twins, store, changed, note="")
    app = visit("settings", store="main")
    app.session_state["others:main"] = True
    app.run()
    picker = app.selectbox(key="copy:main")
    assert len(set(picker.options)) == len(slugs)
    picker.set_value(slugs[-1]).run()
    assert str(100 + len(slugs) - 1) in texts(app)


@given(st.dictionaries(st.text(), st.lists(st.sampled_from("aAbB"), min_size=2, max_size=2)))
def test_labels_are_distinct_whatever_the_names(known):
    whole = {
        key: (*known_as, f"{known_as[-1]} {n}") for n, (key, known_as) in enumerate(known.items())
    }
    labels = names.distinct(whole)
    assert len(set(labels.values())) == len(labels) == len(known)
