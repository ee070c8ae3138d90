"""The desk, whole."""

from __future__ import annotations

from sync.store.alerts import Alerts
from sync.store.choices import Choices
from sync.store.drafts import Drafts
from sync.store.forgetting import Forgetting
from sync.store.key_checks import KeyChecks
from sync.store.log import Log
from sync.store.outages import Outages
from sync.store.patrols import Patrols
from sync.store.queue import Queue
from sync.store.runs import Runs
from sync.store.sealed import Sealed
from sync.store.searched import Searched
from sync.store.shops import Shops
from sync.store.signins import SignIns
from sync.store.stores import Stores


class Desk(
    Shops,
    Stores,
    Sealed,
    KeyChecks,
    Runs,
    Searched,
    Queue,
    Outages,
    Drafts,
    Log,
    Choices,
    SignIns,
    Forgetting,
    Alerts,
    Patrols,
):
    """Everything in `desk.db` under one data folder, with its vault and the shops' files."""
