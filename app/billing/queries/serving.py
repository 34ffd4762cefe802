"""Which services are billed on an invoice, by whole periods or by days of a change, and what else ladders ask of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, or_, select, union

from app.billing.models import (
    BilledDays,
    BilledPeriod,
    BillingRun,
    LateFee,
    Plan,
    RunEntry,
    Subscription,
    SubscriptionItem,
)
from app.billing.queries.runs import REVERSIBLE
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.queries import Bearing


def bearing(invoice: Any) -> Bearing:
    """What this room says of the invoice of a query around it: see `Bearing`."""
    fee, entry = LateFee.__table__.c, RunEntry.__table__.c
    # The last comparison changes nothing but that PostgreSQL looks each up, and never reads all of them first.
    serves = or_(*(exists().where(*mine, table.c.invoice_id >= invoice.id) for table, mine in _billed_on(invoice)))
    is_fee = exists().where(fee.business_id == invoice.business_id, fee.fee_invoice_id == invoice.id)
    plans = [_first_plan(table, mine) for table, mine in _billed_on(invoice)]
    of_run = and_(BillingRun.business_id == entry.business_id, BillingRun.id == entry.run_id, BillingRun.sends)
    runs = select(func.max(BillingRun.send_at)).join(RunEntry.__table__, of_run)
    runs = runs.where(entry.business_id == invoice.business_id, entry.invoice_id == invoice.id)
    waits = runs.with_only_columns(func.max(case((BillingRun.state.in_(REVERSIBLE), 1), else_=0)))
    sent, unsent = (one.correlate(Invoice.__table__).scalar_subquery() for one in (runs, waits))
    return Bearing(serves, is_fee, func.coalesce(*plans), sent, func.coalesce(unsent, 0) == 1)


def _billed_on(invoice: Any) -> list[tuple[Any, list[ColumnElement[bool]]]]:
    """The tables that say what is billed on an invoice, with what has to hold of their rows."""
    period, days = BilledPeriod.__table__, BilledDays.__table__
    about = [(period, period.c.reversed_at), (days, days.c.claim_id)]
    return [
        (table, [table.c.business_id == invoice.business_id, table.c.invoice_id == invoice.id, nothing.is_(None)])
        for table, nothing in about
    ]


def _first_plan(table: Any, mine: Collection[ColumnElement[bool]]) -> Any:
    """The first plan of what is billed on an invoice."""
    item = SubscriptionItem.__table__.c
    of_item = and_(item.business_id == table.c.business_id, item.subscription_id == table.c.subscription_id)
    of_plan = and_(Plan.business_id == item.business_id, Plan.id == item.plan_id, Plan.kind == "plan")
    plans = select(item.plan_id).select_from(table).join(SubscriptionItem.__table__, of_item).join(Plan, of_plan)
    first = plans.where(*mine).order_by(table.c.subscription_id, item.position).limit(1)
    return first.correlate(Invoice.__table__).scalar_subquery()


def billed(
    business_id: uuid.UUID,
    *,
    subscriptions: Collection[uuid.UUID] | None = None,
    invoices: Collection[uuid.UUID] | None = None,
) -> Subquery:
    """(subscription_id, invoice_id) of what is billed on invoices: of some subscriptions, or on some invoices."""
    parts = []
    for model, nothing in ((BilledPeriod, BilledPeriod.reversed_at), (BilledDays, BilledDays.claim_id)):
        query = select(model.subscription_id, model.invoice_id).where(
            model.business_id == business_id, model.invoice_id.is_not(None), nothing.is_(None)
        )
        if subscriptions is not None:
            query = query.where(model.subscription_id.in_(subscriptions))
        if invoices is not None:
            query = query.where(model.invoice_id.in_(invoices))
        parts.append(query)
    return union(*parts).subquery("billed")


def overdue(row: type[Subscription], today: Any) -> ColumnElement[bool]:
    """Whether a subscription of the query around it has an invoice that is owed and past its due date."""
    late = (Invoice.status == "open", Invoice.balance_minor > 0, Invoice.due_date < today)
    return or_(*(
        exists().where(model.business_id == row.business_id, model.subscription_id == row.id, nothing.is_(None),
                       Invoice.business_id == model.business_id, Invoice.id == model.invoice_id, *late)
        for model, nothing in ((BilledPeriod, BilledPeriod.reversed_at), (BilledDays, BilledDays.claim_id))
    ))  # fmt: skip


def billed_services(business_id: uuid.UUID, invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Subscription]]:
    """{invoice: the subscriptions that are billed on it}, in the order of their ids."""
    on_it = billed(business_id, invoices=invoice_ids)
    query = (
        select(on_it.c.invoice_id, Subscription)
        .join(Subscription, Subscription.id == on_it.c.subscription_id)
        .where(Subscription.business_id == business_id)
        .order_by(Subscription.id)
    )
    found: dict[uuid.UUID, list[Subscription]] = defaultdict(list)
    for invoice_id, row in db.session.execute(query):
        found[invoice_id].append(row)
    return found


def main_plans(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """{subscription: the first plan in it that is no add-on}."""
    of_plan = and_(Plan.business_id == SubscriptionItem.business_id, Plan.id == SubscriptionItem.plan_id)
    query = (
        select(SubscriptionItem.subscription_id, SubscriptionItem.plan_id)
        .join(Plan, of_plan)
        .where(SubscriptionItem.business_id == business_id, SubscriptionItem.subscription_id.in_(ids))
        .where(Plan.kind == "plan")
        .order_by(SubscriptionItem.position.desc(), SubscriptionItem.id.desc())
    )
    return {row.subscription_id: row.plan_id for row in db.session.execute(query)}
