"""Foreign text in places that render Markdown."""

import pytest

from pages.components.texts import plain


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("Rain jacket", "Rain jacket"),
        ("![x](y)", "\\!\\[x\\]\\(y\\)"),
        ("a\nb", "a b"),
        ("5 * 3", "5 \\* 3"),
        ("www.a.example", "www\u2060\\.a\\.example"),
        ("see https://a.example", "see https\\:\u2060\\/\\/a\\.example"),
        (":red[x]", "\\:red\\[x\\]"),
    ],
)
def test_it_is_shown_letter_by_letter(foreign, shown):
    assert plain(foreign) == shown
