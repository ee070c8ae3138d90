"""What Clerk.io accepts as a product, category, order, customer or page.

Sources: Clerk.io's resource reference (product, category, order, customer), its data feed rules for
attribute names, values and ids, and its error reference. The page resource has no published
reference; its shape is that of Clerk.io's own extensions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, TypeGuard

ErrorType = Literal["AuthenticationError", "ParsingError", "LogicalError", "InternalError"]
Object = dict[str, Any]
Id = int | str

ORDER_STATUSES: Final = ("CONFIRMED", "SENT", "DELIVERED", "RETURNED", "CANCELLED")
LARGEST_ID: Final = 2**63 - 1
LATEST_SECONDS: Final = 100_000_000_000
_URL: Final = re.compile(r"https?://[^\s/?#]+(/(?!/)[^\s/\\]*)*")
_SCALARS: Final = {str, int, float, bool}


class Refusal(Exception):
    """A request that Clerk.io answers with its error envelope; nothing of it is applied.

    The message names the place (`products[3].price`), never a value: values may be addresses.
    `status` is the HTTP status where it is not the usual one of a refusal.
    """

    def __init__(self, kind: ErrorType, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.kind: ErrorType = kind
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Field:
    """One known attribute: what it must be, in words and as a test."""

    expected: str
    holds: Callable[[object], bool]
    required: bool = False


@dataclass(frozen=True)
class Entity:
    """One kind of object. `keys` identify an object; at least one of them must be there."""

    name: str
    keys: tuple[str, ...]
    fields: Mapping[str, Field]
    deletable: bool = True

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if field.required)


@dataclass(frozen=True)
class Batch:
    """The objects of an accepted request, in its order; `ignored` counts misnamed attributes."""

    objects: list[Object]
    ignored: int


def is_integer(value: object) -> TypeGuard[int]:
    return type(value) is int


def is_number(value: object) -> bool:
    return type(value) in (int, float)


def is_id(value: object) -> TypeGuard[Id]:
    """True for a non-empty text or an integer that fits 64 bits."""
    if isinstance(value, str):
        return value != ""
    return is_integer(value) and abs(value) <= LARGEST_ID


def is_price(value: object) -> bool:
    """True for a number of 0 or more; not every float is one."""
    return is_number(value) and 0 <= value < float("inf")  # type: ignore[operator]


def _is_moment(value: object) -> bool:
    return is_integer(value) and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_url(value: object) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def _is_ids(value: object) -> bool:
    return isinstance(value, list) and all(map(is_id, value))


def _is_text_or_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_line(value: object) -> bool:
    if not isinstance(value, dict) or not is_id(value.get("id")):
        return False
    quantity = value.get("quantity")
    return is_integer(quantity) and quantity > 0 and is_number(value.get("price"))


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_line, value))


def _text(required: bool = False) -> Field:
    return Field("a text", _is_text, required)


def _filled(required: bool = False) -> Field:
    return Field("a text that is not empty", _is_filled, required)


def _url(required: bool = False) -> Field:
    return Field("an http(s) URL", _is_url, required)


def _price(required: bool = False) -> Field:
    return Field("a number of 0 or more", is_price, required)


def _moment() -> Field:
    return Field("a moment in unix seconds", _is_moment, True)


def _whole(required: bool = False) -> Field:
    return Field("an integer", is_integer, required)


def _id(required: bool = False) -> Field:
    return Field("an integer or a text that is not empty", is_id, required)


def _ids(required: bool = False) -> Field:
    return Field("a list of integers or texts", _is_ids, required)


_BOOL: Final = Field("true or false", _is_bool)
_TEXTS: Final = Field("a text or a list of texts", _is_text_or_texts)
_LINES: Final = Field(
    "a list that is not empty of {id, quantity: integer above 0, price: number}", _is_lines, True
)
_STATUS: Final = Field("one of " + ", ".join(ORDER_STATUSES), lambda value: value in ORDER_STATUSES)
_SECONDS: Final = ("created_at", "time")

# The reference lists image as required; Clerk.io's Lightspeed integration leaves a missing one out.
PRODUCT: Final = Entity(
    "products",
    ("id",),
    {
        "id": _id(required=True),
        "name": _filled(required=True),
        "description": _text(required=True),
        "price": _price(required=True),
        "url": _url(required=True),
        "categories": _ids(required=True),
        "created_at": _moment(),
        "image": _url(),
        "list_price": _price(),
        "brand": _text(),
        "sku": _text(),
        "stock": _whole(),
        "on_sale": _BOOL,
        "age": _whole(),
        "index": _BOOL,
        "gender": _TEXTS,
        "color": _TEXTS,
        "colors": _TEXTS,
        "keywords": _TEXTS,
    },
)
CATEGORY: Final = Entity(
    "categories",
    ("id",),
    {
        "id": _id(required=True),
        "name": _filled(required=True),
        "url": _url(required=True),
        "subcategories": _ids(required=True),
        "image": _url(),
        "description": _text(),
    },
    deletable=False,
)
ORDER: Final = Entity(
    "orders",
    ("id",),
    {
        "id": _id(required=True),
        "products": _LINES,
        "time": _moment(),
        "customer": _id(),
        "email": _filled(),
        "status": _STATUS,
    },
)
CUSTOMER: Final = Entity(
    "customers",
    ("customerid", "email"),
    {
        "customerid": _id(),
        "email": _filled(),
        "name": _text(),
        "subscribed": _BOOL,
        "zip": _text(),
        "gender": _text(),
        "age": _whole(),
        "is_b2b": _BOOL,
    },
)
PAGE: Final = Entity(
    "pages",
    ("id",),
    {
        "id": _id(required=True),
        "type": _filled(required=True),
        "url": _url(required=True),
        "title": _filled(required=True),
        "text": _filled(required=True),
        "image": _url(),
        "keywords": _TEXTS,
    },
)
ENTITIES: Final[Mapping[str, Entity]] = {
    entity.name: entity for entity in (PRODUCT, CATEGORY, ORDER, CUSTOMER, PAGE)
}


def checked(entity: Entity, values: object, partial: bool) -> Batch:
    """The objects of a POST (`partial` false) or PATCH (true) if each of them is well-formed.

    Raises Refusal for the first that is not, naming its position and attribute.
    """
    objects = []
    ignored = 0
    for position, value in enumerate(_listed(entity, values)):
        place = f"{entity.name}[{position}]"
        if not isinstance(value, dict):
            raise _wrong(entity, f"{place} must be an object")
        misnamed = _misnamed(tuple(value))
        kept = {name: value[name] for name in value if name not in misnamed} if misnamed else value
        ignored += len(misnamed)
        _check(entity, kept, place, partial)
        objects.append(kept)
    return Batch(objects, ignored)


def checked_ids(entity: Entity, values: object) -> list[Id]:
    """The ids (for GET /customers: e-mail addresses) of a list; raises Refusal if one is neither
    integer nor text."""
    ids: list[Id] = []
    for position, value in enumerate(_listed(entity, values)):
        if not is_id(value):
            raise _wrong(entity, f"{entity.name}[{position}] must be {_id().expected}")
        ids.append(value)
    return ids


def key_of(entity: Entity, value: Object) -> Id:
    """What the object is stored under: its id, or a customer's customerid, else e-mail address."""
    key: Id = next(value[name] for name in entity.keys if name in value)
    return key


