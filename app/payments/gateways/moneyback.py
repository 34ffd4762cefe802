"""Money that goes back to a customer: refunds we ask for, and disputes a customer raises at the bank."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.money import Money

RefundState = Literal["pending", "processing", "processed", "failed", "needs_attention", "unknown"]
DisputeState = Literal["awaiting_us", "awaiting_bank", "pending", "resolved", "unknown"]
Resolution = Literal["accepted", "accepted_by_silence", "declined"]


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give `amount` of a payment back. `payment_reference` is the reference the payment was made with.

    `note` carries our refund's id and nothing else that could be found in another refund's note: it is how a refund
    is recognised when the answer to this request is lost. `reason` may be shown to the customer.
    """

    payment_reference: str
    amount: Money
    note: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What the gateway says about one refund. None means that it did not say.

    `unknown`: there is no such refund. `failed`: the money is back in the business's balance. `needs_attention`: the
    gateway cannot reach the customer's card and waits for a bank account, see `Gateway.retry_refund`. `amount_minor`
    is in minor units of `currency`. `reason` is a sentence for staff. `note` is the one the refund was asked for
    with, or what the gateway wrote for a refund made on its own dashboard. `bank_reference` is what a bank can
    search for.
    """

    state: RefundState
    payment_reference: str | None = None
    provider_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reason: str = ""
    note: str = ""
    bank_reference: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A customer's bank account. `bank_id` is the gateway's, see `Gateway.banks`. The repr hides the number."""

    currency: str
    account_number: str = field(repr=False)
    bank_id: str


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that money can be sent to, under the gateway's own id."""

    bank_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """What the gateway says about one dispute. None means that it did not say.

    `unknown`: there is no such dispute. `awaiting_us`: it is decided against us unless somebody answers on the
    gateway's dashboard before `due_at`. `accepted` and `accepted_by_silence`: the money went back to the customer;
    `declined`: it stayed here. `amount_minor`, in minor units of `currency`, is what the customer wants back.
    """

    state: DisputeState
    provider_id: str | None = None
    payment_reference: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    category: str | None = None
    due_at: datetime | None = None
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: Resolution | None = None

    @property
    def lost(self) -> bool:
        """Whether the money has gone back to the customer."""
        return self.state == "resolved" and self.resolution in ("accepted", "accepted_by_silence")
