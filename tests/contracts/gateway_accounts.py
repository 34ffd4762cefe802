"""One account with each gateway, and a hand that plays the customer: the same moves for all of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.money import Money
from app.payments.gateways import demo_notice, signatures
from app.payments.gateways.base import CheckoutRequest, Gateway
from app.payments.gateways.calls import Limits
from app.payments.gateways.cards import ChargeRequest
from app.payments.gateways.demo import DemoGateway
from app.payments.gateways.demo_cards import DemoCards
from app.payments.gateways.demo_disputes import DemoDispute, DemoDisputes
from app.payments.gateways.demo_refunds import DemoRefunds, Refund
from app.payments.gateways.demo_store import DemoStore
from app.payments.gateways.moneyback import RefundRequest
from app.payments.gateways.paystack import Paystack
from app.payments.rules import new_reference
from tests.contracts.fake_paystack import OTHER_TEST_KEY, TEST_KEY, Card, FakePaystack, run_fake_paystack
from tests.contracts.fake_paystack.books import Again

EMAIL = "dami@lekki.example"
NOTE = "Duely refund 01938f2e-7b1c-7c3d-9a54-3f2b1c0d9e8f"
ENDING_IN = {"processed": 5_000, "failed": 5_013, "needs_attention": 5_014}
"""Minor units of a refund that ends in each state, for a demo bank that decides by the amount."""
_AGAIN: dict[str, Again] = {"good": "success", "declined": "failed", "asks": "paused", "tired": "regulated"}
HURRIED = Limits(connect=2, read=2, total=3, wait=1)
"""For calls that are to fail: an answer that comes late on a busy machine fails as well."""


def checkout(reference: str | None = None, minor: int = 34_400_000, currency: str = "NGN") -> CheckoutRequest:
    """What the customer's click on Pay asks for; NGN 344,000.00 unless told."""
    return CheckoutRequest(
        reference or new_reference(),
        Money(minor, currency),
        EMAIL,
        "Invoice INV-2026-0415",
        "https://duely.example/payment/callback/",
        "https://duely.example/i/token/",
        {"invoice": "INV-2026-0415"},
    )


def charge_of(card: Card, minor: int = 750_000, currency: str = "NGN") -> ChargeRequest:
    """One more charge of a card; NGN 7,500.00 unless told."""
    return ChargeRequest(new_reference(), Money(minor, currency), card.code, card.email, {"invoice": "INV-7"})


def refund_of(reference: str, minor: int = 5_000, currency: str = "NGN") -> RefundRequest:
    """A refund that carries NOTE; NGN 50.00 unless told."""
    return RefundRequest(reference, Money(minor, currency), NOTE, "Charged twice")


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

    def keep_card(self, reference: str, again: str) -> None:
        """The customer pays and allows more charges, with a card that is good, declined, asks or tired next time."""

    def confirm(self, reference: str) -> None:
        """The customer confirms a charge that was paused."""

    def end_refund(self, provider_id: str, state: str) -> None:
        """A refund comes to its end. The demo bank decides by the amount, see ENDING_IN."""

    def refund_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        """The notice of how a refund ended."""

    def dispute(self, reference: str) -> str:
        """The customer disputes a payment; the gateway's id of the dispute."""

    def decide(self, provider_id: str, lost: bool) -> None:
        """The bank decides a dispute."""

    def dispute_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        """The notice of a dispute as it is now."""


@dataclass
class DemoAccount:
    """The demo bank, with the store that its checkout page writes to."""

    store_path: Path
    header: str = demo_notice.HEADER
    gateway: Gateway = field(init=False)
    elsewhere: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.store = DemoStore(self.store_path)
        self.cards, self.refunds = DemoCards(self.store_path), DemoRefunds(self.store_path)
        self.disputes = DemoDisputes(self.store_path)
        self.gateway, self.elsewhere = self._open(TEST_KEY), self._open(OTHER_TEST_KEY)

    def _open(self, key: str) -> DemoGateway:
        return DemoGateway(
            key,
            store_path=self.store_path,
            checkout_base="https://bank.example",
            webhook_url="https://duely.example/webhooks/demo/key/",
            production=False,
            refund_seconds=0.1,
            notices=False,
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

    def keep_card(self, reference: str, again: str) -> None:
        self.cards.keep(reference, TEST_KEY, EMAIL, again)
        self.end(reference, "succeed")

    def confirm(self, reference: str) -> None:
        self.end(reference, "succeed")

    def end_refund(self, provider_id: str, state: str) -> None:
        deadline = time.monotonic() + 60
        while self._refund(provider_id).state != state and time.monotonic() < deadline:
            time.sleep(0.02)

    def refund_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        return demo_notice.compose_refund(self._refund(provider_id))

    def _refund(self, provider_id: str) -> Refund:
        refund = self.refunds.find(TEST_KEY, provider_id)
        assert refund is not None
        return refund

    def dispute(self, reference: str) -> str:
        page = self.store.find_page(reference)
        assert page is not None
        assert self.disputes.open(page)
        return str(self._dispute(reference).id)

    def _dispute(self, reference: str) -> DemoDispute:
        dispute = self.disputes.about(reference)
        assert dispute is not None
        return dispute

    def decide(self, provider_id: str, lost: bool) -> None:
        dispute = self.disputes.find(TEST_KEY, provider_id)
        assert dispute is not None
        assert self.disputes.decide(dispute.reference, "customer" if lost else "business")

    def dispute_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        dispute = self.disputes.find(TEST_KEY, provider_id)
        assert dispute is not None
        return demo_notice.compose_dispute(dispute)


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

    def keep_card(self, reference: str, again: str) -> None:
        self.fake.finish(reference, "success")
        card = self.fake.transactions[(TEST_KEY, reference)].card
        assert card is not None
        card.again = _AGAIN[again]

    def confirm(self, reference: str) -> None:
        self.fake.finish(reference, "success")

    def end_refund(self, provider_id: str, state: str) -> None:
        self.fake.move_refund(int(provider_id), state.replace("_", "-"))

    def refund_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        refund = next(one for one in self.fake.books.refunds if str(one.id) == provider_id)
        return self.fake.refund_notice(refund)

    def dispute(self, reference: str) -> str:
        return str(self.fake.open_dispute(reference).id)

    def decide(self, provider_id: str, lost: bool) -> None:
        self.fake.resolve_dispute(int(provider_id), "merchant-accepted" if lost else "declined")

    def dispute_notice(self, provider_id: str) -> tuple[bytes, dict[str, str]]:
        dispute = next(one for one in self.fake.books.disputes if str(one.id) == provider_id)
        return self.fake.dispute_notice(dispute, "resolve" if dispute.resolution else "create")


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
