"""Unit tests answer with pencil and paper: here nobody reaches the network."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest


class NetworkIsClosed(RuntimeError):
    """A unit test tried to reach the network; what it tests belongs behind a protocol or in tests/integration."""


@pytest.fixture(autouse=True)
def _network_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def guarded(original: Any) -> Any:
        def method(self: socket.socket, *arguments: Any) -> Any:
            if self.family != socket.AF_UNIX:
                refuse()
            return original(self, *arguments)

        return method

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NetworkIsClosed(NetworkIsClosed.__doc__)

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
