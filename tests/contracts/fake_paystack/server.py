"""The fake on a port of 127.0.0.1: one thread for each call, so that it may be slow with one and quick with another."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contracts.fake_paystack import control
from tests.contracts.fake_paystack.failures import AFTER, ANSWERS, FAILURES, with_wrong_types
from tests.contracts.fake_paystack.journal import Call, without_secrets
from tests.contracts.fake_paystack.service import FakePaystack
from tests.contracts.fake_paystack.strict import Refusal

__all__ = ["FAILURES", "run_fake_paystack"]


class _Handler(BaseHTTPRequestHandler):
    fake: FakePaystack
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, *_: Any) -> None:
        """Quiet: the journal has it."""

    def _handle(self) -> None:
        self.close_connection = True
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(control.PREFIX):
            self._send(200, control.answer(self.fake, self.path.removeprefix(control.PREFIX), raw))
            return
        parts = urlsplit(self.path)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode("utf-8", "replace")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = Call(self.command, parts.path, body, query=query, headers=without_secrets(self.headers))
        self.fake.journal.note(call)
        call.failure = self.fake.enter(parts.path)
        try:
            if call.failure is None or call.failure in AFTER:
                self._answer(call)
            else:
                self._fail(call)
        except OSError:
            pass  # the client gave up on us, which is what some of these failures are for
        finally:
            self.fake.leave()
            self.fake.journal.answered(call)

    def _answer(self, call: Call) -> None:
        """Do what is asked, and then answer or go wrong."""
        authorization, content_type = self.headers.get("Authorization", ""), self.headers.get("Content-Type", "")
        try:
            answer, status = self.fake.answer(call, authorization, content_type), 200
        except Refusal as refusal:
            answer, status = refusal.answer, refusal.status
        call.answer = answer
        if call.failure == "accept-and-hang":
            self.fake.released.wait(30)
        elif call.failure == "accept-and-500":
            call.status = 500
            self._send(*ANSWERS["500"])
        elif call.failure == "wrong-types":
            call.status = status
            self._send(status, with_wrong_types(answer))
        elif call.failure != "accept-and-close":
            if call.failure == "slow":
                time.sleep(self.fake.slow_seconds)
            call.status = status
            self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes, content_type: str = "application/json; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, call: Call) -> None:
        """Go wrong before anything is done."""
        failure = call.failure or ""
        if failure in ANSWERS:
            call.status = ANSWERS[failure][0]
            self._send(*ANSWERS[failure])
        elif failure == "hang":
            self.fake.released.wait(30)
        elif failure == "redirect":
            self.send_response(302)
            self.send_header("Location", "/balance")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif failure != "close":
            self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n" + (b"\r\n" if failure == "drip" else b"X: "))

    def _drip(self, start: bytes) -> None:
        """One byte now and then: no pause is ever long enough for a read timeout."""
        self.wfile.write(start)
        for _ in range(600):
            self.wfile.write(b" ")
            if self.fake.released.wait(0.05):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def run_fake_paystack(port: int = 0, journal: Path | None = None) -> Iterator[FakePaystack]:
    """A fake of its own, on a free port unless told; `journal` names a file that gets every call as a line of JSON."""
    fake = FakePaystack()
    fake.journal.path = journal
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"fake": fake}))
    fake.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        fake.post.close()
        server.shutdown()
        server.server_close()
        thread.join()
