from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import commalist
from sync.names import nearest, normal_name
from sync.settings import (
    GROUPS,
    SETTINGS,
    SettingError,
    Settings,
    blocking,
    differences,
    parse,
    parse_assignments,
)
from sync.statuses import normal_status

DEFAULTS = {
    "auto_detect_attributes": "yes",
    "custom_attributes": "",
    "image_size": "300x400x1",
    "include_orders": "1y",
    "accepted_order_statuses": "completed, completed_shipped, completed_picked_up",
    "include_out_of_stock": "no",
    "collect_emails": "no",
    "include_customers": "no",
    "include_pages": "no",
    "include_review_score": "no",
    "include_free_products": "no",
    "include_hidden_categories": "no",
    "include_variant_data": "yes",
    "include_variant_stock": "yes",
    "variant_stock_tracking": "yes",
    "import_products": "yes",
    "import_categories": "yes",
    "import_orders": "yes",
    "import_customers": "yes",
    "import_pages": "yes",
    "sync_time": "when_needed",
    "page_size": "250",
    "price_tax": "shop",
    "order_id": "number",
    "removed_products": "delete",
    "removal_limit_percent": "10",
    "removal_limit_min": "20",
}
PLAIN = Settings.from_values({})
SWITCHES = [key for key, s in SETTINGS.items() if s.kind == "boolean"]


def with_values(**changes: str) -> Settings:
    return PLAIN.changed(changes)


def test_every_setting_has_its_default_in_its_order():
    assert list(PLAIN.values().items()) == list(DEFAULTS.items())


def test_fields_and_definitions_are_the_same_list():
    assert [f.name for f in dataclasses.fields(Settings)] == list(SETTINGS)


def test_settings_stand_group_by_group():
    assert list(dict.fromkeys(s.group for s in SETTINGS.values())) == list(GROUPS)


@pytest.mark.parametrize("key", SETTINGS)
def test_options_and_default_are_canonical(key):
    for value in (*SETTINGS[key].options, SETTINGS[key].default):
        assert with_values(**{key: value}).values()[key] == value


@pytest.mark.parametrize("key", SETTINGS)
def test_dependences_name_real_values_of_settings(key):
    for unless in SETTINGS[key].depends:
        for other, value in unless:
            assert other != key
            assert with_values(**{other: value}).values()[other] == value


@pytest.mark.parametrize(
    ("word", "meant"),
    [("yes", True), ("TRUE", True), (" 1 ", True), ("No", False), ("false", False), ("0", False)],
)
def test_booleans_are_read_in_every_spelling(word, meant):
    assert with_values(include_pages=word).include_pages is meant


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("custom_attributes", ",Color, material ,,", ("Color", "material")),
        ("custom_attributes", "Größe, groesse, GRÖSSE, color", ("Größe", "color")),
        ("custom_attributes", "尺寸, 颜色, 尺寸", ("尺寸", "颜色")),
        ("custom_attributes", " , ,", ()),
        ("custom_attributes", "x" * 200, ("x" * 200,)),
        (
            "accepted_order_statuses",
            "Completed shipped, completed_shipped, COMPLETED-SHIPPED, on hold",
            ("Completed shipped", "on hold"),
        ),
        ("accepted_order_statuses", "b,a,b", ("b", "a")),
        ("image_size", "800X0600x2", "800x600x2"),
        ("image_size", "4000x1x3", "4000x1x3"),
        ("include_orders", " 3Y ", "3y"),
        ("include_orders", "ALL", "all"),
        ("include_orders", "2000-01-01", "2000-01-01"),
        ("include_orders", "2024-02-29", "2024-02-29"),
        ("sync_time", "07", "7"),
        ("sync_time", "0", "0"),
        ("sync_time", "00", "0"),
        ("sync_time", "23", "23"),
        ("sync_time", "When needed", "when_needed"),
        ("sync_time", "OFF", "off"),
        ("page_size", "1", 1),
        ("page_size", " 0100 ", 100),
        ("removal_limit_percent", "0", 0),
        ("removal_limit_percent", "100", 100),
        ("removal_limit_min", "1000000", 1_000_000),
        ("price_tax", "Excl", "excl"),
        ("order_id", "id", "id"),
        ("removed_products", "hide", "hide"),
    ],
)
def test_a_value_is_kept_in_its_canonical_form(key, typed, kept):
    assert getattr(with_values(**{key: typed}), key) == kept
    assert parse(key, typed) == kept


