"""What holds reminders up, and who said so; always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from app.auth.models import Person
from app.extensions import db
from app.money import Money
from app.reminders.models import Hold


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that stands, set by whom; without `invoice_id` it is on every invoice of the client.

    A promise to pay has an `amount`; `by_client`: they made it themselves.
    """

    id: uuid.UUID
    until: date
    reason: str
    by: str
    invoice_id: uuid.UUID | None
    amount: Money | None = None
    by_client: bool = False


def standing_holds(
    business_id: uuid.UUID, today: date, *, client_id: uuid.UUID | None = None, invoice_ids: Sequence[uuid.UUID] = ()
) -> list[Held]:
    """The holds that stand on a client, or on any of some invoices, the longest first."""
    about: list[ColumnElement[bool]] = [Hold.invoice_id.in_(invoice_ids)]
    about += [Hold.client_id == client_id] if client_id else []
    standing = (Hold.business_id == business_id, Hold.ended_at.is_(None), Hold.until >= today)
    query = select(Hold, Person.name).outerjoin(Person, Person.id == Hold.created_by).where(*standing, or_(*about))
    rows = db.session.execute(query.order_by(Hold.until.desc(), Hold.id))
    return [_held(one, name or "") for one, name in rows]


def _held(one: Hold, by: str) -> Held:
    promised = one.kind == "promise" and one.amount_minor is not None
    amount = Money(one.amount_minor or 0, one.currency) if promised else None
    return Held(one.id, one.until, one.reason, by, one.invoice_id, amount, one.promised_by == "client")


def held_until(business_id: uuid.UUID, ids: Sequence[uuid.UUID], clients: set[uuid.UUID]) -> dict[uuid.UUID, date]:
    """{invoice or client: the last day of the longest hold on it}. One that is over still moved what fell into it."""
    if not ids:
        return {}
    about = func.coalesce(Hold.invoice_id, Hold.client_id)
    standing = (Hold.business_id == business_id, Hold.ended_at.is_(None))
    mine = or_(Hold.invoice_id.in_(ids), Hold.client_id.in_(clients))
    query = select(about.label("about"), func.max(Hold.until).label("until")).where(*standing, mine).group_by(about)
    return {row.about: row.until for row in db.session.execute(query)}
