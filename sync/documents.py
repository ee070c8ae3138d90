"""Documents: what scripts read as JSON and pages by name.

A document is a dataclass: its fields, in their order, are those of the JSON. A field that stands
there only sometimes has None for its default, and is left out where it is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def as_json(value: object) -> Any:
    """The value with every document in it as a dict, whatever lies in between."""
    if is_dataclass(value) and not isinstance(value, type):
        held = ((each, getattr(value, each.name)) for each in fields(value))
        return {
            each.name: as_json(inner)
            for each, inner in held
            if inner is not None or each.default is not None
        }
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return value
