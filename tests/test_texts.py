from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from sync.manual import option_label
from sync.settings import GROUPS, SETTINGS
from sync.texts import LANGUAGES, catalogue, labels, reason, text

HERE = Path(__file__).parents[1]
EN, DE = catalogue("en"), catalogue("de")
CODES = {re.sub(r"\.(one|many)$", "", code) for code in EN}  # what is asked for

LABELS = {
    "auto_detect_attributes": ("Auto detect attributes", "Attribute automatisch erkennen"),
    "custom_attributes": ("Custom attributes", "Benutzerdefinierte Attribute"),
    "image_size": ("Image size", "Bildgröße"),
    "include_orders": ("Include orders", "Bestellungen einbeziehen"),
    "accepted_order_statuses": ("Accepted order statuses", "Akzeptierte Bestellstatus"),
    "include_out_of_stock": ("Include out-of-stock products", "Vergriffene Produkte einbeziehen"),
    "collect_emails": ("Collect e-mails", "Kunden-E-Mails einbeziehen"),
    "include_customers": ("Include customers", "Kunden einbeziehen"),
    "include_pages": ("Include pages", "Seiten einbeziehen"),
    "include_review_score": (
        "Include average review score",
        "Durchschnittliche Produktbewertung einbeziehen",
    ),
    "include_free_products": ("Include free products", "Gratisprodukte einbeziehen"),
    "include_hidden_categories": (
        "Include hidden categories",
        "Versteckte Kategorien einbeziehen",
    ),
    "include_variant_data": ("Include variant data", "Variantendaten einbeziehen"),
    "include_variant_stock": ("Include variant stock", "Bestand der Varianten einbeziehen"),
    "variant_stock_tracking": ("Variant stock tracking", "Varianten-Bestandsverfolgung"),
    "import_products": ("Import products", "Produkte importieren"),
    "import_categories": ("Import categories", "Kategorien importieren"),
    "import_orders": ("Import orders", "Bestellungen importieren"),
    "import_customers": ("Import customers", "Kunden importieren"),
    "import_pages": ("Import pages", "Seiten importieren"),
    "sync_time": ("Sync time", "Sync-Zeit"),
    "page_size": ("Page size", "Seitengröße"),
    "price_tax": ("Prices", "Preise"),
    "order_id": ("Order id sent to Clerk.io", "Bestell-ID"),
    "removed_products": ("Products that leave the selection", "Produkte, die herausfallen"),
    "removal_limit_percent": (
        "Hold when more than … % would be removed",
        "Anhalten ab … % Entfernungen",
    ),
    "removal_limit_min": ("… and at least this many", "… und mindestens so viele"),
}
GROUP_LABELS = {
    "attributes": ("Attribute settings", "Attribute Einstellungen"),
    "orders_and_stock": (
        "Settings for orders and out-of-stock products",
        "Einstellungen für Bestellungen und nicht vorrätige Produkte",
    ),
    "data": (
        "Include product, e-mails and other custom data",
        "Einschließlich Produkt, E-Mails und andere benutzerdefinierte Daten",
    ),
    "variants": ("Include variants", "Varianten einbeziehen"),
    "import": ("What to import", "Was importiert wird"),
    "sync_time": ("Sync time", "Sync-Zeit"),
    "advanced": ("Advanced", "Erweitert"),
}
REASONS = (
    "hidden",
    "out_of_stock",
    "free_product",
    "import_off",
    "invalid:name",
    "invalid:url",
    "invalid:price",
    "invalid:time",
    "invalid:quantity",
    "invalid:publishedAt",
    "gone",
    "too_old",
    "status_not_accepted",
    "no_lines",
    "key_taken",
    "lines_pending",
    "unreadable",
    "hidden_parent",
    "left_in_clerk",
    "not_included",
    "unpublished",
    "empty",
    "other_language",
)
FAMILIES = {
    "state": "queued running waiting succeeded partial failed cancelled held approved rejected",
    "meaning": "queued running waiting succeeded partial failed cancelled held approved rejected",
    "kind": "refresh sync",
    "trigger": "manual schedule retry approve",
    "action": "create update unchanged remove skip",
    "outcome": "created updated unchanged skipped failed removed",
    "window": "second 5min hour day",
    "entity": "products orders categories customers pages",
    "record": "products orders categories customers pages",
    "hold": "removals empty_source ledger_lost",
    "phase": "access catalogue orders returns reviews plan products categories pages customers "
    "removals lines verify report",
    "group": " ".join(GROUPS),
    "setting": " ".join(SETTINGS),
    "reason": " ".join(dict.fromkeys(code.partition(":")[0] for code in REASONS)),
}
# Words that both languages share.
SAME_IN_BOTH = {
    *(f"audit.field.{name}" for name in ("as", "bytes", "domain", "id", "name", "sha256")),
    *(f"audit.field.{name}" for name in ("shop", "shops", "stores", "version")),
    "alert.missed.began.one",
    "alerts.name",
    "problems.code",
    "problems.column.stores",
    "variant.minimum",
    "allowed.choice",
    "cli.check.domain",
    "cli.column.clerk",
    "cli.column.cluster",
    "cli.column.domain",
    "cli.column.lightspeed",
    "cli.column.name",
    "cli.column.reserve",
    "cli.column.shop",
    "cli.column.status",
    "cli.column.store",
    "cli.column.stores",
    "cli.column.version",
    "cli.preview.plan",
    "cli.shop.changed",
    "field.name",
    "field.url",
    "format.never",
    "frame.store",
    "kind.sync",
    "log_level.debug",
    "log_level.info",
    "option.sync_time.hour",
    "page.shops",
    "run.below_a_second",
    "runs.column.store",
    "settings.history.version",
    "settings.image.zoom",
    "settings.kind.filter",
    "settings.kind.tag",
    "shops.column.cluster",
    "shops.column.domain",
    "shops.column.name",
    "shops.column.stores",
    "shops.count.many",
    "shops.count.one",
    "shops.count_stores.many",
    "shops.count_stores.one",
    "shops.domain",
    "shops.read.rows",
    "shops.step.stores",
    "shops.stores.heading",
    "shops.table",
    "step.plan",
    "table.phase",
    "unit.percent",
}
# A text of these alone, placeholders and signs needs no translation.
NAMES = {"ID", "SKU", "EAN", "URL", "CSV", "NDJSON", "JSON", "UTC", "Status", "In"}
NAMES |= {"Lightspeed", "Clerk.io"}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_catalogues_hold_the_same_codes_in_the_same_order():
    assert list(EN) == list(DE)


