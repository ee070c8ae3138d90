"""The shop itself, its languages, text pages and blog."""

from __future__ import annotations

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.dice import DAY, Record, iso, spread_id
from sync.sandbox.generate.prose import MIDDLES
from sync.sandbox.generate.scope import Scope, in_language, slug, slugs
from sync.sandbox.generate.words import Three

_LOCALES = {"nl": ("nl_NL", "Nederlands"), "en": ("en_GB", "English"), "de": ("de_DE", "Deutsch")}
_FILL = {"material": "ripstop-nylon", "brand": "Buiten & Fiets", "title": "", "model": ""}
_AUTHORS = ("Marijke Hoekstra", "Sören Weiß", "Redactie")
_PAGES: tuple[tuple[Three, str], ...] = (
    (("Over ons", "About us", "Über uns"), ""),
    (("Klantenservice", "Customer service", "Kundendienst"), ""),
    (("Verzenden & retourneren", "Shipping & returns", "Versand & Rückgabe"), ""),
    (("Algemene voorwaarden", "Terms and conditions", "AGB"), "locked"),
    (("Privacyverklaring", "Privacy statement", "Datenschutzerklärung"), "locked"),
    (("Maattabellen", "Size charts", "Größentabellen"), ""),
    (("Oude actievoorwaarden", "Former offer terms", "Alte Aktionsbedingungen"), "hidden"),
    (("Werken bij", "Careers", "Stellenangebote"), "empty"),
)
_TOPICS: tuple[tuple[Three, str], ...] = (
    (("Zo pak je een fietstas in", "How to pack a pannier", "So packst du eine Radtasche"), ""),
    (("Regenkleding wassen", "Washing rain wear", "Regenkleidung waschen"), ""),
    (("Vijf tochten langs de IJssel", "Five IJssel tours", "Fünf Touren an der IJssel"), ""),
    (("Welke slaapzak past bij jou?", "Which sleeping bag?", "Welcher Schlafsack passt?"), ""),
    (("De ketting: zo houd je hem stil", "A quiet chain", "Eine leise Kette"), ""),
    (("Kamperen in de herfst", "Camping in autumn", "Zelten im Herbst"), "summary"),
    (("Fietsen met licht", "Cycling with lights", "Radfahren mit Licht"), ""),
    (("Verslag: naar de Noordkaap", "Report: North Cape", "Bericht: zum Nordkap"), "summary"),
    (("Ideeën voor het nieuwe jaar", "Ideas for next year", "Ideen fürs Jahr"), "unpublished"),
    (("Black-weekend: niets te doen", "No black weekend", "Kein Black-Weekend"), "empty"),
    (("Voorjaarscollectie", "Spring collection", "Frühjahrskollektion"), "future"),
    (("Open dag in de werkplaats", "Workshop open day", "Werkstatttag"), "future"),
)


def shop(scope: Scope) -> Record:
    """The inner fields of shop.json, without references."""
    return {
        "id": 310_427,
        "createdAt": iso(scope.opened),
        "status": "paid",
        "isB2b": False,
        "isRetail": False,
        "subDomain": "buitenenfiets",
        "mainDomain": "www.buitenenfiets.example",
        "email": "winkel@buitenenfiets.example",
        "phone": "+31 38 000 0000",
        "fax": "",
        "street": "Oude Gracht",
        "street2": "",
        "zipcode": "8011 PK",
        "city": "Zwolle",
        "region": "Overijssel",
        "country": {"id": 150, "code": "nl", "code3": "nld", "title": "Netherlands"},
        "vatNumber": "",
        "cocNumber": "",
        "industry": "Sport",
        "currency": {
            "shortcode": "EUR",
            "symbol": "€",
            "title": "Euro",
            "isDefault": True,
            "currencyRate": "1.000000",
        },
    }


def languages(scope: Scope) -> list[Record]:
    """The rows of languages.json, the default one first."""
    return [
        {
            "id": 101 + at * 4,
            "isActive": True,
            "isDefault": at == 0,
            "code": code,
            "locale": _LOCALES[code][0],
            "title": _LOCALES[code][1],
        }
        for at, code in enumerate(scope.languages)
    ]


def page_records(scope: Scope) -> dict[str, list[Record]]:
    blog = {
        "id": ids.BLOG,
        "createdAt": iso(scope.opened),
        "updatedAt": iso(scope.opened),
        "sortOrder": 1,
        "commentable": "no",
        "url": scope.text(("verhalen", "stories", "geschichten")),
        "title": scope.text(("Verhalen", "Stories", "Geschichten")),
    }
    return {
        "textpage": [_textpage(scope, at) for at in range(len(_PAGES))],
        "blog": [blog],
        "article": [
            _article(scope, at, nth, code)
            for at in range(len(_TOPICS))
            for nth, code in enumerate(scope.languages)
        ],
    }


def _body(code: str, start: int) -> str:
    sentences = [in_language(MIDDLES[(start + step) % len(MIDDLES)], code) for step in range(4)]
    text = f"<p>{' '.join(sentences[:2])}</p><!-- blok --><p>{' '.join(sentences[2:])}</p>"
    return text.format_map(_FILL)


def _textpage(scope: Scope, at: int) -> Record:
    title, mark = _PAGES[at]
    texts = scope.text(title)
    return {
        "id": spread_id(ids.PAGE, at, 41, scope.seed),
        "createdAt": iso(scope.opened + at * DAY),
        "updatedAt": iso(scope.now - (at + 2) * 20 * DAY),
        "isLocked": mark == "locked",
        "isVisible": mark != "hidden",
        "sortOrder": at + 1,
        "url": slugs(texts),
        "title": texts,
        "content": {
            code: "<p>&nbsp;</p>" if mark == "empty" else f"<h1>{text}</h1>{_body(code, at)}"
            for code, text in texts.items()
        },
    }


def _article(scope: Scope, at: int, nth: int, code: str) -> Record:
    title, mark = _TOPICS[at]
    text = in_language(title, code)
    created = scope.now - (len(_TOPICS) - at) * 37 * DAY + nth * 3_600
    published = scope.now + (at + nth) * DAY if mark == "future" else created + DAY
    bare = mark in ("empty", "summary")
    return {
        "id": spread_id(ids.ARTICLE, at * len(scope.languages) + nth, 23, scope.seed),
        "createdAt": iso(created),
        "updatedAt": iso(created + 2 * DAY),
        "publishedAt": iso(published),
        "isPublished": mark != "unpublished",
        "url": slug(text),
        "title": text,
        "author": _AUTHORS[at % len(_AUTHORS)],
        "summary": "" if mark == "empty" else in_language(MIDDLES[at], code).format_map(_FILL),
        "content": "" if bare else _body(code, at),
        "image": None if at % 2 else {"id": ids.FILE - 900 + at, "ext": "jpg", "title": text},
        "language": code,
        "blog": ids.BLOG,
    }