REFUSED = [
    ("include_pages", "", "yes or no"),
    ("include_pages", "ja", "yes or no"),
    ("include_pages", "2", "yes or no"),
    ("custom_attributes", "a\nb", "line break"),
    ("custom_attributes", "fine, a\x00b", "line break"),
    ("custom_attributes", "a\u2028b", "line break"),
    ("custom_attributes", "a\udcffb", "line break"),
    ("custom_attributes", "x" * 201, "200"),
    ("accepted_order_statuses", "on\thold", "line break"),
    ("image_size", "", "300x400x1"),
    ("image_size", "300x400", "300x400x1"),
    ("image_size", "0x400x1", "from 1 to 4000"),
    ("image_size", "300x4001x1", "from 1 to 4000"),
    ("image_size", "300x400x0", "zoom from 1 to 3"),
    ("image_size", "300x400x4", "zoom from 1 to 3"),
    ("image_size", "-3x400x1", "from 1 to 4000"),
    ("image_size", "３00x400x1", "from 1 to 4000"),
    ("include_orders", "", "none, 1m, 3m"),
    ("include_orders", "4y", "none, 1m, 3m"),
    ("include_orders", "2023-02-29", "YYYY-MM-DD"),
    ("include_orders", "20240101", "YYYY-MM-DD"),
    ("include_orders", "1999-12-31", "2000-01-01"),
    ("include_orders", "0000-00-00", "2000-01-01"),
    ("sync_time", "", "0 to 23"),
    ("sync_time", "24", "0 to 23"),
    ("sync_time", "007", "0 to 23"),
    ("sync_time", "-1", "0 to 23"),
    ("sync_time", "7:00", "0 to 23"),
    ("page_size", "", "1 to 250"),
    ("page_size", "0", "1 to 250"),
    ("page_size", "251", "1 to 250"),
    ("page_size", "1.5", "1 to 250"),
    ("page_size", "abc", "1 to 250"),
    ("page_size", "+5", "1 to 250"),
    ("page_size", "1_0", "1 to 250"),
    ("page_size", "٣", "1 to 250"),
    ("page_size", "9" * 9000, "1 to 250"),
    ("removal_limit_percent", "101", "0 to 100"),
    ("removal_limit_percent", "-1", "0 to 100"),
    ("removal_limit_min", "-1", "from 0"),
    ("removal_limit_min", "1e3", "from 0"),
    ("price_tax", "gross", "shop, incl, excl"),
    ("order_id", "", "number, id"),
    ("removed_products", "keep", "delete, hide"),
]


@pytest.mark.parametrize(("key", "value", "says"), REFUSED)
def test_a_bad_value_is_refused_in_one_line_that_names_the_setting(key, value, says):
    with pytest.raises(SettingError) as caught:
        with_values(**{key: value})
    line = str(caught.value)
    assert caught.value.key == key
    assert line.startswith(f"{key}: ")
    assert says in line
    assert line.isprintable()
    assert len(line) < 250
    german = caught.value.text("de")
    assert german != line
    assert german.startswith(f"{key}: ")
    assert german.isprintable()


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("inculde_orders", 'unknown setting "inculde_orders"; did you mean include_orders?'),
        ("Page-Size", 'unknown setting "Page-Size"; did you mean page_size?'),
        ("zzz", 'unknown setting "zzz"'),
        ("", 'unknown setting ""'),
        ("a\nb", 'unknown setting "a?b"'),
    ],
)
def test_an_unknown_setting_is_named_with_the_nearest_known_one(key, line):
    with pytest.raises(SettingError, match=re.escape(line) + "$") as caught:
        PLAIN.changed({key: "yes"})
    assert caught.value.key == key


