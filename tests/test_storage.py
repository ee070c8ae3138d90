"""The files of a data folder: which SQLite, what goes wrong with them, and how it is said."""

from contextlib import closing

import pytest

from sync import database


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)
def test_which_sqlite_can_lose_pages(version, affected):
    assert database.loses_pages(version) is affected


def test_sqlite_utils_and_the_house_use_one_driver():
    with closing(database.Database(memory=True)) as db:
        with pytest.raises(database.sqlite3.OperationalError):
            db.execute("SELECT * FROM nothing")
        assert isinstance(db.conn, database.sqlite3.Connection)
