"""MikroTik routers by their API: PPP secrets are disabled and enabled, sessions ended, profiles or queues changed.

What a secret had before it was throttled is written into its comment in the same command, so that it comes back exactly
whatever breaks in between, and so that nothing of it has to be remembered here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import quote, unquote

from app.billing.drivers.base import Connection, Status, User
from app.billing.drivers.errors import Refused, UnknownUser
from app.billing.drivers.routeros_api import Session, opened

QUEUE = "duely-"
_MARK = re.compile(r"\[duely was ([^\] ]*)\] ?")
_COLUMNS = "=.proplist=.id,name,disabled,profile,comment"
Row = Mapping[str, str]


class RouterOSDriver:
    """Options: `tls` (off, on, unverified), `throttle` (profile, queue), `throttled_profile`, `throttled_rate`."""

    name = "routeros"
    title = "MikroTik RouterOS"

    def __init__(self, connection: Connection) -> None:
        self._to = connection
        self._slow = str(connection.options.get("throttled_profile") or "throttled")
        self._rate = str(connection.options.get("throttled_rate") or "512k/512k")
        self._by_queue = connection.options.get("throttle") == "queue"

    def suspend(self, user: User) -> str:
        """Disable the secret and end its sessions."""
        with self._held(user) as (session, secret):
            _set(session, secret, disabled="yes")
            return f"Secret disabled{_ended(session, user.name)}."

    def throttle(self, user: User) -> str:
        """Put the secret on the slow profile, or a queue on its address."""
        with self._held(user) as (session, secret):
            if self._by_queue:
                _set(session, secret, disabled="no")
                self._queue(session, user)
                return f"Queue of {self._rate} put on {user.ip}."
            changes = {"disabled": "no"}
            if secret.get("profile", "") != self._slow:
                was, comment = secret.get("profile", ""), _MARK.sub("", secret.get("comment", ""))
                changes |= {"profile": self._slow, "comment": f"[duely was {quote(was, safe='')}] {comment}".strip()}
            _set(session, secret, **changes)
            return f"Secret put on the profile {self._slow}{_ended(session, user.name)}."

    def restore(self, user: User) -> str:
        """Enable the secret on the profile it had, and take the queue away."""
        with self._held(user) as (session, secret):
            changes, slow = {"disabled": "no"}, secret.get("profile", "") == self._slow
            mark = _MARK.search(secret.get("comment", ""))
            if mark:
                changes["comment"] = _MARK.sub("", secret["comment"], count=1)
            if slow:
                changes["profile"] = unquote(mark[1]) if mark else self._usual(user)
            _set(session, secret, **changes)
            for one in session.ask("/queue/simple/print", "=.proplist=.id", f"?name={QUEUE}{user.name}"):
                session.remove("/queue/simple/remove", one[".id"])
            return f"Secret enabled{_ended(session, user.name) if slow else ''}."

    def status(self, user: User) -> Status:
        """Look at its secret, its queue and its sessions."""
        with self._held(user) as (session, secret):
            queued = session.ask("/queue/simple/print", "=.proplist=.id", f"?name={QUEUE}{user.name}")
            online = session.ask("/ppp/active/print", "=.proplist=.id", f"?name={user.name}")
            return self._status(secret, bool(queued), bool(online))

    def list_states(self, users: Sequence[User]) -> Mapping[str, Status]:
        """All PPP secrets."""
        with opened(self._to) as session:
            secrets = session.ask("/ppp/secret/print", _COLUMNS)
            online = {row.get("name", "") for row in session.ask("/ppp/active/print", "=.proplist=name")}
            queued = {row.get("name", "") for row in session.ask("/queue/simple/print", "=.proplist=name")}
            return {
                row["name"]: self._status(row, QUEUE + row["name"] in queued, row["name"] in online)
                for row in secrets
                if row.get("name")
            }

    def test(self) -> str:
        """Sign in, and say who answers."""
        with opened(self._to) as session:
            [row] = session.ask("/system/identity/print")
            count = len(session.ask("/ppp/secret/print", "=.proplist=.id"))
            return f"{row.get('name', 'The router')} answers and has {count} PPP secrets."

    @contextmanager
    def _held(self, user: User) -> Iterator[tuple[Session, Row]]:
        with opened(self._to) as session:
            found = session.ask("/ppp/secret/print", _COLUMNS, f"?name={user.name}")
            if not found:
                raise UnknownUser(f"The router has no PPP secret called {user.name}.")
            yield session, found[0]

    def _queue(self, session: Session, user: User) -> None:
        if not user.ip:
            raise Refused("A queue needs the address of the service, and its record has none.")
        values = (f"=name={QUEUE}{user.name}", f"=target={user.ip}", f"=max-limit={self._rate}")
        found = session.ask("/queue/simple/print", "=.proplist=.id", f"?name={QUEUE}{user.name}")
        if found:
            session.ask("/queue/simple/set", f"=.id={found[0]['.id']}", *values)
        else:
            session.ask("/queue/simple/add", *values)

    def _usual(self, user: User) -> str:
        if not user.profile:
            raise Refused("Nothing says which profile the secret had before. Enter it in the service record.")
        return user.profile

    def _status(self, secret: Row, queued: bool, online: bool) -> Status:
        if secret.get("disabled") in ("true", "yes"):
            return Status("suspended", online)
        return Status("throttled" if queued or secret.get("profile") == self._slow else "active", online)


def _set(session: Session, secret: Row, **changes: str) -> None:
    """Change what is not so already, in one command."""
    now = {**secret, "disabled": "yes" if secret.get("disabled") in ("true", "yes") else "no"}
    wanted = [f"={name}={value}" for name, value in changes.items() if now.get(name, "") != value]
    if wanted:
        session.ask("/ppp/secret/set", f"=.id={secret['.id']}", *wanted)


def _ended(session: Session, name: str) -> str:
    """End the sessions of a name, and say how many there were."""
    found = session.ask("/ppp/active/print", "=.proplist=.id", f"?name={name}")
    for one in found:
        session.remove("/ppp/active/remove", one[".id"])
    return f", {len(found)} session{'s' if len(found) > 1 else ''} ended" if found else ""
