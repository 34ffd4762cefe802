"""Which driver stands for a router, made with what is needed to reach it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.billing.drivers.base import Connection, Driver, User
from app.billing.drivers.log import LogDriver
from app.billing.models import Router, ServiceRecord
from app.vault import unseal

LOG_FILE = "pretended_routers.db"


@dataclass(frozen=True, slots=True)
class Reach:
    """A router read from its row: which driver it has and how it is reached."""

    kind: str
    router_id: str
    connection: Connection


def reach(row: Router) -> Reach:
    """What a driver is made from. Raises vault.Unreadable when the secret's key is gone."""
    connection = Connection(
        address=row.address,
        port=row.port,
        username=row.username,
        secret=unseal(row.secret) if row.secret else "",
        options=dict(row.options),
    )
    return Reach(row.driver, str(row.id), connection)


def driver_for(reach: Reach) -> Driver:
    """The driver of a router; nothing is called yet. Raises LookupError for one that this program does not have."""
    if reach.kind == "log":
        return LogDriver(current_app.config["DUELY"].instance_dir / LOG_FILE, reach.router_id)
    raise LookupError(reach.kind)


def user_of(record: ServiceRecord) -> User:
    """A subscriber as their router knows them."""
    return User(record.username, record.profile, record.ip, record.mac, str(record.subscription_id))
