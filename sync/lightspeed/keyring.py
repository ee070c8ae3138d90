"""The API keys of one shop: a connection for each, and what is known of those that are refused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from sync.budget import Budget
from sync.errors import Message
from sync.http import Http, HttpError
from sync.vault import Secret

log = logging.getLogger(__name__)

CLUSTERS = {"eu1": "https://api.webshopapp.com", "us1": "https://api.shoplightspeed.com"}


@dataclass(frozen=True, slots=True)
class Key:
    """One API key pair; `id` is the budget's name for it."""

    id: int
    key: Secret
    secret: Secret


class Keyring:
    """The keys of a shop on `cluster`, or at a `url` of its own; safe for several threads. Where
    one is refused the other cluster is asked for it, of which `count` is told, and `note` is told
    once of each that is left alone while others go on."""

    def __init__(
        self,
        keys: Sequence[Key],
        *,
        cluster: str,
        url: str | None,
        other_url: str | None,
        language: str,
        budget: Budget,
        http_for: Callable[..., Http],
        stop: Callable[[], bool],
        count: Callable[[str], None],
        note: Callable[[Message], None],
    ) -> None:
        self.refused: list[int] = []
        self._keys = {key.id: key for key in keys}
        self._cluster = cluster
        self._other = next(name for name in CLUSTERS if name != cluster)
        self._other_url = other_url or (None if url else CLUSTERS[self._other])
        self._language = language
        self._budget = budget
        self._http_for = http_for
        self._stop = stop
        self._count = count
        self._note = note
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._refusals: dict[int, Message] = {}
        self._https = {key.id: self._http(url or CLUSTERS[cluster], key) for key in keys}
        self._tell_left_alone()

    def http(self, key_id: int) -> Http:
        """The connection of a key."""
        return self._https[key_id]

    def others_go_on(self, key_id: int) -> bool:
        """Whether another key is good; what was refused is remembered."""
        with self._lock:
            first = key_id not in self.refused
            if first:
                self.refused.append(key_id)
            others = len(self.refused) < len(self._keys)
        self._budget.refuse(key_id)
        if others and first:
            self._tell_refused(key_id)
        return others

    def refusal(self, key_id: int) -> Message:
        """What a key's refusal means, with what the other cluster says of it."""
        with self._asking:
            if key_id not in self._refusals:
                self._refusals[key_id] = self._ask_other_cluster(self._keys[key_id])
            return self._refusals[key_id]

    def close(self) -> None:
        """Close the connections."""
        for http in self._https.values():
            http.close()

    def _http(self, url: str, key: Key) -> Http:
        pair = (key.key.reveal(), key.secret.reveal())
        return self._http_for(url, auth=pair, stop=self._stop)

    def _tell_left_alone(self) -> None:
        """A key that was refused a short while ago is left alone again."""
        if len(self._keys) > 1:
            blocks = self._budget.blocks()
            refused = [key_id for key_id, block in blocks.items() if block["refused"]]
            for key_id in refused if len(refused) < len(self._keys) else ():
                self._tell_refused(key_id)

    def _tell_refused(self, key_id: int) -> None:
        told = Message("log.key_refused", key=self._keys[key_id].key)
        log.warning("%s", told)
        self._note(told)

    def _ask_other_cluster(self, key: Key) -> Message:
        """The refusal. Not booked: the windows of the other cluster are not ours."""
        values = {"key": key.key, "cluster": self._cluster, "other": self._other}
        if self._other_url is None:
            return Message("lightspeed.key_refused", key=key.key, cluster=self._cluster)
        self._count("account")
        with closing(self._http(self._other_url, key)) as http:
            try:
                status = http.send("GET", f"/{self._language}/account.json").status
            except HttpError:
                return Message("lightspeed.key_refused_unasked", **values)
        if status == 401:
            return Message("lightspeed.key_refused_twice", **values)
        if status < 300:
            return Message("lightspeed.wrong_cluster", **values)
        return Message("lightspeed.key_refused_status", **values, status=status)
