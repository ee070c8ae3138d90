"""The answer for the merchant: true, friendly, without words of the house, and with a link."""

import json
import re

import pytest

from sync import causes, forget, run
from sync.answers import answer_for_run, answer_for_set, by_action, merchant_answer
from sync.cli import main
from sync.entities import SINGULARS
from sync.openshop import opened_shop
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.state import AREAS
from sync.store import RunRow
from sync.texts import LANGUAGES, catalogue, text
from tests.conftest import KEY, PUBLIC, SECRET, Place

pytestmark = pytest.mark.after("sync", include_customers="yes")
OURS = re.compile(
    r"\b(mirror|ledger|payload|plan|run|store|local copy|record|drift|hash|"
    r"Datensatz|Lauf|Kopie|Spiegel|Schlüssel|null)\b|[{}]",
    re.IGNORECASE,
)


def told(place: Place, entity: str, key: str | int, lang: str = "en") -> str:
    return merchant_answer(place.desk, place.store, entity, key, lang).text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_answer_is_friendly_and_has_a_link_and_no_word_of_the_house(place: Place, lang: str):
    alike = {
        (record["entity"], record["action"], *record["reasons"]): record["id"]
        for record in place.records()
    }
    assert len(alike) > 8
    for (entity, *_), source in alike.items():
        said = told(place, SINGULARS[entity], source, lang)
        assert said.startswith(text("merchant.hello", lang))
        assert said.endswith(text("merchant.bye", lang))
        assert "https://" in said
        own = re.sub(r"“[^”]*”|„[^“]*“|https://\S+", "", said)
        assert not OURS.search(own), said
        assert "@" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_somebody_who_is_forgotten_it_names_no_number_and_asks_for_nothing(place: Place, lang):
    number = min(place.objects("customers"))
    assert forget.forget(place.desk, place.store, str(number)).finished
    said = told(place, "customer", str(number), lang)
    assert text("merchant.cause.forgotten", lang) in said
    assert text("merchant.next.nothing", lang) in said
    assert not re.search(r"-?\d{6}", said)
    if lang == "de":
        assert "nach einem Kunden, den wir nicht mehr kennen, gefragt." in said


def test_a_product_that_is_sold_out_says_what_alone_is_enough(place: Place):
    with opened_shop(place.desk, place.store) as shop:
        sql = "SELECT id, title, slug FROM product WHERE visible AND NOT sellable AND NOT free"
        source, title, slug = shop.mirror.conn.execute(sql).fetchone()
    said = told(place, "product", source)
    assert f"the product “{title}” (id {source})" in said
    assert "- None of its variants can be sold at the moment.\n  - " in said
    assert "Each of these alone is enough:\n- " in said
    assert "Include out-of-stock products: Yes" in said
    assert f"/{slug}.html" in said


def test_what_is_in_clerk_is_said_with_its_day(place: Place):
    source = min(place.objects("products"))
    with opened_shop(place.desk, place.store) as shop:
        confirmed = shop.ledger.entry("products", source)
    assert confirmed is not None
    assert re.search(r"as of \d{1,2} [A-Z][a-z]+ 20\d\d\.", told(place, "product", source))
    german = told(place, "product", source, "de")
    assert re.search(r"Stand vom \d{1,2}\. \w+ 20\d\d\.", german)


def test_what_clerk_refused_is_not_said_to_be_up_to_date(place: Place):
    source = min(place.objects("products"))
    place.state.edit("product", source, title="Other")
    refused = Fault(
        "clerk", "soft_error", "POST", "/v2/products", message="no", type="ParsingError"
    )
    place.state.faults.add(refused)
    place.run()
    said = told(place, "product", source)
    assert "did not accept its latest data" in said
    assert "We are looking into it." in said


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_withdrawn_key_of_clerk_is_told_with_what_the_merchant_does(place: Place, lang: str):
    """No next update is promised: nothing arrives until there is another key."""
    source = min(place.objects("products"))
    place.state.edit("product", source, title="Other")
    place.state.faults.add(Fault("clerk", "soft_error", type="AuthenticationError"))
    assert place.run().state == "failed"
    said = told(place, "product", source, lang)
    assert text("merchant.mend.clerk_key", lang) in said
    assert text("merchant.next.goes", lang) not in said
    place.state.faults.clear()
    assert place.run().state == "succeeded"
    assert text("merchant.mend.clerk_key", lang) not in told(place, "product", source, lang)


