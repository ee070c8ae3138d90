"""What waits to be sent to a browser, in its order.

Streamlit 1.67 forgets, when a part of a page is to be drawn again, what that part's last drawing
left unsent, and keeps what the parts inside it left. A browser that is sent those without what they
stand in has no place for them and shows an empty page. It happens to somebody who clicks faster
than a busy computer sends."""

from __future__ import annotations

from typing import Final

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear: Final = ForwardMsgQueue.clear


def keep_in_order() -> None:
    """Let what was drawn of a part go out whole before what is drawn of it next."""
    ForwardMsgQueue.clear = _kept  # type: ignore[method-assign, assignment]


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
