"""Sign-ins to the dashboard: noted once in the trail, and over for good once somebody signs out."""

from __future__ import annotations

from sync.store.audit import Audit


class SignIns(Audit):
    """The sign-ins of a desk's people, each by what it is told from others by."""

    def signin_holds(self, signin: str, until: float) -> bool:
        """Whether a sign-in of the desk's person, valid until then (unix s), was not ended by
        signing out. The first time it is noted, also if the person has no role."""
        row = self._one("SELECT ended FROM signin WHERE id = ?", [signin])
        if row is not None:
            return not row["ended"]
        with self.together() as db:
            noted = "INSERT OR IGNORE INTO signin (id, until, ended) VALUES (?, ?, 0)"
            if db.conn.execute(noted, [signin, until]).rowcount:
                db.conn.execute("DELETE FROM signin WHERE until < ?", [self.clock.now()])
                action = "sign in" if self.person.enters else "sign in refused"
                self.audit(action, self.person.name)
        return True

    def end_signin(self, signin: str) -> None:
        """Sign the person out, in every window and on every device that has this sign-in."""
        with self.together() as db:
            ended = "UPDATE signin SET ended = 1 WHERE id = ? AND NOT ended"
            if db.conn.execute(ended, [signin]).rowcount:
                self.audit("sign out", self.person.name)
