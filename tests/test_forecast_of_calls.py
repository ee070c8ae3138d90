"""What a preview says a run will cost, held against the calls that the run then makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Left, Place, again, begun, fill_file

HELD = [  # changes for which the mirror has everything
    {},
    {"auto_detect_attributes": "no"},
    {"image_size": "90x80x2"},
    {"include_orders": "none"},
    {"include_orders": "1m"},
    {"include_orders": "6m"},
    {"include_orders": "2026-09-01"},
    {"accepted_order_statuses": "completed"},
    {"accepted_order_statuses": "completed, cancelled, new, on_hold"},
    {"accepted_order_statuses": ""},
    {"include_out_of_stock": "yes"},
    {"collect_emails": "yes"},
    {"include_free_products": "yes"},
    {"include_hidden_categories": "yes"},
    {"include_variant_data": "no"},
    {"include_variant_stock": "no"},
    {"variant_stock_tracking": "no"},
    {"import_products": "no"},
    {"import_products": "no", "import_categories": "no"},
    {"import_categories": "no"},
    {"import_orders": "no"},
    {"import_customers": "no"},
    {"import_pages": "no"},
    {"sync_time": "3"},
    {"price_tax": "excl"},
    {"removed_products": "hide", "include_hidden_categories": "yes"},
    {"page_size": "100"},
]
UNREAD = [  # changes that ask for what was never read
    {"include_customers": "yes"},
    {"include_customers": "yes", "page_size": "20"},
    {"include_pages": "yes"},
    {"include_pages": "yes", "page_size": "1"},
    {"include_review_score": "yes"},
    {"include_review_score": "yes", "page_size": "7"},
    {"include_orders": "2y"},
    {"include_orders": "3y"},
    {"include_orders": "all"},
    {"include_orders": "2023-05-05"},
    {"include_orders": "all", "accepted_order_statuses": "completed"},
    {"include_orders": "all", "page_size": "10"},
    {"include_customers": "yes", "include_pages": "yes", "include_review_score": "yes"},
]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of a shop with 300 products and 700 orders."""
    return fill_file(tmp_path_factory.mktemp("many") / "sandbox.db", products=300, orders=700)


@pytest.fixture(params=["filled", pytest.param("many", marks=pytest.mark.soak)])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with begun(request, request.getfixturevalue(request.param), tmp_path) as place:
        yield place


def near(said: int, made: int) -> bool:
    return abs(said - made) <= 0.02 * made


def check(place: Place, draft: dict[str, str]) -> None:
    """The preview of a draft, and then the run under it."""
    said = place.preview(draft)["calls"]
    if draft:
        place.set(**draft)
    run = place.run()
    assert run.state == "succeeded"
    made = {side: calls["total"] for side, calls in run.calls.items()}
    for side, about in (("lightspeed", "about"), ("clerk", "about_clerk")):
        if about in said:
            low, high = said[about]
            assert low <= made[side] <= high, (side, said, run.calls)
        else:
            assert near(said[side], made[side]), (side, said, run.calls)


@pytest.mark.after("refresh")
@pytest.mark.parametrize("draft", HELD, ids=str)
def test_where_the_mirror_has_everything_the_calls_are_known(place: Place, draft: dict[str, str]):
    said = place.preview(draft)["calls"]
    assert not {"about", "about_clerk", "uncounted"} & said.keys()
    check(place, draft)


@pytest.mark.after("sync")
@pytest.mark.parametrize("draft", HELD, ids=str)
def test_after_a_sync_too(place: Place, draft: dict[str, str]):
    check(place, draft)


@pytest.mark.after("sync")
@pytest.mark.parametrize("draft", UNREAD, ids=str)
def test_what_was_never_read_is_told_as_a_span(served: Place, draft: dict[str, str]):
    assert "uncounted" not in served.preview(draft)["calls"]
    check(served, draft)


def test_an_unread_shop_says_that_nobody_has_counted(place: Place):
    said = place.preview()
    assert said["calls"]["uncounted"]
    assert all("not_read" in row for row in list(said["entities"].values())[:3])
    check(place, {})


@pytest.mark.after("sync", include_customers="yes", include_pages="yes", include_review_score="yes")
def test_every_later_run_is_told_exactly(served: Place):
    check(served, {})
    assert served.run().calls["lightspeed"]["total"] <= 10


@pytest.mark.after("refresh")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"include_customers": "yes"},
        {"include_customers": "yes", "include_pages": "yes", "include_review_score": "yes"},
        {"include_orders": "all"},
        {"import_orders": "no"},
    ],
    ids=str,
)
def test_what_just_a_plan_costs_is_told_exactly(place: Place, changes: dict[str, str]):
    """Such a run leaves out what was never read, and so does its number."""
    place.set(**changes)
    plan = place.preview()
    run = place.run(plan=plan["fingerprint"])
    assert run.state == "succeeded"
    made = {side: calls["total"] for side, calls in run.calls.items()}
    said = plan["exactly"]
    assert made["lightspeed"] == said["lightspeed"]
    assert near(said["clerk"], made["clerk"]), (said, run.calls)


YES_NO = st.sampled_from(["yes", "no"])
SWITCHES = (
    "include_out_of_stock",
    "include_customers",
    "include_pages",
    "include_review_score",
    "include_free_products",
    "include_hidden_categories",
    "import_products",
    "import_categories",
    "import_orders",
    "collect_emails",
)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "include_orders": st.sampled_from(["none", "1m", "1y", "2y", "all", "2024-02-29"]),
        "accepted_order_statuses": st.sampled_from(["", "completed", "completed, new, cancelled"]),
        "page_size": st.sampled_from(["3", "60", "250"]),
        "custom_attributes": st.sampled_from(["", "Material", "Sale, nowhere"]),
        "removed_products": st.sampled_from(["delete", "hide"]),
        "removal_limit_percent": st.just("100"),
    }
    | dict.fromkeys(SWITCHES, YES_NO),
)


@given(drafts=st.lists(DRAFTS, min_size=1, max_size=3))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_way_through_the_settings_is_told_beforehand(
    tiny: Path,
    tmp_path_factory: pytest.TempPathFactory,
    runs_left: Callable[..., Left],
    drafts: list[dict[str, str]],
):
    left = runs_left(tiny, "sync", {"removal_limit_percent": "100"})
    with again(left, tmp_path_factory.mktemp("way")) as place:
        for draft in drafts:
            check(place, draft)
