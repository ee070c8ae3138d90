"""Commands that keep what there is: backups, and what a support case needs."""

from __future__ import annotations

import os
from pathlib import Path

from sync import backup, bundle, demo
from sync.cli.call import Answer, Call, said, secret
from sync.cli.outputs import output_file
from sync.cli.screen import Screen
from sync.clock import SystemClock

_VARIABLE = "SYNC_PASSPHRASE"


def backup_to(call: Call) -> Answer:
    file = output_file(call.args.file, new=True)
    if call.args.shop is None:
        made = backup.back_up(call.desk, file, os.environ.get(_VARIABLE, "").strip())
    else:
        shop = call.shop
        made = backup.back_up_shop(call.desk, shop, file, secret(call.screen, _VARIABLE))
    document = {"file": str(file), "bytes": made.bytes, "sha256": made.sha256}

    def draw(screen: Screen) -> None:
        screen.say("backup.made", file=file, bytes=made.bytes, sha256=made.sha256)
        screen.say(f"backup.key_{made.key}")

    return Answer(document, draw)


def restore_from(call: Call) -> Answer:
    file = Path(call.args.file).expanduser()
    manifest = backup.manifest_of(file)
    passphrase = secret(call.screen, _VARIABLE) if manifest.salt else ""
    if manifest.kind == "shop":
        if not (call.data_dir / "desk.db").exists():  # one is made for a good backup alone
            backup.check_shop(file, passphrase)
        slugs = [backup.restore_shop(call.desk, file, passphrase, demo.free_url)]
    else:
        slugs = backup.restore(file, call.data_dir, call.clock or SystemClock(), passphrase)
    return said({"restored": slugs}, "backup.restored", shops=", ".join(slugs) or "–")


def bundle_of(call: Call) -> Answer:
    file = output_file(call.args.file, new=True)
    size = bundle.write(call.desk, bundle.subject_of(call.desk, call.args.subject), file)
    told = {"file": str(file), "bytes": size}
    return said(told, "bundle.written", **told)
