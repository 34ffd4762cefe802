"""A pretend bank, so that the whole story from draft to paid works with no account anywhere. Development only."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.money import CURRENCIES, Money, format_money
from app.payments.gateways import reading, signatures
from app.payments.gateways.base import CheckoutRequest, CheckoutStarted, Mode, State, Verification, WebhookEvent
from app.payments.gateways.demo_notice import HEADER, PAID
from app.payments.gateways.demo_store import DemoStore, Page, ReferenceTaken
from app.payments.gateways.errors import AlreadyStarted, GatewayError, GatewayRefused

_STATES: Final[dict[str, State]] = {
    "open": "pending",
    "later": "pending",
    "abandoned": "abandoned",
    "paid": "succeeded",
    "failed": "failed",
}


class DemoGateway:
    """One business's account with the demo bank, opened by any secret key at all."""

    name = "demo"
    title = "Demo bank"
    ways = "Demo bank: no real money moves"
    currencies: tuple[str, ...] = tuple(CURRENCIES)

    def __init__(
        self, secret_key: str, *, store_path: Path | str, checkout_base: str, webhook_url: str, production: bool
    ) -> None:
        """`checkout_base` is the origin that serves the demo checkout page. Raises GatewayError in production."""
        if production:
            raise GatewayError("The demo bank has no place in production: it gives away paid invoices.", permanent=True)
        if not secret_key:
            raise GatewayError("The demo bank needs a secret key; any text will do.", permanent=True)
        self.mode: Mode = "test"
        self._secret = secret_key
        self._store = DemoStore(store_path)
        self._checkout_base = checkout_base.rstrip("/")
        self._webhook_url = webhook_url
        parts = urlsplit(self._checkout_base)
        self.checkout_origins: tuple[str, ...] = (f"{parts.scheme}://{parts.netloc}",)

    def minimum(self, currency: str) -> int:
        """One minor unit. Raises GatewayRefused for a currency that nobody uses."""
        if currency not in self.currencies:
            raise GatewayRefused(f"The demo bank does not take payments in {currency}.")
        return 1

    def start(self, checkout: CheckoutRequest) -> CheckoutStarted:
        """Open a checkout page. Raises GatewayRefused or AlreadyStarted."""
        currency = checkout.amount.currency
        least = self.minimum(currency)
        if checkout.amount.minor < least:
            raise GatewayRefused(f"The demo bank takes payments from {format_money(Money(least, currency))} upwards.")
        try:
            self._store.open_page(
                reference=checkout.reference,
                account=self._secret,
                currency=currency,
                asked_minor=checkout.amount.minor,
                email=checkout.email,
                description=checkout.description,
                callback_url=checkout.callback_url,
                cancel_url=checkout.cancel_url,
                webhook_url=self._webhook_url,
            )
        except ReferenceTaken:
            raise AlreadyStarted(self.verify(checkout.reference)) from None
        return CheckoutStarted(f"{self._checkout_base}/dev/checkout/{checkout.reference}/")

    def verify(self, reference: str) -> Verification:
        """Ask what became of a reference; `unknown` if this account has none."""
        page = self._store.find_page(reference)
        return Verification("unknown") if page is None or page.account != self._secret else _verification(page)

    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature over the raw body and read the event. Raises BadSignature and nothing else."""
        signatures.check(self._secret, raw, headers, HEADER)
        try:
            body = reading.mapping(reading.parse(raw))
        except ValueError:
            body = {}
        name = reading.text(body.get("event"), 60) or ""
        data = reading.mapping(body.get("data"))
        about = reading.identifier(data.get("id"))
        return WebhookEvent(
            kind="payment" if name == PAID else "other",
            name=name,
            reference=reading.text(data.get("reference")) if name == PAID else None,
            dedupe_key=f"{name}:{about}" if name and about else f"sha256:{hashlib.sha256(raw).hexdigest()}",
            mode="test",
            raw=reading.facts(data, ("amount", "currency")),
        )

    def test_connection(self) -> str:
        """Say that the demo bank is there."""
        return "The demo bank is open. No real money moves."


def _verification(page: Page) -> Verification:
    settled = page.state == "paid" and page.paid_at is not None
    return Verification(
        state=_STATES[page.state],
        reference=page.reference,
        amount_minor=page.paid_minor if settled else page.asked_minor,
        currency=page.currency,
        mode="test",
        fees_minor=0 if settled else None,
        paid_at=datetime.fromtimestamp(page.paid_at, UTC) if settled and page.paid_at is not None else None,
        channel="demo" if settled else None,
        provider_id=str(page.id),
        payer_email=page.email or None,
        raw={"status": page.state, "requested_amount": page.asked_minor},
    )
