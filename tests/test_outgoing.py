"""What waits to be sent to a browser: whatever is drawn anew, and whenever there is time to send,
nothing arrives without what it stands in, and what was drawn last is shown; what a run draws in its
first moments comes together, and the page's address once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from pages.components.web import outgoing

PARTS = ("", "list", "record", "history")  # the page, and three parts, each inside the one before


@pytest.fixture(scope="module", autouse=True)
def in_order() -> Iterator[None]:
    """The queue as the dashboard's server has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
        for name in ("flush_browser_queue", "_enqueue_forward_msg"):
            patch.setattr(AppSession, name, getattr(AppSession, name))
        outgoing.keep()
        yield


@dataclass
class Place:
    """A place on the page in the browser: its words, or the places in it."""

    words: str = ""
    inside: list[Place] = field(default_factory=list)

    def put(self, path: Sequence[int], words: str | None) -> None:
        """Write there; None makes a place that others are in, or leaves it as it is. A browser has
        no place beyond the next one."""
        first, *rest = path
        assert first < len(self.inside) + (not rest), "nothing is there yet"
        if first == len(self.inside):
            self.inside.append(Place())
        if rest:
            self.inside[first].put(rest, words)
        elif words is not None:
            self.inside[first] = Place(words)


class Server:
    """A page of parts in parts. Each drawing of a part takes as many lines as it is told, and then
    the part inside it."""

    def __init__(self) -> None:
        self.queue, self.page = ForwardMsgQueue(), Place()
        self.lines = [0] * len(PARTS)
        self.drawings = 0

    def draw(self, part: int, lines: Sequence[int]) -> None:
        """Draw a part anew with all that is inside it, or (0) the page."""
        self.drawings += 1
        again = [PARTS[part]] if part else None
        self.queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=again)
        self.lines[part:] = lines[part:]
        for inner in range(part, len(PARTS)):
            path = self.lines[:inner]
            if path:
                self._send(inner, path, None)
            for line in range(self.lines[inner]):
                self._send(inner, [*path, line], f"{PARTS[inner]} {self.drawings}")

    def _send(self, part: int, path: Sequence[int], words: str | None) -> None:
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = PARTS[part]
        if words is None:
            message.delta.add_block.vertical.SetInParent()
        else:
            message.delta.new_element.markdown.body = words
        self.queue.enqueue(message)

    def flush(self) -> None:
        """Let the browser have what waits."""
        for message in self.queue.flush():
            element = message.delta.WhichOneof("type") == "new_element"
            words = message.delta.new_element.markdown.body if element else None
            self.page.put(list(message.metadata.delta_path), words)


DRAWN = st.tuples(
    st.integers(0, len(PARTS) - 1),
    st.lists(st.integers(0, 3), min_size=len(PARTS), max_size=len(PARTS)),
    st.booleans(),
)


@given(st.lists(DRAWN, max_size=8))
def test_nothing_arrives_without_what_it_stands_in(drawings: list[tuple[int, list[int], bool]]):
    server, last = Server(), [0] * len(PARTS)
    for part, lines, sent in [(0, [1] * len(PARTS), True), *drawings]:
        server.draw(part, lines)
        last[part:] = [server.drawings] * (len(PARTS) - part)
        if sent:
            server.flush()
    server.flush()
    place = server.page
    for name, lines, drawing in zip(PARTS, server.lines, last, strict=True):
        shown = [each.words for each in place.inside[:lines]]
        assert shown == [f"{name} {drawing}"] * lines
        place = place.inside[lines] if name != PARTS[-1] else place


def test_a_search_right_after_a_search():
    """Found by hand: the second was drawn before the first had been sent; its list was forgotten,
    and the history of the record beside it was not."""
    server = Server()
    server.draw(0, [1, 0, 0, 0])
    server.flush()
    server.draw(1, [1, 2, 2, 1])
    server.draw(1, [1, 2, 2, 1])
    server.flush()
    assert [each.words for each in server.page.inside[1].inside[:2]] == ["list 3"] * 2


