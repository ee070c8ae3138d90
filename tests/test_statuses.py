"""What order statuses are called, and how two are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.rules import OrderRules
from sync.settings import Settings
from sync.statuses import STATUSES, known_names, normal_status, standard_status

JOINED = ("{} & {}", "{} und {}", "{} and {}", "{} en {}", "{} et {}", "{}, {}", "{} {}", "{}-{}")
JOINED += ("{},{}", "{} / {}", "{} ({})", "{}: {}", "{}, and {}", "{}_{}", "{}\u00a0& {}")
SHIPPED = (
    ("completed", "shipped"),
    ("abgeschlossen", "versendet"),
    ("voltooid", "verzonden"),
    ("Afgerond", "Verzonden"),
    ("Terminé", "Expédié"),
)


@pytest.mark.parametrize("form", JOINED)
@pytest.mark.parametrize("words", SHIPPED)
def test_a_status_is_known_with_every_way_to_join_its_words(form, words):
    name = form.format(*words)
    assert standard_status(name) == "completed_shipped"
    assert standard_status(name.upper()) == "completed_shipped"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("abgeschlossen", "completed"),
        ("Voltooid", "completed"),
        ("Afgerond", "completed"),
        ("Terminé", "completed"),
        ("termine", "completed"),
        ("Completed, Picked Up", "completed_picked_up"),
        ("abgeschlossen und abgeholt", "completed_picked_up"),
        ("Voltooid & afgehaald", "completed_picked_up"),
        ("Terminé et retiré", "completed_picked_up"),
        ("Storniert", "cancelled"),
        ("canceled", "cancelled"),
        ("Geannuleerd", "cancelled"),
        ("Annulé", "cancelled"),
        ("Processing: awaiting payment", "processing_awaiting_payment"),
        ("In Bearbeitung, Zahlung ausstehend", "processing_awaiting_payment"),
        ("Wacht op betaling", "processing_awaiting_payment"),
        ("En attente de paiement", "processing_awaiting_payment"),
        ("In behandeling - klaar voor verzending", "processing_awaiting_shipment"),
        ("En attente d’expédition", "processing_awaiting_shipment"),
        ("Warten auf Abholung", "processing_awaiting_pickup"),
        ("Processing, Ready for Pickup", "processing_ready_for_pickup"),
        ("Abholbereit", "processing_ready_for_pickup"),
        ("Prêt à être retiré", "processing_ready_for_pickup"),
        ("Zurückgestellt", "on_hold"),
        ("En attente", "on_hold"),
        ("In behandeling", "processing"),
        ("Teilweise bezahlt", "processing_partially_paid"),
        ("Nieuw", "new"),
        ("Angebot", "offer"),
    ],
)
def test_a_status_is_known_by_its_name_in_four_languages(name, status):
    assert standard_status(name) == status


@pytest.mark.parametrize("name", ["", "²", "und", "&", "Betaald, verzonden", "completed or so"])
def test_any_other_name_is_none_of_lightspeeds(name):
    assert standard_status(name) is None


def test_every_status_is_known_by_its_own_name_and_every_name_is_of_a_status():
    assert [standard_status(status) for status in STATUSES] == list(STATUSES)
    assert set(known_names().values()) == set(STATUSES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Betaald, verzonden", "betaald & VERZONDEN"),
        ("Betaald en verzonden", "betaald,verzonden"),
        ("Bezahlt und versandt", "bezahlt-and-versandt"),
    ],
)
def test_joining_words_are_one(one, other):
    assert normal_status(one) == normal_status(other)


@pytest.mark.parametrize("name", ["island", "brandend", "enkel", "et", "en attente", "und"])
def test_a_joining_word_counts_between_words_alone(name):
    assert "&" not in normal_status(name)


@given(st.lists(st.sampled_from([*"ab ,&-_", "and", "und", "en", "et"])).map("".join))
def test_a_compared_form_is_compared_as_itself(name):
    assert normal_status(normal_status(name)) == normal_status(name)


def accepts(typed: str, status: str, title: str | None = None) -> bool:
    settings = Settings.from_values({"accepted_order_statuses": typed})
    rules = OrderRules(settings, 0, {} if title is None else {7: title})
    return rules.accepts_status(status, None if title is None else 7)


def test_the_helps_own_examples_accept_completed_and_completed_shipped():
    typed = "abgeschlossen, abgeschlossen und versendet"
    assert [s for s in STATUSES if accepts(typed, s)] == ["completed", "completed_shipped"]


def test_a_custom_status_with_a_comma_is_accepted_by_its_title():
    assert accepts('"Betaald, verzonden"', "processing", "Betaald, verzonden")
    assert not accepts("Betaald, verzonden", "processing", "Betaald, verzonden")
    assert not accepts('"Betaald, verzonden"', "cancelled", "Betaald, verzonden")


def test_a_title_is_compared_as_it_is_and_never_translated():
    assert accepts("Abgeschlossen", "processing", "Abgeschlossen")
    assert not accepts("completed", "processing", "Abgeschlossen")
    assert not accepts("abgeschlossen", "processing", "Completed")
    assert accepts("Storniert", "cancelled")
    assert not accepts("Abgeschlossen", "cancelled", "Abgeschlossen")
