"""Scripts that were written against an older version go on: its documents, field by field."""

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from sync.cli import main
from sync.sandbox import clerk
from sync.sandbox.state import State
from sync.store import Desk

DOCUMENTS = Path(__file__).parent / "data" / "documents-0.2.1"
ENVIRONMENT = {
    "LIGHTSPEED_API_KEY": "5a" * 16,
    "LIGHTSPEED_API_SECRET": "6b" * 16,
    "CLERK_PUBLIC_KEY": "public",
    "CLERK_PRIVATE_KEY": "private",
    "SYNC_USER": "ines",
    "SYNC_PASSPHRASE": "a passphrase of some length",
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


def answered(data: Path, *words: str):
    """The exit code and document of one command."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        code = main(["--data", str(data), "--json", *words])
    return code, json.loads(out.getvalue())


def said(data: Path, *words: str):
    """The document of one command."""
    return answered(data, *words)[1]


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
def folder(tmp_path_factory) -> Iterator[Path]:
    """The data folder of all these commands."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.delenv("SYNC_ALLOW_PRIVATE")
        yield tmp_path_factory.mktemp("contract")


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, object]:
    return documents(folder)


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


# -- the second round: commands that 0.2.1 did not have -------------------------------------------

RUN = {
    "run": int,
    "store": str,
    "kind": str,
    "state": str,
    "trigger": str,
    "started": str,
    "finished": str,
    "settings_version": int,
    "plan": (str, None),
    "waiting": None,
    "holds": [],
    "calls": {"lightspeed": {"total": int}, "clerk": {"total": int}},
    "waited_s": (int, float),
    "errors": [],
}
BOOK = {
    **dict.fromkeys(("read", "created", "updated", "unchanged", "skipped", "failed"), int),
    "not_sent": int,
    "removed": int,
    "reasons": {...: int},
}
COMPARED = {"asked": int, "missing": [int], "different": [int], "foreign": [int], "unreadable": int}
COMPARISON = {**RUN, "kind": "compare", "entities": {...: COMPARED}}
PREVIEW = {
    "store": str,
    "fingerprint": str,
    "entities": {...: dict},
    "holds": list,
    "calls": dict,
    "exactly": dict,
}
BLAME = {
    "settings": [str],
    "each": bool,
    "entities": {...: dict.fromkeys(("enter", "leave", "change", "follow"), int)},
}
PATTERN = {"dimension": str, "value": str, "in_set": int, "in_rest": int}
CONTRAST = {"store": str, "entity": str, "set": int, "rest": int, "patterns": [PATTERN]}
EXPLAINED = {
    "store": str,
    "entity": str,
    "id": int,
    "found": bool,
    "decision": str,
    "reasons": [str],
    "payload": (dict, None),
    "clerk": (dict, None),
    "would_include": (dict, None),
}
VARIANT = {
    "id": int,
    "title": str,
    "stock": (int, float),
    "minimum": (int, float),
    "tracking": str,
    "sellable": bool,
}
ORDER = {"status": str, "custom_status": (str, None), "created": str, "cutoff": (str, None)}
CHANGE = {
    "run": int,
    "at": str,
    "action": str,
    "reasons": [str],
    "fields": [str],
    "settings_version": int,
}
HELD = {"store": str, "on": str, "entities": {...: {"count": int, "ids": [(int, str)]}}}
HELD_TWICE = {
    "entities": {...: {name: [(int, str)] for name in ("ids", "entered", "left", "changed")}}
}
MOVED = {"id": int, "was": str, "is": str, "why": [str]}
TWO_RUNS = {
    "runs": [int],
    "settings": {...: [(str, None)]},
    "books": {...: {...: [int]}},
    "moved": {...: [MOVED]},
}
LEFT = {"found": bool, "run": (int, None), "at": (str, None), "why": [str]}
PROBLEM = {
    "code": str,
    "cause": str,
    "state": str,
    "first": str,
    "last": str,
    "stores": [str],
    "records": int,
    "who": str,
    "next": str,
}
CHECKS = {"ok": bool, "checks": [{"name": str, "ok": bool, "text": str, "todo": (str, None)}]}
ENTRY = {"id": int, "at": str, "who": str, "action": str, "subject": str, "hash": str}
WRITTEN = {"file": str, "bytes": int}
OPTIONS = {
    "outlier_hold": "no",
    "outlier_k": "4",
    "patrol_days": "7",
    "patrol_resend": "no",
    "fresh_products_h": "auto",
    "fresh_orders_h": "auto",
}
FORGOTTEN = {
    "shop": str,
    "forgotten": {...: int},
    "clerk": {...: {"asked": int, "deleted": int, "resent": int}},
}
LOSE = "Clerk.io loses"
# In this order, after those above: what is asked for, the exit code, and what the answer has. A
# word in capitals is a path, TODAY, or a record.
LATER: list[tuple[str, int, object]] = [
    ("store set demo patrol_days=7", 0, {"store": "demo", "options": OPTIONS}),
    ("run demo --resend categories", 0, {**RUN, "books": {...: BOOK}}),
    ("run demo --only products:PRODUCTS --resend", 0, RUN),
    (f"{LOSE} PRODUCTS", 0, None),
    ("run demo --compare", 3, {**COMPARISON, "state": "partial"}),
    ("run demo --compare --mend", 0, {**COMPARISON, "books": {...: BOOK}}),
    ("run demo --compare --no-wait", 0, COMPARISON),
    ("run demo --record", 0, RUN),
    ("preview demo --set page_size=50 --blame", 0, {**PREVIEW, "blame": []}),
    ("preview demo --set include_pages=no --blame", 0, {**PREVIEW, "blame": [BLAME]}),
    ("contrast demo products --reason out_of_stock", 0, CONTRAST),
    ("contrast demo products --action skip", 0, CONTRAST),
    ("contrast demo orders --failed RUN", 0, {**CONTRAST, "patterns": []}),
    ("contrast demo products --gone-since TODAY", 0, CONTRAST),
    ("contrast demo products --set include_out_of_stock=yes", 0, CONTRAST),
    (
        "explain demo product SKIPPED --history --smallest",
        0,
        {**EXPLAINED, "evidence": {"variants": [VARIANT]}, "history": [CHANGE], "smallest": list},
    ),
    ("explain demo order ORDERS", 0, {**EXPLAINED, "status": str, "evidence": {"order": ORDER}}),
    ("explain demo product nothing --history --smallest", 0, {"found": False, "smallest": []}),
    ("held demo --on TODAY --records FILE", 0, HELD),
    ("held demo --on TODAY --and TODAY", 0, HELD_TWICE),
    ("bisect demo product SKIPPED", 0, LEFT),
    ("bisect demo product nothing", 0, {**LEFT, "found": False}),
    ("compare 2 RUN", 0, TWO_RUNS),
    ("answer demo product PRODUCTS --lang de", 0, {"found": True, "lang": "de", "text": str}),
    ("answer demo product nothing", 0, {"entity": "product", "id": None, "found": False}),
    ("report demo FILE.html --csv FILE.csv", 0, WRITTEN),
    ("problems demo", 0, [PROBLEM]),
    ("problems", 0, [PROBLEM]),
    ("doctor", 1, {**CHECKS, "ok": False}),  # scheduled, and no worker
    ("store pause demo", 0, {"paused": True}),
    ("doctor", 0, {**CHECKS, "ok": True}),
    ("bundle RUN FILE.run.zip", 0, WRITTEN),
    ("bundle demo FILE.store.zip", 0, WRITTEN),
    ("backup FILE.whole", 0, {**WRITTEN, "sha256": str}),
    ("backup FILE.shop --shop demo", 0, {**WRITTEN, "sha256": str}),
    ("restore FILE.whole --data FILE.new", 0, {"restored": ["demo"]}),
    ("restore FILE.shop --data FILE.other", 0, {"restored": ["demo"]}),
    ("runs demo --data FILE.other", 0, [{"run": int, "was": int}]),
    ("settings history demo --data FILE.other", 0, [{"version": int, "was": int}]),
    ("preview demo --data FILE.other", 0, {**PREVIEW, "as_of": str}),
    ("run demo --data FILE.other", 0, RUN),
    ("shop remove demo --data FILE.other", 0, {"removed": True}),
    ("restore FILE.shop --data FILE.other", 0, {"restored": ["demo"]}),
    ("run demo --data FILE.other", 0, RUN),
    ("forget demo CUSTOMERS", 0, FORGOTTEN),
    ("explain demo customer CUSTOMERS", 0, {"decision": "exclude", "reasons": ["forgotten"]}),
    ("audit list --since TODAY", 0, [{**ENTRY, "before": ..., "after": ...}]),
    ("audit verify", 0, {"ok": True, "entries": int}),
    ("vault rotate", 0, {"sealed": int}),
]
# What is refused, with what the error names.
REFUSED = {
    "store set demo patrol_days=x": "patrol_days",
    "store set demo nothing=1": "outlier_hold",
    "store set demo outlier_k=3 outlier_k=4": "outlier_k",
    "shop set demo reserve=20 reserve=30": "reserve",
    "run demo --resend shoes": "shoes",
    "run --resend demo": "--resend",
    "run demo --resend --plan 0": "--plan",
    "run demo --resend --retry 2": "--retry",
    "run demo --resend --compare": "--compare",
    "run demo --resend products --only orders:1": "orders",
    "run demo --mend": "--compare",
    "preview demo --blame": "--set",
    "contrast demo products": "--reason",
    "contrast demo customers --action skip": "customers",
    "contrast demo products --reason nothing": "out_of_stock",
    "contrast demo products --action skip --failed 2": "--failed",
    "contrast demo products --gone-since 2999-01-01": "2999-01-01",
    "held demo --on 9999-12-31": "9999-12-31",
    "held demo --on 2001-01-01": "20",  # the time from which it is known
    "held demo --on TODAY --and 2001-01-01": "20",
    "held demo --on yesterday": "yesterday",
    "held demo --on TODAY --zone Mars/Olympus": "Mars/Olympus",
    "held demo": "--on",
    "bisect demo products 1": "products",
    "compare 2 999": "999",
    "audit list --since 2999-01-01": "2999-01-01",
    "bundle 999 FILE.no.zip": "999",
    "bundle nowhere FILE.no.zip": "nowhere",
    "restore FILE.shop": "demo",
    "restore FILE.whole": "empty",
    "forget demo nobody@shop.example": "nobody",
    "worker --processes 65": "64",
    "store add demo More --language nl --schedule perhaps": "perhaps",
}


