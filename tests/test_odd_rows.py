"""Whatever a row holds, everything else goes: odd values in any field of any list, from the first
read over the plan to Clerk.io and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sync.entities import ENTITIES
from sync.ledger import balanced
from sync.sandbox.oddities import Oddity, set_oddities
from tests.conftest import Place, placed

EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}
EVERYTHING |= {"collect_emails": "yes", "include_review_score": "yes", "custom_attributes": "sale"}
CHEAP = 16  # Lightspeed calls of a second run of a tiny shop, one for each odd row apart

RAW = [
    *("true", "false", "null", '""', "[]", "{}", "[null]", "0", "-5", "7.5", "1e999", "NaN"),
    *('"7"', '"12,95"', '"1.299,95"', '"12.1000"', '"abc"', '"0"', '"false"', '"no"'),
    *('"0000-00-00 00:00:00"', '"-0001-11-30T00:00:00+00:00"', '"2026-13-45"', '"9999-12-31"'),
    *(r'"\ud83d Fiets"', '"Gr\xf6\xdfe"', r'"\u0000"', r'"\u200b"', r'"\u202eevil"', '"  "'),
    *("123456789012345678901234567890", "-1", '"101"', '{"resource":{"id":"101"}}'),
    *('{"resource":false}', '{"resource":{"id":null}}', '"<b>x</b>&amp;"', '"/a b//"'),
    *('"' + "x" * 5_000 + '"', "[" * 150 + "]" * 150, "[" * 900 + "]" * 900),
]


@dataclass(frozen=True)
class Kind:
    """A list of the API: the kind of its records in the stand-in, and the fields that matter."""

    path: str
    kind: str
    entity: str | None  # what its rows are in Clerk.io; None: they only help to make others
    fields: tuple[str, ...]


CATALOG = Kind(
    "/catalog",
    "product",
    "products",
    (
        *("", "id", "title", "fulltitle", "url", "createdAt", "updatedAt", "isVisible", "brand"),
        *("image", "categories", "filters", "specifications", "data01", "description", "variants"),
        *(f"variants/*/{name}" for name in ("", "id", "title", "priceIncl", "priceExcl")),
        *(f"variants/*/{name}" for name in ("oldPriceIncl", "stockLevel", "stockTracking")),
        *(f"variants/*/{name}" for name in ("sortOrder", "isDefault", "stockMinimum", "sku")),
    ),
)
KINDS = [
    CATALOG,
    Kind("/products[./]", "product", None, ("", "id", "updatedAt")),
    Kind("/variants[./]", "variant", None, ("", "id", "product", "updatedAt")),
    Kind(
        "/categories[./]",
        "category",
        "categories",
        ("", "id", "title", "url", "parent", "isVisible", "path", "sortOrder"),
    ),
    Kind(
        "/orders[./]",
        "order",
        "orders",
        (
            *("", "id", "number", "status", "createdAt", "updatedAt", "priceIncl", "customer"),
            *("email", "customStatusId", "shipmentIsPickup"),
        ),
    ),
    Kind(
        "/orders/[0-9]+/products",
        "order_product",
        None,
        ("", "id", "quantityOrdered", "quantityReturned", "priceIncl", "priceExcl", "product"),
    ),
    Kind(
        "/customers[./]",
        "customer",
        "customers",
        ("", "id", "email", "firstname", "lastname", "isCompany", "type", "gender", "updatedAt"),
    ),
    Kind("/subscriptions", "subscription", None, ("", "id", "email", "isConfirmed")),
    Kind("/textpages", "textpage", "pages", ("", "id", "title", "url", "content", "isVisible")),
    Kind(
        "/blogs/articles",
        "article",
        "pages",
        ("", "id", "title", "url", "content", "publishedAt", "isPublished", "blog", "language"),
    ),
    Kind("/reviews", "review", None, ("", "id", "product", "score", "isVisible")),
    Kind("/tags[.]", "tag", None, ("", "id", "title")),
    Kind("/tags/products", "tag_product", None, ("", "id", "product", "tag")),
    Kind("/filters", "filter", None, ("", "id", "title", "isActive")),
    Kind("/returns", "return", None, ("", "id", "order", "status")),
]


@st.composite
def odd_rows(draw: st.DrawFn) -> list[tuple[Kind, int, Oddity]]:
    """Up to four odd places: the list, the number of the row, and what stands there."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        field = draw(st.sampled_from(kind.fields))
        raw = draw(st.none() | st.sampled_from(RAW)) if field else draw(st.sampled_from(RAW))
        found.append((kind, draw(st.integers(0, 30)), Oddity(kind.path, None, field, raw)))
    return found


