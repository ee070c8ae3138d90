"""The page for the merchant: true, of one piece, and without anybody's name or address."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sync import answers
from sync.cli import main
from sync.openshop import opened_shop
from sync.plan import known_sales
from sync.texts import LANGUAGES, text
from tests.bench import synthetic
from tests.conftest import Place

VOID = {"meta", "polyline"}


class Read(HTMLParser):
    """Text, and whatever the page would load; every element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.loaded += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.loaded += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.after("sync", include_customers="yes", collect_emails="yes")
def test_the_page_says_what_the_plan_says(place: Place, tmp_path: Path, lang: str):
    hostile = '<img src=x onerror="1">=1+1'
    skipped = next(line for line in place.records() if line["reasons"] == ["out_of_stock"])
    place.state.edit("product", skipped["id"], title=hostile, fulltitle="")
    place.run("refresh")
    file = tmp_path / "report.html"
    size = answers.report(place.desk, place.store, file, lang, tmp_path / "csv")
    page = file.read_text(encoding="utf-8")
    assert size == file.stat().st_size
    read = Read(page)
    assert (read.open, read.loaded) == ([], [])
    assert "<script" not in page
    assert "@" not in re.sub(r"@media", "", page)
    assert hostile in "".join(read.said)
    counted = place.preview()["entities"]["products"]
    assert str(counted["read"]) in read.said
    assert str(counted["reasons"]["out_of_stock"]) in read.said
    table = (tmp_path / "csv" / "fix.csv").read_bytes().decode("utf-8-sig")
    between = {"en": ",", "de": ";"}[lang]
    assert table.splitlines()[0].count(between) == 6
    assert text("reason.out_of_stock.name", lang) in table
    assert "\n=" not in table
    assert text("setting.include_out_of_stock.label", lang) not in page + table  # not theirs to set


def test_of_a_store_that_was_never_read_it_says_so(place: Place, tmp_path: Path):
    shop = place.desk.shop_by_id(place.store.shop_id)
    place.desk.set_shop(shop, {"name": place.store.name})
    for lang in LANGUAGES:
        answers.report(place.desk, place.store, tmp_path / lang, lang)
        page = (tmp_path / lang).read_text(encoding="utf-8")
        assert text("report.never_read", lang) in page
        assert text("report.title", lang, name=place.store.name) in page  # not said twice


def test_what_sold_is_summed_from_the_lines(tmp_path: Path):
    desk, store = synthetic.make_store(tmp_path)
    with opened_shop(desk, store) as shop:
        synthetic.fill(shop, products=5, variants=1, orders=400)
        inputs = shop.plan_inputs(desk.settings(store).settings)
        since = inputs.as_of - 90 * 86400
        orders, revenue = Counter[int](), Counter[int]()
        sql = "SELECT lines FROM orders WHERE created >= ? AND status <> 'cancelled'"
        rows = shop.mirror.stream(sql, since)
        for (lines,) in rows:
            told = json.loads(lines)
            orders.update({line["product"] for line in told})
            for line in told:
                back = line["returned"] / line["quantity"]
                revenue[line["product"]] += round(100 * line[inputs.context.side] * (1 - back))
        found = answers.sold(inputs)
        assert known_sales(inputs, "file") == found
    assert {product: each.orders for product, each in found.items()} == dict(orders)
    for product, each in found.items():
        assert each.revenue == pytest.approx(revenue[product] / 100, abs=0.02 * orders[product])


def test_the_command_line_writes_it(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "report.html"
    words = ["--data", str(place.desk.data_dir), "report", place.store.slug, str(file)]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(file), "bytes": file.stat().st_size}
    assert (
        main(["--data", str(place.desk.data_dir), "report", place.store.slug, str(tmp_path)]) == 2
    )
    assert len(capsys.readouterr().err.splitlines()) == 1
