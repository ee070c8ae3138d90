"""Backups: the whole desk or one shop in one file, made while everything runs, and restored."""

from sync.backup.archive import BackupError, Manifest, manifest_of
from sync.backup.nightly import FOLDER, make_nightly, newest
from sync.backup.shop import back_up_shop, check_shop, restore_shop
from sync.backup.whole import Made, back_up, needs_passphrase, restore

__all__ = [
    "FOLDER",
    "BackupError",
    "Made",
    "Manifest",
    "back_up",
    "back_up_shop",
    "check_shop",
    "make_nightly",
    "manifest_of",
    "needs_passphrase",
    "newest",
    "restore",
    "restore_shop",
]
