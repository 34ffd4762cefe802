"""Services as the router has them, held against what was decided and what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from app.billing.models import BilledPeriod, ServiceAction, ServiceRecord, Subscription
from app.billing.queries import wanted_states
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.models import Payment
from tests.integration.billing.year.town import Town

SOON = timedelta(minutes=1)
"""How long after a payment a service is back at the latest; every piece of work takes a second here."""


def not_as_decided(town: Town, today: date) -> Iterator[str]:
    """Services that are not on the router what the subscription says."""
    query = select(Subscription, ServiceRecord.username).join(
        ServiceRecord,
        (ServiceRecord.business_id == Subscription.business_id) & (ServiceRecord.subscription_id == Subscription.id),
    )
    for row, name in db.session.execute(query.where(Subscription.business_id == town.business_id)):
        secret = town.router.secret(name)
        off, slow = secret["disabled"] == "true", secret["profile"] == "throttled"
        found = "suspended" if off else "throttled" if slow else "active"
        meant = wanted_states(town.business_id, [row.id], today)[row.id]
        if found != meant:
            yield f"{name}: {found} on the router, {meant} by what was decided"


def cut_though_paid(town: Town, today: date) -> Iterator[str]:
    """Services that stay cut though nothing that is overdue is owed for them any more."""
    owes = (
        select(Invoice.id)
        .join(BilledPeriod, (BilledPeriod.business_id == Invoice.business_id) & (BilledPeriod.invoice_id == Invoice.id))
        .where(Invoice.business_id == Subscription.business_id, BilledPeriod.subscription_id == Subscription.id)
        .where(Invoice.status == "open", Invoice.balance_minor > 0, Invoice.due_date < today)
    )
    cut = Subscription.suspended_at.is_not(None) | Subscription.throttled_at.is_not(None)
    for row in db.session.scalars(
        select(Subscription).where(Subscription.business_id == town.business_id, cut, ~owes.exists())
    ):
        yield f"{row.name} of {row.client_id} is cut and owes nothing that is overdue"


def restored_late(town: Town) -> Iterator[str]:
    """Services that a payment brought back later than SOON after it."""
    paid = select(func.max(Payment.created_at)).where(
        Payment.business_id == Subscription.business_id,
        Payment.client_id == Subscription.client_id,
        Payment.created_at <= ServiceAction.at,
    )
    query = (
        select(ServiceAction, paid.scalar_subquery().label("paid"))
        .join(
            Subscription,
            (Subscription.business_id == ServiceAction.business_id)
            & (Subscription.id == ServiceAction.subscription_id),
        )
        .where(
            ServiceAction.business_id == town.business_id,
            ServiceAction.verb == "restore",
            ServiceAction.reason != "It goes on again",
        )
    )
    for action, at in db.session.execute(query):
        if at is None or action.done_at is None or action.done_at - at > SOON:
            yield f"{action.subscription_id}: paid {at}, restored {action.done_at}"
