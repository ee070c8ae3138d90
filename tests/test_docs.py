from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import sync
from sync.manual import settings_markdown
from sync.settings import GROUPS, SETTINGS
from sync.texts import LANGUAGES, text
from tests.test_house import FLOORS, GROUND, PURE

HERE = Path(__file__).parents[1]
PAGES = sorted({*HERE.glob("*.md"), *HERE.glob("docs/**/*.md")})


def test_the_page_about_settings_is_the_one_made_from_their_definition():
    """Fails when a setting or a text changed and `make docs` was not run."""
    page = (HERE / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_markdown("en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_about_settings_tells_all_of_each_setting(lang):
    page = settings_markdown(lang)
    sections = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    assert len(sections) == len(SETTINGS)
    for section, s in zip(sections, SETTINGS.values(), strict=True):
        assert section.startswith(text(f"setting.{s.key}.label", lang) + "\n")
        assert f"`{s.key}`" in section
        assert text(f"setting.{s.key}.help", lang) in section
        assert all(f"`{other}={value}`" in section for u in s.depends for other, value in u)
        assert f"`{s.default}`" in section or not s.default
        if s.kind == "choice":
            assert all(f"`{option}`" in section for option in s.options)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_about_settings_keeps_the_groups_order(lang):
    found = re.findall(r"^## (.+)$", settings_markdown(lang), flags=re.MULTILINE)
    assert found == [text(f"group.{group}", lang) for group in GROUPS]


def test_dependences_are_written_as_conditions():
    page = settings_markdown("en")
    assert "Without effect while `import_pages=no`." in page
    assert (
        "Without effect while (`import_orders=no` or `include_orders=none`) and "
        "(`import_customers=no` or `include_customers=no`)." in page
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_documentation_lead_to_files(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in inside if not (page.parent / target).exists()] == []


def test_the_tests_that_hold_the_laws_exist():
    page = (HERE / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 10
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (HERE / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_room_stands_in_the_picture_of_the_house():
    picture = picture_of_the_house()
    rooms = {
        path.stem
        for path in (HERE / "sync").iterdir()
        if not path.name.startswith("_")
        and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert {room for room in rooms if not re.search(rf"\b{room}\b", picture)} == set()


def test_the_floors_of_the_picture_are_those_that_imports_are_held_to():
    labels = re.findall(r'\w+\["([^"]+)"\]', picture_of_the_house())
    floors = [set(label.partition(":")[0].split(", ")) for label in labels]
    assert [floor - {"__main__"} for floor in reversed(FLOORS)] == floors[1 : len(FLOORS) + 1]
    ground, pure = (re.sub(r" \([^)]*\)", "", label.partition(": ")[2]) for label in labels[-3:-1])
    assert (set(ground.split(", ")), set(pure.split(", "))) == (GROUND, PURE)


def picture_of_the_house() -> str:
    page = (HERE / "docs" / "architecture.md").read_text(encoding="utf-8")
    return page.split("## The rooms")[1].split("```")[1]


def test_the_words_of_make_are_explained():
    made = (HERE / "Makefile").read_text(encoding="utf-8")
    (words,) = re.findall(r"^\.PHONY: (.+)$", made, flags=re.MULTILINE)
    page = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [word for word in words.split() if f"`make {word}`" not in page] == []


def test_the_version_is_said_once():
    told = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert sync.__version__ == told
    assert f"## {told}\n" in (HERE / "CHANGELOG.md").read_text("utf-8")
