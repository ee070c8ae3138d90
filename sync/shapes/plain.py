"""Texts of the shop made plain: names on one line, HTML without its tags, variant titles taken
apart."""

from __future__ import annotations

import re
from functools import lru_cache
from html import entities, unescape
from typing import Final

from sync.shapes.values import text

_INLINE: Final = (
    "a|abbr|b|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u|var"
    "|wbr"
)
# As browsers read it: "<" begins a tag only before a letter, "/", "!" or "?"; a quote counts only
# after "="; what is never closed reaches to the end. Every branch matches once it has begun, so
# the time taken grows with the length alone. Whatever has a group vanishes.
_MARKUP = re.compile(
    rf"""<(?:
        /?(?!(?i:script|style)[\s/>])(?=((?i:{_INLINE})(?:[\s/>]|\Z))|)[a-zA-Z][^>=]*+
          (?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^>=]*+)*+(?:>|\Z)
      | (!--(?:-?>|.*?(?:--!?>|\Z)))
      | ((?i:script|style))[^>]*+(?:>.*?(?:</(?i:\3)(?=[\s/>])[^>]*+(?:>|\Z)|\Z)|\Z)
      | [!?/][^>]*+(?:>|\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,9}|#[xX][0-9a-fA-F]{1,9}|[A-Za-z][A-Za-z0-9]{0,31});")
_ENDLESS = re.compile(r"&#[0-9]{1000,}+;?")
# Marks that nobody sees: soft hyphen, zero-width spaces, and those that turn the writing direction.
# The joiners U+200C and U+200D stay: emoji and some scripts need them.
_MARKS: Final = "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(f"[{_MARKS}]")
_AMPERSANDS = re.compile("&(?:(?:amp|AMP|#38|#[xX]26);)+")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_NOTHING = re.compile(
    "[\\s\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2061-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]*"
)


def name(value: object) -> str:
    """Return a name as plain text on one line: entities decoded once, control characters and line
    breaks made blanks, blanks folded, invisible marks gone; "" for one that nobody could see. Tags
    are left as they are."""
    string = value if isinstance(value, str) else text(value)
    return _short_name(string) if len(string) <= _SHORT else _name(string)


def _name(string: str) -> str:
    if "&" in string:
        string = _ENTITY.sub(_decoded, string)
    return without_marks(string)


# Titles of filters, their values and options stand in thousands of products.
_SHORT: Final = 64
_short_name = lru_cache(4096)(_name)


def _decoded(match: re.Match[str]) -> str:
    entity = match[0]
    known = entity[1] == "#" or entity[1:] in entities.html5
    return unescape(entity) if known else entity


def without_marks(string: str) -> str:
    """Return a text on one line, without invisible marks and control characters and with its
    blanks folded; "" if there is nothing to be seen in it."""
    if not string.isprintable():
        if not string.isascii():
            string = _UNSEEN.sub("", string.encode("utf-8", "replace").decode("utf-8"))
        string = _CONTROL.sub(" ", string)
    string = " ".join(string.split())
    return "" if not string.isascii() and _NOTHING.fullmatch(string) else string


def compared(string: str) -> str:
    """Return a name as it is compared: that of the shop and what was typed from it are one, with
    or without invisible marks and however often `&` was written as an entity. What is made of
    marks alone is returned as it is."""
    if string.isprintable() and "&" not in string:
        return string
    return name(_AMPERSANDS.sub("&", string)) or string


def plain_text(html: str) -> str:
    """Return the text of an HTML fragment on one line: block tags become blanks; inline tags,
    script, style and comments vanish; entities are decoded; marks go as they do in names."""
    if "\0" in html:
        html = html.replace("\0", "")
    if "<" in html:
        html = _MARKUP.sub(_blank_or_nothing, html)
    if "&" in html:
        html = unescape(_ENDLESS.sub("\ufffd", html))
    return without_marks(html)


def shortened(string: str, most: int) -> str:
    """The text, cut to so many characters with an ellipsis as the last."""
    return string if len(string) <= most else f"{string[: most - 1].rstrip()}…"


def _blank_or_nothing(match: re.Match[str]) -> str:
    return "" if match.lastindex else " "


_PAIR = re.compile(r'"([^":]++):([^"]++)"')
_TITLE = re.compile(rf"\s*+{_PAIR.pattern}(?:\s*+,\s*+{_PAIR.pattern})*+\s*+")


def option_pairs(raw_title: str) -> list[tuple[str, str]] | None:
    """Return the (name, value) pairs of a title such as `"Color: Black","Size: XL"`, or None if
    it is not wholly made of such pairs."""
    if '"' not in raw_title or _TITLE.fullmatch(raw_title) is None:
        return None
    pairs = [(name(option), name(value)) for option, value in _PAIR.findall(raw_title)]
    return pairs if all(option and value for option, value in pairs) else None
