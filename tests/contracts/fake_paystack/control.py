"""Steer a fake that runs in another process: a few of its methods by name, and what it has written down."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tests.contracts.fake_paystack.keys import TEST_KEY
from tests.contracts.fake_paystack.service import FakePaystack

PREFIX = "/__control/"
METHODS = (
    "fail_next",
    "finish",
    "move_refund",
    "open_dispute",
    "refund_on_dashboard",
    "remind_of_dispute",
    "resolve_dispute",
)


def answer(fake: FakePaystack, what: str, raw: bytes) -> bytes:
    """The answer to one request, as JSON."""
    asked: dict[str, Any] = json.loads(raw or b"{}")
    return json.dumps(_do(fake, what, asked)).encode()


def _do(fake: FakePaystack, what: str, asked: dict[str, Any]) -> Any:
    if what == "journal":
        return [asdict(call) for call in list(fake.journal)]
    if what == "deliveries":
        return [asdict(entry) for entry in fake.post.wait()]
    if what == "totals":
        return fake.books.totals(asked.get("key", TEST_KEY))
    if what == "refunds":
        return [{"id": one.id, "status": one.status, "note": one.merchant_note} for one in fake.books.refunds]
    if what == "deliver":
        fake.post.addresses[asked.get("key", TEST_KEY)] = asked["url"]
        fake.post.when = asked.get("when", "once")
        return None
    if what == "card":
        card = fake.books.cards[(asked.get("key", TEST_KEY), asked["code"])]
        card.again = asked["again"]
        return None
    if what == "release":
        fake.released.set()
        return None
    assert what in METHODS, what
    getattr(fake, what)(*asked.get("args", []), **asked.get("kwargs", {}))
    return None
