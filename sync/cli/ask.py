"""Commands that answer and change nothing: what would go, why, what if."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from sync import answers, explain, run
from sync.cli import show, tell, tell_record
from sync.cli.call import Answer, Call, said
from sync.cli.moments import end_of, start_of
from sync.cli.outputs import output_file, output_folder
from sync.cli.screen import Screen
from sync.documents import as_json
from sync.preview import blamed, order_costs
from sync.settings import parse_assignments
from sync.store import Refused
from sync.texts import labels

Row = dict[str, Any]


def preview(call: Call) -> Answer:
    draft, file, store = parse_assignments(call.args.set), _file(call), call.store
    if call.args.blame:
        return _blamed(call, draft, file)
    with _records(file) as records:
        plan = run.preview(call.desk, store, draft or None, records)
    if not call.args.costs:
        return Answer(plan, lambda screen: show.preview(screen, plan))
    costs = order_costs(call.desk, store, draft or None)

    def draw(screen: Screen) -> None:
        show.preview(screen, plan)
        tell.costs(screen, costs)

    return Answer({**as_json(plan), "costs": as_json(costs)}, draw)


def _blamed(call: Call, draft: Mapping[str, str], file: Path | None) -> Answer:
    """A draft's preview, with the settings that move each record."""
    if not draft:
        raise Refused("blame_alone")
    found = blamed(call.desk, call.store, draft)
    with _records(file) as records:

        def put(line: Row) -> None:
            if records is not None:
                records({**line, "blame": found.of(line["entity"], line["id"])})

        plan = run.preview(call.desk, call.store, draft, put if records else None)

    def draw(screen: Screen) -> None:
        show.preview(screen, plan)
        tell.blame(screen, found.blames)

    return Answer({**as_json(plan), "blame": as_json(found.blames)}, draw)


def contrast(call: Call) -> Answer:
    args = call.args
    chosen = _chosen(call)
    found = answers.contrast(call.desk, call.store, args.entity, chosen)
    more: Row = {}
    if args.cure:
        more["cure"] = answers.brings_back(call.desk, call.store, args.entity, chosen)
    if args.answer:
        lang = call.screen.lang
        more["answer"] = answers.answer_for_set(call.desk, call.store, args.entity, chosen, lang)

    def draw(screen: Screen) -> None:
        tell.contrast(screen, found)
        if args.cure:
            tell.brought_back(screen, more["cure"])
        if args.answer:
            screen.line(f"\n{more['answer']}")

    return Answer({**as_json(found), **as_json(more)}, draw)


def _known_reason(code: str) -> None:
    known = labels("reason")
    if code.partition(":")[0] not in known:
        raise Refused("unknown_reason", reason=code, known=", ".join(known))


def _chosen(call: Call) -> answers.Chosen:
    """The set that the options name."""
    args = call.args
    if args.reason is not None:
        _known_reason(args.reason)
        return answers.by_reason(args.reason)
    if args.action is not None:
        return answers.by_action(args.action)
    if args.failed is not None:
        return answers.failed_in(args.failed)
    if args.gone_since is not None:
        return answers.gone_since(start_of(args.gone_since, args.zone, call.desk.clock.now()))
    return answers.changed_by(parse_assignments(args.set))


def held(call: Call) -> Answer:
    args, file, now = call.args, _file(call), call.desk.clock.now()
    on = end_of(args.on, args.zone, now)
    then = None if args.then is None else end_of(args.then, args.zone, now)
    found = answers.held(call.desk, call.store, on, then)
    with _records(file) as records:
        if records is not None:
            for line in answers.held_lines(call.desk, call.store, on):
                records(line)
    return Answer(found, lambda screen: tell.held(screen, found))


def bisect(call: Call) -> Answer:
    found = answers.bisect(call.desk, call.store, call.args.entity, call.args.key)
    return Answer(found, lambda screen: tell.leaving(screen, found))


def compare(call: Call) -> Answer:
    found = answers.compare(call.desk, call.args.first, call.args.second)
    return Answer(found.document(), lambda screen: tell.two_runs(screen, found))


def problems(call: Call) -> Answer:
    store = None if call.args.store is None else call.store
    found = answers.problems(call.desk, store, lang=call.screen.lang)
    return Answer(found, lambda screen: tell.problems(screen, found))


def patrol(call: Call) -> Answer:
    found = answers.patrol_report(call.desk, call.store)
    return Answer(found, lambda screen: tell.patrol(screen, found))


def report(call: Call) -> Answer:
    args = call.args
    file, folder = output_file(args.file), None if args.csv is None else output_folder(args.csv)
    size = answers.report(call.desk, call.store, file, call.screen.lang, folder)
    told = {"file": args.file, "bytes": size}
    return said(told, "report.written", **told)


def explain_record(call: Call) -> Answer:
    args = call.args
    told = explain.explain_whole if call.screen.json else explain.explain
    story = told(call.desk, call.store, args.entity, args.key)
    more: Row = {}
    if args.history:
        more["history"] = _history(call, story)
    ways = _smallest(call, story) if args.smallest else []
    lacks = _lacks(call, story)
    if lacks:
        more["lacking"] = lacks
    if args.smallest:
        more["smallest"] = [_document(way, call.screen.lang) for way in ways]

    def draw(screen: Screen) -> None:
        tell_record.explanation(screen, story)
        tell.lacking(screen, lacks)
        tell.history(screen, more.get("history", ()))
        if args.smallest:
            tell.smallest(screen, ways)

    return Answer({**as_json(story), **as_json(more)}, draw)


def _lacks(call: Call, story: explain.Story) -> list[answers.Lacking]:
    """Custom attributes of the settings that a product has no value for."""
    if story.entity != "product" or not story.found or story.id is None or story.unreadable:
        return []
    return answers.lacking(call.desk, call.store, story.id)


def _smallest(call: Call, story: explain.Story) -> list[explain.Way]:
    if story.id is None:
        return []
    return explain.smallest(call.desk, call.store, call.args.entity, story.id)


def _document(way: explain.Way, lang: str) -> Row:
    """A way as scripts read it: one of the two parts, or both."""
    shop = {"shop": [each.text(lang) for each in way.shop]} if way.shop else {}
    return {**({"settings": way.settings} if way.settings else {}), **shop}


def answer(call: Call) -> Answer:
    args, lang = call.args, call.screen.lang
    found = answers.merchant_answer(call.desk, call.store, args.entity, args.key, lang)
    return Answer(found, lambda screen: screen.line(found.text))


def _history(call: Call, story: explain.Story) -> list[answers.Event]:
    if story.id is None:
        return []
    return answers.record_history(call.desk, call.store, call.args.entity, story.id)


def _file(call: Call) -> Path | None:
    """What `--records` names."""
    return None if call.args.records is None else output_file(call.args.records)


@contextmanager
def _records(path: Path | None) -> Iterator[Callable[[Mapping[str, Any]], None] | None]:
    if path is None:
        yield None
        return
    with path.open("wb") as file:
        yield lambda record: _write(file, record)


def _write(file: BinaryIO, record: Mapping[str, Any]) -> None:
    file.write(orjson.dumps(record) + b"\n")
