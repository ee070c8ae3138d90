"""What a person should know of a plan, told in a run's log."""

from __future__ import annotations

from collections.abc import Iterator

from sync import mapping
from sync.database import immediate
from sync.mirror import OddValue
from sync.plan import Plan, PlanInputs

MOST = 5  # values of one field that are named
_ONCE = "createdAt"  # it is made up for good, so that nobody needs to be told again


def plan_notices(plan: Plan) -> Iterator[str]:
    """What a person should know of the plan, one line each."""
    left = plan.left_in_clerk
    if left:
        yield (
            f"{len(left)} categories are gone from the shop and stay in Clerk.io: its API"
            f" cannot delete categories (first ids: {', '.join(map(str, left[:5]))})"
        )
    if not plan.inputs.wants("products"):
        return
    yield from _odd_notices(plan.inputs)
    for collision in mapping.collisions(plan.inputs.context):
        who = " and ".join(f"{kind} {title}" for kind, title in collision.sources)
        if collision.code == "shared":
            yield f"attribute {collision.name}: {who} have this name; the first of them counts"
        else:
            yield f"attribute {collision.name}: the plain name of {who} belongs to another field"


def _odd_notices(inputs: PlanInputs) -> Iterator[str]:
    """The first odd values of each field by name, and how many more there are. A made-up moment
    of creation is told once."""
    mirror, lang = inputs.mirror, inputs.lang
    for field, number in mirror.odd_numbers(lang).items():
        samples = mirror.odd_samples(lang, field, MOST)
        if field == _ONCE:
            samples = [odd for odd in samples if not odd.told]
        yield from map(_told, samples)
        if samples and number > len(samples):
            yield f"{field}: {number} values in all cannot be read"
    with immediate(mirror.db):
        mirror.odd_told(lang, [_ONCE])


def _told(odd: OddValue) -> str:
    if odd.field == _ONCE:
        return (
            f"product {odd.product}: createdAt {odd.value} cannot be read, and Clerk.io needs one:"
            " its updatedAt, else the moment it was first read, is sent from now on"
        )
    what = f"variant {odd.variant} of product {odd.product}: {odd.field} {odd.value}"
    if odd.field == "stockTracking":
        return f"{what} is not known; it counts as not sellable"
    return f"{what} cannot be read and counts as none"
