"""Signed notices: never, once, twice or late, each tried again like the real ones until somebody takes it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

import requests

from tests.contracts.fake_paystack.journal import Delivery, Journal

When = Literal["never", "once", "twice", "late"]
TRIES = 5
PAUSE = 0.2


def sign(raw: bytes, key: str) -> dict[str, str]:
    """The signature header for any body."""
    return {"X-Paystack-Signature": hmac.new(key.encode(), raw, hashlib.sha512).hexdigest()}


def composed(event: str, data: Any) -> bytes:
    """The body of a notice."""
    return json.dumps({"event": event, "data": data}).encode()


@dataclass
class PostRoom:
    """Where the notices of each account go, and how. Nothing is sent to an account without an address."""

    journal: Journal
    when: When = "once"
    late_seconds: float = 1.0
    addresses: dict[str, str] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _closed: threading.Event = field(default_factory=threading.Event)

    def send(self, event: str, data: Any, key: str) -> None:
        """Send a notice as `when` says, without waiting for anybody."""
        url = self.addresses.get(key)
        if url is None or self.when == "never":
            return
        raw = composed(event, data)
        for _ in range(2 if self.when == "twice" else 1):
            thread = threading.Thread(target=self._deliver, args=(event, url, raw, key), daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait(self, seconds: float = 10) -> list[Delivery]:
        """Everything that was delivered, once nothing is on its way."""
        for thread in list(self._threads):
            thread.join(seconds)
        return self.deliveries

    def close(self) -> None:
        """Send nothing more."""
        self._closed.set()
        self.wait(30)

    def _deliver(self, event: str, url: str, raw: bytes, key: str) -> None:
        if self._closed.wait(self.late_seconds if self.when == "late" else 0):
            return
        headers = {"Content-Type": "application/json", **sign(raw, key)}
        for _ in range(TRIES):
            entry = Delivery(event, url, raw.decode())
            try:
                entry.status = requests.post(
                    url, data=raw, headers=headers, timeout=60, allow_redirects=False
                ).status_code
            except requests.RequestException:
                entry.status = 0
            self.deliveries.append(entry)
            self.journal.answered(entry)
            if entry.status == 200 or self._closed.wait(PAUSE):
                return
