"""What a person should know of a plan, told in a run's log."""

from __future__ import annotations

from collections.abc import Iterator

from sync import mapping
from sync.database import immediate
from sync.errors import Message
from sync.mirror import OddValue
from sync.plan import Plan, PlanInputs

MOST = 5  # values of one field that are named
_CODES = {"stockTracking": "tracking", "isVisible": "visible"}
_ONCE = "createdAt"  # it is made up for good, so that nobody needs to be told again


def plan_notices(plan: Plan) -> Iterator[Message]:
    """What a person should know of the plan, one line each."""
    left = plan.left_in_clerk
    if left:
        ids = ", ".join(map(str, left[:5]))
        yield Message("log.categories_stay", n=len(left), ids=ids)
    if not plan.inputs.wants("products"):
        return
    yield from _odd_notices(plan.inputs)
    for collision in mapping.collisions(plan.inputs.context):
        who = ", ".join(f"{kind} {title}" for kind, title in collision.sources)
        yield Message(f"log.attribute.{collision.code}", name=collision.name, who=who)


def _odd_notices(inputs: PlanInputs) -> Iterator[Message]:
    """The first odd values of each field by name, and how many more there are. A made-up moment
    of creation is told once."""
    mirror, lang = inputs.mirror, inputs.lang
    for field, number in mirror.odd_numbers(lang).items():
        samples = mirror.odd_samples(lang, field, MOST)
        if field == _ONCE:
            samples = [odd for odd in samples if not odd.told]
        yield from map(_told, samples)
        if samples and number > len(samples):
            yield Message("log.odd.more", field=field, n=number)
    with immediate(mirror.db):
        mirror.odd_told(lang, [_ONCE])


def _told(odd: OddValue) -> Message:
    if odd.field == _ONCE:
        return Message("log.odd.created", product=odd.product, value=odd.value)
    code = _CODES.get(odd.field, "value")
    said = {"variant": odd.variant, "product": odd.product, "field": odd.field, "value": odd.value}
    return Message(f"log.odd.{code}", **said)
