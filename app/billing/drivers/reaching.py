"""Where routers may be: never this machine's own services, and nowhere private, unless settings say so."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from app.billing.drivers.base import Connection
from app.billing.drivers.errors import NotAllowed, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_BY_SETTING = "ROUTER_NETWORKS can allow it."
_NEVER_A_ROUTER = tuple(
    ipaddress.ip_network(block)
    for block in (
        "100.64.0.0/10",  # behind a provider's own translation, where clouds answer with their secrets, too
        "192.0.0.0/24",  # kept for protocols
        "fec0::/10",  # the private networks of long ago
        "fd00:ec2::/32",  # what a cloud tells its machines
        "64:ff9b:1::/48",  # addresses of the older kind, translated
    )
)


def allowed(address: str, networks: Sequence[str], *, private: bool) -> bool:
    """Whether an IP address may be called: what is in `networks` (CIDR) always, private ones with `private`."""
    if within(address, networks):
        return True
    return all(_may_be_called(face, private) for face in _faces(address))


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an IP address lies in one of some blocks."""
    found = _plain(address)
    return any(found in ipaddress.ip_network(block, strict=False) for block in networks)


def resolve(host: str, port: int, to: Connection, *, private: bool) -> str:
    """The IP address that a name stands for; what was checked is what is called. Raises NotAllowed, Unreachable."""
    try:
        addresses = _addresses(host, port)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"There is no computer called {host}.") from error
    ours = _own(to)
    for one in addresses:
        _check(host, one, to, private)
        for own, door in ours:
            if _same_door(one, port, own, door):
                raise NotAllowed(f"{_named(host, one)} may never be called at port {port} from here.")
            if _beside_it(one, own) and not within(one, to.networks):
                raise NotAllowed(f"{_named(host, one)} is an address that may not be called from here. {_BY_SETTING}")
    return addresses[0]


def check_number(host: str, to: Connection, *, private: bool) -> None:
    """What can be said of an address before it is called, asking nobody: names are looked at when they are called.

    Raises NotAllowed for an IP address, however it is written, that may not be called.
    """
    with suppress(OSError, UnicodeError):
        for one in _addresses(host, 0, socket.AI_NUMERICHOST):
            _check(host, one, to, private)


@contextmanager
def cut_off(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End a conversation after so many seconds: who talks slowly for ever is never silent for a read timeout.

    Raises TimeoutError when that happened, even if what was heard by then looked complete.
    """
    over = threading.Event()
    timer = threading.Timer(seconds, _shut, (connection, over))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError("the conversation took too long")


def _shut(connection: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _check(host: str, address: str, to: Connection, private: bool) -> None:
    if allowed(address, to.networks, private=private):
        return
    if allowed(address, to.networks, private=True):
        raise NotAllowed(
            f"{_named(host, address)} is in a private network, where nothing is called from here. {_BY_SETTING}"
        )
    raise NotAllowed(f"{_named(host, address)} is an address that may not be called from here. {_BY_SETTING}")


def _addresses(host: str, port: int, flags: int = 0) -> list[str]:
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)]


def _own(to: Connection) -> list[tuple[str, int]]:
    """The IP addresses and ports of this installation's own services; a name that nobody knows is none."""
    found = []
    for host, port in to.doors:
        with suppress(OSError, UnicodeError):
            found += [(one, port) for one in _addresses(host, port)]
    return found


def _same_door(address: str, port: int, own: str, door: int) -> bool:
    """Whether two addresses lead to one service: this machine has many addresses, and all are taken as one."""
    return port == door and (_common(address, own) or (_this_machine(address) and _this_machine(own)))


def _beside_it(address: str, own: str) -> bool:
    """Whether an address is a computer of a private network on which a service of ours runs."""
    return _common(address, own) and not _plain(address).is_global


def _common(one: str, other: str) -> bool:
    return not _faces(one).isdisjoint(_faces(other))


def _this_machine(address: str) -> bool:
    """Whether an address is one of this machine's own: only on these can one listen."""
    for face in _faces(address):
        if face.is_loopback or face.is_unspecified:
            return True
        family = socket.AF_INET if face.version == 4 else socket.AF_INET6
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
            line.bind((str(face), 0))
            return True
    return False


def _may_be_called(found: Address, private: bool) -> bool:
    if found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    if any(found in block for block in _NEVER_A_ROUTER):
        return False
    return found.is_global or private


def _plain(address: str) -> Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def _faces(address: str) -> set[Address]:
    """An address, and the one that is wrapped in it to get there through a tunnel (6to4, Teredo)."""
    found = _plain(address)
    if isinstance(found, ipaddress.IPv4Address):
        return {found}
    wrapped = (found.sixtofour, found.teredo[1] if found.teredo else None)
    return {found, *(one for one in wrapped if one is not None)}


def _named(host: str, address: str) -> str:
    return host if host == address else f"{host} ({address})"
