"""Saving settings: two at once, and what can no longer be changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import cli, run
from sync.access import Person
from sync.settings import SETTINGS, Settings, applied, differences
from sync.store import UsageError
from tests.conftest import Place, begun
from tests.test_asked import STATES, ask, put, still
from tests.test_settings import values_of

__all__ = ["still"]  # a fixture


@pytest.fixture
def small(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path) as made:
        yield made


some = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True).map(", ".join)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    base=st.fixed_dictionaries({key: values_of(key) for key in SETTINGS}),
    mine=st.fixed_dictionaries({}, optional={key: values_of(key) for key in SETTINGS}),
    theirs=st.fixed_dictionaries({}, optional={key: values_of(key) for key in SETTINGS}),
)
def test_no_change_of_two_is_lost_silently(base, mine, theirs):
    begun = Settings.from_values(base)
    one, other = begun.changed(mine), begun.changed(theirs)
    together, conflicts = applied(differences(begun, one), other)
    now = together.values()
    for key, (_, wanted) in differences(begun, one).items():
        if SETTINGS[key].kind != "list":
            assert now[key] == wanted or key in conflicts
    for key, (_, wanted) in differences(begun, other).items():
        if SETTINGS[key].kind != "list":
            assert now[key] == wanted


@given(base=some, mine=some, theirs=some)
def test_lists_are_merged_as_additions_and_removals(base, mine, theirs):
    def entries(text: str) -> set[str]:
        return set(text.split(", ")) - {""}

    now = Settings.from_values({"custom_attributes": theirs})
    together, conflicts = applied({"custom_attributes": (base, mine)}, now)
    was, one, other = entries(base), entries(mine), entries(theirs)
    assert set(together.custom_attributes) == (was & one & other) | (one - was) | (other - was)
    assert conflicts == ()


def test_of_many_changes_at_once_none_is_lost(still: Place):
    names = [key for key, s in SETTINGS.items() if s.kind == "boolean"]
    before = still.desk.settings(still.store).settings
    wanted = {key: "no" if getattr(before, key) else "yes" for key in names}
    data = str(still.desk.data_dir)
    threads = [
        threading.Thread(
            target=cli.main, args=[["--data", data, "settings", "set", "main", f"{key}={value}"]]
        )
        for key, value in wanted.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = still.desk.settings(still.store)
    assert {key: saved.settings.values()[key] for key in names} == wanted
    assert saved.version == 1 + len(names)


def test_what_others_saved_meanwhile_stays_or_is_named(still: Place):
    desk, store = still.desk, still.store
    still.set(page_size="50", custom_attributes="Merk")
    both = {"include_pages": ("no", "yes"), "custom_attributes": ("", "Maat")}
    saved = run.save_changes(desk, store, both, note="").settings
    assert (saved.page_size, saved.include_pages) == (50, True)
    assert set(saved.custom_attributes) == {"Merk", "Maat"}
    with pytest.raises(UsageError, match="page_size=50"):
        run.save_changes(desk, store, {"page_size": ("250", "99")}, note="")
    assert desk.settings(store).settings.page_size == 50


# -- the order id -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_the_order_id_stays_while_a_run_may_send_orders(still: Place, state: str):
    row = put(still, ask(still, "sync"), state)
    with pytest.raises(UsageError, match=f"run {row.id}"):
        still.set(order_id="id")
    run.cancel(still.desk, row.id)
    still.set(order_id="id")
    assert still.desk.settings(still.store).settings.order_id == "id"


@pytest.mark.parametrize("how", ["set", "restore"])
def test_the_order_id_is_compared_with_what_was_sent(small: Place, how: str):
    small.set(order_id="id")
    small.set(order_id="number")
    small.run()
    words = {"set": ["set", "main", "order_id=id"], "restore": ["restore", "main", "2"]}[how]
    assert cli.main(["--data", str(small.desk.data_dir), "settings", *words]) == 2
    assert small.desk.settings(small.store).settings.order_id == "number"


@pytest.mark.after("sync")
def test_a_store_that_was_broken_before_can_be_mended(small: Place):
    """Its orders were sent under their numbers, and its settings say something else since."""
    broken = small.desk.settings(small.store).settings.changed({"order_id": "id"})
    small.desk.on_behalf(Person.local("an older version")).save_settings(
        small.store, broken, note=""
    )
    assert run.fixed_settings(small.desk, small.store) == frozenset()
    small.set(order_id="number")
    assert run.fixed_settings(small.desk, small.store) == {"order_id"}


# -- chosen records ---------------------------------------------------------------------------


@pytest.mark.after("sync")
def test_chosen_records_that_nobody_knows_are_named(small: Place, capsys):
    order = max(small.state.all("order"), key=lambda row: row["createdAt"])
    known = {
        "products": [min(small.objects("products"))],
        "orders": [order["id"], order["number"]],
        "categories": [min(small.objects("categories"))],
    }
    for entity, ids in known.items():
        for each in ids:
            run.request(small.desk, small.store, "sync", only=[f"{entity}:{each}"])
    run.cancel(small.desk, small.desk.active_run(small.store).id)
    runs = len(small.desk.runs(small.store))
    unknown = f"products:{known['products'][0]},987654"
    words = ["--data", str(small.desk.data_dir), "run", "main", "--only", unknown]
    assert cli.main([*words, "--only", "orders:BF-none"]) == 2
    said = capsys.readouterr().err
    assert "products:987654" in said
    assert "orders:BF-none" in said
    assert len(small.desk.runs(small.store)) == runs
