"""One page about a store for the merchant: how fresh Clerk.io is, what goes, what is missing and
why, and what to fix in Lightspeed. It needs nothing but itself, and prints well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from sync import preview, status
from sync.clock import iso
from sync.fleet import standings
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.plan.sales import Sold, sold
from sync.run import course
from sync.run.previews import EntityPlan
from sync.shapes.plain import shortened, without_marks
from sync.store import Desk, StoreRow
from sync.tables import csv_bytes, habit
from sync.texts import field_name, reason, text
from sync.texts.numbers import LOCALES, number

MOST: Final = 25  # records that the page lists; the CSV has all
_NOTHING: Final = Sold(0, 0.0)
_NO_PICTURE: Final = "no_picture"
_LONGEST: Final = 300
_WIDTH, _HEIGHT = 640, 120  # of the picture of the course, in its own units


@dataclass(frozen=True)
class ToFix:
    """A product that is left out for something that is mended in Lightspeed, or goes without a
    picture."""

    id: int
    sku: str
    title: str
    reasons: tuple[str, ...]
    sold: Sold


@dataclass(frozen=True)
class _Facts:
    """All that the page says."""

    store: StoreRow
    shop: str
    currency: str | None
    made: str
    read: str | None
    success: str | None
    promises: Sequence[str]
    entities: Mapping[str, EntityPlan]
    fixes: Sequence[ToFix]
    course: Mapping[str, Sequence[tuple[date, float]]]


def report(desk: Desk, store: StoreRow, file: Path, lang: str, csv: Path | None = None) -> int:
    """Write the page, and with `csv` a folder with the list of what to fix; returns its bytes."""
    desk.must("export table", store)
    desk.audit("export table", store.slug, after={"table": "report", "as": "html"})
    told = _gathered(desk, store, lang)
    page = "".join(_page(told, lang)).encode()
    file.write_bytes(page)
    if csv is not None:
        csv.mkdir(parents=True, exist_ok=True)
        (csv / "fix.csv").write_bytes(b"".join(_csv(told.fixes, lang)))
    return len(page)


# -- what is told ---------------------------------------------------------------------------


def _gathered(desk: Desk, store: StoreRow, lang: str) -> _Facts:
    made = preview.prepared(desk, store)
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        sales = sold(inputs)
        about = shop.mirror.fact(facts.SHOP)
    stands = status.store_status(desk, store, lang, partial(_minute, lang=lang))
    return _Facts(
        store=store,
        shop=desk.shop_by_id(store.shop_id).name,
        currency=about.get("currency") if about else None,
        made=iso(desk.clock.now()) or "",
        read=made.preview.as_of,
        success=stands["last_success"],
        promises=_promises(desk, store, lang),
        entities=made.preview.planned(),
        fixes=sorted(_fixes(desk, store, made.key, sales), key=_weight),
        course=course(desk, store, UTC),
    )


def _promises(desk: Desk, store: StoreRow, lang: str) -> list[str]:
    """What is promised of the freshness of each group that is sent, and whether that is kept."""
    now = desk.clock.now()
    return [
        status.freshness_sentence(group, known, lang, partial(_minute, lang=lang))
        for standing in standings(desk, store.id)
        for group, known in standing.promises(standing.due(now), now).items()
        if known.state != "not_sent"
    ]


def _weight(fix: ToFix) -> tuple[float, int, str]:
    return -fix.sold.revenue, -fix.sold.orders, fix.title


def _fixes(desk: Desk, store: StoreRow, key: str, sales: Mapping[int, Sold]) -> Iterator[ToFix]:
    for row in preview.rows(desk, store, key, "products", limit=-1).rows:
        reasons = tuple(each for each in row["reasons"] if _mended_in_the_shop(each))
        if not row["reasons"] and not row["image"] and row["action"] != "remove":
            reasons = (_NO_PICTURE,)
        if reasons:
            sales_of = sales.get(row["id"], _NOTHING)
            yield ToFix(row["id"], row["sku"] or "", row["title"], reasons, sales_of)


def _mended_in_the_shop(code: str) -> bool:
    return code.partition(":")[0] in {"hidden", "out_of_stock", "free_product", "invalid"}


def _csv(fixes: Sequence[ToFix], lang: str) -> Iterator[bytes]:
    names = ("id", "sku", "title", "why", "what", "orders", "revenue")
    header = [text(f"report.column.{name}", lang) for name in names]
    rows = (
        [fix.id, fix.sku, fix.title, _why(fix, lang), _what(fix, lang), *astuple(fix.sold)]
        for fix in fixes
    )
    return csv_bytes(header, rows, habit(lang))


def _why(fix: ToFix, lang: str) -> str:
    return "; ".join(
        text("report.no_picture.name", lang) if code == _NO_PICTURE else reason(code, "name", lang)
        for code in fix.reasons
    )


def _what(fix: ToFix, lang: str) -> str:
    return " ".join(_to_do(code, lang) for code in fix.reasons)


def _to_do(code: str, lang: str) -> str:
    """What the merchant can do in Lightspeed; settings are not theirs."""
    kind, _, field = code.partition(":")
    return text(f"report.{kind}.change", lang, field=field_name(field, lang))


# -- the page -------------------------------------------------------------------------------


def _page(told: _Facts, lang: str) -> Iterator[str]:
    title = text("report.title", lang, name=_name(told.shop, told.store.name))
    yield f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{_foreign(title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{_foreign(title)}</h1>"
    yield _paragraph(_fresh(told, lang))
    yield "".join(_paragraph(each) for each in told.promises)
    yield _heading("report.goes", lang)
    yield "".join(_numbers(told, lang))
    yield "".join(_course(told, lang))
    yield _heading("report.missing", lang)
    yield "".join(_reasons(told, lang))
    yield _heading("report.fix", lang)
    yield "".join(_list(told, lang))
    yield "</body></html>\n"


def _name(shop: str, store: str) -> str:
    """Both names, or the longer one where it holds the other."""
    short, long = sorted((shop, store), key=len)
    return long if short in long else f"{shop}, {store}"


def _heading(code: str, lang: str) -> str:
    return f"<h2>{escape(text(code, lang))}</h2>"


def _head(code: str, lang: str, *, number: bool) -> str:
    shown = ' class="n"' if number else ""
    return f"<th{shown}>{escape(text(code, lang))}</th>"


def _paragraph(said: str) -> str:
    return f"<p>{escape(said)}</p>"


def _fresh(told: _Facts, lang: str) -> str:
    made = text("report.made", lang, when=_when(told.made, lang))
    if told.read is None:
        return f"{text('report.never_read', lang)} {made}"
    read = text("report.read", lang, when=_when(told.read, lang))
    known = "report.synced" if told.success else "report.never_synced"
    synced = text(known, lang, when=_when(told.success or told.made, lang))
    return f"{read} {synced} {made}"


def _when(at: str, lang: str) -> str:
    return _minute(datetime.fromisoformat(at).timestamp(), lang)


def _minute(at: float, lang: str) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    day = format_date(moment, "long", locale=LOCALES[lang])
    return f"{day}, {format_time(moment, 'short', locale=LOCALES[lang])} UTC"


def _numbers(told: _Facts, lang: str) -> Iterator[str]:
    names = ("read", "there", "change", "out")
    heads = "".join(_head(f"report.number.{name}", lang, number=True) for name in names)
    yield f'<div class="wide"><table><thead><tr><th></th>{heads}</tr></thead><tbody>'
    for entity, plan in told.entities.items():
        there = plan.unchanged + plan.update
        cells = (plan.read, there, plan.create + plan.update + plan.remove, plan.unsent)
        shown = "".join(f'<td class="n">{number(n, lang)}</td>' for n in cells)
        yield f"<tr><th>{escape(text(f'entity.{entity}', lang))}</th>{shown}</tr>"
    yield "</tbody></table></div>"


def _course(told: _Facts, lang: str) -> Iterator[str]:
    """A line for what Clerk.io held of the products, a point a day."""
    points = told.course.get("products", ())
    if len(points) < 2:
        return
    least, most = min(n for _, n in points), max(n for _, n in points)
    first, days = points[0][0], (points[-1][0] - points[0][0]).days
    tall = max(most - least, 1)
    line = " ".join(
        f"{(day - first).days / days * _WIDTH:.1f},{_HEIGHT - (n - least) / tall * _HEIGHT:.1f}"
        for day, n in points
    )
    said = text("report.course", lang, least=number(least, lang), most=number(most, lang))
    yield _paragraph(said)
    yield (
        f'<svg viewBox="-4 -4 {_WIDTH + 8} {_HEIGHT + 8}" role="img" aria-label="{escape(said)}">'
        f'<polyline points="{line}" fill="none" stroke="#0f6b6b" stroke-width="2"/></svg>'
    )


def _reasons(told: _Facts, lang: str) -> Iterator[str]:
    """A bar for each reason, with what it means."""
    for entity, plan in told.entities.items():
        counted = Counter(plan.reasons).most_common()
        if not counted:
            continue
        yield f"<h3>{escape(text(f'entity.{entity}', lang))}</h3>"
        most = counted[0][1]
        for code, n in counted:
            name, why = (escape(reason(code, part, lang)) for part in ("name", "why"))
            yield (
                f'<div class="bar"><span style="width:{100 * n / most:.1f}%"></span>'
                f"<b>{number(n, lang)}</b> {name}<small>{why}</small></div>"
            )
    if not any(plan.reasons for plan in told.entities.values()):
        yield _paragraph(text("report.none_missing", lang))


def _list(told: _Facts, lang: str) -> Iterator[str]:
    if not told.fixes:
        yield _paragraph(text("report.none_to_fix", lang))
        return
    numbers = {"n": number(len(told.fixes), lang), "most": number(MOST, lang)}
    yield _paragraph(text("report.sorted", lang, **numbers))
    names = ("title", "sku", "why", "what", "orders", "revenue")
    heads = "".join(
        _head(f"report.column.{name}", lang, number=name in ("orders", "revenue")) for name in names
    )
    yield f'<div class="wide"><table class="fix"><thead><tr>{heads}</tr></thead><tbody>'
    for fix in told.fixes[:MOST]:
        said = (fix.title, fix.sku, _why(fix, lang), _what(fix, lang))
        cells = "".join(f"<td>{_foreign(each)}</td>" for each in said)
        money = _money(fix.sold.revenue, told.currency, lang)
        sales = f'<td class="n">{number(fix.sold.orders, lang)}</td><td class="n">{money}</td>'
        yield f"<tr>{cells}{sales}</tr>"
    yield "</tbody></table></div>"


def _foreign(said: str) -> str:
    """A text of the shop: letters alone, as many as a cell bears."""
    return escape(shortened(without_marks(said), _LONGEST))


def _money(amount: float, currency: str | None, lang: str) -> str:
    if not currency or len(currency) != 3:
        return escape(number(amount, lang))
    return escape(str(format_currency(amount, currency.upper(), locale=LOCALES[lang])))


_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;color:#1d2b2b;max-width:60rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #d8e0e0}
h3{font-size:1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;
padding:.3rem .6rem;border-bottom:1px solid #d8e0e0}.n{text-align:right}td.n{white-space:nowrap}
svg{width:100%;height:8rem}.bar{position:relative;padding:.3rem .6rem;margin:.3rem 0}
.bar span{position:absolute;inset:0 auto 0 0;background:#dbe9e9;z-index:-1;print-color-adjust:exact;
-webkit-print-color-adjust:exact}.bar small{display:block;color:#4c5a5a}
.fix{table-layout:fixed;overflow-wrap:anywhere;hyphens:auto}.fix th{width:21%}
.fix th:nth-child(2){width:17%}.fix th:nth-child(3){width:16%}.fix th:nth-child(4){width:19%}
.fix :is(td,th){padding-inline:.35rem}.fix th:nth-child(5){width:15%}.fix th:last-child{width:12%}
@media screen{.wide{overflow-x:auto}.fix{min-width:46rem}}
@media print{body{font-size:12px;margin:0;max-width:none}h2,h3{break-after:avoid}
tr,.bar{break-inside:avoid}}
"""
