"""Every setting of a store once: type, options, default, group, range, dependence.

The command line, the settings form and docs/settings.md derive from `SETTINGS`; labels and help
texts live in the catalogues of `sync.texts` under `setting.<key>`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from sync import commalist
from sync.errors import CodedError
from sync.names import name_key, nearest
from sync.statuses import normal_status

Kind = Literal["boolean", "list", "image_size", "period", "hour", "choice", "number"]
Value = bool | int | str | tuple[str, ...]
Unless = tuple[tuple[str, str], ...]
Changes = Mapping[str, tuple[str, str]]  # key → CLI text that was seen, and the one wanted

GROUPS: Final = (
    "attributes",
    "orders_and_stock",
    "data",
    "variants",
    "import",
    "sync_time",
    "advanced",
)
OLDEST_DATE: Final = date(2000, 1, 1)
LONGEST_ENTRY: Final = 200
LARGEST_SIDE: Final = 4000
LARGEST_ZOOM: Final = 3
_HOURS: Final = tuple(str(hour) for hour in range(24))


class SettingError(CodedError, ValueError):
    """A name or value that is not allowed.

    `key` is the setting (or what was typed in its place); `text(lang, key=label)` has the
    setting's label in its place.
    """

    def __init__(self, key: str, code: str, **values: object) -> None:
        self.key = key
        super().__init__(f"error.{code}", key=_shown(key), **values)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `default` is canonical CLI text; `options` are codes.

    `depends` lists alternatives: the setting has an effect if in at least one of them none of
    the (key, value) pairs is what the other settings say. No alternatives: it always has.
    """

    key: str
    kind: Kind
    default: str
    group: str
    options: tuple[str, ...] = ()
    depends: tuple[Unless, ...] = ()
    minimum: int = 0
    maximum: int = 0
    unit: str | None = None


_PRODUCTS: Final[Unless] = (("import_products", "no"),)
_CATEGORIES: Final[Unless] = (("import_categories", "no"),)
_ORDERS: Final[Unless] = (("import_orders", "no"), ("include_orders", "none"))
_CUSTOMERS: Final[Unless] = (("import_customers", "no"), ("include_customers", "no"))
# What was sent before include_… = no is still removed, and the guard watches over it.
_REMOVING: Final[tuple[Unless, ...]] = (
    _PRODUCTS,
    (("import_customers", "no"),),
    (("import_pages", "no"),),
)


def _switch(key: str, default: str, group: str, *depends: Unless) -> Setting:
    return Setting(key, "boolean", default, group, ("yes", "no"), depends)


def _choice(key: str, group: str, options: tuple[str, ...], *depends: Unless) -> Setting:
    return Setting(key, "choice", options[0], group, options, depends)


_ALL: Final = (
    _switch("auto_detect_attributes", "yes", "attributes", _PRODUCTS),
    Setting("custom_attributes", "list", "", "attributes", depends=(_PRODUCTS,)),
    Setting(
        "image_size", "image_size", "300x400x1", "attributes", depends=(_PRODUCTS,), unit="pixels"
    ),
    Setting(
        "include_orders",
        "period",
        "1y",
        "orders_and_stock",
        ("none", "1m", "3m", "6m", "1y", "2y", "3y", "all"),
        ((("import_orders", "no"),),),
    ),
    Setting(
        "accepted_order_statuses",
        "list",
        "completed, completed_shipped, completed_picked_up",
        "orders_and_stock",
        depends=(_ORDERS,),
    ),
    _switch("include_out_of_stock", "no", "orders_and_stock", _PRODUCTS),
    _switch("collect_emails", "no", "data", _ORDERS, _CUSTOMERS),
    _switch("include_customers", "no", "data", (("import_customers", "no"),)),
    _switch("include_pages", "no", "data", (("import_pages", "no"),)),
    _switch("include_review_score", "no", "data", _PRODUCTS),
    _switch("include_free_products", "no", "data", _PRODUCTS),
    _switch("include_hidden_categories", "no", "data", _PRODUCTS, _CATEGORIES),
    _switch("include_variant_data", "yes", "variants", _PRODUCTS),
    _switch("include_variant_stock", "yes", "variants", _PRODUCTS),
    _switch("variant_stock_tracking", "yes", "variants", _PRODUCTS),
    _switch("import_products", "yes", "import"),
    _switch("import_categories", "yes", "import"),
    _switch("import_orders", "yes", "import"),
    _switch("import_customers", "yes", "import"),
    _switch("import_pages", "yes", "import"),
    Setting("sync_time", "hour", "when_needed", "sync_time", ("when_needed", "off", *_HOURS)),
    Setting("page_size", "number", "250", "advanced", minimum=1, maximum=250, unit="records"),
    _choice("price_tax", "advanced", ("shop", "incl", "excl"), _PRODUCTS, _ORDERS),
    _choice("order_id", "advanced", ("number", "id"), _ORDERS),
    _choice("removed_products", "advanced", ("delete", "hide"), _PRODUCTS),
    Setting(
        "removal_limit_percent",
        "number",
        "10",
        "advanced",
        depends=_REMOVING,
        maximum=100,
        unit="percent",
    ),
    Setting(
        "removal_limit_min",
        "number",
        "20",
        "advanced",
        # Removals can never be more than 100 %, so at 100 the guard never holds.
        depends=tuple((*unless, ("removal_limit_percent", "100")) for unless in _REMOVING),
        maximum=1_000_000_000,
        unit="records",
    ),
)
SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType({s.key: s for s in _ALL})


