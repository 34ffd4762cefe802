"""Online payments that came to no end by themselves and need a person, always of one business."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.sql.elements import TextClause

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments.models import MAY_NEED_YOU, Attempt, Dispute
from app.payments.registry import title_of
from app.payments.rules import DECLINED, NEEDS_YOU_FOR, NO_CLEAR_ANSWER, ON_ITS_WAY
from app.web.paging import Page, Walk, paginate

ATTEMPT, INVOICE = Attempt.__table__.c, Invoice.__table__.c
LATER = Attempt.__table__.alias("later").c
OF_INVOICE = and_(INVOICE.business_id == ATTEMPT.business_id, INVOICE.id == ATTEMPT.invoice_id)
# What stands with the attempt, said so that it goes on from what happened.
_REASONS = {
    DECLINED: "The payment company says that it failed.",
    NO_CLEAR_ANSWER: "The payment company gave no clear answer.",
    ON_ITS_WAY: "The payment company said for days that it was on its way.",
}
ORDER = (Attempt.created_at.desc(), Attempt.id.desc())


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One online payment that needs a person: `title` says what happened, `reason` more of it.

    `open_still`: it is not known, or not decided, what becomes of it, so it can be asked about. `card`: a saved card
    was charged.
    """

    id: uuid.UUID
    invoice_id: uuid.UUID
    number: str
    client_name: str
    amount: Money
    at: datetime
    state: str
    title: str
    reason: str
    company: str
    reference: str
    card: bool

    @property
    def open_still(self) -> bool:
        return self.state in ("unclear", "paused")


def needs_you(business: Any, since: Any) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Which attempts need a person, in a question about attempts and their invoices (`OF_INVOICE`).

    What became of it is not known; or its invoice is open, and the customer has to confirm a charge, or a charge was
    given up, nobody has tried to pay since and something is owed.
    """
    mine = (LATER.business_id == ATTEMPT.business_id, LATER.invoice_id == ATTEMPT.invoice_id, LATER.id > ATTEMPT.id)
    tried_since = select(LATER.id).where(*mine).correlate(Attempt.__table__).exists()
    given_up = and_(ATTEMPT.state.in_(("failed", "refused")), INVOICE.balance_minor > 0, ~tried_since)
    asks = or_(ATTEMPT.state == "unclear", and_(INVOICE.status == "open", or_(ATTEMPT.state == "paused", given_up)))
    return ATTEMPT.business_id == business, MAY_NEED_YOU, ATTEMPT.created_at > since, asks


def list_unsettled(business_id: uuid.UUID, now: datetime, cursor: str | Walk | None) -> Page[Unsettled]:
    """A page of online payments that need a person, the latest first."""
    query = _rows().where(*needs_you(business_id, now - NEEDS_YOU_FOR))
    page = paginate(query, ORDER, cursor, scope=(business_id, "unsettled"))  # type: ignore[arg-type]
    return replace(page, items=[_shown(*row) for row in page.items])


def get_unsettled(business_id: uuid.UUID, attempt_id: uuid.UUID) -> Unsettled:
    """One that can still be asked about. Raises NotFound, for what came to its end, too."""
    query = _rows().where(Attempt.business_id == business_id, Attempt.id == attempt_id)
    found = db.session.execute(query).one_or_none()
    if found is None or found[0].state not in ("unclear", "paused"):
        raise NotFound
    return _shown(*found)


def beside_the_list(business_id: uuid.UUID, now: datetime) -> tuple[bool, int]:
    """(whether there are disputes, how many online payments need a person), in one statement."""
    disputes = select(Dispute.id).where(Dispute.business_id == business_id).exists()
    many = select(func.count()).select_from(Attempt).join(Invoice, OF_INVOICE)
    waiting = many.where(*needs_you(business_id, now - NEEDS_YOU_FOR)).scalar_subquery()
    found = db.session.execute(select(disputes, waiting)).one()
    return bool(found[0]), int(found[1])


def what_happened(state: str, card: bool) -> str:
    """In a few words; `card` when a saved card was charged."""
    if state == "paused":
        return "The bank wants the customer to confirm"
    if state == "unclear":
        return "Nobody knows whether the card was charged" if card else "Nobody knows whether this was paid"
    return "The saved card could not be charged"


def _reason(attempt: Attempt) -> str:
    if attempt.state == "paused":
        told = " They were told by e-mail." if attempt.told_at is not None else ""
        return f"Nothing is charged until then.{told}"
    return _REASONS.get(attempt.reason, attempt.reason)


def _rows() -> Select[Any]:
    return select(Attempt, Invoice.number, Invoice.buyer_name).join(Invoice, OF_INVOICE)


def _shown(attempt: Attempt, number: str | None, client_name: str) -> Unsettled:
    card = attempt.card_id is not None
    return Unsettled(
        attempt.id,
        attempt.invoice_id,
        number or "",
        client_name,
        Money(attempt.amount_minor, attempt.currency),
        attempt.created_at,
        attempt.state,
        what_happened(attempt.state, card),
        _reason(attempt),
        title_of(attempt.gateway),
        attempt.reference,
        card,
    )
