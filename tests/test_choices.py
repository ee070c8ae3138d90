"""What a person chose for how pages look."""

from pathlib import Path

from sync.clock import SystemClock
from sync.store import Desk
from sync.store.choices import FORGOTTEN


class HandClock(SystemClock):
    """Stands still until it is told to go on."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


def test_a_choice_is_of_one_person_and_the_last_one_counts(tmp_path: Path):
    desk = Desk(tmp_path)
    assert desk.choice("a", "columns") is None
    for value in ("title", "title,price"):
        desk.choose("a", "columns", value)
    assert desk.choice("a", "columns") == "title,price"
    assert desk.choice("b", "columns") is None
    assert desk.choice("a", "order") is None


def test_choices_of_people_whose_cookies_are_gone_are_thrown_away(tmp_path: Path):
    clock = HandClock(1_000_000_000.0)
    desk = Desk(tmp_path, clock=clock)
    desk.choose("a", "columns", "title")
    clock.at += FORGOTTEN + 1
    desk.choose("b", "columns", "title")
    assert desk.choice("a", "columns") is None
    assert desk.choice("b", "columns") == "title"
