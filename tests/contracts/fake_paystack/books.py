"""The processor's own book of money, all amounts in subunits, to be held against anybody else's ledger."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Again = Literal["success", "failed", "pending", "paused", "regulated"]
FEE_CAP = 200_000


@dataclass
class Card:
    """A saved authorization. `again` is what happens when it is charged without the customer."""

    code: str
    key: str
    email: str
    last4: str = "4081"
    brand: str = "visa"
    signature: str = "SIG_yEXu7dLBeqG0kU7g95Ke"
    reusable: bool = True
    active: bool = True
    again: Again = "success"


@dataclass
class Transaction:
    """One payment, begun or done. `overrides` replace members of what is told about it."""

    id: int
    key: str
    reference: str
    requested: int
    currency: str
    email: str
    metadata: Any
    status: str = "abandoned"
    card: Card | None = None
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """What was really paid, once something was."""
        changed = self.overrides.get("amount", self.requested)
        return int(changed) if str(changed).isdigit() else self.requested

    @property
    def fees(self) -> int:
        """One and a half in a hundred, half up, at most FEE_CAP."""
        return min((self.amount * 15 + 500) // 1000, FEE_CAP)


@dataclass
class Refund:
    """One refund. `dashboard` was made by a person at Paystack's own pages, so its note is not ours."""

    id: int
    key: str
    transaction: Transaction
    amount: int
    merchant_note: str
    customer_note: str
    status: str = "pending"
    dashboard: bool = False
    account: dict[str, str] | None = None
    made_at: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass
class Dispute:
    """One dispute over a transaction."""

    id: int
    key: str
    transaction: Transaction
    amount: int
    status: str = "awaiting-merchant-feedback"
    resolution: str | None = None
    category: str = "chargeback"
    due: str = "2026-11-23T22:00:00.000Z"
    overrides: dict[str, Any] = field(default_factory=dict)


class Books:
    """Everything the processor knows. Hold `lock` to change it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.transactions: dict[tuple[str, str], Transaction] = {}
        self.refunds: list[Refund] = []
        self.disputes: list[Dispute] = []
        self.cards: dict[tuple[str, str], Card] = {}

    def charged(self, reference: str, key: str) -> int:
        """What was successfully charged under a reference, whatever happened to it later."""
        transaction = self.transactions.get((key, reference))
        return transaction.amount if transaction and transaction.status in ("success", "reversed") else 0

    def refunded(self, reference: str, key: str, *, promised: bool = False) -> int:
        """What was given back under a reference; `promised`: also what is still on its way."""
        counted = ("processed", "pending", "processing", "needs-attention") if promised else ("processed",)
        mine = [one for one in self.refunds if (one.key, one.transaction.reference) == (key, reference)]
        return sum(one.amount for one in mine if one.status in counted)

    def totals(self, key: str) -> dict[str, dict[str, int | str]]:
        """Per reference that money moved under: currency, charged, refunded, fees, disputed and lost."""
        found: dict[str, dict[str, int | str]] = {}
        with self.lock:
            for (owner, reference), transaction in self.transactions.items():
                charged = self.charged(reference, key) if owner == key else 0
                if not charged:
                    continue
                lost = [one for one in self.disputes if one.transaction is transaction and one.resolution]
                found[reference] = {
                    "currency": transaction.currency,
                    "charged": charged,
                    "refunded": self.refunded(reference, key),
                    "fees": transaction.fees,
                    "disputed": sum(one.amount for one in lost if one.resolution != "declined"),
                }
        return found