@pytest.mark.parametrize("code", EN)
def test_both_texts_of_a_code_have_the_same_named_placeholders(code):
    assert placeholders(EN[code]) == placeholders(DE[code])
    assert all(name.isidentifier() for name in placeholders(EN[code]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_found(lang):
    """However its line begins: with a family of many, or with a code of one word."""
    for code, template in catalogue(lang).items():
        values = {name: name for _, name, _, _ in string.Formatter().parse(template) if name}
        assert text(code, lang, **values) == template.format_map(values)


def test_a_text_that_counts_has_a_form_for_one():
    assert text("preview.found", "de", n="1") == "1 Datensatz"
    assert text("preview.found", "de", n="1.001") == "1.001 Datensätze"
    assert text("settings.cost.calls", count=1, calls=1) == "1 call"
    ones = {code.removesuffix(".one") for code in EN if code.endswith(".one")}
    assert ones == {code.removesuffix(".many") for code in EN if code.endswith(".many")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_are_single_clean_lines(lang):
    for code, line in catalogue(lang).items():
        assert line, code
        assert line == " ".join(line.split()), code
        assert line.isprintable(), code


def test_german_texts_are_translated():
    same = {code for code in EN if EN[code] == DE[code]}
    assert {code for code in same if not _is_names(EN[code])} <= SAME_IN_BOTH


def _is_names(line: str) -> bool:
    words = re.findall(r"[^\W\d_][\w.]*", re.sub(r"{\w+}", " ", line))
    return NAMES.issuperset(words)


def test_german_texts_use_german_quotes_and_the_polite_form():
    for code, line in DE.items():
        assert '"' not in line, code
        assert line.count("„") == line.count("“"), code
        assert not re.search(r"\b[Dd](u|ein|eine|einen|ir)\b", line), code


@pytest.mark.parametrize("key", LABELS)
def test_settings_carry_the_published_labels(key):
    assert (text(f"setting.{key}.label"), text(f"setting.{key}.label", "de")) == LABELS[key]


@pytest.mark.parametrize("group", GROUP_LABELS)
def test_groups_carry_the_published_labels(group):
    assert (text(f"group.{group}"), text(f"group.{group}", "de")) == GROUP_LABELS[group]


def test_no_setting_and_no_group_is_without_a_checked_label():
    assert list(LABELS) == list(SETTINGS)
    assert list(GROUP_LABELS) == list(GROUPS)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", SETTINGS)
def test_help_is_whole_sentences_and_every_option_has_its_own_label(key, lang):
    sentences = text(f"setting.{key}.help", lang)
    assert sentences[0].isupper() or sentences[0] == "„"
    assert sentences.endswith(".")
    options = SETTINGS[key].options
    assert len({option_label(key, option, lang) for option in options}) == len(options)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_named_explained_and_says_what_would_change_it(code, lang):
    name, why, change = (reason(code, part, lang) for part in ("name", "why", "change"))
    assert not name.endswith(".")
    assert why.endswith(".")
    assert change.endswith(".")
    assert len({name, why, change}) == 3


def test_an_invalid_field_is_named_in_the_reader_s_language():
    assert reason("invalid:price") == "Incomplete: price"
    assert reason("invalid:price", "why", "de").endswith(": Preis.")
    assert reason("invalid:quantity", "name", "de") == "Unvollständig: Menge"
    assert reason("invalid:publishedAt") == "Incomplete: publication date"
    assert reason("invalid:colour", "name", "de") == "Unvollständig: colour"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_families_of_codes_are_complete(family, lang):
    assert set(labels(family, lang)) >= set(FAMILIES[family].split())


def test_labels_give_the_short_names_alone():
    assert labels("window") == {
        "second": "second window",
        "5min": "5-minute window",
        "hour": "hour window",
        "day": "day window",
    }
    assert labels("setting", "de")["image_size"] == "Bildgröße"
    assert labels("reason")["gone"] == "No longer in Lightspeed"
    assert list(labels("option.include_orders"))[:2] == ["none", "1m"]


@pytest.mark.parametrize(
    ("key", "option", "en", "de"),
    [
        ("sync_time", "7", "07:00–08:00 UTC", "07:00–08:00 UTC"),
        ("sync_time", "23", "23:00–00:00 UTC", "23:00–00:00 UTC"),
        ("sync_time", "when_needed", "When needed", "bei Bedarf"),
        ("include_orders", "2024-02-29", "Since 2024-02-29", "Seit 2024-02-29"),
        ("include_orders", "2y", "2 years", "2 Jahre"),
        ("include_pages", "no", "No", "Nein"),
        (
            "variant_stock_tracking",
            "yes",
            "Yes: sum of the variants",
            "Ja: Summe der Varianten",
        ),
    ],
)
def test_options_are_labelled(key, option, en, de):
    assert (option_label(key, option), option_label(key, option, "de")) == (en, de)


def test_values_are_put_into_the_text_as_they_are():
    assert text("waiting.until", until="14:35", window="{hour}") == "Waiting until 14:35 ({hour})"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: text("no.such.code"),
        lambda: text("state.running", "fr"),
        lambda: text("waiting.until", until="14:35"),
        lambda: labels("no_such_family"),
        lambda: reason("no_such_reason"),
        lambda: option_label("price_tax", "gross"),
    ],
)
def test_a_missing_text_is_a_key_error(ask):
    with pytest.raises(KeyError):
        ask()


def codes_in(source: str) -> set[str]:
    """Codes that a module asks for by name; those put together at run time are not seen."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "text"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


COMMANDS = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("sync/cli/*.py"))]
# Families whose codes are put together at run time.
MADE_UP = tuple(
    f"cli.{each}"
    for each in ("column.", "trigger.", "end.", "secret.", "backup.key_", "forget.place.")
)


def said_in(source: str) -> set[str]:
    """Codes that a command has its screen say by name."""
    return {
        f"cli.{call.args[0].value}"
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("say", "text")
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_code_that_a_command_says_exists():
    said = set().union(*map(said_in, COMMANDS))
    assert "cli.demo.ready" in said
    assert said <= CODES


def test_every_text_of_the_command_line_is_said_somewhere():
    texts = {code for code in CODES if code.startswith("cli.") and not code.startswith(MADE_UP)}
    unsaid = {c for c in texts if not any(c.removeprefix("cli.") in each for each in COMMANDS)}
    assert unsaid == set()


def test_codes_are_found_in_source():
    assert codes_in("text('a.b', lang)\ntext(f'a.{x}')\nother('c')") == {"a.b"}


def test_every_code_that_the_source_names_exists():
    files = [HERE / "app.py", *HERE.glob("pages/**/*.py"), *HERE.glob("sync/**/*.py")]
    named: dict[str, str] = {}
    for file in files:
        source = file.read_text(encoding="utf-8") if file.exists() else ""
        if "sync.texts import" in source:
            named |= dict.fromkeys(codes_in(source), file.name)
    assert "document.title" in named
    assert {code: where for code, where in named.items() if code not in CODES} == {}