@dataclass(frozen=True, slots=True)
class Settings:
    """A store's settings, checked and typed; one field for every key of `SETTINGS`."""

    auto_detect_attributes: bool
    custom_attributes: tuple[str, ...]
    image_size: str
    include_orders: str
    accepted_order_statuses: tuple[str, ...]
    include_out_of_stock: bool
    collect_emails: bool
    include_customers: bool
    include_pages: bool
    include_review_score: bool
    include_free_products: bool
    include_hidden_categories: bool
    include_variant_data: bool
    include_variant_stock: bool
    variant_stock_tracking: bool
    import_products: bool
    import_categories: bool
    import_orders: bool
    import_customers: bool
    import_pages: bool
    sync_time: str
    page_size: int
    price_tax: str
    order_id: str
    removed_products: str
    removal_limit_percent: int
    removal_limit_min: int

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> Settings:
        """Return checked settings; missing keys take their defaults.

        SettingError for an unknown key, else for the first bad value in the settings' order.
        """
        for key in values:
            setting(key)
        texts = {key: values.get(key, s.default) for key, s in SETTINGS.items()}
        parsed: dict[str, Any] = {key: parse(key, value) for key, value in texts.items()}
        return cls(**parsed)

    def values(self) -> dict[str, str]:
        """Return every key with its canonical CLI text; `from_values` reverses it exactly."""
        return {key: _written(getattr(self, key)) for key in SETTINGS}

    def changed(self, changes: Mapping[str, str]) -> Settings:
        """Return settings with `changes` (CLI texts) applied; SettingError as `from_values`, and
        for orders from a day that is still to come."""
        changed = Settings.from_values({**self.values(), **changes})
        refuse_future(self, changed)
        return changed

    def digest(self) -> str:
        """Return 16 hex digits that depend on the values alone."""
        canonical = json.dumps(self.values(), sort_keys=True).encode()
        return hashlib.blake2b(canonical, digest_size=8).hexdigest()


def setting(key: str) -> Setting:
    """Return the definition of `key`; SettingError with the nearest name for an unknown one."""
    definition = SETTINGS.get(key)
    if definition is not None:
        return definition
    known = nearest(key, SETTINGS)
    if known is None:
        raise SettingError(key, "unknown_setting")
    raise SettingError(key, "unknown_setting_nearest", nearest=known)


def parse(key: str, value: str) -> Value:
    """Return the typed value that the CLI text `value` means for `key`; else SettingError."""
    s = setting(key)
    return _PARSERS[s.kind](s, value)


def parse_assignments(items: Iterable[str]) -> dict[str, str]:
    """Return key → value text of `KEY=VALUE` items, known keys and each but once."""
    values: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        key = key.strip()
        if not equals or not key:
            raise SettingError(item, "not_an_assignment")
        setting(key)
        if key in values:
            raise SettingError(key, "given_twice")
        values[key] = value.strip()
    return values


def refuse_future(old: Settings, new: Settings) -> None:
    """SettingError where `new` begins to include orders from a day that is still to come (UTC).
    What was saved before that was refused stays readable."""
    if new.include_orders != old.include_orders and begins_later(new):
        today = datetime.now(UTC).date().isoformat()
        raise SettingError("include_orders", "future", value=new.include_orders, today=today)


def begins_later(settings: Settings) -> bool:
    """Whether orders are included from a day on that is still to come (UTC)."""
    begin = settings.include_orders
    own_date = begin not in SETTINGS["include_orders"].options
    return own_date and begin > datetime.now(UTC).date().isoformat()


def differences(old: Settings, new: Settings) -> dict[str, tuple[str, str]]:
    """Return key → (old text, new text) of what differs, in the settings' order."""
    before, after = old.values(), new.values()
    return {key: (before[key], after[key]) for key in SETTINGS if before[key] != after[key]}


