"""Order statuses: Lightspeed's own, what people call them, and how two are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final

from sync.shapes.plain import compared

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
CANCELLED: Final = "cancelled"

_BLANKS_AND_HYPHENS: Final = re.compile(r"[\s_\-‐‑‒–—]+")
_BETWEEN_WORDS: Final = re.compile(
    r"(?<=.)(?:_?(?:[,&]|(?<=[_,&])(?:and|und|en|et)(?=[_,&]))_?)+(?=.)", re.DOTALL
)
_JOINING: Final = frozenset({"and", "und", "en", "et"})


@lru_cache(maxsize=1024)
def normal_status(status: str) -> str:
    """Return the form in which order statuses are compared: `Completed shipped` and
    `completed-shipped` are both `completed_shipped`; `&`, `and`, `und`, `en`, `et` and a comma
    between words are one, and so are a title as the shop has it and as it is shown."""
    folded = unicodedata.normalize("NFC", compared(status)).strip().casefold()
    return _BETWEEN_WORDS.sub("_&_", _BLANKS_AND_HYPHENS.sub("_", folded))


@lru_cache(maxsize=1024)
def standard_status(name: str) -> str | None:
    """Return Lightspeed's own status that a name in German, Dutch, English or French means;
    None for any other name.

    `abgeschlossen und versendet`, `Voltooid, verzonden` and `Terminé & expédié` are
    `completed_shipped`; blanks, hyphens, accents, gender and number play no part.
    """
    own = normal_status(name)
    return own if own in STATUSES else _said(_run_together(compared(name)))


@lru_cache(maxsize=1024)
def own_status(status: str) -> str:
    """Return the form in which an order's own status is compared: that of `normal_status`, and
    `cancelled` for each name of it, such as `canceled`."""
    return CANCELLED if standard_status(status) == CANCELLED else normal_status(status)


def _plain(name: str) -> str:
    """A name as its words alone: no case, accents, signs or joining words."""
    lower = unicodedata.normalize("NFC", name).casefold().translate(_UMLAUTS)
    words = re.findall(r"[^\W_]+", _bare(lower))
    return "_".join(word for word in words if word not in _JOINING)


def _bare(name: str) -> str:
    """A name without accents: of an umlaut, the vowel."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(c for c in letters if not unicodedata.combining(c))


def _run_together(name: str) -> str:
    return _plain(name).replace("_", "")


def _said(name: str) -> str | None:
    """The status that a name says, its words run together: a form of each part's phrases."""
    if not name:
        return None
    for status, parts in _sayings():
        if _made_of(name, parts):
            return status
    return None


def _made_of(name: str, parts: Sequence[str]) -> bool:
    if len(parts) == 1:
        return name in _forms(parts[0])
    begun = (form for form in _forms(parts[0]) if name.startswith(form))
    return any(_made_of(name[len(form) :], parts[1:]) for form in begun)


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "œ": "oe"})