def test_what_clerk_lost_is_not_said_to_be_there(place: Place):
    source = min(place.objects("products"))
    clerk.lose(place.state, PUBLIC, "products", [source])
    place.run("compare")
    said = told(place, "product", source)
    assert "Clerk.io does not have it at the moment." in said
    assert "sent again with the next update" in said


def test_a_cancelled_order_is_left_out_on_purpose(place: Place):
    with opened_shop(place.desk, place.store) as shop:
        sql = "SELECT id FROM orders WHERE status = 'cancelled'"
        source = shop.mirror.conn.execute(sql).fetchone()[0]
    said = told(place, "order", source)
    assert "left out on purpose" in said
    assert "alone is enough" not in said


def test_an_address_that_was_asked_for_is_masked(place: Place):
    answer = merchant_answer(place.desk, place.store, "customer", "jan@nowhere.example", "de")
    assert not answer.found
    assert "j…@nowhere.example" in answer.text
    assert "jan@" not in answer.text


def test_the_command_line_gives_it(place: Place, capsys: pytest.CaptureFixture[str]):
    def said(*words: str) -> str:
        assert main(["--data", str(place.desk.data_dir), *words]) == 0
        return capsys.readouterr().out

    source = str(min(place.objects("products")))
    document = json.loads(said("answer", "main", "product", source, "--lang", "de", "--json"))
    assert list(document) == ["store", "entity", "id", "found", "lang", "text"]
    assert (document["id"], document["found"], document["lang"]) == (int(source), True, "de")
    assert said("answer", "main", "product", source, "--lang", "de").strip() == document["text"]
    lost = json.loads(said("answer", "main", "page", "nothing", "--json"))
    assert (lost["id"], lost["found"], lost["lang"]) == (None, False, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_set_and_a_run_have_an_answer_without_words_of_the_house(place: Place, lang: str):
    place.set(include_orders="1m")
    told = [
        answer_for_set(place.desk, place.store, entity, by_action(action), lang)
        for entity, action in (("products", "skip"), ("orders", "skip"), ("products", "unchanged"))
    ]
    (first,) = [row for row in place.desk.runs(place.store) if row.kind == "sync"]
    told.append(answer_for_run(place.desk, first, lang))
    place.state.faults.add(
        Fault("clerk", "soft_error", "POST", "/v2/products", type="LogicalError")
    )
    failed = place.run(resend="products")
    told.append(answer_for_run(place.desk, failed, lang))
    for said in told:
        assert said.startswith(text("merchant.hello", lang))
        assert said.endswith(text("merchant.bye", lang))
        assert "https://" in said
        own = "\n".join(line for line in said.splitlines() if not line.startswith("- "))
        assert not OURS.search(re.sub(r"“[^”]*”|„[^“]*“|https://\S+", "", own)), said
        assert "@" not in said
    assert text("merchant.set.first", lang) in told[0]
    assert text("merchant.run.refused", lang) in told[-1]


def told_of(place: Place, row: RunRow, lang: str = "en") -> str:
    return answer_for_run(place.desk, row, lang)


def test_whatever_the_merchant_mends_has_a_sentence_for_the_merchant():
    codes = [each.code for each in causes.CAUSES.values() if each.fixer == "merchant"]
    for lang in LANGUAGES:
        assert [code for code in codes if f"merchant.mend.{code}" not in catalogue(lang)] == []


REFUSED_KEYS = {
    "clerk_key": Fault("clerk", "soft_error", type="AuthenticationError"),
    "key_refused": Fault("lightspeed", "status", code=401),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cause", REFUSED_KEYS)
def test_a_run_that_a_key_stopped_asks_for_another_and_promises_no_retry(
    place: Place, cause: str, lang: str
):
    """As the run's own page and, of any record, Lookup do."""
    place.state.edit("product", min(place.objects("products")), title="Other")
    place.state.faults.add(REFUSED_KEYS[cause])
    failed = place.run()
    assert failed.state == "failed"
    said = told_of(place, failed, lang)
    assert text(f"merchant.mend.{cause}", lang) in said
    assert text("merchant.run.again", lang) not in said
    assert text("merchant.next.nothing", lang) not in said
    source = min(place.objects("products"))
    assert text(f"merchant.mend.{cause}", lang) in told(place, "product", source, lang)
    place.state.faults.clear()
    assert place.run("sync", full=True).state == "succeeded"
    later = told_of(place, failed, lang)
    assert text(f"merchant.mend.{cause}", lang) not in later
    assert text("merchant.run.since", lang) in later


def test_a_run_that_only_we_can_mend_asks_the_merchant_for_nothing_and_promises_nothing(
    place: Place,
):
    source = min(place.objects("products"))
    place.state.edit("product", source, title="Other")
    place.state.faults.add(Fault("lightspeed", "status", code=400, message="bad page"))
    failed = place.run()
    assert failed.state == "failed"
    assert causes.cause_of(failed.said) == "lightspeed_rejects"
    said = told_of(place, failed)
    assert text("merchant.run.looking", "en") in said
    assert text("merchant.run.again", "en") not in said


def test_a_run_that_was_only_partly_done_says_what_the_merchant_must_do(place: Place):
    place.state.remove_key(KEY)
    place.state.add_key(KEY, SECRET, [area for area in AREAS if area != "customers"])
    partial = place.run("sync", full=True)
    assert partial.state == "partial"
    said = told_of(place, partial)
    assert text("merchant.mend.no_permission", "en", area="customers") in said
    assert text("merchant.next.nothing", "en") not in said
    assert text("merchant.run.nothing", "en", when="").partition(" found")[2] not in said


def test_a_run_that_was_cancelled_did_not_find_everything_up_to_date(place: Place):
    row = run.request(place.desk, place.store, "sync")
    run.cancel(place.desk, row.id)
    said = told_of(place, place.desk.run(row.id))
    assert "up to date" not in said
    assert "was ended before it was done" in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("off", ["paused", "sync_time"])
def test_nothing_goes_by_itself_where_the_schedule_is_off(place: Place, off: str, lang: str):
    place.state.faults.add(Fault("clerk", "html", path="/v2/products"))
    place.state.edit("product", min(place.objects("products")), title="Other")
    failed = place.run()
    assert failed.state in ("failed", "partial")
    place.state.faults.clear()
    by_hand = text("merchant.next.by_hand", lang)
    letters = [*letters_of_what_comes(place, lang), told_of(place, failed, lang)]
    assert not any(by_hand in said for said in letters)
    if off == "paused":
        place.store = place.desk.pause(place.store, paused=True)
    else:
        place.set(sync_time="off")
    letters = [*letters_of_what_comes(place, lang), told_of(place, failed, lang)]
    for said in letters:
        assert by_hand in said, said
    for said in letters:
        assert not re.search(r"by itself|von selbst", said.replace(by_hand, "")), said


def letters_of_what_comes(place: Place, lang: str) -> list[str]:
    """Of a record that would come by a change, of one that nobody knows, and of many."""
    with opened_shop(place.desk, place.store) as shop:
        sql = "SELECT id FROM product WHERE visible AND NOT sellable AND NOT free"
        sold_out = shop.mirror.conn.execute(sql).fetchone()[0]
    return [
        told(place, "product", sold_out, lang),
        told(place, "product", "no such title", lang),
        answer_for_set(place.desk, place.store, "products", by_action("unchanged"), lang),
    ]


def test_an_answer_that_promises_nothing_says_nothing_of_the_schedule(place: Place):
    place.store = place.desk.pause(place.store, paused=True)
    source = min(place.objects("products"))
    assert text("merchant.next.by_hand", "en") not in told(place, "product", source)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_run_that_did_not_read_says_nothing_of_what_is_new(place: Place, lang: str):
    exactly = place.run(plan=place.preview()["fingerprint"])
    said = answer_for_run(place.desk, exactly, lang, lambda _: "that day")
    assert text("merchant.run.nothing_planned", lang, when="that day") in said
    assert text("merchant.run.nothing", lang, when="that day") not in said
    read = answer_for_run(place.desk, place.run(), lang, lambda _: "that day")
    assert text("merchant.run.nothing", lang, when="that day") in read