class Run:
    """A session whose script runs, and whether its server was told that there is something to
    send."""

    def __init__(self, folder: Path) -> None:
        self.told = asyncio.Event()
        script = folder / "page.py"
        script.touch()
        files = MemoryUploadedFileManager("/files")
        watch = config.get_option("server.fileWatcherType")
        config.set_option("server.fileWatcherType", "none")
        self.session = AppSession(
            ScriptData(str(script), is_hello=False), files, ScriptCache(), self.told.set, {}
        )
        config.set_option("server.fileWatcherType", watch)
        self.session._state = AppSessionState.APP_IS_RUNNING

    def end(self) -> None:
        """The script is through."""
        self.session._state = AppSessionState.APP_NOT_RUNNING

    def break_off(self) -> None:
        """A callback asks for other parts than its own: the script ends and begins again."""
        self.session._state = AppSessionState.APP_NOT_RUNNING
        early = ForwardMsg(script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN)
        self.session._enqueue_forward_msg(early)
        self.session._enqueue_forward_msg(self.session._create_session_status_changed_message())

    def begin(self) -> None:
        """The script begins."""
        self.session._state = AppSessionState.APP_IS_RUNNING
        begun = ForwardMsg()
        begun.new_session.name = "page"
        self.session._enqueue_forward_msg(begun)
        self.session._enqueue_forward_msg(self.session._create_session_status_changed_message())

    def draw(self, line: int, words: str) -> None:
        """The script draws a line."""
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, line])
        message.delta.new_element.markdown.body = words
        self.session._enqueue_forward_msg(message)

    def say(self, address: str) -> None:
        """The script gives the page another address."""
        message = ForwardMsg()
        message.page_info_changed.query_string = address
        self.session._enqueue_forward_msg(message)

    def sent(self) -> list[str]:
        """What the server sends now."""
        return [
            message.page_info_changed.query_string or message.delta.new_element.markdown.body
            for message in self.session.flush_browser_queue()
        ]


def on_a_loop(steps: Coroutine[object, object, None]) -> None:
    """Take the steps in a thread of their own: in this one a browser's driver may have its loop."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, steps).result()


def test_what_a_quick_run_draws_goes_out_at_its_end(tmp_path: Path):
    async def run() -> None:
        page = Run(tmp_path)
        for line in range(3):
            page.draw(line, f"line {line}")
            assert page.sent() == []
        assert not page.told.is_set()
        page.end()
        page.draw(3, "that it has ended")
        assert page.told.is_set()
        assert page.sent() == ["line 0", "line 1", "line 2", "that it has ended"]
        page.draw(0, "said while nothing runs")
        assert page.sent() == ["said while nothing runs"]

    on_a_loop(run())


def test_a_long_run_shows_what_it_has_without_drawing_more(tmp_path: Path):
    async def run() -> None:
        page = Run(tmp_path)
        page.draw(0, "first")
        assert page.sent() == []
        await asyncio.wait_for(page.told.wait(), 60)  # nobody draws meanwhile
        assert page.sent() == ["first"]
        page.draw(1, "second")
        assert page.sent() == ["second"]
        page.end()
        page.sent()
        page.session._state = AppSessionState.APP_IS_RUNNING
        page.draw(0, "the next run's")
        assert page.sent() == []

    on_a_loop(run())


def test_of_several_addresses_the_last_goes_out_where_it_was_said(tmp_path: Path):
    async def run() -> None:
        page = Run(tmp_path)
        page.say("q=a")
        page.draw(0, "first")
        page.say("q=a&id=1")
        page.say("q=a&id=1")
        page.draw(1, "second")
        page.end()
        assert page.sent() == ["first", "q=a&id=1", "second"]
        page.say("q=b")
        assert page.sent() == ["q=b"]

    on_a_loop(run())


def test_a_script_that_breaks_off_for_another_goes_out_with_it(tmp_path: Path):
    async def run() -> None:
        page = Run(tmp_path)
        page.begin()
        page.break_off()
        assert page.session.flush_browser_queue() == []
        page.begin()
        page.draw(0, "what was asked for")
        page.break_off()
        page.begin()
        assert page.session.flush_browser_queue() == []
        assert not page.told.is_set()
        page.draw(1, "and more")
        page.end()
        page.session._enqueue_forward_msg(page.session._create_session_status_changed_message())
        sent = page.session.flush_browser_queue()
        states = [each for each in sent if each.WhichOneof("type") == "session_status_changed"]
        assert [each.session_status_changed.script_is_running for each in states] == [
            True,
            True,
            True,
            False,
        ]
        assert sent[-1] == states[-1]
        words = [each.delta.new_element.markdown.body for each in sent]
        assert [each for each in words if each] == ["what was asked for", "and more"]

    on_a_loop(run())


def test_a_script_that_breaks_off_for_nothing_is_not_held_for_ever(tmp_path: Path):
    async def run() -> None:
        page = Run(tmp_path)
        page.begin()
        page.draw(0, "what was drawn")
        page.break_off()
        assert page.sent() == []
        await asyncio.wait_for(page.told.wait(), 60)
        assert "what was drawn" in page.sent()

    on_a_loop(run())
