"""Somebody's own software that takes webhooks: it checks the signature and keeps how each service stands."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a key of thirty-two characters!!"  # what both sides know


@dataclass
class Receiver:
    """Its services, what it heard, and how it misbehaves.

    `message` goes with what was done, `code` answers everything, `silent` takes the request and says nothing, `bare`
    does what it is told and knows no questions, `location` is where it redirects to.
    """

    port: int = 0
    services: dict[str, str] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    code: int = 0
    silent: bool = False
    slow: float = 0
    bare: bool = False
    location: str = ""
    host: str = ""
    path: str = ""
    message: str = ""

    def answer(self, said: dict[str, Any]) -> tuple[int, Any]:
        """What is said about one webhook."""
        self.heard.append(said)
        action, user = said["action"], said.get("user", {})
        if self.code:
            return self.code, {"error": "so be it"}
        if action == "ping":
            return 200, {}
        if action in ("status", "list") and self.bare:
            return 404, {}
        if action == "list":
            return 200, {"services": [{"username": name, "state": state} for name, state in self.services.items()]}
        if user["username"] not in self.services:
            return 404, {"error": "unknown_user"}
        if action == "status":
            return 200, {"state": self.services[user["username"]], "online": True}
        leads = {"suspend": "suspended", "throttle": "throttled", "restore": "active"}
        self.services[user["username"]] = leads[action]
        return (200, {"message": self.message}) if self.message else (204, None)


def genuine(header: str, body: bytes, now: float) -> bool:
    """As docs/service-control.md shows it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(now - int(parts["t"])) < 300


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        """Take one webhook."""
        receiver = self.receiver
        receiver.host, receiver.path = self.headers["Host"], self.path
        body = self.rfile.read(int(self.headers["Content-Length"]))
        while receiver.silent:
            time.sleep(0.05)
        if receiver.slow:
            self._trickle(receiver)
            return
        good = genuine(self.headers["Duely-Signature"], body, time.time())
        code, said = receiver.answer(json.loads(body)) if good else (401, {})
        self.send_response(code)
        if receiver.location:
            self.send_header("Location", receiver.location)
        raw = b"" if said is None else json.dumps(said).encode()
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _trickle(self, receiver: Receiver) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            while receiver.slow:
                time.sleep(receiver.slow)
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is none of its troubles."""


@contextmanager
def run_receiver(context: ssl.SSLContext | None = None, **behaviour: Any) -> Iterator[Receiver]:
    """A receiver that runs until the block is left."""
    receiver = Receiver(**behaviour)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver})) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.silent, receiver.slow = False, 0
            server.shutdown()