def applied(changes: Changes, now: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Return `now` with changes that were made to what was seen then, and the keys that have
    neither the value seen nor the one wanted by now: these stay as they are. Lists are changed by
    additions and removals."""
    texts, made, conflicts = now.values(), {}, []
    for key, (seen, wanted) in changes.items():
        if SETTINGS[key].kind == "list":
            made[key] = _written(_joined(key, seen, wanted, texts[key]))
        elif texts[key] in (seen, wanted):
            made[key] = wanted
        else:
            conflicts.append(key)
    return now.changed(made), tuple(conflicts)


def _joined(key: str, seen: str, wanted: str, now: str) -> tuple[str, ...]:
    """Their list without what was taken from the one on my screen, and with what I added."""
    before, after, present = (_entries(key, text) for text in (seen, wanted, now))
    if present == before:
        return tuple(after.values())
    kept = {same: entry for same, entry in present.items() if same in after or same not in before}
    added = {same: entry for same, entry in after.items() if same not in before}
    return tuple((kept | added).values())


def _entries(key: str, text: str) -> dict[str, str]:
    return {_same(key, entry): entry for entry in commalist.split(text)}


def _same(key: str, entry: str) -> str:
    return (normal_status if key == "accepted_order_statuses" else name_key)(entry)


def blocking(key: str, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the other settings, as (key, CLI text), that leave `key` without effect now; none if
    it has one. The import switches always have one, for they are the way back."""
    blockers: dict[tuple[str, str], None] = {}
    for unless in setting(key).depends:
        said = [pair for pair in unless if _written(getattr(settings, pair[0])) == pair[1]]
        if not said:
            return ()
        blockers |= dict.fromkeys(said[:1])
    return tuple(blockers)


def _shown(value: str) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in value)
    return printable if len(printable) <= 60 else printable[:59] + "…"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return commalist.written(value) if isinstance(value, tuple) else str(value)


def _boolean(s: Setting, value: str) -> bool:
    word = value.strip().lower()
    if word in {"yes", "true", "1"}:
        return True
    if word in {"no", "false", "0"}:
        return False
    raise SettingError(s.key, "boolean", value=_shown(value))


def _list(s: Setting, value: str) -> tuple[str, ...]:
    entries: dict[str, str] = {}
    for entry in commalist.split(value):
        if len(entry) > LONGEST_ENTRY:
            raise SettingError(s.key, "entry_too_long", value=_shown(entry), most=LONGEST_ENTRY)
        if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in entry):
            raise SettingError(s.key, "control_character", value=_shown(entry))
        entries.setdefault(_same(s.key, entry), entry)
    return tuple(entries.values())


def _image_size(s: Setting, value: str) -> str:
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})x([0-9]{1,2})", value.strip().lower())
    width, height, zoom = (int(n) for n in match.groups()) if match else (0, 0, 0)
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE and 0 < zoom <= LARGEST_ZOOM):
        limits = {"side": LARGEST_SIDE, "zoom": LARGEST_ZOOM}
        raise SettingError(s.key, "image_size", value=_shown(value), **limits)
    return f"{width}x{height}x{zoom}"


def _period(s: Setting, value: str) -> str:
    word = value.strip().lower()
    if word in s.options:
        return word
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
        try:
            day = date.fromisoformat(word)
        except ValueError:
            day = date.min
        if day >= OLDEST_DATE:
            return word
    limits = {"options": ", ".join(s.options), "oldest": OLDEST_DATE.isoformat()}
    raise SettingError(s.key, "period", value=_shown(value), **limits)


def _hour(s: Setting, value: str) -> str:
    word = normal_status(value)
    if re.fullmatch(r"0[0-9]", word):
        word = word[1]
    if word not in s.options:
        raise SettingError(s.key, "hour", value=_shown(value))
    return word


def _one_of(s: Setting, value: str) -> str:
    word = value.strip().lower()
    if word not in s.options:
        options = ", ".join(s.options)
        raise SettingError(s.key, "choice", value=_shown(value), options=options)
    return word


def _number(s: Setting, value: str) -> int:
    word = value.strip()
    if re.fullmatch(r"[0-9]{1,12}", word) and s.minimum <= int(word) <= s.maximum:
        return int(word)
    limits = {"minimum": s.minimum, "maximum": s.maximum}
    raise SettingError(s.key, "number", value=_shown(value), **limits)


_PARSERS: Final[Mapping[Kind, Callable[[Setting, str], Value]]] = {
    "boolean": _boolean,
    "list": _list,
    "image_size": _image_size,
    "period": _period,
    "hour": _hour,
    "choice": _one_of,
    "number": _number,
}