def test_assignments_are_split_at_the_first_equals_sign():
    assert parse_assignments(["page_size = 10", "custom_attributes=a=b, c"]) == {
        "page_size": "10",
        "custom_attributes": "a=b, c",
    }
    assert parse_assignments(["custom_attributes="]) == {"custom_attributes": ""}
    assert parse_assignments([]) == {}


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (["page_size"], '"page_size" is not an assignment'),
        ([""], '"" is not an assignment'),
        (["=10"], '"=10" is not an assignment'),
        (["pagesize=10"], "did you mean page_size?"),
        (["page_size=10", "page_size=20"], "page_size is given twice"),
    ],
)
def test_a_malformed_assignment_is_refused(items, says):
    with pytest.raises(SettingError, match=re.escape(says)):
        parse_assignments(items)


@pytest.mark.parametrize(
    ("status", "form"),
    [
        ("Completed shipped", "completed_shipped"),
        ("completed-shipped", "completed_shipped"),
        (" COMPLETED_SHIPPED ", "completed_shipped"),
        ("Completed  –  shipped", "completed_shipped"),
        ("Zurückgestellt", "zurückgestellt"),
        ("Zuru\u0308ckgestellt", "zurückgestellt"),
        ("Großhandel", "grosshandel"),
        ("", ""),
    ],
)
def test_statuses_are_compared_without_case_blanks_and_hyphens(status, form):
    assert normal_status(status) == form


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Color", "color"),
        ("Größe (EU)", "groesse_eu"),
        ("Gro\u0308ße", "groesse"),
        ("ÄÖÜ", "aeoeue"),
        ("STRAẞE", "strasse"),
        ("Éléments – naïfs", "elements_naifs"),
        ("Ærø Łódź", "aero_lodz"),
        ("__a--b__c ", "a_b_c"),
        ("data_01", "data_01"),
        ("m²", "m2"),
        ("İstanbul", "istanbul"),
        ("尺寸", ""),
        ("!?", ""),
        ("", ""),
    ],
)
def test_attribute_names_are_folded_to_plain_letters(name, form):
    assert normal_name(name) == form


@given(st.text())
def test_a_folded_name_is_plain_and_folding_it_again_changes_nothing(name):
    form = normal_name(name)
    assert re.fullmatch(r"([a-z0-9]+(_[a-z0-9]+)*)?", form)
    assert normal_name(form) == form
    assert normal_status(normal_status(name)) == normal_status(name)


@pytest.mark.parametrize(
    ("value", "known", "meant"),
    [
        ("completed_shiped", ["completed", "completed_shipped"], "completed_shipped"),
        ("shipped", ["completed", "completed_shipped"], "completed_shipped"),
        ("Colour", ["Größe", "Color"], "Color"),
        ("groesse", ["Größe", "Color"], "Größe"),
        ("Отменено", ["Новый", "Отменен"], "Отменен"),
        ("Gr&ouml;&szlig;", ["Größe", "Grau"], "Größe"),
        ("weight", ["color", "size"], None),
        ("", ["color"], None),
        ("color", [], None),
    ],
)
def test_the_nearest_known_name_is_proposed(value, known, meant):
    assert nearest(value, known) == meant


def test_differences_list_old_and_new_text_of_what_changed_alone():
    new = with_values(page_size="0250", include_orders="2y", custom_attributes="color,size")
    assert differences(PLAIN, new) == {
        "custom_attributes": ("", "color, size"),
        "include_orders": ("1y", "2y"),
    }
    assert differences(PLAIN, PLAIN) == {}


def test_the_digest_follows_the_values_alone():
    assert with_values(page_size="0250").digest() == PLAIN.digest()
    changed = {with_values(**{key: "no"}).digest() for key in SWITCHES}
    changed |= {with_values(**{key: "yes"}).digest() for key in SWITCHES}
    assert len(changed) == len(SWITCHES) + 1
    assert re.fullmatch(r"[0-9a-f]{16}", PLAIN.digest())
    assert PLAIN.digest() == "c1e59107c96c00bb"


