"""What parent and child say to each other over a socket: frames of four bytes of length and a body."""

import socket
import struct
import time

MOST = 64_000_000
"""The largest frame in bytes; a longer one is refused on either side."""


class Closed(Exception):
    """The other side has gone."""


def send(channel: socket.socket, *bodies: bytes, deadline: float | None = None) -> None:
    """Sends each body as one frame. `deadline` is a time.monotonic(); raises TimeoutError after it, Closed, OSError."""
    for body in bodies:
        if len(body) > MOST:
            raise ValueError("frame too long")
        channel.settimeout(_left(deadline))
        channel.sendall(struct.pack(">I", len(body)) + body)


def receive(channel: socket.socket, deadline: float | None = None) -> bytes:
    """The next frame's body. Raises TimeoutError after the deadline, Closed when nobody is there, OSError."""
    (length,) = struct.unpack(">I", _exactly(channel, 4, deadline))
    if length > MOST:
        raise Closed
    return _exactly(channel, length, deadline)


def _exactly(channel: socket.socket, wanted: int, deadline: float | None) -> bytes:
    got = bytearray()
    while len(got) < wanted:
        channel.settimeout(_left(deadline))
        piece = channel.recv(min(wanted - len(got), 1 << 20))
        if not piece:
            raise Closed
        got += piece
    return bytes(got)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
