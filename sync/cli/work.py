"""Commands that read, decide and send, and those about runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sync import causes, engine, feed, run, status
from sync.cli import show
from sync.cli.call import Answer, Call, said
from sync.cli.outputs import output_folder
from sync.cli.progress import View, interruptible, watching
from sync.cli.screen import Screen, local, one_line
from sync.cli.stand_in import keep_serving, serving
from sync.documents import as_json
from sync.errors import text_of
from sync.run import StalePlan
from sync.store import RunRow, State, worker_alive
from sync.texts import labels

Row = dict[str, Any]
DONE, FAILED, PARTIAL, HELD, NOT_YET = 0, 1, 3, 4, 5
_CODES: Final = {
    State.SUCCEEDED: DONE,
    State.FAILED: FAILED,
    State.CANCELLED: FAILED,
    State.REJECTED: FAILED,
    State.PARTIAL: PARTIAL,
    State.HELD: HELD,
}


def refresh(call: Call) -> Answer:
    queued = run.request(call.desk, call.store, "refresh", full=call.args.full)
    return finished(call, queued)


def run_store(call: Call) -> Answer:
    args = call.args
    queued = run.request(
        call.desk,
        call.store,
        "compare" if args.compare else "sync",
        trigger="manual" if args.retry is None else "retry",
        full=args.full,
        plan=args.plan,
        only=args.only,
        retry=args.retry,
        resend=args.resend,
        mend=args.mend,
        record=args.record,
    )
    return finished(call, queued, wait=not args.no_wait)


def approve(call: Call) -> Answer:
    approved = run.approve(call.desk, call.args.run, note=call.args.note)
    return finished(call, approved)


def reject(call: Call) -> Answer:
    return _report(call, run.reject(call.desk, call.args.run, note=call.args.note))


def cancel(call: Call) -> Answer:
    return _report(call, run.cancel(call.desk, call.args.run))


def show_run(call: Call) -> Answer:
    row = call.desk.run(call.args.run)
    found = run.predicted(call.desk, row)
    report = run.report(call.desk, row)
    answer = _answer(call, row) if call.args.answer else None

    def draw(screen: Screen) -> None:
        show.run(screen, report)
        if row.finished is not None:
            show.predicted(screen, found)
        if answer:
            screen.line(f"\n{answer}")

    document = {**as_json(report), "predicted": as_json(found) or None}
    return Answer({**document, "answer": answer} if answer else document, draw)


def _answer(call: Call, row: RunRow) -> str:
    """The text for the merchant; what it takes is loaded for it alone."""
    from sync.answers import answer_for_run

    return answer_for_run(call.desk, row, call.screen.lang)


def list_runs(call: Call) -> Answer:
    reports = [run.report(call.desk, row) for row in call.desk.runs(call.store)]

    def draw(screen: Screen) -> None:
        show.runs(screen, reports)

    return Answer(reports, draw)


def log(call: Call) -> Answer:
    row = call.desk.run(call.args.run)
    lines = run.log_lines(call.desk, row.id)["rows"]

    def draw(screen: Screen) -> None:
        for line in lines:
            said = one_line(text_of(line, screen.lang))
            screen.line(f"{local(line['at'])}  {line['level']:7}  {said}")

    return Answer(lines, draw)


def export(call: Call) -> Answer:
    document = feed.export(call.desk, call.store, output_folder(call.args.directory))

    def draw(screen: Screen) -> None:
        for file in document["files"].values():
            screen.line(f"{file['path']}: {screen.number(file['records'])}")
        for path in document["removed"]:
            screen.say("export.removed", path=path)

    return Answer(document, draw)


def worker(call: Call) -> Answer:
    from sync.engine.serving import assist, work  # with the schedule, alerts and all it keeps up

    args = call.args
    with interruptible() as stop:
        if args.embedded:
            threading.Thread(target=_stop_at_eof, args=(stop,), daemon=True).start()
        if args.number is not None:
            assist(call.desk, stop=stop, part=(args.number, args.processes))
        else:
            work(
                call.desk,
                stop=stop,
                beside=_at_work(call, stop),
                processes=args.processes,
                start=partial(_start_process, call),
            )
    return said({"stopped": True}, "worker.stopped")


def _start_process(call: Call, number: int) -> subprocess.Popen[bytes]:
    """One of a worker's processes. Ctrl-C is for the worker, whose end of the pipe tells it."""
    folder, args = str(call.desk.data_dir.absolute()), call.args
    verbose = ["-v"] * getattr(args, "verbose", 0)
    which = ["--processes", str(args.processes), "--number", str(number)]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "sync", "--data", folder, *verbose, "worker", "--embedded", *which],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def _at_work(call: Call, stop: threading.Event) -> Iterator[None]:
    with keep_serving(call.desk):
        call.screen.remark(call.screen.text("worker.works", folder=call.desk.data_dir))
        for line in status.notices(call.screen.lang):
            call.screen.remark(line)
        yield
    if stop.is_set():
        call.screen.remark(call.screen.text("worker.paused"))


def _stop_at_eof(stop: threading.Event) -> None:
    """Whoever started this process holds the other end of its stdin, and has ended."""
    while os.read(0, 1024):
        pass
    stop.set()


def finished(call: Call, queued: RunRow, *, wait: bool = True) -> Answer:
    """Carry the run on, or follow the worker that does, and report how it ended."""
    row = carried_on(call, queued, wait=wait)
    if row.plan and row.state is State.FAILED and row.said == StalePlan().message:
        raise StalePlan
    return _report(call, row, judge=True)


def carried_on(call: Call, queued: RunRow, *, wait: bool) -> RunRow:
    """The run after it ended, was held, or (without `wait`) has to wait for a window."""
    desk = call.desk
    with watching(call.screen) as view:
        if worker_alive(desk.data_dir):
            with interruptible() as stop:
                seen = view if wait else _until_waiting(view, stop)
                return engine.follow(desk, queued.id, stop=stop, on_progress=seen)
        shop = desk.shop_by_id(queued.shop_id)
        with interruptible(call.screen.text("run.stopping")) as stop, serving(desk, shop):
            return engine.drive(desk, queued.id, wait=wait, stop=stop, on_progress=view)


def _until_waiting(view: View, stop: threading.Event) -> View:
    def seen(row: RunRow) -> None:
        view(row)
        if row.state is State.WAITING:
            stop.set()

    return seen


def _report(call: Call, row: RunRow, *, judge: bool = False) -> Answer:
    report = run.report(call.desk, row)

    def draw(screen: Screen) -> None:
        show.run(screen, report)

    return Answer(report, draw, code_of(call, row) if judge else DONE)


def code_of(call: Call, row: RunRow) -> int:
    """The exit code for how a run ended; on stderr why, if it did not end well."""
    code, screen, run = _CODES.get(row.state, NOT_YET), call.screen, str(row.id)
    if code == FAILED:
        state = labels("cli.end", screen.lang)[row.state]
        end = screen.text("run.bad_end", run=run, state=state)
        message = causes.told(row.said, screen.lang) if row.said else ""
        why = screen.text("run.bad_end_why", run=run, state=state, message=message)
        screen.remark(why if message else end)
    elif code == NOT_YET:
        screen.remark(screen.text("run.not_done", run=run))
    return code
