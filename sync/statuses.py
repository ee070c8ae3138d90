"""Order statuses: Lightspeed's own, what people call them, and how two are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final

# Lightspeed eCom's own statuses, older ones included.
STATUSES: Final = (
    "on_hold",
    "processing_awaiting_payment",
    "processing_awaiting_shipment",
    "processing_awaiting_pickup",
    "processing_ready_for_pickup",
    "completed",
    "completed_shipped",
    "completed_picked_up",
    "cancelled",
    "new",
    "offer",
    "processing",
    "processing_partially_paid",
    "processing_partially_shipped",
    "processing_partially_picked_up",
)

_BLANKS_AND_HYPHENS: Final = re.compile(r"[\s_\-‐‑‒–—]+")
_BETWEEN_WORDS: Final = re.compile(
    r"(?<=.)(?:_?(?:[,&]|(?<=[_,&])(?:and|und|en|et)(?=[_,&]))_?)+(?=.)", re.DOTALL
)
_JOINING: Final = frozenset({"and", "und", "en", "et"})


@lru_cache(maxsize=1024)
def normal_status(status: str) -> str:
    """Return the form in which order statuses are compared: `Completed shipped` and
    `completed-shipped` are both `completed_shipped`; `&`, `and`, `und`, `en`, `et` and a comma
    between words are one."""
    folded = unicodedata.normalize("NFC", status).strip().casefold()
    return _BETWEEN_WORDS.sub("_&_", _BLANKS_AND_HYPHENS.sub("_", folded))


@lru_cache(maxsize=1024)
def standard_status(name: str) -> str | None:
    """Return Lightspeed's own status that a name in German, Dutch, English or French means;
    None for any other name.

    `abgeschlossen und versendet`, `Voltooid, verzonden` and `Terminé & expédié` are
    `completed_shipped`.
    """
    own = normal_status(name)
    return own if own in STATUSES else known_names().get(_plain(name))


def _plain(name: str) -> str:
    """A name as its words alone: no case, accents, signs or joining words."""
    lower = unicodedata.normalize("NFC", name).casefold().translate(_UMLAUTS)
    letters = unicodedata.normalize("NFKD", lower)
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return "_".join(word for word in re.findall(r"[^\W_]+", bare) if word not in _JOINING)


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "œ": "oe"})

_COMPLETED: Final = """
completed, complete, finished, done
abgeschlossen, fertig, fertiggestellt, fertig gestellt, erledigt, vollständig, komplett
voltooid, afgerond, afgehandeld, compleet
terminé, terminée, complété, complétée, complet, complète, achevé, achevée, finalisé, finalisée
"""
_SHIPPED: Final = """
shipped, sent, dispatched
versendet, versandt, verschickt
verzonden, verstuurd, verscheept
expédié, expédiée, envoyé, envoyée
"""
_PICKED_UP: Final = """
picked up, pickedup, collected
abgeholt
opgehaald, afgehaald
retiré, retirée, enlevé, enlevée, récupéré, récupérée, ramassé, ramassée, collecté, collectée
"""
_PROCESSING: Final = """
processing, in process, in progress, being processed
in Bearbeitung, Bearbeitung, wird bearbeitet, Verarbeitung, in Verarbeitung, wird verarbeitet
in behandeling, behandeling, verwerken, verwerking, in verwerking, wordt verwerkt
en traitement, en cours, en cours de traitement
"""
_AWAITING_PAYMENT: Final = """
awaiting payment, waiting for payment, payment pending, pending payment
warten auf Zahlung, wartet auf Zahlung, wartend auf Zahlung, warte auf Zahlung
Zahlung ausstehend, ausstehende Zahlung, Zahlung erwartet, Zahlung offen
warten auf Bezahlung, wartet auf Bezahlung, warten auf Zahlungseingang, wartet auf Zahlungseingang
wacht op betaling, wachten op betaling, wachtend op betaling, in afwachting van betaling
en attente de paiement, en attente du paiement, paiement en attente
"""
_AWAITING_SHIPMENT: Final = """
awaiting shipment, awaiting shipping, waiting for shipment, ready for shipment, ready to ship
warten auf Versand, wartet auf Versand, wartend auf Versand, warte auf Versand
Versand ausstehend, ausstehender Versand, bereit zum Versand, versandbereit
wacht op verzending, wachten op verzending, wachtend op verzending
in afwachting van verzending, klaar voor verzending, klaar om te verzenden
en attente d'expédition, en attente de l'expédition, en attente d'envoi, expédition en attente
prêt à expédier, prêt à être expédié, prêt pour l'expédition
"""
_AWAITING_PICKUP: Final = """
awaiting pickup, awaiting pick up, waiting for pickup, waiting for pick up, awaiting collection
warten auf Abholung, wartet auf Abholung, wartend auf Abholung, warte auf Abholung
Abholung ausstehend, ausstehende Abholung
wacht op afhalen, wacht op afhaling, wacht op ophalen, wacht op ophaling
wachten op afhalen, wachten op afhaling
wachten op ophalen, wachtend op afhalen, wachtend op afhaling, wachtend op ophalen
in afwachting van afhalen, in afwachting van afhaling, in afwachting van ophalen
en attente de retrait, en attente du retrait, en attente d'enlèvement, en attente de ramassage
en attente de collecte, retrait en attente
"""
_READY_FOR_PICKUP: Final = """
ready for pickup, ready for pick up, ready for collection, ready to be picked up
bereit zur Abholung, bereit für Abholung, zur Abholung bereit, abholbereit
klaar voor afhalen, klaar voor afhaling, klaar voor ophalen, klaar voor ophaling
klaar om op te halen
klaar om af te halen, klaar om opgehaald te worden, klaar om afgehaald te worden, afhaalklaar
prêt pour retrait, prêt pour le retrait, prêt au retrait, prêt à retirer, prêt à être retiré
prêt pour l'enlèvement, prêt pour enlèvement, prêt à être enlevé, prêt pour le ramassage
prêt pour ramassage, prêt pour la collecte
"""
_PARTIALLY: Final = """
partially, partly
teilweise, teils, zum Teil
gedeeltelijk, deels
partiellement, en partie
"""
_PAID: Final = "paid, bezahlt, betaald, payé, payée"
_ON_HOLD: Final = """
on hold, hold
in Wartestellung, in der Warteschleife, angehalten, zurückgestellt, pausiert
in de wacht, in wacht, aangehouden, gepauzeerd
en attente, en suspens, suspendu, suspendue, en pause
"""
_CANCELLED: Final = """
cancelled, canceled
storniert, annulliert, abgebrochen
geannuleerd
annulé, annulée
"""
_NEW: Final = "new, neu, neue, nieuw, nieuwe, nouveau, nouvelle"
_OFFER: Final = "offer, quote, quotation, Angebot, offerte, offre, devis"

# (status, its parts, whether the first may be left unsaid): a name is a phrase of each part.
_SAID: Final[tuple[tuple[str, tuple[str, ...], bool], ...]] = (
    ("on_hold", (_ON_HOLD,), False),
    ("completed", (_COMPLETED,), False),
    ("completed_shipped", (_COMPLETED, _SHIPPED), False),
    ("completed_picked_up", (_COMPLETED, _PICKED_UP), False),
    ("cancelled", (_CANCELLED,), False),
    ("new", (_NEW,), False),
    ("offer", (_OFFER,), False),
    ("processing", (_PROCESSING,), False),
    ("processing_awaiting_payment", (_PROCESSING, _AWAITING_PAYMENT), True),
    ("processing_awaiting_shipment", (_PROCESSING, _AWAITING_SHIPMENT), True),
    ("processing_awaiting_pickup", (_PROCESSING, _AWAITING_PICKUP), True),
    ("processing_ready_for_pickup", (_PROCESSING, _READY_FOR_PICKUP), True),
    ("processing_partially_paid", (_PROCESSING, _PARTIALLY, _PAID), True),
    ("processing_partially_shipped", (_PROCESSING, _PARTIALLY, _SHIPPED), True),
    ("processing_partially_picked_up", (_PROCESSING, _PARTIALLY, _PICKED_UP), True),
)


def _phrases(part: str) -> list[str]:
    return [_plain(phrase) for phrase in re.split(r"[,\n]", part) if phrase.strip()]


@cache
def known_names() -> Mapping[str, str]:
    """Names of Lightspeed's own statuses in four languages, as bare words → the status. Made at
    first use: most commands need none."""
    return MappingProxyType(dict(_names()))


def _names() -> Iterator[tuple[str, str]]:
    """Every name of every status, without joining words."""
    for status, parts, optional in _SAID:
        for alternatives in (parts, parts[1:]) if optional else (parts,):
            for words in product(*map(_phrases, alternatives)):
                yield "_".join(words), status
    for status in STATUSES:
        yield _plain(status), status
