"""A customer's name and address through every command, file, log, report and page export: they show
up only where records are handed out as they are sent, and that is noted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from sync import answers, explain, preview, run
from sync.cli import COMMANDS, main
from sync.clock import iso
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.sandbox.faults import Fault
from tests.conftest import Place, placed

NAME = {"firstname": "Canarina", "middlename": "", "lastname": "Vogelzangster"}
WHO = {**NAME, "companyName": "Kanariehuis", "addressBillingZipcode": "9876ZX"}
ADDRESS = "canarina@piepmail.example"
WORDS = ("canarina", "vogelzangster", "kanariehuis", "9876zx", "piepmail")
REFUSED = {
    "customers": f"customers[0].name: 'Canarina Vogelzangster' <{ADDRESS}> is too long",
    "orders": f"orders[0].email: '{ADDRESS}' is unknown",
}
STATUSES = "completed, completed_shipped, completed_picked_up, new, processing"
BUNDLED = ("main", "1", "2", "5")  # a store, and runs; the last one was recorded
# What needs a server, a prompt or a folder of its own, or takes away what the others look at.
ELSEWHERE = {
    *(("demo",), ("worker",), ("shop", "add"), ("store", "add"), ("shop", "remove")),
    *(("store", "remove"), ("shop", "key", "add"), ("shop", "key", "remove"), ("restore",)),
    *(("store", "keys"), ("vault", "rotate"), ("alerts", "test"), ("alerts", "add")),
}


@pytest.fixture
def told(tiny: Path, tmp_path: Path) -> Iterator[Place]:
    """A shop with one customer, who ordered everything and whom Clerk.io refused once."""
    with placed(tiny, tmp_path) as place:
        canary, *others = place.state.all("customer")
        for other in others:
            place.state.delete("customer", other["id"])
        place.state.edit("customer", canary["id"], email=ADDRESS, **WHO)
        for order in place.state.all("order"):
            place.state.edit("order", order["id"], email=ADDRESS, customer=canary["id"])
        wanted = {"include_customers": "yes", "include_orders": "all", "collect_emails": "yes"}
        place.set(**wanted, accepted_order_statuses=STATUSES)
        for path, message in REFUSED.items():
            said = {"type": "LogicalError", "message": message}
            place.state.faults.add(Fault("clerk", "soft_error", "POST", f"/v2/{path}", **said))
        refused = place.run()
        assert {each["sample"].split()[0] for each in refused.errors} == REFUSED.keys()
        place.state.faults.clear()
        assert place.run().state == "succeeded"
        place.set(include_customers="no", removal_limit_min="1", removal_limit_percent="0")
        assert place.run().state == "held"
        place.set(include_customers="yes")
        place.desk.clock.sleep(60)
        yield place


def calls(place: Place, folder: Path) -> dict[tuple[str, ...], list[list[str]]]:
    """The words behind each command."""
    customer = str(place.state.all("customer")[0]["id"])
    order = str(place.state.all("order")[0]["id"])
    first, second, held = (str(row.id) for row in reversed(place.desk.runs(place.store)))
    store = ["main"]
    about = [
        [*store, "customer", customer],
        [*store, "order", order],
        [*store, "customer", ADDRESS],
    ]
    now = iso(place.desk.clock.now()) or ""
    return {
        ("show",): [[first], [second], [held]],
        ("reject",): [[held]],
        ("approve",): [[held]],
        ("cancel",): [[held]],
        ("shop", "list"): [[]],
        ("shop", "check"): [["shop"]],
        ("shop", "set"): [["shop", "reserve=20"]],
        ("shop", "key", "list"): [["shop"]],
        ("shop", "key", "unblock"): [["shop", "1"]],
        ("store", "list"): [[]],
        ("store", "set"): [[*store, "outlier_k=5"]],
        ("store", "pause"): [store],
        ("store", "resume"): [store],
        ("settings", "show"): [store],
        ("settings", "set"): [[*store, "page_size=50"]],
        ("settings", "history"): [store],
        ("settings", "restore"): [[*store, "1"], [*store, "2"]],
        ("refresh",): [store],
        ("patrol",): [store],
        ("preview",): [store, [*store, "--set", "include_customers=no", "--blame"]],
        ("run",): [[*store, "--resend", "--record"], [*store, "--compare"]],
        ("runs",): [store],
        ("log",): [[first], [second], [held]],
        ("contrast",): [[*store, "orders", "--action", "unchanged"]],
        ("held",): [[*store, "--on", now, "--records", str(folder / "held.ndjson")]],
        ("bisect",): [[*store, "customer", customer], [*store, "customer", ADDRESS]],
        ("compare",): [[first, second]],
        ("problems",): [[], store],
        ("report",): [[*store, str(folder / "report.html"), "--csv", str(folder / "csv")]],
        ("explain",): [[*each, "--history", "--smallest"] for each in about],
        ("answer",): about,
        ("export",): [[*store, str(folder / "feed")]],
        ("bundle",): [[subject, str(folder / f"bundle-{subject}.zip")] for subject in BUNDLED],
        ("backup",): [[str(folder / "backup.zip")]],
        ("alerts", "list"): [[]],
        ("alerts", "remove"): [["1"]],
        ("alerts", "mute"): [["1", "--off"]],
        ("audit", "list"): [[]],
        ("audit", "verify"): [[]],
        ("retention",): [[], ["drafts=20"]],
        ("doctor",): [[]],
        ("forget",): [[*store, "no-such-person"]],
    }


def found(*texts: object) -> list[str]:
    whole = " ".join(str(text) for text in texts).casefold()
    return [word for word in WORDS if word in whole]


def written(folder: Path, *but: str) -> str:
    """All that lies in files there, but in those."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".zip"]
    return " ".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in files
        if not set(but) & {*path.relative_to(folder).parts}
    )


