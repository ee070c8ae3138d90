"""The one shape that each Lightspeed record has inside the house.

Times are unix seconds (0 where the API gave none), prices are as received, texts carry no NUL and
no blanks at their ends, and what is absent is None (a number 0, a text ""). All of it can be
dumped to JSON and read back unchanged.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Variant(TypedDict):
    id: int
    default: bool
    sort: int
    sku: str
    ean: str
    code: str
    title: str  # `Black / XL`, or as received where that does not parse wholly
    options: list[list[str]]  # [name, value] pairs
    excl: float | None  # 0 or more, None where it cannot be read
    incl: float | None
    old_excl: float | None
    old_incl: float | None
    tracking: str  # case folded
    stock: int
    minimum: int
    updated: int


Oddity = list[int | str]  # [variant id or 0, field, value]: what was there and cannot be read


class FilterValues(TypedDict):
    id: int
    title: str
    values: list[str]


class Specification(TypedDict):
    id: int
    name: str
    value: str


class Product(TypedDict):
    id: int
    created: int
    updated: int
    visible: bool
    title: str
    fulltitle: str
    text: str  # the plain description, the choice between description and content made
    slug: str
    brand: str
    image: list[int | str] | None  # [file id, extension]
    categories: list[int]
    variants: list[Variant]  # by sort, then id
    filters: list[FilterValues]
    specs: list[Specification]
    data: list[str]  # data01, data02, data03
    bulk: bool  # filters and specs are known: read through catalog
    supplier: NotRequired[str]  # its title; only the catalogue says it
    odd: NotRequired[list[Oddity]]
    metafields: NotRequired[dict[str, list[str]]]  # read apart, by key


class Category(TypedDict):
    id: int
    visible: bool
    parent: int | None
    depth: int
    sort: int
    slug: str
    title: str
    created: int
    updated: int


class Brand(TypedDict):
    id: int
    title: str


class Line(TypedDict):
    id: int
    product: int | None  # None for a free-text line
    quantity: float | None  # None where it cannot be read
    returned: float
    excl: float | None  # the line's total after discount, None where it cannot be read
    incl: float | None


class Order(TypedDict):
    id: int
    number: str
    status: str
    custom_status: int | None
    created: int
    updated: int
    incl: float
    excl: float
    customer: int | None
    email: str
    pickup: bool
    shipment: str
    lines: list[Line] | None  # None where the answer carried none


class Customer(TypedDict):
    id: int
    email: str
    name: str
    company: str
    zip: str
    gender: str
    is_company: bool
    created: int
    updated: int
    type: str


class Subscription(TypedDict):
    id: int
    email: str
    confirmed: bool


class Return(TypedDict):
    id: int
    order: int
    updated: int
    lines: list[list[float]]  # [order product id, quantity]


class Review(TypedDict):
    id: int
    product: int
    visible: bool
    score: float  # from 1 to 5, 0 where it cannot be read
    updated: int


class Page(TypedDict):
    id: str  # `textpage-12`, `article-7`
    type: str
    visible: bool
    published: bool
    published_at: int | None
    slug: str
    blog: int | None
    title: str
    text: str
    language: str | None  # its code, or what was said of one that the shop does not have
    created: int
    updated: int
    unreadable: NotRequired[list[str]]  # fields of which something is there that cannot be read


class Blog(TypedDict):
    id: int
    slug: str
    title: str


class Tag(TypedDict):
    id: int
    title: str


class TagProduct(TypedDict):
    id: int
    tag: int
    product: int


class Filter(TypedDict):
    id: int
    title: str
    active: bool


class Language(TypedDict):
    id: NotRequired[int]
    code: str
    title: str
    active: bool
    default: bool


class Shop(TypedDict):
    id: int
    domain: str
    title: str
    b2b: bool
    currency: str
    created: int


class CustomStatus(TypedDict):
    id: int
    title: str


class VariantStamp(TypedDict):
    id: int
    product: int
    updated: int


class Metafield(TypedDict):
    id: int
    product: int | None
    key: str
    value: str


class ProductStamp(TypedDict):
    id: int
    updated: int
