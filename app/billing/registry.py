"""Which driver stands for a router, made with what is needed to reach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import make_url

from app import clock
from app.billing.drivers.base import Connection, Driver, User
from app.billing.drivers.errors import NotAllowed
from app.billing.drivers.log import LogDriver
from app.billing.drivers.radius import RadiusDriver
from app.billing.drivers.reaching import check_number
from app.billing.drivers.routeros import RouterOSDriver
from app.billing.drivers.webhook import WebhookDriver
from app.billing.models import Router, ServiceRecord
from app.errors import Invalid
from app.vault import unseal
from config import Config

LOG_FILE = "pretended_routers.db"


@dataclass(frozen=True, slots=True)
class Reach:
    """A router read from its row: which driver it has and how it is reached."""

    kind: str
    router_id: str
    connection: Connection


def reach(row: Router) -> Reach:
    """What a driver is made from. Raises vault.Unreadable when the secret's key is gone."""
    connection = replace(
        _anywhere(),
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
    if reach.kind == "webhook":
        return WebhookDriver(reach.connection, clock.now())
    if reach.kind == "routeros":
        return RouterOSDriver(reach.connection)
    if reach.kind == "radius":
        return RadiusDriver(reach.connection)
    raise LookupError(reach.kind)


def check_address(driver: str, address: str) -> None:
    """Refuse a number beside its field that may not be called; names are looked at when they are. Raises Invalid."""
    called = driver in ("routeros", "radius")
    host = (urlsplit(address).hostname or "") if driver == "webhook" else address
    to = _anywhere()
    try:
        if host:
            check_number(host, to, private=called and to.private)
    except NotAllowed as error:
        raise Invalid("address", str(error)) from error


def user_of(record: ServiceRecord) -> User:
    """A subscriber as their router knows them."""
    return User(record.username, record.profile, record.ip, record.mac, str(record.subscription_id))


def connection_to(url: str) -> Connection:
    """How an address that people typed is called from here: never this machine's own, nor private ones."""
    return replace(_anywhere(), address=url)


def check_url(url: str, field: str) -> None:
    """Refuse an address beside its field that may not be called, as far as can be said now. Raises Invalid."""
    if not url.startswith("https://") and not _anywhere().networks:
        raise Invalid(field, "Webhooks go to https addresses only.")
    try:
        check_number(urlsplit(url).hostname or "", _anywhere(), private=False)
    except NotAllowed as error:
        raise Invalid(field, str(error)) from error


def _anywhere() -> Connection:
    """What the settings of this installation say about connections to all routers."""
    config: Config = current_app.config["DUELY"]
    return Connection(networks=config.router_networks, private=config.routers_on_private_networks, doors=_doors(config))


def _doors(config: Config) -> tuple[tuple[str, int], ...]:
    """Where this installation keeps its own things: host and port of its database, its Redis and its mail server."""
    database = make_url(config.database_url)
    told = {name: ",".join(found).split(",") for name, found in database.normalized_query.items()}
    ports = {database.port or 5432, *(int(one) for one in told.get("port", ()) if one.isdigit())}
    # libpq takes several hosts, after commas or one by one, and each may have its port behind it.
    hosts = [database.host or "", *told.get("host", ()), *told.get("hostaddr", ())]
    doors = [_door(host, port) for host in hosts for port in sorted(ports)]
    redis = urlsplit(config.redis_url)
    if redis.scheme in ("redis", "rediss"):
        doors.append((redis.hostname or "localhost", redis.port or 6379))
    doors.append((config.mail.host, config.mail.port))
    return tuple(dict.fromkeys((host, port) for host, port in doors if host and not host.startswith("/")))


def _door(text: str, port: int) -> tuple[str, int]:
    if text.startswith("/") or (text.count(":") > 1 and "[" not in text):
        return text, port
    found = urlsplit(f"//{text}")
    return found.hostname or "", found.port or port