@pytest.mark.parametrize(
    ("changes", "without_effect"),
    [
        ({"include_customers": "yes"}, set()),
        (
            {"import_products": "no"},
            {
                "auto_detect_attributes",
                "custom_attributes",
                "image_size",
                "include_out_of_stock",
                "include_review_score",
                "include_free_products",
                "include_variant_data",
                "include_variant_stock",
                "variant_stock_tracking",
                "removed_products",
            },
        ),
        ({"include_orders": "none"}, {"accepted_order_statuses", "order_id", "collect_emails"}),
        (
            {"import_orders": "no", "include_customers": "yes"},
            {"include_orders", "accepted_order_statuses", "order_id"},
        ),
        ({"import_customers": "no"}, {"include_customers"}),
        ({"import_pages": "no"}, {"include_pages"}),
        ({"import_categories": "no"}, set()),
        ({"include_variant_data": "no"}, set()),
        ({"removal_limit_percent": "100"}, {"removal_limit_min"}),
    ],
)
def test_what_the_other_settings_switch_off_has_no_effect(changes, without_effect):
    settings = with_values(**changes)
    assert {key for key in SETTINGS if blocking(key, settings)} == without_effect


def test_nothing_but_switches_and_schedule_counts_when_nothing_is_imported():
    off = with_values(**{key: "no" for key in SWITCHES if key.startswith("import_")})
    imports = {key for key in SETTINGS if key.startswith("import_")}
    effective = {key for key in SETTINGS if not blocking(key, off)}
    assert effective == imports | {"sync_time", "page_size"}


@pytest.mark.parametrize(
    ("key", "changes", "pairs"),
    [
        ("image_size", {}, ()),
        ("image_size", {"import_products": "no"}, (("import_products", "no"),)),
        ("collect_emails", {"import_orders": "no", "include_customers": "yes"}, ()),
        (
            "collect_emails",
            {"include_orders": "none"},
            (("include_orders", "none"), ("include_customers", "no")),
        ),
        (
            "removal_limit_min",
            {"removal_limit_percent": "100"},
            (("removal_limit_percent", "100"),),
        ),
    ],
)
def test_what_leaves_a_setting_without_effect_is_named(key, changes, pairs):
    assert blocking(key, with_values(**changes)) == pairs


def test_an_error_can_call_a_setting_by_its_label():
    with pytest.raises(SettingError) as caught:
        parse("page_size", "0")
    assert caught.value.text("de", key="Seitengröße").startswith("Seitengröße: ")
    assert caught.value.text("de").startswith("page_size: ")


ENTRY = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200)
GOOD = {
    "boolean": st.sampled_from(["yes", "No", "TRUE", "false", "1", "0"]),
    "list": st.lists(ENTRY, max_size=6).map(",".join).filter(lambda t: len(t) <= 200),
    "image_size": st.builds(
        "{}x{}x{}".format, st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 3)
    ),
    "period": st.sampled_from(SETTINGS["include_orders"].options)
    | st.dates(date(2000, 1, 1), datetime.now(UTC).date() - timedelta(days=1)).map(str),
    "hour": st.sampled_from(["when_needed", "off"]) | st.integers(0, 23).map(str),
}


def values_of(key: str) -> st.SearchStrategy[str]:
    s = SETTINGS[key]
    if s.kind == "choice":
        return st.sampled_from(s.options)
    if s.kind == "number":
        return st.integers(s.minimum, s.maximum).map(str)
    return GOOD[s.kind]


VALUES = st.fixed_dictionaries({}, optional={key: values_of(key) for key in SETTINGS})


@given(VALUES)
def test_values_written_and_read_again_are_the_same(values):
    settings = Settings.from_values(values)
    again = Settings.from_values(settings.values())
    assert again == settings
    assert again.values() == settings.values()
    assert again.digest() == settings.digest()


@given(VALUES, VALUES)
def test_a_change_changes_what_it_names_and_nothing_else(values, changes):
    old = Settings.from_values(values)
    new = old.changed(changes)
    assert set(differences(old, new)) <= set(changes)
    alone = Settings.from_values(changes)
    assert all(getattr(new, key) == getattr(alone, key) for key in changes)


