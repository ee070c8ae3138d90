"""Commands about alerts."""

from __future__ import annotations

from typing import Final

from sync import alerts
from sync.alerts import AlertTold, CauseTold, TargetTold
from sync.cli.call import Answer, Call, said, secret
from sync.cli.screen import Cell, Screen, local
from sync.clock import iso
from sync.documents import as_json
from sync.store import Refused, ShopRow, StoreRow
from sync.texts import text

FAILED: Final = 1
_HOUR: Final = 3_600.0


def alerts_list(call: Call) -> Answer:
    found = alerts.told(call.desk, call.screen.lang)

    def draw(screen: Screen) -> None:
        if not found.targets:
            screen.say("alerts.none")
        else:
            names = ("name", "service", "about", "digest", "last_sent", "status")
            screen.table(screen.columns(*names), [_target(screen, row) for row in found.targets])
        if found.causes:
            screen.line("")
            columns = screen.columns("reason", "stores", "since", "status")
            screen.table(columns, [_cause(screen, row) for row in found.causes])
        if found.lately:
            screen.line("")
            columns = screen.columns("when", "subject", "status")
            screen.table(columns, [_alert(screen, row) for row in found.lately])

    return Answer(as_json(found), draw)


def _target(screen: Screen, row: TargetTold) -> list[Cell]:
    muted = screen.text("alerts.muted_until", until=local(row.muted_until) or "")
    status = muted if row.muted_until else row.error or ""
    about = row.about or screen.text("alerts.all")
    digest = text(f"alert.digest_name.{row.digest}", screen.lang)
    service = alerts.service_name(row.service, screen.lang)
    return [row.name, service, about, digest, local(row.last_sent), status]


def _cause(screen: Screen, row: CauseTold) -> list[Cell]:
    status = ""
    if row.muted_until:
        status = screen.text("alerts.muted_until", until=local(row.muted_until) or "")
    elif row.muted_until_grows:
        status = screen.text("alerts.muted_until_grows")
    return [f"{row.cause} ({row.name})", len(row.stores), local(row.since), status]


def _alert(screen: Screen, row: AlertTold) -> list[Cell]:
    states = [
        f"{each['target']}: {alerts.delivery_said(each, screen.lang, _moment)}"
        for each in row.deliveries
    ]
    return [local(row.at), row.title, "; ".join(states)]


def _moment(at: str | None) -> str:
    return local(at) or ""


def alerts_add(call: Call) -> Answer:
    args, lang = call.args, call.args.language or call.screen.lang
    url = secret(call.screen, "ALERT_URL")
    made = alerts.add(call.desk, args.name, url, lang=lang, digest=args.digest, of=_about(call))
    row = alerts.target_told(call.desk, made, call.screen.lang)
    return said(as_json(row), "alerts.added", name=made.name)


def _about(call: Call) -> ShopRow | StoreRow | None:
    if call.args.of_shop:
        return call.desk.shop(call.args.of_shop)
    return call.desk.store(call.args.of_store) if call.args.of_store else None


def alerts_remove(call: Call) -> Answer:
    target = call.desk.alert_target(call.args.name)
    call.desk.remove_alert_target(target)
    return said({"name": target.name, "removed": True}, "alerts.removed", name=target.name)


def alerts_test(call: Call) -> Answer:
    name = call.args.name
    error = alerts.test(call.desk, name)
    why = error.text(call.screen.lang) if error else None
    document = {"name": name, "arrived": error is None, "error": why}
    if error is None:
        return said(document, "alerts.arrived", name=name)
    call.screen.remark(call.screen.text("alerts.not_arrived", name=name, why=why))
    return Answer(document, lambda screen: None, FAILED)


def alerts_mute(call: Call) -> Answer:
    args, desk = call.args, call.desk
    until = None if args.hours is None else desk.clock.now() + args.hours * _HOUR
    if args.until_grows and args.cause is None:
        raise Refused("mute_grows")
    if args.cause is not None:
        alerts.mute_cause(desk, alerts.key_of(args.cause), until=until, grows=args.until_grows)
    elif args.name is not None:
        desk.mute_alert_target(desk.alert_target(args.name), until)
    else:
        raise Refused("mute_what")
    what = args.cause or args.name
    document = {
        "muted": what,
        "until": iso(until),
        "until_grows": args.until_grows,
    }
    return said(document, "alerts.heard" if args.off else "alerts.muted", name=what)
