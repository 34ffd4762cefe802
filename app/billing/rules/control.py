"""Routers and the services on them as they are typed, and what a router should say about each. Pure."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlsplit

from app.billing.rules.periods import Span
from app.billing.rules.states import State
from app.errors import Invalid

Wanted = Literal["active", "throttled", "suspended"]
VERBS: Mapping[Wanted, Literal["suspend", "throttle", "restore"]] = {
    "suspended": "suspend",
    "throttled": "throttle",
    "active": "restore",
}
DRIVERS = {
    "log": "Log only",
    "webhook": "Webhook",
    "routeros": "MikroTik RouterOS",
    "radius": "FreeRADIUS (SQL)",
}
LONGEST_RADIUS_NAME = 58
"""FreeRADIUS keeps 64 characters in MySQL, and six of them are needed while a service is restricted."""
_HEX = re.compile(r"[0-9A-F]{12}")
_RATE = re.compile(r"[0-9]{1,9}[kMG]?/[0-9]{1,9}[kMG]?")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}")


@dataclass(frozen=True, slots=True)
class RouterValues:
    """A router as typed; `options` are words for its driver. Raises Invalid with the field that cannot be used."""

    name: str
    driver: str = "log"
    address: str = ""
    port: int | None = None
    username: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise Invalid("name", "Enter a name.")
        if self.driver not in DRIVERS:
            raise Invalid("driver", "Choose how it is switched.")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise Invalid("port", "A port is a number from 1 to 65535.")
        if self.driver == "webhook":
            _check_url(self.address)
        elif self.driver != "log" and not _HOST.fullmatch(self.address):
            raise Invalid("address", "Enter its host name or IP address, without anything before or behind.")
        if self.driver in ("routeros", "radius") and not self.username:
            raise Invalid("username", "Enter the user name that Duely signs in with.")
        if self.options.get("throttle") == "queue" and not _RATE.fullmatch(self.options.get("throttled_rate", "")):
            raise Invalid("throttled_rate", "Enter upload and download like 512k/1M.")

    def columns(self) -> dict[str, object]:
        """The values by the columns that hold them."""
        return {
            "name": self.name,
            "driver": self.driver,
            "address": self.address,
            "port": self.port,
            "username": self.username,
            "options": dict(self.options),
        }


@dataclass(frozen=True, slots=True)
class RecordValues:
    """Under which name a subscription is known on a router, as typed. Raises Invalid where it cannot be used."""

    router_id: uuid.UUID
    username: str
    ip: str = ""
    mac: str = ""
    profile: str = ""
    notes: str = ""

    def columns(self) -> dict[str, object]:
        """The values by the columns that hold them, addresses in their usual form."""
        if not self.username or len(self.username) > 64 or any(not one.isprintable() for one in self.username):
            raise Invalid("username", "Enter the name under which the router knows the service.")
        return {
            "router_id": self.router_id,
            "username": self.username,
            "ip": normal_ip(self.ip),
            "mac": normal_mac(self.mac),
            "profile": self.profile,
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What a router and billing do not agree on; `wanted` and `found` are empty where there is nothing."""

    kind: Literal["state", "missing", "unknown"]
    username: str
    record_id: uuid.UUID | None = None
    wanted: str = ""
    found: str = ""


def normal_mac(text: str) -> str:
    """A hardware address as AA:BB:CC:DD:EE:FF however it is typed; empty stays empty. Raises Invalid."""
    if not text:
        return ""
    digits = re.sub(r"[-:. ]", "", text).upper()
    if not _HEX.fullmatch(digits):
        raise Invalid("mac", "A hardware address has twelve digits, like 4C:5E:0C:12:34:AB.")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def normal_ip(text: str) -> str:
    """An IP address in its shortest form; empty stays empty. Raises Invalid."""
    if not text:
        return ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise Invalid("ip", "This is not an IP address, like 10.20.0.7.") from error


def wanted(state: State, throttled: bool) -> Wanted:
    """How a service should stand on its network: off unless somebody pays for it."""
    if state in ("suspended", "paused", "cancelled", "ended"):
        return "suspended"
    return "throttled" if throttled else "active"


def why_switched(state: State, suspend_reason: str) -> str:
    """Why a network is told something that follows from what has become of a subscription."""
    if state == "suspended":
        return suspend_reason or "It is suspended"
    return {"paused": "It is paused", "cancelled": "It was cancelled", "ended": "Its term is over"}.get(
        state, "It goes on again"
    )


def off_words(router: str, by: Literal["pause", "cancel"], state: State) -> list[str]:
    """What a pause or a cancelling does on a router, and when; nothing without one."""
    if not router:
        return []
    if state in ("suspended", "paused"):
        return [f"The service is off on {router} already, and stays off."]
    if by == "pause":
        return [
            f"The service is switched off on {router}: at once for a pause from today, else on its first day, within "
            "an hour after midnight. It is switched on again when it goes on."
        ]
    return [
        f"The service is switched off on {router}: at once if it ends today, else after its last day, within an hour "
        "after midnight."
    ]


def differences(billed: Mapping[str, tuple[uuid.UUID, Wanted]], found: Mapping[str, str]) -> list[Difference]:
    """What differs between {name: (record, how it should stand)} and {name: how the router says it stands}, by name."""
    said = []
    for name, (record_id, state) in billed.items():
        if name not in found:
            said.append(Difference("missing", name, record_id, state))
        elif found[name] != state:
            said.append(Difference("state", name, record_id, state, found[name]))
    said += [Difference("unknown", name, None, "", found[name]) for name in found if name not in billed]
    return sorted(said, key=lambda one: (one.kind == "unknown", one.username))


def _check_url(address: str) -> None:
    try:
        url = urlsplit(address)
        good = url.scheme in ("http", "https") and url.hostname and not url.username and (url.port or 1) > 0
        ascii_host = (url.hostname or "").isascii()
    except ValueError:
        good = ascii_host = False
    if good and not ascii_host:
        raise Invalid("address", "Write its host name without special letters, in the form that begins with xn--.")
    if not good or any(char.isspace() or not char.isprintable() for char in address):
        raise Invalid("address", "Enter the https address that takes the webhook.")


def without_service(suspended_on: date, back_on: date | None) -> Span | None:
    """The whole days without service: the one it was suspended on and the one it came back on were used, and do not
    count. None when there are none."""
    first = suspended_on + timedelta(days=1)
    return Span(first, back_on) if back_on is None or first < back_on else None
