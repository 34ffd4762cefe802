"""Paystack: cards, bank transfer, USSD and mobile money in Nigeria, Ghana, South Africa, Kenya and Côte d'Ivoire.

Written to Paystack's published specification. Nothing is believed from the browser or from a notice alone; a
success counts only when `verify` says so.
"""

import re
from collections.abc import Mapping
from typing import Final, NoReturn
from urllib.parse import quote, urlsplit

from app.money import Money, format_money
from app.payments.gateways import paystack_money, paystack_reading, reading, signatures
from app.payments.gateways.base import CheckoutRequest, CheckoutStarted, Mode, Verification, WebhookEvent
from app.payments.gateways.calls import Bearer, Caller, Limits
from app.payments.gateways.errors import AlreadyStarted, GatewayError, GatewayRefused

BASE_URL: Final = "https://api.paystack.co"
_KEY = re.compile(r"sk_(test|live)_[!-~]+")
_REFERENCE = re.compile(r"(?!\.+\Z)[A-Za-z0-9.=-]{1,100}")
_UNCLEAR: Final = "Paystack's answer could not be read. Nothing is lost; we are asking again."


class Paystack:
    """One business's Paystack account, opened by its secret key, which also signs the notices."""

    name = "paystack"
    title = "Paystack"
    checkout_origins: tuple[str, ...] = ("https://checkout.paystack.com",)
    currencies: tuple[str, ...] = paystack_money.CURRENCIES

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
        currency = checkout.amount.currency
        least = self.minimum(currency)
        if checkout.amount.minor < least:
            raise GatewayRefused(f"Paystack takes payments from {format_money(Money(least, currency))} upwards.")
        status, body = self._api.call("POST", "/transaction/initialize", _initialize(checkout))
        if _is_duplicate(status, reading.mapping(body)):
            raise AlreadyStarted(self.verify(checkout.reference))
        data = _data(status, body)
        return CheckoutStarted(_checkout_url(data), reading.text(data.get("access_code")))

    def verify(self, reference: str) -> Verification:
        """Ask what became of a reference; `unknown` if Paystack has none. Raises GatewayTimeout, GatewayError."""
        if not _REFERENCE.fullmatch(reference):
            return Verification("unknown")
        status, body = self._api.call("GET", f"/transaction/verify/{quote(reference, safe='')}")
        answer = reading.mapping(body)
        if _is_missing(status, answer):
            return Verification("unknown", raw=reading.facts(answer, ("message",)))
        try:
            return paystack_reading.verification(_data(status, body))
        except GatewayRefused as refusal:
            raise GatewayError(str(refusal)) from None

    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature over the raw body and read the event. Raises BadSignature and nothing else."""
        signatures.check(self._secret, raw, headers, "x-paystack-signature")
        return paystack_reading.event(raw)

    def test_connection(self) -> str:
        """Try the key and say what it opens. Raises GatewayTimeout or GatewayError."""
        status, body = self._api.call("GET", "/balance")
        _data(status, body)
        balances = reading.mapping(body).get("data")
        entries = balances if isinstance(balances, list) else []
        held = [reading.text(reading.mapping(entry).get("currency"), 8) for entry in entries]
        known = ", ".join(currency for currency in held if currency)
        return f"Connected to Paystack in {self.mode} mode." + (f" The account holds {known}." if known else "")


def _initialize(checkout: CheckoutRequest) -> dict[str, object]:
    shown = {"display_name": "For", "variable_name": "description", "value": checkout.description}
    return {
        "email": checkout.email,
        "amount": paystack_money.to_subunits(checkout.amount.minor, checkout.amount.currency),
        "currency": checkout.amount.currency,
        "reference": checkout.reference,
        "callback_url": checkout.callback_url,
        "metadata": {**checkout.metadata, "cancel_action": checkout.cancel_url, "custom_fields": [shown]},
    }


def _checkout_url(data: Mapping[str, object]) -> str:
    url = reading.text(data.get("authorization_url"), 2000) or ""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise GatewayError(_UNCLEAR) from None
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise GatewayError(_UNCLEAR)
    return url


def _is_duplicate(status: int, answer: Mapping[str, object]) -> bool:
    message = (reading.text(answer.get("message")) or "").lower()
    return status == 400 and (answer.get("code") == "duplicate_reference" or "duplicate transaction ref" in message)


def _is_missing(status: int, answer: Mapping[str, object]) -> bool:
    """Paystack has answered both 404 and 400 for a reference it does not know."""
    message = (reading.text(answer.get("message")) or "").lower()
    unknown = answer.get("code") == "transaction_not_found" or "reference not found" in message
    return (status == 404 and bool(answer)) or (status == 400 and unknown)


def _data(status: int, body: object) -> Mapping[str, object]:
    """The `data` of a good answer. Raises GatewayRefused, or GatewayError saying whether a retry makes sense."""
    answer = reading.mapping(body)
    # `is True`: a refusal has been documented with the string "false", which is true.
    if 200 <= status < 300 and answer.get("status") is True:
        return reading.mapping(answer.get("data"))
    _refuse(status, answer)


def _refuse(status: int, answer: Mapping[str, object]) -> NoReturn:
    message = reading.text(answer.get("message"))
    if status == 401:
        raise GatewayError("Paystack does not accept this secret key. Check the secret key.", permanent=True)
    if status == 403:
        raise GatewayError("Paystack does not let this secret key do that. Check the account.", permanent=True)
    if status == 429:
        raise GatewayError("Paystack asks us to slow down. Nothing is lost; we are asking again.")
    if status >= 500:
        raise GatewayError(f"Paystack has a problem of its own ({status}). Nothing is lost; we are asking again.")
    if message and (status >= 400 or answer.get("status") in (False, "false")):
        raise GatewayRefused(f"Paystack refused: {message}")
    raise GatewayError(_UNCLEAR)
