"""What everything that switches services can do, in our own words.

A driver stands for one router of one business: it is made from a `Connection` and thrown away after use. It knows no
database of ours, no request and no clock. Each verb may be repeated: what is so already stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

NetworkState = Literal["active", "throttled", "suspended"]
NETWORK_STATES: tuple[NetworkState, ...] = get_args(NetworkState)
Verb = Literal["suspend", "throttle", "restore"]
LEADS_TO: Mapping[Verb, NetworkState] = {"suspend": "suspended", "throttle": "throttled", "restore": "active"}
KEPT = "~kept~"
"""In RADIUS tables, stands before the name under which the old groups of a subscriber wait; nobody is called so."""


def is_kept(username: str) -> bool:
    """Whether a name in RADIUS tables is where somebody's old groups wait, to databases of any kind."""
    return username.casefold().startswith(KEPT)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection and for each answer; after `longest` a conversation is cut off."""

    connect: float = 4
    read: float = 10
    longest: float = 40


@dataclass(frozen=True, slots=True)
class Connection:
    """How a router is reached. `secret` is in the clear here and never leaves a process.

    `networks` are CIDR blocks that may be called although they are nobody's business otherwise: this machine's own for
    all, private ones for webhooks. `private`: routers and RADIUS databases may be in private
    networks. `doors` are where this installation itself goes (host and port of its database and the like): never
    called, whatever they are named and whatever `networks` holds.
    """

    address: str = ""
    port: int | None = None
    username: str = ""
    secret: str = field(default="", repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    private: bool = False
    doors: tuple[tuple[str, int], ...] = ()
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class User:
    """A subscriber as the network knows them. `profile` is the usual profile or group, empty when only it knows.

    `reference` is the id of the subscription, for those who look it up with us.
    """

    name: str
    profile: str = ""
    ip: str = ""
    mac: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How a service stands on the network; `online` is None where the network does not say."""

    state: NetworkState
    online: bool | None = None


class Driver(Protocol):
    """One router. Every method raises Unreachable, BadLogin, NotAllowed, Refused or DriverError."""

    name: str
    title: str

    def suspend(self, user: User) -> str:
        """Let nobody use this service, and end its sessions; says what was done. Raises UnknownUser."""
        ...

    def throttle(self, user: User) -> str:
        """Make this service slow; says what was done. Raises UnknownUser."""
        ...

    def restore(self, user: User) -> str:
        """Make this service what it was before both; says what was done. Raises UnknownUser."""
        ...

    def status(self, user: User) -> Status:
        """How this service stands. Raises UnknownUser."""
        ...

    def list_states(self, users: Sequence[User]) -> Mapping[str, Status]:
        """{name: how it stands} of everybody the router knows, be they among `users` or not.

        Complete, or an error: who is missing in it is not on the router. Raises CannotList.
        """
        ...

    def test(self) -> str:
        """Try the connection and say in a sentence for staff what it leads to."""
        ...
