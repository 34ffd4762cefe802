"""Disputes, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select

from app.clients.models import Client
from app.extensions import db
from app.money import Money
from app.payments.gateways.base import Gateway
from app.payments.models import Dispute, Payment
from app.payments.registry import open_gateway, title_of
from app.payments.rules import deadline_words
from app.web.paging import Page, Walk, paginate

ORDER = (Dispute.opened_at.desc(), Dispute.id.desc())
_STATES = {"awaiting_bank": "The bank decides", "pending": "Under way"}
_ENDS = {
    "declined": ("paid", "Decided for you"),
    "accepted": ("failed", "Lost"),
    "accepted_by_silence": ("failed", "Lost: not answered in time"),
}


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """One dispute as people see it: `kind` and `words` say how it stands, `url` leads to where it is answered."""

    dispute: Dispute
    client_name: str
    amount: Money | None
    company: str
    kind: str
    words: str
    deadline: str
    url: str

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.dispute.state != "resolved"


def list_disputes(business_id: uuid.UUID, open_only: bool, today: date, cursor: str | Walk | None) -> Page[DisputeRow]:
    """A page of disputes, the latest first; `open_only` leaves out those that are over."""
    query = _rows(business_id)
    if open_only:
        query = query.where(Dispute.state != "resolved")
    page = paginate(query, ORDER, cursor, scope=(business_id, "disputes", open_only))  # type: ignore[arg-type]
    return replace(page, items=_shown(business_id, page.items, today))


def count_disputes(business_id: uuid.UUID) -> tuple[int, int]:
    """(how many are open, how many there are)."""
    mine = select(func.count()).select_from(Dispute).where(Dispute.business_id == business_id)
    open_ones = db.session.scalar(mine.where(Dispute.state != "resolved"))
    return int(open_ones or 0), int(db.session.scalar(mine) or 0)


def disputes_of(business_id: uuid.UUID, payment_id: uuid.UUID, today: date) -> list[DisputeRow]:
    """The disputes over one payment, oldest first."""
    rows = db.session.execute(_rows(business_id).where(Dispute.payment_id == payment_id).order_by(Dispute.id))
    return _shown(business_id, rows.all(), today)


def _rows(business_id: uuid.UUID) -> Select[Any]:
    paid = and_(Payment.business_id == Dispute.business_id, Payment.id == Dispute.payment_id)
    client = and_(Client.business_id == Payment.business_id, Client.id == Payment.client_id)
    query = select(Dispute, Client.name).outerjoin(Payment, paid).outerjoin(Client, client)
    return query.where(Dispute.business_id == business_id)


def _shown(business_id: uuid.UUID, rows: Sequence[Any], today: date) -> list[DisputeRow]:
    """Disputes and names of clients as people see them; each company is opened once."""
    gateways = {name: open_gateway(business_id, name) for name in {row.gateway for row, _ in rows}}
    return [_row(row, name, today, gateways[row.gateway]) for row, name in rows]


def _row(row: Dispute, client_name: str | None, today: date, gateway: Gateway | None) -> DisputeRow:
    deadline = deadline_words(row.due_on, today) if row.state == "awaiting_us" else ""
    late = row.due_on is not None and row.due_on < today
    kind, words = (
        ("over" if late else "soon", "Needs your answer") if deadline else ("waiting", _STATES.get(row.state, ""))
    )
    if row.state == "resolved":
        kind, words = _ENDS.get(row.resolution, ("idle", "Over"))
    url = gateway.disputes_page(row.reference) if gateway else ""
    return DisputeRow(row, client_name or "", _amount(row), title_of(row.gateway), kind, words, deadline, url)


def _amount(row: Dispute) -> Money | None:
    try:
        return None if row.amount_minor is None else Money(row.amount_minor, row.currency)
    except ValueError:
        return None
