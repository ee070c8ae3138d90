"""The worker beside the dashboard: it starts with the server and ends with it."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from sync import run
from sync.store import Desk, worker_alive
from tests.e2e.conftest import serving


def queued(desk: Desk) -> int:
    return run.request(desk, desk.store("demo"), "refresh").id


def test_a_queued_run_is_done_by_the_dashboards_own_worker(fresh_demo, page: Page, wait_for):
    desk = Desk(fresh_demo)
    with serving(fresh_demo) as server:
        page.goto(server.at())
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_for(lambda: worker_alive(desk.data_dir))
        number = queued(desk)
        wait_for(lambda: desk.run(number).state == "succeeded")
    wait_for(lambda: not worker_alive(desk.data_dir))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_ends_with_its_server_however_that_ends(fresh_demo, page: Page, wait_for, how):
    desk = Desk(fresh_demo)
    with serving(fresh_demo) as server:
        page.goto(server.at())
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_for(lambda: worker_alive(desk.data_dir))
        os.kill(server.pid, how)
        wait_for(lambda: not worker_alive(desk.data_dir))


def test_a_second_dashboard_leaves_the_worker_to_the_first(fresh_demo, page: Page, wait_for):
    desk = Desk(fresh_demo)
    with serving(fresh_demo) as first, serving(fresh_demo) as second:
        page.goto(first.at())
        wait_for(lambda: worker_alive(desk.data_dir))
        page.goto(second.at())
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        number = queued(desk)
        wait_for(lambda: desk.run(number).state == "succeeded")
