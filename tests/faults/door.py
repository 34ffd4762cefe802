"""A port in front of a server that can be shut, or behave like a server that is ill."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

WELL, SHUT, SILENT, DRIPS, BABBLES = "well", "shut", "silent", "drips", "babbles"
BYTE_EVERY = 0.05
"""Seconds between two bytes of an answer that drips."""


class Door:
    """A port that stays the same whatever happens behind it."""

    def __init__(self, behind: int) -> None:
        self.behind, self.mode = behind, WELL
        self.port = 0
        self._open: list[socket.socket] = []
        self._listener = self._listen()
        self.port = int(self._listener.getsockname()[1])

    def turn(self, mode: str) -> None:
        """Be well, shut, silent, dripping or babbling from now on."""
        if mode == SHUT and self.mode != SHUT:
            self._shut()
        if mode != SHUT and self.mode == SHUT:
            self._listener = self._listen()
        self.mode = mode

    def close(self) -> None:
        """Shut it for good, and hang up on everybody."""
        self.turn(SHUT)
        for one in self._open:
            one.close()

    def _listen(self) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _shut(self) -> None:
        # A thread that waits for a connection keeps the port open until it is woken.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self.mode == SILENT:
                self._open.append(connection)
                continue
            work = {DRIPS: self._drip, BABBLES: self._babble}.get(self.mode, self._through)
            threading.Thread(target=work, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        """The beginning of an answer that never ends."""
        with contextlib.suppress(OSError), connection:
            connection.sendall(b"220-")
            while self.mode == DRIPS:
                connection.sendall(b" ")
                time.sleep(BYTE_EVERY)

    def _babble(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.sendall(b"<html><body>It works!</body></html>\r\n")
            connection.recv(1000)

    def _through(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, socket.create_connection(("127.0.0.1", self.behind)) as inside:
            back = threading.Thread(target=_pump, args=(inside, connection), daemon=True)
            back.start()
            _pump(connection, inside)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