INFLUENCE = {
    "products": {"category", "review", "tag", "tag_product", "filter", "product", "variant"},
    "orders": {"order_product", "return"},
    "customers": {"subscription"},
    "pages": set(),
    "categories": {"category"},  # one that does not go is nobody's child
}


@pytest.fixture(scope="module")
def clean(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[Any, Any]]:
    """What Clerk.io holds of the shop while nothing is odd."""
    with placed(tiny, tmp_path_factory.mktemp("clean")) as place:
        place.set(**EVERYTHING)
        assert place.run().state == "succeeded"
        return {entity: place.objects(entity) for entity in ENTITIES}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("odd")
    return (base / str(n) for n in itertools.count())


def named(place: Place, drawn: list[tuple[Kind, int, Oddity]]) -> list[tuple[Kind, int, Oddity]]:
    """The drawn places with the ids of rows that there are."""
    found = []
    for kind, number, odd in drawn:
        ids = sorted(row["id"] for row in place.state.all(kind.kind))
        if ids:
            chosen = ids[number % len(ids)]
            found.append((kind, chosen, Oddity(odd.path, chosen, odd.at, odd.raw)))
    return found


def told(place: Place, run_id: int) -> str:
    lines = [line["message"] for line in place.desk.run_log(run_id)]
    return " ".join([*lines, *(str(error) for error in place.desk.run(run_id).errors)])


@given(drawn=odd_rows())
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_odd_rows_cost_no_more_than_themselves(
    drawn: list[tuple[Kind, int, Oddity]],
    tiny: Path,
    clean: dict[str, dict[Any, Any]],
    folders: Iterator[Path],
):
    with placed(tiny, next(folders)) as place:
        place.set(**EVERYTHING)
        odd = named(place, drawn)
        set_oddities(place.state, *(each for _, _, each in odd))
        first = place.run()
        story = told(place, first.id)
        assert first.state in ("succeeded", "partial"), (first.message, story)
        assert "unknown error" not in story
        assert balanced(first.books)
        holds_everything_else(place, clean, odd)
        calls = place.calls()
        second = place.run()
        assert second.state in ("succeeded", "partial"), second.message
        assert balanced(second.books)
        assert all(not book["created"] and not book["removed"] for book in second.books.values())
        assert place.calls() - calls <= CHEAP + len(odd)
        set_oddities(place.state)
        place.run(full=True)
        # Lines are paid for once, so odd ones stay odd until their order changes.
        lines = touched_keys(
            place, "orders", [row for row in odd if row[0].kind == "order_product"]
        )
        for entity, objects in clean.items():
            spared = lines if entity == "orders" else set()
            assert set(place.objects(entity)) - spared == set(objects) - spared


def holds_everything_else(
    place: Place, clean: dict[str, dict[Any, Any]], odd: list[tuple[Kind, int, Oddity]]
) -> None:
    """Clerk.io has every record that nothing odd belongs to, just as it should be."""
    kinds = {kind.kind for kind, _, _ in odd}
    for entity, objects in clean.items():
        touched = touched_keys(place, entity, odd)
        held = place.objects(entity)
        for key, payload in objects.items():
            if key in touched:
                continue
            assert key in held, (entity, key)
            if not kinds & INFLUENCE[entity]:
                assert held[key] == payload, (entity, key)


def touched_keys(place: Place, entity: str, odd: list[tuple[Kind, int, Oddity]]) -> set[Any]:
    found: set[Any] = set()
    for kind, row, each in odd:
        if kind.entity == entity and entity == "orders":
            found |= {order["number"] for order in place.state.all("order") if order["id"] == row}
        elif kind.entity == entity and entity == "pages":
            found.add(f"{kind.kind}-{row}")
        elif kind.entity == entity:
            found.add(row)
        if kind.kind == "order_product" and entity == "orders":
            lines = [line for line in place.state.all("order_product") if line["id"] == row]
            found |= {
                order["number"]
                for order in place.state.all("order")
                if order["id"] in {line["order"] for line in lines}
            }
        if each.at == "id" and each.raw == '"101"':
            found |= {101, "textpage-101", "article-101"}
    return found
