"""What customers of the demo business did at the demo bank: paid, let it keep a card, objected to a payment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from app.auth.queries import get_business
from app.auth.service import links
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments import service as payments
from app.payments.gateways.base import Verification
from app.payments.gateways.cards import SavedAuthorization
from app.payments.gateways.demo_cards import DemoCards
from app.payments.gateways.demo_disputes import DAYS_TO_ANSWER, DemoDisputes
from app.payments.gateways.demo_store import DemoStore, Page
from app.payments.models import Attempt
from app.payments.registry import demo_store
from app.payments.rules import consent_words
from app.payments.service.disputes import settle_dispute

PAYER, IP = "payer@mail.example", "192.0.2.17"


@dataclass(frozen=True, slots=True)
class Online:
    """Payments of one business through its customers' links."""

    business_id: uuid.UUID

    def pay(self, invoice: Invoice, minor: int, at: datetime) -> None:
        """A payment of long ago, in minor units: the bank is not asked about it, and knows nothing of it."""
        attempt = self._attempt(invoice, minor, at)
        answer = Verification(
            "succeeded",
            reference=attempt.reference,
            amount_minor=minor,
            currency=invoice.currency,
            mode=attempt.mode,  # type: ignore[arg-type]
            paid_at=at,
            channel="card",
            authorization=SavedAuthorization("", "", last4="4081"),
            provider_id=f"demo-{attempt.reference[:8]}",
        )
        payments.settle(self.business_id, attempt.id, answer, now=at)

    def keep_a_card(self, at: datetime) -> None:
        """Somebody pays and lets the business charge the card for what comes."""
        business = get_business(self.business_id)
        agreed = payments.Consent(consent_words(business.name, business.charge_cards), IP)
        self._pay_at_bank(self._open_invoice(), at, agreed)

    def dispute_a_payment(self, at: datetime) -> None:
        """Somebody pays, and says at the bank that they did not."""
        page = self._pay_at_bank(self._open_invoice(), at)
        disputes = DemoDisputes(self._bank)
        disputes.open(page)
        opened = disputes.about(page.reference)
        assert opened is not None
        told = replace(opened.described(), opened_at=at, due_at=at + timedelta(days=DAYS_TO_ANSWER))
        settle_dispute(self.business_id, "demo", str(opened.id), told, now=at)

    def hold_money(self, at: datetime) -> None:
        """One payment that came in another currency than it was asked for waits for a person."""
        invoice = self._open_invoice()
        attempt = self._attempt(invoice, invoice.balance_minor, at)
        answer = Verification(
            "succeeded",
            reference=attempt.reference,
            amount_minor=invoice.balance_minor // 1_500,
            currency="USD",
            mode=attempt.mode,  # type: ignore[arg-type]
            paid_at=at,
        )
        payments.settle(self.business_id, attempt.id, answer, now=at)

    @property
    def _bank(self):  # type: ignore[no-untyped-def]
        return demo_store(current_app.config["DUELY"])

    def _open_invoice(self) -> Invoice:
        query = (
            select(Invoice)
            .where(Invoice.business_id == self.business_id, Invoice.status == "open", Invoice.currency == "NGN")
            .where(Invoice.balance_minor > 0)
            .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
            .limit(1)
        )
        return db.session.scalars(query).one()

    def _attempt(self, invoice: Invoice, minor: int, at: datetime, consent: payments.Consent | None = None) -> Attempt:
        link = links.find_link(links.make_link(self.business_id, "invoice", invoice.id, at), "invoice", at)
        assert link is not None
        money = Money(minor, invoice.currency)
        return payments.start_checkout(link, PAYER, now=at, amount=money, consent=consent)

    def _pay_at_bank(self, invoice: Invoice, at: datetime, consent: payments.Consent | None = None) -> Page:
        started = self._attempt(invoice, invoice.balance_minor, at, consent)
        attempt = payments.open_checkout(self.business_id, started.id, now=at)
        bank = DemoStore(self._bank)
        page = bank.find_page(attempt.reference)
        assert page is not None
        if consent is not None:
            DemoCards(self._bank).keep(page.reference, page.account, page.email, "good")
        bank.settle(page, "succeed")
        payments.verify_now(self.business_id, attempt.id, now=at)
        paid = bank.find_page(attempt.reference)
        assert paid is not None
        return paid