def fits(value: object, shape: object) -> bool:
    """Whether a value has all that its shape names: types, fixed values, `...` for any name or
    value, a tuple for one of several."""
    if shape is ...:
        return True
    if isinstance(shape, type):
        return type(value) is shape or (shape is float and type(value) is int)
    if isinstance(shape, tuple):
        return any(fits(value, each) for each in shape)
    if isinstance(shape, list) and shape and not isinstance(shape[0], str):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if not isinstance(shape, dict):
        return value == shape
    if not isinstance(value, dict):
        return False
    if ... in shape:
        return all(fits(each, shape[...]) for each in value.values())
    return shape.keys() <= value.keys() and all(fits(value[k], s) for k, s in shape.items())


def lost(folder: Path, product: int) -> tuple[int, None]:
    """Clerk.io does not have the product any more."""
    desk, state = Desk(folder), State(folder / "sandbox.db")
    public, _ = desk.clerk_keys(desk.store("demo"))
    clerk.lose(state, public.reveal(), "products", [product])
    state.close()
    return 0, None


@pytest.fixture(scope="module")
def later(made, folder: Path) -> dict[object, tuple[int, object]]:
    """What each of `LATER`, by its number, and of `REFUSED` answers, in this order."""
    known = {
        "TODAY": datetime.now(UTC).date().isoformat(),
        "FILE": str(folder.parent / "made"),
        "RUN": str(made["planned"]["run"]),
        **records(folder / "records"),
    }
    pattern = re.compile("|".join(rf"\b{word}\b" for word in known))
    lines = {**{number: line for number, (line, *_) in enumerate(LATER)}, **{x: x for x in REFUSED}}

    def asked(line: str) -> tuple[int, object]:
        words = pattern.sub(lambda found: known[found[0]], line).split()
        return lost(folder, int(words[-1])) if line.startswith(LOSE) else answered(folder, *words)

    return {name: asked(line) for name, line in lines.items()}


@pytest.mark.parametrize("number", range(len(LATER)), ids=[line for line, _, _ in LATER])
def test_a_later_command_has_all_that_is_promised(later, number):
    _, code, shape = LATER[number]
    found, document = later[number]
    assert found == code, document
    assert fits(document, shape), document


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_says_why_in_one_line(later, line):
    code, document = later[line]
    assert code == 2
    assert list(document) == ["error"]
    assert REFUSED[line] in document["error"]
    assert "\n" not in document["error"]
