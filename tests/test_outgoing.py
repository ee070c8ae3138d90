"""What waits to be sent to a browser: whatever is drawn anew, and whenever there is time to send,
nothing arrives without what it stands in, and what was drawn last is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.components.web import outgoing

PARTS = ("", "list", "record", "history")  # the page, and three parts, each inside the one before


@pytest.fixture(scope="module", autouse=True)
def in_order() -> Iterator[None]:
    """The queue as the dashboard's server has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
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
