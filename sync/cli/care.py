"""Commands that look after the installation itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sync import doctor as doctors
from sync.cli.call import Answer, Call
from sync.cli.screen import Screen
from sync.cli.stand_in import serving
from sync.doctor import Diagnosis, heading
from sync.errors import CodedError
from sync.store import Desk
from sync.texts import text


def vault_rotate(call: Call) -> Answer:
    lost = call.args.lost
    sealed = call.desk.rotate_vault(lost=lost)
    names = call.desk.unopened()

    def draw(screen: Screen) -> None:
        screen.say("main_key.rotated", n=sealed)
        if names:
            screen.say("main_key.enter_again", names=", ".join(names))
        if call.desk.vault.source == "SYNC_KEY":
            screen.say("main_key.sync_key")

    return Answer({"sealed": sealed}, draw)


def doctor(call: Call) -> Answer:
    found = doctors.examine(call.data_dir, lambda: call.desk, around=_served)
    document = found.document(call.screen.lang)
    return Answer(document, lambda screen: _draw(screen, found), 0 if found.ok else 1)


@contextmanager
def _served(desk: Desk) -> Iterator[None]:
    """While this lasts the stand-ins of demo shops answer, as far as they can."""
    with ExitStack() as stack:
        for shop in desk.shops():
            try:
                stack.enter_context(serving(desk, shop))
            except (CodedError, OSError):
                continue  # then they do not answer, which is what is to be told
        yield


def _draw(screen: Screen, found: Diagnosis) -> None:
    for check in found.telling():
        sign = "!" if check.ok else "✗"
        screen.line(f"{sign} {heading(check, screen.lang)}: {check.text.text(screen.lang)}")
        if check.todo:
            screen.line(f"    → {check.todo.text(screen.lang)}")
    for name, checks in found.fine():
        [first, *rest] = checks
        told = first.text.text(screen.lang)
        if rest:
            told = screen.text("doctor.several", n=len(checks), first=told)
        screen.line(f"✓ {text(f'doctor.name.{name}', screen.lang)}: {told}")
    screen.line()
    wrong = sum(not check.ok for check in found.checks)
    sentence = text("doctor.ok", screen.lang)
    if wrong:
        sentence = text("doctor.wrong", screen.lang, number=wrong)
    screen.line(sentence)
