"""Where routers may be: never this machine's own services, and webhooks nowhere private, unless a setting says so."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from app.billing.drivers.errors import NotAllowed, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def allowed(address: str, networks: Sequence[str], *, private: bool) -> bool:
    """Whether an IP address may be called: what is in `networks` (CIDR) always, private ones with `private`."""
    found = _plain(ipaddress.ip_address(address.partition("%")[0]))
    if within(address, networks):
        return True
    if found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    return found.is_global or private


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an IP address lies in one of some blocks."""
    found = _plain(ipaddress.ip_address(address.partition("%")[0]))
    return any(found in ipaddress.ip_network(block, strict=False) for block in networks)


def resolve(host: str, port: int, networks: Sequence[str], *, private: bool) -> str:
    """The IP address that a name stands for; what was checked is what is called. Raises NotAllowed, Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"There is no computer called {host}.") from error
    addresses = [str(one[4][0]) for one in found]
    for one in addresses:
        if not allowed(one, networks, private=private):
            raise NotAllowed(_refusal(host, one))
    return addresses[0]


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


def _plain(found: Address) -> Address:
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def _refusal(host: str, address: str) -> str:
    name = host if host == address else f"{host} ({address})"
    return f"{name} is an address that may not be called from here. ROUTER_NETWORKS can allow it."
