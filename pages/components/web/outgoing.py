"""What waits to be sent to a browser: in its order, and what a click draws together.

Streamlit 1.67 forgets, when a part of a page is to be drawn again, what that part's last drawing
left unsent, and keeps what the parts inside it left. A browser that is sent those without what they
stand in has no place for them and shows an empty page. It happens to somebody who clicks faster
than a busy computer sends.

And it sends what a script draws as it comes, some every five milliseconds. A browser that gets a
click's answer in five pieces draws its page five times, while the script waits for its turn to run
on: the answer is complete the later for it. So is one in which the page's address changes by one
value after the other, and one whose callback breaks the script off for other parts than its own."""

from __future__ import annotations

import time
from typing import Final
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

TOGETHER: Final = 0.06  # seconds of a script's run in which most clicks are answered whole

_clear: Final = ForwardMsgQueue.clear
_enqueue: Final = AppSession._enqueue_forward_msg
_flush: Final = AppSession.flush_browser_queue
_again: Final[WeakSet[AppSession]] = WeakSet()
_waiting: Final[WeakKeyDictionary[AppSession, float]] = WeakKeyDictionary()  # until when


def keep() -> None:
    """Let what was drawn of a part go out whole before what is drawn of it next, and what is drawn
    in a script's first moments together."""
    ForwardMsgQueue.clear = _kept  # type: ignore[method-assign, assignment]
    AppSession._enqueue_forward_msg = _in_silence  # type: ignore[method-assign, assignment]
    AppSession.flush_browser_queue = _together  # type: ignore[method-assign, assignment]


def _kept(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """Forget for a whole page only; for a part just see to it that what comes next stands after
    what waits, instead of in its place."""
    if fragment_ids_this_run:
        queue._delta_index_map = {}
    else:
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)


def _in_silence(session: AppSession, message: ForwardMsg) -> None:
    """Queue a message without waking the server for what it is not to send yet: it would look and
    lie down for five milliseconds, in which the run may end."""
    if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
        _again.add(session)  # its callback asked for other parts: they are about to be drawn
    elif message.WhichOneof("type") == "new_session":
        _again.discard(session)
    elif message.WhichOneof("type") == "session_status_changed" and session in _again:
        return  # that nothing runs is so for a moment, and a page that hears it looks drawn
    if _is_held(session):
        session._browser_queue.enqueue(message)
    else:
        _enqueue(session, message)


def _together(session: AppSession) -> list[ForwardMsg]:
    """Return what is to be sent now: nothing in the first moments of a run that goes on."""
    return [] if _is_held(session) else _one_address(_flush(session))


def _is_held(session: AppSession) -> bool:
    """Whether a run is in its first moments; when they are over the server is woken."""
    if session._state is not AppSessionState.APP_IS_RUNNING and session not in _again:
        _waiting.pop(session, None)
        return False
    now = time.monotonic()
    if session not in _waiting:
        _waiting[session] = now + TOGETHER
        loop, wake = session._event_loop, session._message_enqueued_callback
        if wake is not None:  # else what a run draws and then works on waits for its end
            loop.call_soon_threadsafe(loop.call_later, TOGETHER, wake)
    return now < _waiting[session]


def _one_address(messages: list[ForwardMsg]) -> list[ForwardMsg]:
    """Leave the last of the page's addresses, each of which is a whole one."""
    said = [n for n, each in enumerate(messages) if each.WhichOneof("type") == "page_info_changed"]
    return [each for n, each in enumerate(messages) if n not in said[:-1]]
