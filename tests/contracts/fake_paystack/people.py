"""What people do on the other side: customers pay and dispute, banks decide, somebody uses the dashboard."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.contracts.fake_paystack import notices, shapes
from tests.contracts.fake_paystack.books import Again, Books, Card, Dispute, Refund, Transaction
from tests.contracts.fake_paystack.keys import TEST_KEY
from tests.contracts.fake_paystack.notices import PostRoom


class People:
    """Each move changes the books and sends the notice that belongs to it. Amounts in subunits."""

    def __init__(self, books: Books, post: PostRoom) -> None:
        self.books = books
        self.post = post

    @property
    def transactions(self) -> dict[tuple[str, str], Transaction]:
        """Every payment begun, by key and reference."""
        return self.books.transactions

    @transactions.setter
    def transactions(self, changed: dict[tuple[str, str], Transaction]) -> None:
        self.books.transactions = changed

    def finish(self, reference: str, status: str, /, *, key: str = TEST_KEY, **overrides: Any) -> None:
        """Let the customer's visit end; `overrides` replace members of the verify answer, such as `amount`."""
        with self.books.lock:
            transaction = self.transactions[(key, reference)]
            transaction.status = status
            transaction.overrides = overrides
            if status == "success" and transaction.card is None:
                transaction.card = self.new_card(transaction.email, key=key)
        if status == "success":
            self.post.send("charge.success", shapes.transaction(transaction), key)

    def new_card(self, email: str, *, again: Again = "success", key: str = TEST_KEY) -> Card:
        """A card that may be charged again; `again` says how that ends."""
        with self.books.lock:
            code = f"AUTH_{hashlib.sha256(f'{key}{email}{len(self.books.cards)}'.encode()).hexdigest()[:10]}"
            card = Card(code, key, email, again=again)
            self.books.cards[(key, code)] = card
        return card

    def move_refund(self, refund_id: int, status: str, /, **overrides: Any) -> None:
        """Let a refund go on to another status, and tell of it. The last part of a payment reverses it."""
        with self.books.lock:
            refund = next(one for one in self.books.refunds if one.id == refund_id)
            refund.status, refund.overrides = status, overrides
            paid = refund.transaction
            if self.books.refunded(paid.reference, paid.key) == paid.amount:
                paid.status = "reversed"
        self.post.send(f"refund.{status}", shapes.refund_told(refund), refund.key)

    def refund_on_dashboard(self, reference: str, amount: int, *, key: str = TEST_KEY) -> Refund:
        """A person refunds on Paystack's own pages."""
        with self.books.lock:
            refund = self.add_refund(self.transactions[(key, reference)], amount, "Refunded from the dashboard", "")
            refund.dashboard = True
        self.post.send("refund.pending", shapes.refund_told(refund), key)
        return refund

    def open_dispute(
        self, reference: str, amount: int | None = None, *, key: str = TEST_KEY, **overrides: Any
    ) -> Dispute:
        """The customer disputes a payment at the bank."""
        with self.books.lock:
            paid = self.transactions[(key, reference)]
            number = 2867000 + len(self.books.disputes)
            dispute = Dispute(number, key, paid, amount or paid.amount, overrides=overrides)
            self.books.disputes.append(dispute)
        self.post.send("charge.dispute.create", shapes.dispute(dispute), key)
        return dispute

    def remind_of_dispute(self, dispute_id: int) -> None:
        """Paystack reminds the business that time runs out."""
        dispute = self._dispute(dispute_id)
        self.post.send("charge.dispute.remind", shapes.dispute(dispute), dispute.key)

    def resolve_dispute(self, dispute_id: int, resolution: str) -> None:
        """The dispute ends: "merchant-accepted", "auto-accepted" or "declined"."""
        with self.books.lock:
            dispute = self._dispute(dispute_id)
            dispute.status, dispute.resolution = "resolved", resolution
            if resolution != "declined":
                dispute.transaction.status = "reversed"
        self.post.send("charge.dispute.resolve", shapes.dispute(dispute), dispute.key)

    def notice(self, reference: str, key: str = TEST_KEY) -> tuple[bytes, dict[str, str]]:
        """The signed charge.success for a transaction: (raw body, headers)."""
        return self.signed("charge.success", shapes.transaction(self.transactions[(key, reference)]), key)

    def refund_notice(self, refund: Refund, **changes: Any) -> tuple[bytes, dict[str, str]]:
        """The signed notice of a refund as it is now."""
        return self.signed(f"refund.{refund.status}", shapes.refund_told(refund) | changes, refund.key)

    def dispute_notice(self, dispute: Dispute, event: str = "create") -> tuple[bytes, dict[str, str]]:
        """The signed notice of a dispute as it is now."""
        return self.signed(f"charge.dispute.{event}", shapes.dispute(dispute), dispute.key)

    def signed(self, event: str, data: Any, key: str = TEST_KEY) -> tuple[bytes, dict[str, str]]:
        """Any notice with a good signature."""
        raw = notices.composed(event, data)
        return raw, notices.sign(raw, key)

    @staticmethod
    def sign(raw: bytes, key: str = TEST_KEY) -> dict[str, str]:
        """The signature header for any body."""
        return notices.sign(raw, key)

    def add_refund(self, paid: Transaction, amount: int, merchant_note: str, customer_note: str) -> Refund:
        """Write a refund into the books."""
        number = 15581137 + len(self.books.refunds)
        refund = Refund(number, paid.key, paid, amount, merchant_note, customer_note)
        self.books.refunds.append(refund)
        return refund

    def _dispute(self, dispute_id: int) -> Dispute:
        return next(one for one in self.books.disputes if one.id == dispute_id)
