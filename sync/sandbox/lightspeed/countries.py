"""Country objects; 38, 150 and 226 are Lightspeed's own ids, the others are invented."""

from __future__ import annotations

from typing import Any, Final

_COUNTRIES: Final = {
    "at": (14, "aut", "Austria"),
    "be": (21, "bel", "Belgium"),
    "ca": (38, "can", "Canada"),
    "ch": (206, "che", "Switzerland"),
    "cz": (56, "cze", "Czech Republic"),
    "de": (80, "deu", "Germany"),
    "dk": (57, "dnk", "Denmark"),
    "es": (199, "esp", "Spain"),
    "fi": (72, "fin", "Finland"),
    "fr": (73, "fra", "France"),
    "gb": (225, "gbr", "United Kingdom"),
    "ie": (103, "irl", "Ireland"),
    "it": (105, "ita", "Italy"),
    "lu": (124, "lux", "Luxembourg"),
    "nl": (150, "nld", "Netherlands"),
    "no": (160, "nor", "Norway"),
    "pl": (171, "pol", "Poland"),
    "pt": (172, "prt", "Portugal"),
    "se": (205, "swe", "Sweden"),
    "us": (226, "usa", "United States"),
}


def country(code: str) -> dict[str, Any]:
    """The country object of a two-letter code; an unknown one has only its code."""
    id, code3, title = _COUNTRIES.get(code, (0, "", ""))
    return {"id": id, "code": code, "code3": code3, "title": title}
