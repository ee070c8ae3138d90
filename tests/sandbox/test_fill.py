"""A shop made from files of catalog answers is served as those files have it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.sandbox.fill import fill, from_catalog_files
from sync.sandbox.generate import generate
from sync.sandbox.state import State
from tests.sandbox.conftest import KEY, SECRET, Front, Shop


def refilled(shop: Shop, front: Front, files: list[Path], folder: Path) -> Shop:
    """Another shop, made from the files."""
    state = State(folder / "again.db", now=shop.clock)
    fill(state, from_catalog_files(files, domain="www.x.nl", cluster="eu1", language="nl"))
    state.add_key(KEY, SECRET)
    again = Shop(shop.http, state, shop.clock)
    again.serve(front, windows=None)
    return again


def test_catalog_answers_make_the_shop_that_gave_them(shop: Shop, front: Front, tmp_path: Path):
    fill(shop.state, generate(40, 10, 1, datetime(2026, 6, 2, tzinfo=UTC)))
    bare = shop.state.all("product")[0]["id"]
    shop.state.edit("product", bare, brand=None, image=None, images=[])
    pages = [shop.ask("catalog", params={"limit": 25, "page": page}).json() for page in (1, 2)]
    products = [product for page in pages for product in page["products"]]
    assert any(product["filters"] for product in products)
    assert any(product["specifications"] for product in products)
    assert any(product["brand"] is False and product["images"] == [] for product in products)
    files = [tmp_path / f"page-{n}.json" for n in range(len(pages))]
    for file, page in zip(files, pages, strict=True):
        file.write_text(json.dumps(page))
    again = refilled(shop, front, files, tmp_path)
    assert again.get("catalog", limit=250) == products
    assert again.get("catalog/count") == len(products) == 40
    known = {int(id) for product in products for id in product["categories"]}
    rows = again.get("categories", limit=250)
    assert {row["id"] for row in rows} == known
    assert all(len(row["path"]) == row["depth"] for row in rows)
    again.state.close()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"orders": []}', '"products"'])
def test_a_file_that_is_no_catalog_answer_is_refused(tmp_path: Path, text: Any):
    file = tmp_path / "answer.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"answer\.json is no catalog answer"):
        from_catalog_files([file], domain="www.x.nl", cluster="eu1", language="nl")


@pytest.mark.parametrize("column", ["owner", "other", "word"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_records_of_one_owner_are_found_without_a_look_at_the_others(
    shop: Shop, column: str, order: str
):
    fill(shop.state, generate(40, 40, 1, datetime(2026, 6, 2, tzinfo=UTC)))
    sql = f"select record from records where kind = ? and {column} = ? order by id {order}"
    with shop.state.read() as db:
        plan = [row[3] for row in db.execute(f"explain query plan {sql}", ("order", 1))]
    assert plan == [f"SEARCH records USING INDEX records_by_{column} (kind=? AND {column}=?)"]