def unpacked(file: Path) -> str:
    with ZipFile(file) as packed:
        return " ".join(f"{name} {packed.read(name).decode()}" for name in packed.namelist())


@pytest.mark.parametrize("as_document", [False, True], ids=["for people", "for scripts"])
def test_no_command_shows_who_it_is_about(
    told: Place, tmp_path: Path, as_document: bool, capfd: pytest.CaptureFixture[str]
):
    folder = tmp_path / "out"
    folder.mkdir()
    tried = calls(told, folder)
    assert COMMANDS.keys() == tried.keys() | ELSEWHERE
    for command, each_words in tried.items():
        for words in each_words:
            asked = ["--data", str(told.desk.data_dir), "-vv", *command, *words]
            main([*asked, "--json"] if as_document else asked, clock=told.desk.clock)
            said = capfd.readouterr()
            if ADDRESS in words:  # who asks by it may see its domain
                said = [text.replace("c…@piepmail.example", "") for text in said]
            if command == ("explain",) and as_document:
                said = [json.loads(said[0]) | {"payload": None, "title": None}, said[1]]
            assert not found(*said), (command, words)
    assert not found(written(folder, "feed"))
    for subject in BUNDLED:
        whole = unpacked(folder / f"bundle-{subject}.zip")
        assert not found(whole)
    assert "calls.ndjson" in whole  # of the recorded one
    assert '"entity":"customers"' in (folder / "held.ndjson").read_text()
    assert found(written(folder / "feed"))
    assert not found(written(told.desk.data_dir, "shops", "desk.db", "desk.db-wal"))


def test_what_is_handed_out_as_it_is_sent_is_noted(
    told: Place, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    folder = tmp_path / "out"
    folder.mkdir()
    handed_out = {
        "export feed": ["export", "main", str(folder)],
        "export records": ["preview", "main", "--records", str(folder / "all.ndjson")],
        "explain": ["explain", "main", "customer", ADDRESS, "--json"],
    }
    for action, words in handed_out.items():
        before = len(told.desk.audited())
        assert main(["--data", str(told.desk.data_dir), *words], clock=told.desk.clock) == 0
        assert len(found(capfd.readouterr().out, written(folder))) > 2
        for file in folder.iterdir():
            file.unlink()
        [entry] = told.desk.audited()[: len(told.desk.audited()) - before]
        assert (entry.action, entry.subject) == (action, "main")
        assert not found(entry)


def test_no_answer_for_pages_shows_who_it_is_about(told: Place):
    desk, store = told.desk, told.store
    customer = told.state.all("customer")[0]["id"]
    shown: list[Any] = [
        explain.lookup(desk, store, ADDRESS),
        explain.lookup(desk, store, "Canarina"),
    ]
    plan = preview.prepared(desk, store)
    for entity in ENTITIES:
        rows = preview.rows(desk, store, plan.key, entity, search="canarina")
        assert rows.total == (entity == "customers")  # found by the name all the same
        shown += [rows]
        for made in (preview.as_csv, preview.as_ndjson):
            shown += [b"".join(made(desk, store, plan.key, entity)).decode()]
    for row in desk.runs(store):
        shown += [
            run.hold_rows(desk, row.id),
            run.outcomes(desk, row.id, limit=1000),
            run.log_lines(desk, row.id),
            row.errors,
        ]
        shown += [b"".join(run.export_outcomes(desk, row.id, kind)) for kind in ("csv", "json")]
        shown += [run.wrong_records(desk, row.id, each) for each in run.went_wrong(desk, row)]
    shown += [as_json(answers.problems(desk, store))]
    shown += [b"".join(answers.export_held(desk, store, desk.clock.now())).decode()]
    shown += [as_json(preview.record(desk, store, "customers", customer))]
    shown += [as_json(answers.record_history(desk, store, "customer", customer))]
    shown += [as_json(explain.explain(desk, store, "customer", customer))]
    for lang in ("en", "de"):
        shown += [as_json(answers.merchant_answer(desk, store, "customer", customer, lang))]
    for each in shown:
        assert not found(each), each
