"""A network behind each driver, and a hand that looks at it from the other side: the same moves for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from app.billing.drivers.base import Connection, Driver, Patience
from app.billing.drivers.log import LogDriver
from app.billing.drivers.radius import RadiusDriver
from app.billing.drivers.routeros import RouterOSDriver
from app.billing.drivers.webhook import WebhookDriver
from tests.contracts.fake_receiver import SECRET, Receiver, run_receiver
from tests.contracts.fake_routeros import PASSWORD, USER, FakeRouterOS, run_fake_routeros
from tests.contracts.radius_tables import TABLES, door_to
from tests.support.postgres import Postgres

HERE = ("127.0.0.1/32", "::1/128")
HURRIED = Patience(connect=1, read=0.4, longest=1)


class Behind(Protocol):
    """The network's own side."""

    def subscriber(self, name: str) -> None:
        """Somebody new, who is online."""


@dataclass
class Network:
    """A driver, and what is behind it. `knows`: it knows its users and says so when it does not."""

    name: str
    driver: Driver
    behind: Any
    knows: bool = True


def routeros(router: FakeRouterOS, **changes: Any) -> RouterOSDriver:
    """A driver for a router; `changes` are of its connection."""
    return RouterOSDriver(replace(Connection("127.0.0.1", router.port, USER, PASSWORD, networks=HERE), **changes))


def webhook(receiver: Receiver, **changes: Any) -> WebhookDriver:
    """A driver for a receiver."""
    to = Connection(f"http://127.0.0.1:{receiver.port}/hook?of=duely", secret=SECRET, networks=HERE)
    return WebhookDriver(replace(to, **changes), datetime.now(UTC))


@dataclass
class Radius:
    """The RADIUS server's database, seen from its own side."""

    postgres: Postgres
    database: str
    port: int

    def ask(self, text: str, *values: Any) -> list[Any]:
        """Rows of a question, or none of a change."""
        with self.postgres.connect(self.database) as line:
            answer = line.execute(text, values)  # type: ignore[call-overload]
            return answer.fetchall() if answer.description else []

    def subscriber(self, name: str) -> None:
        """Two groups, a password and an open session."""
        self.ask("INSERT INTO radcheck (username, attribute, op, value) VALUES (%s, 'Cleartext-Password', ':=', 'x')",
                 name)  # fmt: skip
        for group, priority in (("home20", 5), ("public-ip", 9)):
            self.ask("INSERT INTO radusergroup (username, groupname, priority) VALUES (%s, %s, %s)", name, group,
                     priority)  # fmt: skip
        self.ask("INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime) "
                 "VALUES ('1', %s, %s, '10.0.0.1', now())", uuid.uuid4().hex, name)  # fmt: skip

    def groups(self) -> list[Any]:
        """All that says who is in which group."""
        return self.ask("SELECT id, username, groupname, priority FROM radusergroup ORDER BY id")

    def driver(self, **changes: Any) -> RadiusDriver:
        """A driver for it."""
        to = Connection("127.0.0.1", self.port, "postgres", "any", {"database": self.database}, HERE)
        return RadiusDriver(replace(to, **changes))


@contextmanager
def radius_database(postgres: Postgres) -> Iterator[Radius]:
    """A RADIUS database of its own, behind a port."""
    name = f"radius_{uuid.uuid4().hex[:12]}"
    postgres.create(name)
    try:
        with postgres.connect(name) as line:
            line.execute(TABLES)  # type: ignore[call-overload]
        with door_to(postgres.sockets / ".s.PGSQL.5432") as port:
            yield Radius(postgres, name, port)
    finally:
        postgres.drop(name)


@contextmanager
def open_network(name: str, folder: Path, postgres: Postgres | None) -> Iterator[Network]:
    """The network of that name."""
    if name == "log":
        yield Network(name, LogDriver(folder / "routers.db", "one"), _Nobody(), knows=False)
    elif name == "webhook":
        with run_receiver() as receiver:
            yield Network(name, webhook(receiver), _Services(receiver))
    elif name == "routeros":
        with run_fake_routeros() as router:
            yield Network(name, routeros(router), router)
    else:
        assert postgres is not None
        with radius_database(postgres) as radius:
            yield Network(name, radius.driver(), radius)


class _Nobody:
    def subscriber(self, name: str) -> None:
        """The pretended router knows everybody."""


@dataclass
class _Services:
    receiver: Receiver

    def subscriber(self, name: str) -> None:
        """One more service."""
        self.receiver.services[name] = "active"
