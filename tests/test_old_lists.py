"""Comma lists that were saved before quotes meant anything."""

import orjson
import pytest

from sync.database import Database
from sync.settings import Settings
from sync.store.schema import migrations


@pytest.mark.parametrize(
    ("old", "entries"),
    [
        ("completed, completed_shipped", ("completed", "completed_shipped")),
        ('"Betaald, verzonden"', ('"Betaald', 'verzonden"')),
        ('26", 28", "x"', ('26"', '28"', '"x"')),
        ("", ()),
    ],
)
def test_a_saved_list_is_read_as_it_was(old, entries):
    db = Database.memory()
    migrations.apply(db, stop_before="003_quoted_lists")
    db.execute("PRAGMA foreign_keys = OFF")
    values = orjson.dumps({"custom_attributes": old, "page_size": "100"}).decode()
    row = {"store_id": 1, "version": 1, "values": values, "at": 0.0, "who": "", "note": ""}
    db.insert("settings_version", row)
    migrations.apply(db)
    (saved,) = db.query("SELECT * FROM settings_version")
    settings = Settings.from_values(orjson.loads(saved["values"]))
    assert (settings.custom_attributes, settings.page_size) == (entries, 100)