# What stands in brackets may be missing: one of the endings, or a word.
_COMPLETED: Final = """
complete, completed, finished, done
abgeschlossen(e|er|es|en), fertig(e|er|es|en), fertiggestellt(e|er|es|en), erledigt(e|er|es|en)
vollständig(e|er|es|en), komplett(e|er|es|en)
voltooid(e), afgerond(e), afgehandeld(e), compleet, complete
terminé(e|s|es), complété(e|s|es), complet(s), complète(s), achevé(e|s|es), finalisé(e|s|es)
"""
_SHIPPED: Final = """
shipped, sent, dispatched
versendet(e|er|es|en), versandt(e|er|es|en), verschickt(e|er|es|en)
verzonden, verstuurd(e), verscheept(e)
expédié(e|s|es), envoyé(e|s|es)
"""
_PICKED_UP: Final = """
picked up, collected
abgeholt(e|er|es|en)
opgehaald(e), afgehaald(e)
retiré(e|s|es), enlevé(e|s|es), récupéré(e|s|es), ramassé(e|s|es), collecté(e|s|es)
"""
_PROCESSING: Final = """
processing, in process, in progress, being processed
in Bearbeitung, Bearbeitung, wird bearbeitet, werden bearbeitet
Verarbeitung, in Verarbeitung, wird verarbeitet, werden verarbeitet
in behandeling, behandeling, verwerken, verwerking, in verwerking, wordt verwerkt, worden verwerkt
en traitement, en cours, en cours de traitement
"""
_AWAITING_PAYMENT: Final = """
awaiting payment(s), waiting for payment(s), payment(s) pending, pending payment(s)
warten auf (die) Zahlung(en), wartet auf (die) Zahlung(en), warte auf (die) Zahlung(en)
wartend(e|er|es|en) auf (die) Zahlung(en)
Zahlung(en) ausstehend, ausstehende Zahlung(en), Zahlung(en) erwartet, Zahlung(en) offen
warten auf (die) Bezahlung, wartet auf (die) Bezahlung
warten auf (den) Zahlungseingang, wartet auf (den) Zahlungseingang
wacht op (de) betaling(en), wachten op (de) betaling(en), wachtend(e) op (de) betaling(en)
in afwachting van (de) betaling(en)
en attente de paiement(s), en attente du paiement, en attente des paiements
en attente de payement, en attente du payement
paiement en attente, paiements en attente, payement en attente
"""
_AWAITING_SHIPMENT: Final = """
awaiting shipment(s), awaiting shipping, waiting for shipment(s), waiting for shipping
ready for shipment, ready for shipping, ready to ship, ready to be shipped
warten auf (den) Versand, wartet auf (den) Versand, warte auf (den) Versand
wartend(e|er|es|en) auf (den) Versand
Versand ausstehend, ausstehender Versand, bereit zum Versand, bereit für (den) Versand
versandbereit(e|er|es|en)
wacht op (de) verzending(en), wachten op (de) verzending(en), wachtend(e) op (de) verzending(en)
in afwachting van (de) verzending(en)
klaar voor (de) verzending, klaar om te verzenden, klaar om verzonden te worden
en attente d'expédition(s), en attente de l'expédition, en attente des expéditions
en attente d'envoi(s), en attente de l'envoi, expédition en attente, expéditions en attente
prêt(e|s|es) à expédier, prêt(e|s|es) à être expédié(e|s|es), prêt(e|s|es) pour (l')expédition
"""
_AWAITING_PICKUP: Final = """
awaiting pick up(s), waiting for pick up(s), awaiting collection(s), waiting for collection(s)
warten auf (die) Abholung(en), wartet auf (die) Abholung(en), warte auf (die) Abholung(en)
wartend(e|er|es|en) auf (die) Abholung(en)
Abholung(en) ausstehend, ausstehende Abholung(en)
wacht op (het) afhalen, wacht op (de) afhaling, wacht op (het) ophalen, wacht op (de) ophaling
wachten op (het) afhalen, wachten op (de) afhaling
wachten op (het) ophalen, wachten op (de) ophaling
wachtend(e) op (het) afhalen, wachtend(e) op (de) afhaling
wachtend(e) op (het) ophalen, wachtend(e) op (de) ophaling
in afwachting van (het) afhalen, in afwachting van (de) afhaling
in afwachting van (het) ophalen, in afwachting van (de) ophaling
en attente de retrait(s), en attente du retrait, en attente des retraits
en attente d'enlèvement(s), en attente de l'enlèvement
en attente de ramassage(s), en attente du ramassage
en attente de (la) collecte, retrait en attente, retraits en attente
"""
_READY_FOR_PICKUP: Final = """
ready for pick up, ready for collection, ready to be picked up, ready to be collected
bereit zur Abholung, bereit für (die) Abholung, zur Abholung bereit
abholbereit(e|er|es|en)
klaar voor (het) afhalen, klaar voor (de) afhaling
klaar voor (het) ophalen, klaar voor (de) ophaling, klaar om op te halen
klaar om af te halen, klaar om opgehaald te worden, klaar om afgehaald te worden, afhaalklaar
prêt(e|s|es) pour (le) retrait, prêt(e|s|es) au retrait
prêt(e|s|es) à retirer, prêt(e|s|es) à être retiré(e|s|es)
prêt(e|s|es) pour (l')enlèvement, prêt(e|s|es) à enlever, prêt(e|s|es) à être enlevé(e|s|es)
prêt(e|s|es) pour (le) ramassage, prêt(e|s|es) à être ramassé(e|s|es)
prêt(e|s|es) pour (la) collecte, prêt(e|s|es) à être collecté(e|s|es)
prêt(e|s|es) à être récupéré(e|s|es)
"""
_PARTIALLY: Final = """
partially, partly
teilweise, teils, zum Teil
gedeeltelijk(e), deels
partiellement, en partie
"""
_PAID: Final = "paid, bezahlt(e|er|es|en), betaald(e), payé(e|s|es)"
_ON_HOLD: Final = """
on hold, hold
in Wartestellung, in der Warteschleife
angehalten(e|er|es|en), zurückgestellt(e|er|es|en), pausiert(e|er|es|en)
in de wacht, in wacht, aangehouden, gepauzeerd(e)
en attente, en suspens, suspendu(e|s|es), en pause
"""
_CANCELLED: Final = """
cancelled, canceled
storniert(e|er|es|en), annulliert(e|er|es|en), abgebrochen(e|er|es|en)
geannuleerd(e)
annulé(e|s|es)
"""
_NEW: Final = "new, neu(e|er|es|en), nieuw(e), nouveau(x), nouvelle(s)"
_OFFER: Final = """
offer(s), quote(s), quotation(s)
Angebot(e)
offerte(s|n)
offre(s), devis
"""

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
    return [phrase.strip() for phrase in re.split(r"[,\n]", part) if phrase.strip()]


_OPTIONAL: Final = re.compile(r"\(([^)]*)\)")


def _spellings(phrase: str) -> Iterator[str]:
    """A phrase with and without each of its endings and words in brackets."""
    texts = _OPTIONAL.split(phrase)  # what always stands there, and in turn with it what may
    choices = [[text] if at % 2 == 0 else ["", *text.split("|")] for at, text in enumerate(texts)]
    return map("".join, product(*choices))


@cache
def _forms(part: str) -> frozenset[str]:
    """Every spelling of a part's phrases, its words run together, with umlauts as two letters and
    as the vowel alone."""
    spelt = {each for phrase in _phrases(part) for each in _spellings(phrase)}
    return frozenset(_run_together(form) for each in spelt for form in (each, _bare(each)))


def _sayings() -> Iterator[tuple[str, Sequence[str]]]:
    """Every status with parts that say it: Lightspeed's own word alone first."""
    for status in STATUSES:
        yield status, (status,)
    for status, parts, optional in _SAID:
        yield status, parts
        if optional:
            yield status, parts[1:]


@cache
def known_names() -> Mapping[str, str]:
    """Names of Lightspeed's own statuses in four languages, as bare words → the status, each phrase
    in its shortest spelling. Made at first use: most commands need none."""
    return MappingProxyType(dict(_names()))


def _names() -> Iterator[tuple[str, str]]:
    """A name of every status for each of its parts' phrases, without joining words."""
    for status, parts in _sayings():
        for words in product(*map(_shortest, parts)):
            yield "_".join(words), status


def _shortest(part: str) -> list[str]:
    return [_plain(_OPTIONAL.sub("", phrase)) for phrase in _phrases(part)]
