"""Texts of the shop made plain: HTML without its tags, variant titles taken apart."""

from __future__ import annotations

import re
from html import unescape

# As browsers read it: "<" begins a tag only before a letter, "/", "!" or "?"; a quote counts only
# after "="; what is never closed reaches to the end. Every branch matches once it has begun, so
# the time taken grows with the length alone.
_MARKUP = re.compile(
    r"""<(?:
        /?(?!(?i:script|style)[\s/>])[a-zA-Z][^>=]*+
          (?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^>=]*+)*+(?:>|\Z)
      | (!--(?:-?>|.*?(?:--!?>|\Z)))
      | ((?i:script|style))[^>]*+(?:>.*?(?:</(?i:\2)(?=[\s/>])[^>]*+(?:>|\Z)|\Z)|\Z)
      | [!?/][^>]*+(?:>|\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
_VANISHING = re.compile(r"<(?:!--|script|style)", re.IGNORECASE)


def plain_text(html: str) -> str:
    """Return the text of an HTML fragment: tags become blanks, script, style and comments vanish,
    entities are decoded, blanks folded."""
    if "\0" in html:
        html = html.replace("\0", "")
    if "<" in html:
        html = _MARKUP.sub(_blank_or_nothing if _VANISHING.search(html) else " ", html)
    if "&" in html:
        html = unescape(html)
    return " ".join(html.split())


def _blank_or_nothing(found: re.Match[str]) -> str:
    return "" if found.lastindex else " "


_PAIR = re.compile(r'"([^":]++):([^"]++)"')
_TITLE = re.compile(rf"\s*+{_PAIR.pattern}(?:\s*+,\s*+{_PAIR.pattern})*+\s*+")


def option_pairs(raw_title: str) -> list[tuple[str, str]] | None:
    """Return the (name, value) pairs of a title such as `"Color: Black","Size: XL"`, or None if
    it is not wholly made of such pairs."""
    if '"' not in raw_title or _TITLE.fullmatch(raw_title) is None:
        return None
    pairs = [(name.strip(), value.strip()) for name, value in _PAIR.findall(raw_title)]
    return pairs if all(name and value for name, value in pairs) else None