def _listed(entity: Entity, values: object) -> list[Any]:
    if not isinstance(values, list):
        raise _wrong(entity, "must be a list")
    return values


@lru_cache(maxsize=4096)
def _misnamed(names: tuple[str, ...]) -> frozenset[str]:
    """Those attribute names that Clerk.io silently ignores. Cached: objects are much alike."""
    return frozenset(name for name in names if not re.fullmatch(r"[A-Za-z0-9_]+", name))


def _check(entity: Entity, value: Object, place: str, partial: bool) -> None:
    if value.keys().isdisjoint(entity.keys):
        raise Refusal("ParsingError", f"Missing Argument {place}.{' or '.join(entity.keys)}")
    if not partial and not entity.required <= value.keys():
        missing = next(name for name in entity.fields if name in entity.required - value.keys())
        raise Refusal("ParsingError", f"Missing Argument {place}.{missing}")
    for name, item in value.items():
        field = entity.fields.get(name)
        if field is not None and not field.holds(item):
            raise _wrong(entity, f"{place}.{name} must be {field.expected}")
        if type(item) not in _SCALARS and not _is_value(item):
            raise _wrong(entity, f"{place}.{name} must not hold null or a list within a list")
    for name in _SECONDS:
        if name in entity.fields and value.get(name, 0) > LATEST_SECONDS:
            raise Refusal("LogicalError", f"{place}.{name} must be in seconds, not milliseconds")


def _is_value(value: object) -> bool:
    """Texts, numbers, booleans, objects of such, and lists of these; null nowhere."""
    if isinstance(value, list):
        if _SCALARS.issuperset(map(type, value)):
            return True
        return all(not isinstance(item, list) and _is_value(item) for item in value)
    if isinstance(value, dict):
        return all(map(_is_value, value.values()))
    return value is not None


def _wrong(entity: Entity, detail: str) -> Refusal:
    return Refusal("ParsingError", f"Invalid Syntax In Argument: {entity.name}: {detail}")
