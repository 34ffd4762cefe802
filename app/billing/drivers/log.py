"""A router that is only written down: it knows everybody, does what it is told, and keeps that in a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.billing.drivers.base import NetworkState, Status, User
from app.billing.drivers.errors import Unreachable

_TABLE = "CREATE TABLE IF NOT EXISTS service (router TEXT, name TEXT, state TEXT, PRIMARY KEY (router, name))"


class LogDriver:
    """`path` is the file, `router` whose states are meant: several routers share the file."""

    name = "log"
    title = "Log only"

    def __init__(self, path: Path, router: str) -> None:
        self._path, self._router = path, router

    def suspend(self, user: User) -> str:
        """Write down that it is suspended."""
        return self._set(user, "suspended")

    def throttle(self, user: User) -> str:
        """Write down that it is slow."""
        return self._set(user, "throttled")

    def restore(self, user: User) -> str:
        """Write down that it runs."""
        return self._set(user, "active")

    def status(self, user: User) -> Status:
        """What was written down last."""
        return self.list_states([user])[user.name]

    def list_states(self, users: Sequence[User]) -> Mapping[str, Status]:
        """Everybody that was ever switched; others run."""
        with self._file() as file:
            rows = file.execute("SELECT name, state FROM service WHERE router = ?", (self._router,)).fetchall()
        return {user.name: Status("active") for user in users} | {name: Status(state) for name, state in rows}

    def test(self) -> str:
        """Look whether the file can be written."""
        with self._file():
            return "Writes down what it would do, and switches nothing."

    def _set(self, user: User, state: NetworkState) -> str:
        with self._file() as file:
            file.execute("INSERT OR REPLACE INTO service VALUES (?, ?, ?)", (self._router, user.name, state))
        return f"Wrote down that {user.name} is {state}."

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise Unreachable("The file of pretended routers cannot be written.") from error
        try:
            file.execute(_TABLE)
            yield file
        except sqlite3.Error as error:
            raise Unreachable("The file of pretended routers cannot be written.") from error
        finally:
            file.close()
