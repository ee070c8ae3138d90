"""For any settings: the preview is the run, and the books balance."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.ledger import balanced
from tests.conftest import Place

yes_or_no = st.sampled_from(["yes", "no"])
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "include_out_of_stock": yes_or_no,
        "include_orders": st.sampled_from(["none", "6m", "1y", "all", "2025-06-01"]),
        "accepted_order_statuses": st.sampled_from(["", "completed_shipped", "cancelled, new"]),
        "collect_emails": yes_or_no,
        "include_customers": yes_or_no,
        "include_pages": yes_or_no,
        "include_free_products": yes_or_no,
        "include_hidden_categories": yes_or_no,
        "include_variant_data": yes_or_no,
        "image_size": st.sampled_from(["300x400x1", "90x90x2"]),
        "price_tax": st.sampled_from(["incl", "excl"]),
        "removed_products": st.sampled_from(["delete", "hide"]),
        "import_products": yes_or_no,
        "import_categories": yes_or_no,
        "custom_attributes": st.sampled_from(["", "Materiaal, Gewicht", "nieuw"]),
        "removal_limit_percent": st.just("100"),
    },
)
ACTIONS = {"create": "created", "update": "updated", "remove": "removed", "unchanged": "unchanged"}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draft=DRAFTS)
def test_the_preview_is_the_run_and_the_books_balance(place: Place, draft: dict[str, str]):
    place.set(**draft)
    place.run("refresh")
    said = place.preview()
    lines = place.records()
    done = place.run(plan=said["fingerprint"])
    assert done.state == "succeeded", (done.message, done.errors)
    assert balanced(done.books)
    for entity, counts in said["entities"].items():
        if "read" not in counts:
            continue
        assert counts["read"] == sum(
            counts[name] for name in ("create", "update", "unchanged", "skip")
        )
        if entity != "orders":
            booked = done.books[entity]
            assert {a: counts[a] for a in ACTIONS} == {a: booked[b] for a, b in ACTIONS.items()}
    for line in lines:
        if line["payload"] is not None and line["reasons"] == []:
            stored = place.objects(line["entity"])[line["key"]]
            assert line["payload"].items() <= stored.items()
    after = place.preview()["entities"]
    assert all(
        counts[name] == 0
        for counts in after.values()
        if "read" in counts
        for name in ("create", "update", "remove")
    )
