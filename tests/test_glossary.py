"""One word for one thing: no text uses another one than sync/texts/glossary.toml has."""

import re
import tomllib
from pathlib import Path

import pytest

from sync import texts
from sync.texts import LANGUAGES, catalogue

GLOSSARY = Path(texts.__file__).with_name("glossary.toml")
# What a merchant gets to read has no words of the house.
PLAIN = "merchant."
WORDS = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))["word"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("word", WORDS, ids=lambda word: word["en"])
def test_no_text_calls_it_otherwise(word, lang):
    others = "|".join(word.get(f"not_{lang}", ["(?!)"]))
    wrong = re.compile(rf"(?<!\w)(?:{others})(?!\w)")
    found = {
        code: told
        for code, told in catalogue(lang).items()
        if wrong.search(told) and code not in word.get("but", ()) and not code.startswith(PLAIN)
    }
    assert found == {}


def test_each_word_is_in_use():
    for lang in LANGUAGES:
        whole = "\n".join(catalogue(lang).values()).lower()
        words = [each for word in WORDS for each in word[lang].lower().split(", ")]
        assert [each for each in words if each not in whole] == []
