"""Where the real API's behaviour is unknown or varies, and what a test may turn on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from sync.sandbox.state import State


@dataclass(frozen=True)
class Switches:
    """embed_lines: the order list carries `embedded` like a single order. catalog: 403, 404 or
    405 refuses catalog.json. catalog_filters: what catalog.json does with stamps, since_id and
    fields: it ignores them, keeps to them (a product is as new as its newest variant), keeps to
    them by the stamps of products alone, or refuses the stamps.
    over_limit: what a limit above 250 gets. filter_zone: how a stamp without offset is read.
    retry_after: its form on a 429. variant_bumps_product: an edited variant stamps its product.
    drift: after a whole page of a list a row is inserted on top, or the top row deleted, or (swap)
    the lowest row deleted and one inserted on top, as long as drift_left is above 0. overtaken: an
    odd page of a list is answered after the one behind it, if that is asked for meanwhile.
    ascending: lists begin with the lowest id. lying_counts: by so much the count of a kind is too
    high. page_cap: pages beyond it come empty. poison: an answer that would hold the record of
    this id is a 500. metafields: whether metafields.json has those of products too, and
    names their owners. delay: seconds before every answer.
    storefront: which addresses of the default language are a page, the others lead there.
    """

    embed_lines: bool = False
    catalog: Literal["on", "403", "404", "405"] = "on"
    catalog_filters: Literal["ignored", "kept", "products", "refused"] = "ignored"
    over_limit: Literal["clamp", "400"] = "clamp"
    filter_zone: Literal["utc", "shop"] = "utc"
    retry_after: Literal["none", "seconds", "date"] = "none"
    variant_bumps_product: bool = False
    drift: Literal["none", "insert", "delete", "swap"] = "none"
    drift_left: int = 0
    overtaken: bool = False
    metafields: Literal["apart", "named", "nameless"] = "apart"
    ascending: bool = False
    lying_counts: dict[str, int] = field(default_factory=dict)
    page_cap: int = 0
    poison: int = 0
    delay: float = 0.0
    storefront: Literal["all", "not_default", "both", "off"] = "all"


def switches(state: State) -> Switches:
    """The switches in force."""
    return Switches(**state.fact("switches", {}))


def set_switches(state: State, **changes: object) -> Switches:
    """The switches after these changes, from the next request on."""
    changed = replace(switches(state), **changes)  # type: ignore[arg-type]
    state.set_fact("switches", asdict(changed))
    return changed
