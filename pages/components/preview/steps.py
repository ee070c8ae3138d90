"""What a step of the plan shows, in the reader's words."""

from __future__ import annotations

from pages.components import context, format
from pages.components.preview.plan import Shown
from pages.components.texts import t, why
from sync import preview
from sync.preview import Step
from sync.rules import LINES_PENDING


def told(plan: Shown, entity: str, step: str) -> str:
    """What the records of a step are, and how many: `Out of stock (28)`."""
    steps = preview.waterfall(context.desk(), plan.store, plan.key, entity)
    found = next((each for each in steps if each.step == step), None)
    return t(f"preview.step.{step}") if found is None else name(found)


def name(step: Step) -> str:
    """The same of a step at hand."""
    if step.step in ("read", "sent"):
        return counted(t(f"preview.step.{step.step}"), step.left)
    if step.reasons == (LINES_PENDING,):
        return t("preview.following", n=format.number(step.dropped))
    return counted(", ".join(why(code) for code in step.reasons), step.dropped)


def counted(what: str, count: int) -> str:
    """A name with its number."""
    return f"{what} ({format.number(count)})"
