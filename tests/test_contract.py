"""Scripts that were written against an older version go on: its documents, field by field."""

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from sync.cli import main

DOCUMENTS = Path(__file__).parent / "data" / "documents-0.2.1"
ENVIRONMENT = {
    "LIGHTSPEED_API_KEY": "5a" * 16,
    "LIGHTSPEED_API_SECRET": "6b" * 16,
    "CLERK_PUBLIC_KEY": "public",
    "CLERK_PRIVATE_KEY": "private",
    "SYNC_USER": "ines",
    "LANG": "en",
}
# In this order, on one new folder; 0.2.1 knew neither --unchecked nor --schedule. A word in
# capitals is a path, the latest run, or the first record of that entity that goes.
COMMANDS = dict(
    line.split(": ", 1)
    for line in """
demo: demo --products 60 --orders 120
shop_list: shop list
shop_check: shop check demo
key_list: shop key list demo
store_list: store list
settings_show: settings show demo
widened: settings set demo include_customers=yes include_pages=yes include_out_of_stock=yes
refreshed: refresh demo
preview: preview demo --records RECORDS
preview_draft: preview demo --set include_review_score=yes
run: run demo
show: show RUN
log: log RUN
only: run demo --only products:PRODUCTS --full
explain_product: explain demo product PRODUCTS
explain_skipped: explain demo product SKIPPED
explain_order: explain demo order ORDERS
explain_category: explain demo category CATEGORIES
explain_customer: explain demo customer CUSTOMERS
explain_page: explain demo page PAGES
explain_unknown: explain demo product nothing
export: export demo EXPORT
settings_refused: settings set demo nothing=yes
narrowed: settings set demo include_out_of_stock=no removal_limit_percent=1 removal_limit_min=1
preview_held: preview demo
held: run demo
held_shown: show RUN
store_held: store list
rejected: reject RUN --note no
held_again: run demo
approved: approve RUN
approved_log: log RUN
runs: runs demo
settings_history: settings history demo
settings_restore: settings restore demo 1
store_pause: store pause demo
store_resume: store resume demo
shop_set: shop set demo reserve=12
shop_add: shop add Other --domain www.other.example --cluster eu1 --unchecked
key_list_other: shop key list other
store_add: store add other Second --language nl --schedule on
store_remove: store remove second
shop_remove: shop remove other
unknown_run: show 999
widened_again: settings set demo include_customers=yes include_pages=yes --note back
preview_last: preview demo
planned: run demo --plan FINGERPRINT
retried: run demo --retry RUN
plan_stale: run demo --plan 0
unknown_store: preview nowhere
unknown_kind: run demo --only pictures:1
draft_refused: preview demo --set include_pages=perhaps
assignment_refused: settings set demo nothing
decision_refused: approve RUN
cancelled: cancel RUN
""".strip().splitlines()
)

# What no two runs have in common: times, ports, keys, windows; and what moves with the calendar,
# for the demo's orders are as old as they were when they are made.
MOVING = re.compile(
    r"\.(at|as_of|added|api_url|created_at|finish|finished|fingerprint|last_success|next_due"
    r"|path|plan|queued|resets_at|remaining|started|until|used|waited_s|confirmed_at|time)$"
    r"|^key_list.*\.key$|\.budget\[\]|orders\.|orders?\.payload|\.order_lines$"
    r"|^store_(pause|resume)\.status$"
)
# Values that a later version changed on purpose, and why.
CHANGED = {
    r"\.calls\.": "0.3.0 counts customers, asks Clerk.io what it has, and reads back a sample",
    r"^(demo\.run|refreshed)\.phase$": "0.3.0 ends a refresh with asking Clerk.io what it has",
    r"^store_(add|list).*\.status$": "0.3.0 says that the shop's own sync must be off",
    r"^(approved_)?log\[\]\.message$": "0.3.0 reads back more, 0.5.0 has lines as codes and values",
    r"\.payload\.image$": "0.3.0 has the demo's pictures on this computer",
}


def kinds(value, path="") -> Iterator[tuple[str, str]]:
    """Each key path of a document with the JSON types found there."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
    yield path, names.get(type(value), type(value).__name__)
    inner = value.items() if isinstance(value, dict) else ()
    for key, held in inner:
        yield from kinds(held, f"{path}.{key}")
    for held in value if isinstance(value, list) else ():
        yield from kinds(held, f"{path}[]")


def values(value, path: str) -> Iterator[tuple[str, object]]:
    """Each key path of a document with the plain values found there."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield from values(held, f"{path}.{key}")
    elif isinstance(value, list):
        for held in value:
            yield from values(held, f"{path}[]")
    else:
        yield path, value


def said(data: Path, *words: str):
    """The document of one command."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        main(["--data", str(data), "--json", *words])
    return json.loads(out.getvalue())


def records(path: Path) -> dict[str, str]:
    """What the words in capitals stand for, from the lines of a preview."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    goes = [r for r in lines if r["action"] == "create" or "lines_pending" in r["reasons"]]
    known = {record["entity"].upper(): str(record["id"]) for record in reversed(goes)}
    skipped = [r for r in lines if r["entity"] == "products" and r["action"] == "skip"]
    return {**known, "SKIPPED": str(skipped[0]["id"])}


def documents(data: Path) -> dict[str, object]:
    """The document of each of `COMMANDS`, on a new data folder."""
    found: dict[str, object] = {}
    known = {"RECORDS": str(data / "records"), "EXPORT": str(data / "export")}
    for name, line in COMMANDS.items():
        words = line.split()
        for capitals, meant in known.items():
            words = [word.replace(capitals, meant) for word in words]
        found[name] = document = said(data, *words)
        if isinstance(document, dict) and "run" in document:
            known["RUN"] = str(document["run"])
        if name == "preview":
            known |= records(data / "records")
        if isinstance(document, dict) and "fingerprint" in document:
            known["FINGERPRINT"] = document["fingerprint"]
    found["records"] = [json.loads(line) for line in (data / "records").read_text().splitlines()]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[dict[str, object]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield documents(tmp_path_factory.mktemp("contract"))


def held(name: str):
    """The document that 0.2.1 gave; of long lists it has some rows."""
    return json.loads((DOCUMENTS / f"{name}.json").read_text())


@pytest.mark.parametrize("name", [*COMMANDS, "records"])
def test_a_document_has_all_that_it_had(made, name):
    assert set(kinds(held(name))) - set(kinds(made[name])) == set()


@pytest.mark.parametrize("name", [*COMMANDS, "records"])
def test_no_field_has_another_type(made, name):
    had = dict[str, set[str]]()
    for path, kind in kinds(held(name)):
        had.setdefault(path, {"null"}).add(kind)
    known = {path for path, types in had.items() if types != {"null"}}
    new = {(path, kind) for path, kind in kinds(made[name]) if path in known}
    assert {(path, kind) for path, kind in new if kind not in had[path]} == set()


@pytest.mark.parametrize("name", [*COMMANDS, "records"])
def test_a_value_that_does_not_move_is_the_same(made, name):
    fixed = {
        (path, value)
        for path, value in values(held(name), name)
        if not MOVING.search(path) and not any(re.search(each, path) for each in CHANGED)
    }
    assert fixed - set(values(made[name], name)) == set()


def test_each_change_of_a_value_is_still_one(made):
    """What is in the table and no longer differs is no exception any more."""
    moved = {
        path
        for name in made
        for path, value in set(values(held(name), name)) - set(values(made[name], name))
    }
    assert [each for each in CHANGED if not any(re.search(each, path) for path in moved)] == []
