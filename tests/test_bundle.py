"""Recorded runs, and the file for a support case: what happened is in them, and nobody's name."""

from __future__ import annotations

import io
import json
import zipfile

import orjson
import pytest

from sync import bundle, recording, run
from sync.documents import as_json
from sync.recording import redacted
from sync.sandbox.faults import Fault, FaultPlans
from sync.store import Refused, State
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place
from tests.test_cli import Terminal

CANARY = {
    "firstname": "Wilhelmina",
    "lastname": "Kanarienvogel",
    "email": "wilhelmina@canary.example",
    "phone": "0612345678",
    "birthDate": "1971-02-03",
    "addressBillingStreet": "Vogelgasse",
    "addressBillingZipcode": "1234 KV",
    "addressBillingNumber": "17b",
    "companyName": "Federvieh",
    "memo": "ruft immer dienstags an",
    "message": "Alles Gute, deine Mina",
    "error": "wohnt dort nicht",
    "nationalId": 7102031234,
    "companyCoCNumber": 55443322,
    "mobile": 612345678,
    "remoteIp": 3232235777,
}
NAMED = ("firstname", "lastname", "email")
HIDDEN = (KEY, SECRET, PUBLIC, PRIVATE, *(CANARY[name] for name in NAMED))


def named(place: Place) -> None:
    """One customer has the canary's name and address, one order is hers."""
    mine = {name: CANARY[name] for name in NAMED}
    place.state.edit("customer", place.state.all("customer")[0]["id"], **mine)
    place.state.edit("order", place.state.all("order")[0]["id"], **mine)


def unpacked(made: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/nl/catalog.json?page=1", True),
        ("/v2/products", True),
        ("/nl/catalog/count.json", True),
        ("/nl/orders/12/products.json", False),
        ("/v2/orders", False),
        ("/nl/customers.json", False),
        ("/nl/shop.json", False),
        ("/", False),
        ("/nl/something/new.json", False),
        ("/nl/metafields.json", False),  # of customers and orders too
        ("/nl/products/7/metafields.json", True),
    ],
)
def test_what_may_name_persons_is_all_but_what_is_known_not_to(path, content):
    assert redacted.is_content(path) is content


def test_of_a_person_nothing_stays_but_numbers_states_and_dates():
    kept = {"id": 7, "number": "ORD7", "status": "paid", "createdAt": "2026-01-02", "price": 9.5}
    told = redacted.body("/nl/orders.json", orjson.dumps({"orders": [{**kept, **CANARY}]}))
    found = json.loads(told["text"])["orders"][0]
    assert {name: found[name] for name in kept} == kept
    assert {found[name] for name in CANARY} == {"•••"}
    single = redacted.body("/nl/orders/7.json", orjson.dumps({"order": {**kept, **CANARY}}))
    assert json.loads(single["text"]) == {"order": found}
    broken = redacted.body("/nl/orders.json", b'{"firstname": "Wilhelmina"')
    assert "Wilhelmina" not in broken["text"]
    assert "bytes" in broken["text"]


def test_an_answer_that_repeats_a_record_does_not_name_whom_it_is_of():
    who = {"id": 7, "name": "Wilhelmina Au", "zip": "17b"}
    sent = orjson.dumps({"key": KEY, "customers": [who]})
    said = {"status": "error", "type": "LogicalError", "message": "[0].name: 'Wilhelmina Au', 17B!"}
    told = json.loads(redacted.body("/v2/customers", orjson.dumps(said), sent)["text"])
    assert told == {**said, "message": "[0].name: '••• •••', •••!"}
    plain = {"error": {"message": "Not found"}}
    assert json.loads(redacted.body("/nl/orders.json", orjson.dumps(plain), b"")["text"]) == plain


def test_a_long_body_is_cut_and_says_so():
    told = redacted.body("/nl/catalog.json", orjson.dumps({"text": "x" * 50_000}))
    assert len(told["text"]) == redacted.MOST
    assert told["cut"]
    assert told["bytes"] > 50_000


def test_a_recorded_run_has_every_call_in_its_order_with_what_was_said(place: Place):
    named(place)
    place.set(include_customers="yes", collect_emails="yes")
    done = place.run(record=True)
    assert done.state == State.SUCCEEDED
    found = recording.recorded(place.desk, done)
    totals = [done.calls[side]["total"] for side in ("lightspeed", "clerk")]
    assert found["total"] == sum(totals) > 10
    assert [call.n for call in found["rows"]] == list(range(1, found["total"] + 1))
    posted = next(c for c in found["rows"] if (c.method, c.side) == ("POST", "clerk"))
    sent, received = recording.detail(place.desk, done, posted.n)
    assert '"id"' in sent.text
    assert '"ok"' in received.text
    everything = b"".join(orjson.dumps(line) for line in recording.lines(place.desk, done)).decode()
    assert [secret for secret in HIDDEN if secret in everything] == []
    assert "customers" in everything


def test_a_run_that_is_not_recorded_keeps_no_call(place: Place):
    done = place.run()
    assert recording.recorded(place.desk, done) == {"rows": [], "total": 0}
    with pytest.raises(Refused):
        recording.detail(place.desk, done, 1)


def test_a_call_that_failed_is_there_too(place: Place):
    FaultPlans(place.state).add(Fault("clerk", "status", path="/products", times=1, code=503))
    done = place.run(record=True)
    failed = recording.recorded(place.desk, done, failed=True)["rows"]
    assert ("clerk", 503) in [(call.side, call.status) for call in failed]


@pytest.mark.parametrize("whole", [True, False])
def test_a_bundle_says_what_happened_and_names_nobody(place: Place, whole):
    named(place)
    place.set(include_customers="yes", collect_emails="yes")
    done = place.run(record=True)
    files = unpacked(bundle.bundle(place.desk, place.store if whole else done))
    wanted = {"about.json", "store.json", "settings.json", "problems.json", "worker.log"}
    wanted |= {f"run-{done.id}/{name}" for name in ("run.json", "log.txt", "records.ndjson")}
    wanted |= {f"run-{done.id}/calls.ndjson"} | ({"runs.json"} if whole else set())
    assert wanted <= files.keys()
    told = as_json(run.report(place.desk, place.desk.run(done.id)))
    assert json.loads(files[f"run-{done.id}/run.json"])["books"] == told["books"]
    text = "\n".join(files.values())
    assert [secret for secret in HIDDEN if secret in text] == []
    assert "@" not in text.replace("•••@…", "")
    assert place.desk.audited()[0].action == "bundle"


def test_the_command_writes_a_new_file_for_its_owner_alone(place: Place, tmp_path, capsys):
    sync = Terminal(place.desk.data_dir, capsys)
    done, file = sync.json("run", "main", "--record"), tmp_path / "case.zip"
    assert sync.json("bundle", str(done["run"]), str(file))["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert "another name" in sync.error("bundle", "main", str(file))
    assert "unknown store" in sync.error("bundle", "nobody", str(tmp_path / "x.zip"))
    assert "999" in sync.error("bundle", "999", str(tmp_path / "x.zip"))
