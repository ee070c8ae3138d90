"""What order statuses are called, and how two are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import commalist
from sync.rules import OrderRules
from sync.settings import Settings
from sync.shapes import name as plain_name
from sync.statuses import STATUSES, known_names, normal_status, own_status, standard_status

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


ADJECTIVE = ("", "e", "er", "es", "en")  # German endings
FRENCH = ("", "e", "s", "es")
PARTS = {  # a word of each language, as it ends, and the status that the phrase around it says
    "abgeschlossen|": ("completed", ADJECTIVE),
    "fertiggestellt|": ("completed", ADJECTIVE),
    "vollständig|": ("completed", ADJECTIVE),
    "abgeschlossen|, verschickt|": ("completed_shipped", ADJECTIVE),
    "abgeschlossen|, abgeholt|": ("completed_picked_up", ADJECTIVE),
    "versandbereit|": ("processing_awaiting_shipment", ADJECTIVE),
    "abholbereit|": ("processing_ready_for_pickup", ADJECTIVE),
    "teilweise bezahlt|": ("processing_partially_paid", ADJECTIVE),
    "zurückgestellt|": ("on_hold", ADJECTIVE),
    "storniert|": ("cancelled", ADJECTIVE),
    "neu|": ("new", ADJECTIVE),
    "voltooid|": ("completed", ("", "e")),
    "afgerond|, verstuurd|": ("completed_shipped", ("", "e")),
    "voltooid|, afgehaald|": ("completed_picked_up", ("", "e")),
    "gedeeltelijk| betaald|": ("processing_partially_paid", ("", "e")),
    "gepauzeerd|": ("on_hold", ("", "e")),
    "geannuleerd|": ("cancelled", ("", "e")),
    "nieuw|": ("new", ("", "e")),
    "terminé|": ("completed", FRENCH),
    "finalisé|, envoyé|": ("completed_shipped", FRENCH),
    "complété|, récupéré|": ("completed_picked_up", FRENCH),
    "prêt| à être retiré|": ("processing_ready_for_pickup", FRENCH),
    "prêt| pour le retrait": ("processing_ready_for_pickup", FRENCH),
    "prêt| à expédier": ("processing_awaiting_shipment", FRENCH),
    "prêt| à être expédié|": ("processing_awaiting_shipment", FRENCH),
    "partiellement payé|": ("processing_partially_paid", FRENCH),
    "suspendu|": ("on_hold", FRENCH),
    "annulé|": ("cancelled", FRENCH),
    "payment| pending": ("processing_awaiting_payment", ("", "s")),
    "ready for pick-up|": ("processing_ready_for_pickup", ("",)),
}


@pytest.mark.parametrize(("phrase", "said"), PARTS.items())
def test_a_status_is_known_in_each_gender_and_number(phrase, said):
    status, endings = said
    names = [phrase.replace("|", ending) for ending in endings]
    assert {name: standard_status(name) for name in names} == dict.fromkeys(names, status)


ACCENTS = str.maketrans("äöüéèêàâùç", "aoueeeaauc")


@given(st.sampled_from(sorted(phrase.replace("|", "") for phrase in PARTS)), st.data())
def test_accents_hyphens_blanks_and_case_play_no_part(name, data):
    status = standard_status(name)
    between = data.draw(st.sampled_from([" ", "-", "_", "  ", " - "]))
    changed = between.join(name.split(" "))
    if data.draw(st.booleans()):
        changed = changed.translate(ACCENTS)
    if data.draw(st.booleans()):
        changed = changed.upper()
    assert standard_status(changed) == status


@given(st.sampled_from(sorted(known_names())))
def test_every_name_is_known_with_its_words_run_together_or_with_hyphens(name):
    status = standard_status(name)
    assert status == known_names()[name]
    assert standard_status(name.replace("_", "")) == status
    assert standard_status(name.replace("_", "-")) == status


PIECES = ["Ré", "\u00ad", "\u200b", "\u2060", "\u202e", "&ouml;", "&amp;", "&amp;amp;", "&#38;"]
PIECES += ["servé", " ", "\u00a0", "-", ",", "X", "&lt;", "&nope;", "und", "尺", "&shy;"]


@given(st.lists(st.sampled_from(PIECES), min_size=1).map("".join).filter(plain_name))
def test_a_title_is_accepted_as_the_shop_has_it_and_as_it_is_shown(raw):
    title = plain_name(raw)
    for typed in (raw, title):
        settings = Settings.from_values({"accepted_order_statuses": commalist.quoted(typed)})
        assert settings.accepted_order_statuses == (typed.strip(),)
        assert OrderRules(settings, 0, {7: title}).accepts_status("on_hold", 7), typed
        assert not OrderRules(settings, 0, {7: title}).accepts_status("canceled", 7)


@pytest.mark.parametrize(
    "name", [name for name, own in known_names().items() if own == "cancelled"]
)
def test_a_cancelled_status_is_one_by_each_of_its_names(name):
    assert own_status(name) == own_status(name.title()) == "cancelled"


@pytest.mark.parametrize("status", [*STATUSES, "a_status_from_tomorrow", "", "abgeschlossen"])
def test_any_other_own_status_is_compared_as_it_is(status):
    assert own_status(status) == normal_status(status)
