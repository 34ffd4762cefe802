"""Cards that customers let a business keep, and what became of charging them; never their codes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.auth.queries import get_business
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments.models import Attempt, SavedCard
from app.payments.rules import expired

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "verve": "Verve", "amex": "American Express", "demo": "Demo card"}


@dataclass(frozen=True, slots=True)
class Card:
    """A saved card as people see it. `expires` is month and year as on the card, empty when it does not say."""

    id: uuid.UUID
    client_id: uuid.UUID
    brand: str
    last4: str
    expires: str
    since: datetime
    status: str
    end_reason: str
    consent: str
    expired: bool

    @property
    def words(self) -> str:
        """Visa ending in 4081."""
        return f"{self.brand} ending in {self.last4}" if self.last4 else self.brand


@dataclass(frozen=True, slots=True)
class CardOnInvoice:
    """The client's card and the last charge of one for an invoice.

    `state` is that of the charge, empty without one; `url` is where the customer confirms it when it is paused.
    """

    invoice_id: uuid.UUID
    card: Card | None
    state: str
    reason: str
    amount: Money
    at: datetime | None
    url: str
    may_charge: bool


def active_cards(business_id: uuid.UUID, client_id: uuid.UUID) -> list[Card]:
    """The cards of a client that may be charged, the newest first."""
    return [card for card in cards_of(business_id, client_id) if card.status == "active"]


def cards_of(business_id: uuid.UUID, client_id: uuid.UUID) -> list[Card]:
    """The cards of a client that may be charged or were refused, the newest first; removed ones are gone."""
    mine = (SavedCard.business_id == business_id, SavedCard.client_id == client_id, SavedCard.status != "removed")
    found = db.session.scalars(select(SavedCard).where(*mine).order_by(SavedCard.id.desc()).limit(10))
    return [shown(row) for row in found]


def get_card(business_id: uuid.UUID, card_id: uuid.UUID, client_id: uuid.UUID | None = None) -> Card:
    """One card, of one client if that is said. Raises NotFound, for another's and a removed one, too."""
    row = db.session.get(SavedCard, (business_id, card_id))
    if row is None or row.status == "removed" or client_id not in (None, row.client_id):
        raise NotFound
    return shown(row)


def card_on_invoice(invoice: Invoice) -> CardOnInvoice | None:
    """What is to be said about a saved card on an invoice that still needs money; None when there is nothing."""
    if invoice.status != "open" or not invoice.balance_minor or invoice.client_id is None:
        return None
    cards = cards_of(invoice.business_id, invoice.client_id)
    if not cards:
        return None
    mine = (Attempt.business_id == invoice.business_id, Attempt.invoice_id == invoice.id, Attempt.card_id.is_not(None))
    last = db.session.scalar(select(Attempt).where(*mine).order_by(Attempt.id.desc()).limit(1))
    active = next((card for card in cards if card.status == "active"), None)
    open_one = last is not None and last.state in ("new", "started", "paused", "unclear")
    return CardOnInvoice(
        invoice.id,
        active or cards[0],
        last.state if last else "",
        last.reason if last else "",
        Money(last.amount_minor if last else invoice.balance_minor, invoice.currency),
        last.created_at if last else None,
        last.checkout_url if last and last.state in ("paused", "unclear") else "",
        active is not None and not open_one,
    )


def open_charge(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Attempt | None:
    """The charge of a saved card that is under way for an invoice, or that the customer has to confirm."""
    mine = (Attempt.business_id == business_id, Attempt.invoice_id == invoice_id, Attempt.card_id.is_not(None))
    query = select(Attempt).where(*mine, Attempt.state.in_(("new", "started", "paused")))
    return db.session.scalar(query.order_by(Attempt.id.desc()).limit(1))


def agreed_before(card: Card, invoice: Invoice) -> bool:
    """Whether the customer had agreed to the card being charged when an invoice was issued."""
    return invoice.issued_at is not None and card.since <= invoice.issued_at


def shown(row: SavedCard) -> Card:
    """A stored card as people see it."""
    known = row.exp_month is not None and row.exp_year is not None
    return Card(
        row.id,
        row.client_id,
        BRANDS.get(row.brand.strip().lower(), row.brand.strip().capitalize() or "Card"),
        row.last4,
        f"{row.exp_month:02}/{row.exp_year}" if known else "",
        row.consented_at,
        row.status,
        row.end_reason,
        row.consent,
        expired(row.exp_month, row.exp_year, clock.today(get_business(row.business_id).timezone)),
    )
