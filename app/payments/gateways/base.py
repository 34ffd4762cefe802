"""What every payment gateway can do, in our own words.

A gateway object stands for one business's account with one company: it is made with that business's key and
thrown away after use. It knows no database, no request and no clock of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from app.money import Money
from app.payments.gateways.cards import ChargeRequest, SavedAuthorization
from app.payments.gateways.moneyback import Bank, BankAccount, Dispute, RefundAnswer, RefundRequest

State = Literal["succeeded", "failed", "pending", "paused", "abandoned", "unknown"]
Mode = Literal["test", "live"]
EventKind = Literal["payment", "refund", "dispute", "other"]
Facts = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """One try to pay. `reference` is ours, stored before this is sent; the URLs are absolute.

    `reusable`: the customer agreed to be charged again, so offer only what can be.
    """

    reference: str
    amount: Money
    email: str
    description: str
    callback_url: str
    cancel_url: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    reusable: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutStarted:
    """Where to send the customer, and the gateway's own name for this checkout if it has one."""

    url: str
    provider_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What the gateway says about a reference. None means that it did not say.

    Amounts are in minor units of `currency` as CLDR counts them, whatever the gateway's own unit is.
    `failed` can still be followed by a success on the same reference; `abandoned` is never final. `paused`: the
    customer has to confirm at `next_url` before anything is charged. `authorization` is for charging again and is
    never part of `raw`, which holds facts worth keeping for staff, chosen by name: no card token, key or personal
    field gets in.
    """

    state: State
    reference: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    mode: Mode | None = None
    fees_minor: int | None = None
    paid_at: datetime | None = None
    channel: str | None = None
    provider_id: str | None = None
    payer_email: str | None = None
    authorization: SavedAuthorization | None = None
    next_url: str | None = None
    raw: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A notice whose signature was right. It says that something happened; `verify` says what.

    `dedupe_key` is equal for repeated deliveries of one event. `reference` is the payment's, also for
    refunds and disputes, and None if the event names none. `name` is the gateway's own word for the event.
    `refund` and `dispute` are what the notice claims, enough to look it up with `find_refund` or `find_dispute`;
    each is there for its own kind only.
    """

    kind: EventKind
    name: str
    reference: str | None
    dedupe_key: str
    mode: Mode | None = None
    refund: RefundAnswer | None = None
    dispute: Dispute | None = None
    raw: Facts = field(default_factory=dict)


class Gateway(Protocol):
    """One business's account with a payment company."""

    name: str
    title: str
    currencies: tuple[str, ...]
    keeps_cards: bool
    """Whether a card can be charged again without the customer, with `charge`."""

    @property
    def mode(self) -> Mode:
        """Whether this account moves real money; stored on the attempt and compared with the verification."""
        ...

    @property
    def ways(self) -> str:
        """What the customer can pay with: the line below the pay button."""
        ...

    @property
    def checkout_origins(self) -> tuple[str, ...]:
        """Origins the customer is sent to; pages with a pay button add them to the CSP's form-action."""
        ...

    def minimum(self, currency: str) -> int:
        """The smallest payment, in minor units. Raises GatewayRefused for a currency it does not take."""
        ...

    def start(self, checkout: CheckoutRequest) -> CheckoutStarted:
        """Open a checkout page. Raises GatewayRefused, AlreadyStarted, GatewayTimeout or GatewayError.

        After any error that is not permanent the checkout may exist: ask with `verify`, never start it again.
        """
        ...

    def verify(self, reference: str) -> Verification:
        """Ask what became of a reference; `unknown` if the gateway has none. Raises GatewayTimeout, GatewayError."""
        ...

    def charge(self, request: ChargeRequest) -> Verification:
        """Charge a saved authorization: `succeeded`, `failed`, `pending`, or `paused` with the URL to confirm at.

        Raises GatewayRefused, AuthorizationRefused (this card needs the customer again), ChargeDeferred (not now),
        AlreadyStarted, GatewayTimeout or GatewayError. After any error that is not permanent the customer may have
        been charged: ask with `verify`; the same reference is never charged twice.
        """
        ...

    def deactivate(self, authorization_code: str) -> None:
        """Make a saved authorization useless for ever; one that is gone already is fine.

        Raises GatewayRefused, GatewayTimeout or GatewayError, and may be repeated after any of them.
        """
        ...

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Ask for a refund. Raises GatewayRefused, GatewayTimeout or GatewayError.

        A refund has no key that keeps it from happening twice. After any error that is not permanent it may have
        been made: look with `find_refund`, and ask again only once that has said `unknown` for some minutes.
        """
        ...

    def find_refund(
        self, payment_reference: str, provider_id: str | None, note: str, *, since: datetime | None = None
    ) -> RefundAnswer:
        """One refund of a payment, by the gateway's id when it is known, else by our id in its note.

        `unknown` only when the gateway has answered completely and has none. `since`, when the payment was made,
        saves reading older refunds. Raises GatewayTimeout or GatewayError.
        """
        ...

    def refunds(self, payment_reference: str, *, since: datetime | None = None) -> tuple[RefundAnswer, ...]:
        """All refunds of a payment, also those made on the gateway's own dashboard. Raises as `find_refund` does."""
        ...

    def retry_refund(self, provider_id: str, account: BankAccount) -> RefundAnswer:
        """Send a refund that needs attention to a bank account.

        Raises GatewayRefused, GatewayTimeout or GatewayError; look with `find_refund` before trying it again.
        """
        ...

    def banks(self, currency: str) -> tuple[Bank, ...]:
        """Banks a refund in this currency can be sent to. Raises GatewayRefused, GatewayTimeout or GatewayError."""
        ...

    def find_dispute(self, provider_id: str) -> Dispute:
        """One dispute by the gateway's id; `unknown` if there is none. Raises GatewayTimeout or GatewayError."""
        ...

    def disputes_page(self, payment_reference: str) -> str:
        """Where people answer disputes, at the company: an absolute URL."""
        ...

    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Check the signature over the raw body and read the event. Raises BadSignature and nothing else."""
        ...

    def test_connection(self) -> str:
        """Try the key and say in a sentence for staff what it opens. Raises GatewayTimeout or GatewayError."""
        ...
