"""Which of several unpaid invoices of a service counts for it, and what keeps it as it is; of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from app.billing.queries.serving import billed
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.queries import Desk, Outlook, outlooks_at
from app.reminders.queries.finding import AS_LONG_AS_OWED
from app.reminders.rules import Planned


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps a service: a promise or a hold on an overdue invoice of it, to the end of a day."""

    number: str
    until: date


@dataclass(frozen=True, slots=True)
class Counting:
    """{service: its overdue invoices}, the one that counts the most days in front."""

    today: date
    overdue: dict[uuid.UUID, list[Outlook]] = field(default_factory=dict)

    def is_by(self, one: Outlook, step: Planned, subscription_id: uuid.UUID) -> bool:
        """Whether a service is to be cut by this step of this invoice: not while one that counts more days has such a
        step to come."""
        kind, early = step.rung.kind, self.today - AS_LONG_AS_OWED
        older = [other for other in self.overdue.get(subscription_id, ()) if _place(other) < _place(one)]
        coming = (at for other in older for at in other.steps if at.rung.kind == kind and at.is_open)
        return not any(at.on >= early for at in coming)

    def kept(self, subscription_id: uuid.UUID) -> Kept | None:
        """What keeps a service for the longest time, if anything does."""
        held = [(one.held_until, one.number) for one in self.overdue.get(subscription_id, ()) if one.held_until]
        until, number = max(held, default=(date.min, ""))
        return Kept(number, until) if until >= self.today else None


def counting(desk: Desk, subscription_ids: Collection[uuid.UUID]) -> Counting:
    """What counts for some services; as many statements for a hundred as for one."""
    if not subscription_ids:
        return Counting(desk.today)
    of = billed(desk.business.id, subscriptions=subscription_ids)
    query = (
        select(of.c.subscription_id, Invoice.id)
        .join(Invoice, Invoice.id == of.c.invoice_id)
        .where(Invoice.business_id == desk.business.id, Invoice.status == "open", Invoice.balance_minor > 0)
        .where(Invoice.due_date < desk.today)
    )
    rows = list(db.session.execute(query))
    found = {one.invoice_id: one for one in outlooks_at(desk, list({row.id for row in rows}))}
    overdue: dict[uuid.UUID, list[Outlook]] = defaultdict(list)
    for subscription_id, invoice_id in rows:
        if invoice_id in found:
            overdue[subscription_id].append(found[invoice_id])
    return Counting(desk.today, {key: sorted(ones, key=_place) for key, ones in overdue.items()})


def _place(one: Outlook) -> tuple[date, date, uuid.UUID]:
    return one.counts_from, one.due, one.invoice_id
