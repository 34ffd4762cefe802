"""Paystack: cards, bank transfer, USSD and mobile money in Nigeria, Ghana, South Africa, Kenya and Côte d'Ivoire.

Written to Paystack's published specification. Nothing is believed from the browser or from a notice alone; a
success counts only when `verify` says so.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from urllib.parse import quote

from app.money import Money, format_money
from app.payments.gateways import (
    paystack_answers,
    paystack_cards,
    paystack_disputes,
    paystack_money,
    paystack_reading,
    paystack_refunds,
    reading,
    signatures,
)
from app.payments.gateways.base import CheckoutRequest, CheckoutStarted, Mode, Verification, WebhookEvent
from app.payments.gateways.calls import Bearer, Caller, Limits
from app.payments.gateways.cards import ChargeRequest
from app.payments.gateways.errors import AlreadyStarted, GatewayError, GatewayRefused
from app.payments.gateways.moneyback import Bank, BankAccount, Dispute, RefundAnswer, RefundRequest

BASE_URL: Final = "https://api.paystack.co"
_KEY = re.compile(r"sk_(test|live)_[!-~]+")
_REFERENCE = re.compile(r"(?!\.+\Z)[A-Za-z0-9.=-]{1,100}")


class Paystack:
    """One business's Paystack account, opened by its secret key, which also signs the notices."""

    name = "paystack"
    title = "Paystack"
    checkout_origins: tuple[str, ...] = ("https://checkout.paystack.com",)
    currencies: tuple[str, ...] = paystack_money.CURRENCIES
    keeps_cards = True

    def __init__(self, secret_key: str, *, base_url: str = BASE_URL, limits: Limits | None = None) -> None:
        """Raises GatewayError when the key is not a secret key; a public key (pk_) is the usual mix-up."""
        match = _KEY.fullmatch(secret_key)
        if match is None:
            raise GatewayError("A Paystack secret key begins with sk_test_ or sk_live_.", permanent=True)
        self.mode: Mode = "live" if match[1] == "live" else "test"
        self._secret = secret_key
        self._api = Caller(base_url, Bearer(secret_key), limits)

    @property
    def ways(self) -> str:
        """What the customer can pay with; a test account says that no money moves."""
        words = "Card, transfer or USSD with Paystack"
        return words if self.mode == "live" else f"{words}, in test mode: no real money moves"

    def minimum(self, currency: str) -> int:
        """The smallest payment, in minor units. Raises GatewayRefused for a currency Paystack does not take."""
        if currency not in self.currencies:
            raise GatewayRefused(f"Paystack does not take payments in {currency}.")
        return paystack_money.minimum(currency)

    def start(self, checkout: CheckoutRequest) -> CheckoutStarted:
        """Open a checkout page. Raises GatewayRefused, AlreadyStarted, GatewayTimeout or GatewayError."""
        self._check_amount(checkout.amount)
        status, body = self._api.call("POST", "/transaction/initialize", _initialize(checkout))
        if paystack_answers.is_duplicate(status, body):
            raise AlreadyStarted(self.verify(checkout.reference))
        data = paystack_answers.data(status, body)
        url = paystack_answers.address(data.get("authorization_url"))
        return CheckoutStarted(url, reading.text(data.get("access_code")))

    def verify(self, reference: str) -> Verification:
        """Ask what became of a reference; `unknown` if Paystack has none. Raises GatewayTimeout, GatewayError."""
        if not _REFERENCE.fullmatch(reference):
            return Verification("unknown")
        status, body = self._api.call("GET", f"/transaction/verify/{quote(reference, safe='')}")
        if paystack_answers.is_missing(status, body):
            return Verification("unknown", raw=reading.facts(reading.mapping(body), ("message",)))
        with _no_refusal():
            return paystack_reading.verification(paystack_answers.data(status, body))

    def charge(self, request: ChargeRequest) -> Verification:
        """Charge a saved authorization; a card that was declined is a `failed` answer, not an error.

        Raises GatewayRefused, AuthorizationRefused, ChargeDeferred, AlreadyStarted, GatewayTimeout or GatewayError.
        """
        self._check_amount(request.amount)
        status, body = self._api.call("POST", "/transaction/charge_authorization", paystack_cards.body(request))
        if paystack_answers.is_duplicate(status, body):
            raise AlreadyStarted(self.verify(request.reference))
        paystack_cards.refuse(status, body)
        data = paystack_answers.data(status, body)
        if url := paystack_cards.confirm_url(data):
            reference = reading.text(data.get("reference")) or request.reference
            return Verification("paused", reference=reference, next_url=url, mode=self.mode)
        return paystack_reading.verification(data)

    def deactivate(self, authorization_code: str) -> None:
        """Make a saved authorization useless for ever. Raises GatewayRefused, GatewayTimeout or GatewayError."""
        body = {"authorization_code": authorization_code}
        status, answer = self._api.call("POST", "/customer/authorization/deactivate", body)
        if not paystack_answers.is_missing(status, answer):
            paystack_answers.accepted(status, answer)

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Ask for a refund; never repeat it blindly. Raises GatewayRefused, GatewayTimeout or GatewayError."""
        if request.amount.minor <= 0:
            raise GatewayRefused("A refund is a positive amount.")
        return paystack_refunds.create(self._api, request)

    def find_refund(
        self, payment_reference: str, provider_id: str | None, note: str, *, since: datetime | None = None
    ) -> RefundAnswer:
        """One refund by Paystack's id, else by our id in its note. Raises GatewayTimeout or GatewayError."""
        with _no_refusal():
            return paystack_refunds.find(self._api, payment_reference, provider_id, note, since)

    def refunds(self, payment_reference: str, *, since: datetime | None = None) -> tuple[RefundAnswer, ...]:
        """All refunds of a payment, dashboard's included. Raises GatewayTimeout or GatewayError."""
        with _no_refusal():
            return paystack_refunds.every(self._api, payment_reference, since)

    def retry_refund(self, provider_id: str, account: BankAccount) -> RefundAnswer:
        """Send a refund to a bank account. Raises GatewayRefused, GatewayTimeout or GatewayError."""
        return paystack_refunds.retry(self._api, provider_id, account)

    def banks(self, currency: str) -> tuple[Bank, ...]:
        """Banks a refund can be sent to. Raises GatewayRefused, GatewayTimeout or GatewayError."""
        return paystack_refunds.banks(self._api, currency)

    def find_dispute(self, provider_id: str) -> Dispute:
        """One dispute; `unknown` if there is none. Raises GatewayTimeout or GatewayError."""
        with _no_refusal():
            return paystack_disputes.find(self._api, provider_id)

    def disputes_page(self, payment_reference: str) -> str:
        """The list of disputes in Paystack's dashboard; it has no published address for one of them."""
        return "https://dashboard.paystack.com/#/disputes"

    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature over the raw body and read the event. Raises BadSignature and nothing else."""
        signatures.check(self._secret, raw, headers, "x-paystack-signature")
        return paystack_reading.event(raw)

    def test_connection(self) -> str:
        """Try the key and say what it opens. Raises GatewayTimeout or GatewayError."""
        balances = paystack_answers.accepted(*self._api.call("GET", "/balance")).get("data")
        entries = balances if isinstance(balances, list) else []
        held = [reading.text(reading.mapping(entry).get("currency"), 8) for entry in entries]
        known = ", ".join(currency for currency in held if currency)
        return f"Connected to Paystack in {self.mode} mode." + (f" The account holds {known}." if known else "")

    def _check_amount(self, amount: Money) -> None:
        least = self.minimum(amount.currency)
        if amount.minor < least:
            words = format_money(Money(least, amount.currency))
            raise GatewayRefused(f"Paystack takes payments from {words} upwards.")


@contextmanager
def _no_refusal() -> Iterator[None]:
    """A question cannot be refused for good: what looks like it is unclear, and asked again."""
    try:
        yield
    except GatewayRefused as refusal:
        raise GatewayError(str(refusal)) from None


def _initialize(checkout: CheckoutRequest) -> dict[str, object]:
    shown = {"display_name": "For", "variable_name": "description", "value": checkout.description}
    metadata: dict[str, object] = {**checkout.metadata, "cancel_action": checkout.cancel_url, "custom_fields": [shown]}
    if checkout.reusable:
        metadata["custom_filters"] = {"recurring": True}
    return {
        "email": checkout.email,
        "amount": paystack_money.to_subunits(checkout.amount.minor, checkout.amount.currency),
        "currency": checkout.amount.currency,
        "reference": checkout.reference,
        "callback_url": checkout.callback_url,
        "metadata": metadata,
    }
