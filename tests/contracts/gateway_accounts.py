"""One account with each gateway, and a hand that plays the customer: the same moves for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.money import Money
from app.payments.gateways import demo_notice, signatures
from app.payments.gateways.base import CheckoutRequest, Gateway
from app.payments.gateways.calls import Limits
from app.payments.gateways.demo import DemoGateway
from app.payments.gateways.demo_store import DemoStore
from app.payments.gateways.paystack import Paystack
from app.payments.rules import new_reference
from tests.contracts.fake_paystack import OTHER_TEST_KEY, TEST_KEY, FakePaystack, run_fake_paystack

QUICK = Limits(connect=1, read=0.4, total=0.6, wait=0.05)


def checkout(reference: str | None = None, minor: int = 34_400_000, currency: str = "NGN") -> CheckoutRequest:
    """What the customer's click on Pay asks for; NGN 344,000.00 unless told."""
    return CheckoutRequest(
        reference or new_reference(),
        Money(minor, currency),
        "dami@lekki.example",
        "Invoice INV-2026-0415",
        "https://duely.example/payment/callback/",
        "https://duely.example/i/token/",
        {"invoice": "INV-2026-0415"},
    )


class Account(Protocol):
    """A gateway and what happens on the other side of it. Amounts in minor units of NGN."""

    gateway: Gateway
    elsewhere: Gateway  # the same company, opened with another business's key
    header: str

    def end(self, reference: str, outcome: str, *, asked: int = 34_400_000) -> None:
        """The customer's visit ends: succeed, less (half), more (a tenth on top), fail, abandon."""

    def notice(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """The notice that this was paid: (raw body, headers)."""

    def sign(self, raw: bytes) -> dict[str, str]:
        """The headers of a genuine notice with any body."""


@dataclass
class DemoAccount:
    """The demo bank, with the store that its checkout page writes to."""

    store_path: Path
    header: str = demo_notice.HEADER
    gateway: Gateway = field(init=False)
    elsewhere: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.store = DemoStore(self.store_path)
        self.gateway, self.elsewhere = self._open(TEST_KEY), self._open(OTHER_TEST_KEY)

    def _open(self, key: str) -> DemoGateway:
        return DemoGateway(
            key,
            store_path=self.store_path,
            checkout_base="https://bank.example",
            webhook_url="https://duely.example/webhooks/demo/key/",
            production=False,
        )

    def end(self, reference: str, outcome: str, *, asked: int = 34_400_000) -> None:
        page = self.store.find_page(reference)
        assert page is not None
        assert self.store.settle(page, outcome)

    def notice(self, reference: str) -> tuple[bytes, dict[str, str]]:
        page = self.store.find_page(reference)
        assert page is not None
        return demo_notice.compose(page)

    def sign(self, raw: bytes) -> dict[str, str]:
        return {self.header: signatures.sign(TEST_KEY, raw)}


@dataclass
class PaystackAccount:
    """Our Paystack client against the fake on a real port."""

    fake: FakePaystack
    header: str = "x-paystack-signature"

    def __post_init__(self) -> None:
        self.gateway: Gateway = Paystack(TEST_KEY, base_url=self.fake.base_url)
        self.elsewhere: Gateway = Paystack(OTHER_TEST_KEY, base_url=self.fake.base_url)

    def end(self, reference: str, outcome: str, *, asked: int = 34_400_000) -> None:
        changed: dict[str, Any] = {"less": {"amount": asked // 2}, "more": {"amount": asked + asked // 10}}
        status = {"fail": "failed", "abandon": "abandoned"}.get(outcome, "success")
        self.fake.finish(reference, status, **changed.get(outcome, {}))

    def notice(self, reference: str) -> tuple[bytes, dict[str, str]]:
        return self.fake.notice(reference)

    def sign(self, raw: bytes) -> dict[str, str]:
        return self.fake.sign(raw)


@contextmanager
def open_account(name: str, folder: Path) -> Iterator[Account]:
    """The account with that gateway."""
    if name == "demo":
        yield DemoAccount(folder / "bank.sqlite3")
        return
    with run_fake_paystack() as fake:
        yield PaystackAccount(fake)


def body(event: object, data: object) -> bytes:
    """The raw body of a notice."""
    return json.dumps({"event": event, "data": data}).encode()