@given(VALUES, st.sampled_from(REFUSED), st.randoms())
def test_one_bad_value_among_good_ones_refuses_them_all(changes, refused, random):
    key, value, _ = refused
    items = [*(change for change in changes.items() if change[0] != key), (key, value)]
    random.shuffle(items)
    before = PLAIN.values()
    with pytest.raises(SettingError) as caught:
        PLAIN.changed(dict(items))
    assert caught.value.key == key
    assert PLAIN.values() == before


@given(st.sampled_from(list(SETTINGS)), st.text())
def test_any_text_is_either_taken_for_good_or_refused_in_one_line(key, value):
    line = "taken"
    settings = PLAIN
    try:
        settings = with_values(**{key: value})
    except SettingError as error:
        line = str(error)
    assert line.isprintable()
    assert Settings.from_values(settings.values()) == settings


@pytest.mark.parametrize(
    ("typed", "entries", "written"),
    [
        (
            '"Betaald, verzonden", completed',
            ("Betaald, verzonden", "completed"),
            '"Betaald, verzonden", completed',
        ),
        ('"Maat, EU"', ("Maat, EU",), '"Maat, EU"'),
        ('"completed" ,"new"', ("completed", "new"), "completed, new"),
        ('"say ""hi"", you"', ('say "hi", you',), '"say ""hi"", you"'),
        ('"" , a, " ", b', ("a", "b"), "a, b"),
        ('26", 28"', ('26"', '28"'), '26", 28"'),
        ('"never closed, b', ('"never closed', "b"), '"""never closed", b'),
        ('"closed" and more, b', ('"closed" and more', "b"), '"""closed"" and more", b'),
        ('a, "b, c', ("a", '"b', "c"), 'a, """b", c'),
        ('""""', ('"',), '""""'),
        (",,", (), ""),
    ],
)
def test_a_comma_inside_quotes_belongs_to_its_entry(typed, entries, written):
    settings = with_values(custom_attributes=typed)
    assert commalist.split(typed) == list(entries)
    assert commalist.written(entries) == written
    assert settings.accepted_order_statuses == PLAIN.accepted_order_statuses
    assert commalist.split(settings.values()["custom_attributes"]) == list(
        settings.custom_attributes
    )


@pytest.mark.parametrize("key", ["accepted_order_statuses", "custom_attributes"])
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Wasch\u00admaschine", ("Wasch\u00admaschine",)),
        ("Gr&ouml;&szlig;e klaar", ("Gr&ouml;&szlig;e klaar",)),
        ("\u200b", ("\u200b",)),
        ("Wasch\u00admaschine, Waschmaschine", ("Wasch\u00admaschine",)),
        ("Größe, Gr&ouml;&szlig;e, size", ("Größe", "size")),
        ("★, ★\u200b, Новинка, НО\u00adВИНКА", ("★", "Новинка")),
        ("&amp;, &, &amp;amp;", ("&amp;",)),
    ],
)
def test_names_are_kept_as_typed_and_repeats_are_those_that_are_compared_alike(key, typed, kept):
    settings = with_values(**{key: typed})
    assert getattr(settings, key) == kept
    assert Settings.from_values(settings.values()) == settings


@given(st.lists(st.text().map(str.strip).filter(bool)))
def test_a_list_written_and_split_again_is_the_same(entries):
    assert commalist.split(commalist.written(entries)) == entries


@given(st.text(st.sampled_from('ab", ')))
def test_splitting_loses_nothing_but_commas_blanks_and_quotes(typed):
    entries = commalist.split(typed)
    assert [c for e in entries for c in e if c in "ab"] == [c for c in typed if c in "ab"]
    assert commalist.split(commalist.written(entries)) == entries


def test_orders_from_a_day_still_to_come_are_refused_and_a_saved_one_stays_readable():
    tomorrow = str(datetime.now(UTC).date() + timedelta(days=1))
    with pytest.raises(SettingError, match="still to come"):
        PLAIN.changed({"include_orders": tomorrow})
    saved = Settings.from_values({"include_orders": tomorrow})
    assert saved.changed({"page_size": "100"}).include_orders == tomorrow
