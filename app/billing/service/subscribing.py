"""Agreeing on a subscription: what is typed is checked, stored once for each form, and shown beforehand."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import SubscriptionMade
from app.billing.models import Subscription, SubscriptionItem, SubscriptionItemTax
from app.billing.queries import Agreement
from app.billing.queries.subscriptions import FAR
from app.billing.rules import next_unbilled, periods
from app.billing.rules.charging import Item, charges
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues, searchable
from app.billing.service.billing import PlannedInvoice, planned
from app.billing.service.limits import check_amounts
from app.billing.service.subscriptions import note_next
from app.catalog.queries import taxes_by_id
from app.clients.models import Client
from app.clients.queries import get_client
from app.database import in_transaction, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db

SHOWN = 4
"""How many invoices are shown of an agreement that is being typed."""


def subscribe(
    actor: Actor, values: SubscriptionValues, *, now: datetime, subscription_id: uuid.UUID | None = None
) -> Subscription:
    """Store an agreement. Needs staff. Raises NotFound for a foreign client, plan or tax, Invalid with the field.

    `subscription_id` is the form's own id: the same form twice makes one subscription; SubscriptionMade says that a
    form made another one before.
    """
    try:
        return _subscribe(actor, values, now, subscription_id)
    except IntegrityError:
        if subscription_id is None or in_transaction():
            raise
        # The same form came twice at the same moment: this one finds what the other made.
        return _subscribe(actor, values, now, subscription_id)


def preview(business_id: uuid.UUID, values: SubscriptionValues, *, now: datetime) -> list[PlannedInvoice]:
    """The first invoices that an agreement would make, as if the client had no other; changes nothing.

    Raises NotFound and Invalid as `subscribe` does.
    """
    business, client = get_business(business_id), _client(business_id, values)
    _check_references(business_id, values)
    row = _row(business_id, values, client, now, new_id())
    one = Agreement(row, _items(business_id, row, values), (), ())
    until = row.billed_from + FAR
    days = sorted(billed.bill_on for billed in islice(periods(one.terms(), row.billed_from, until), SHOWN + 2))
    return planned(business, client, [one], days[:SHOWN][-1])[:SHOWN] if days else []


@transactional
def _subscribe(
    actor: Actor, values: SubscriptionValues, now: datetime, subscription_id: uuid.UUID | None
) -> Subscription:
    actor.require("staff")
    client = _client(actor.business_id, values)
    _check_references(actor.business_id, values)
    known = None if subscription_id is None else db.session.get(Subscription, (actor.business_id, subscription_id))
    if known is not None:
        return _made_before(known, values)
    row = _row(actor.business_id, values, client, now, subscription_id or new_id())
    row.created_by = actor.person_id
    db.session.add(row)
    db.session.flush()
    for position, item in enumerate(values.items):
        _add_item(row, item, position, _since(row, item), now)
    db.session.flush()
    _check_prices(row)
    note_next(row)
    audit.record(actor, "created", "subscription", row.id, now, client_id=client.id, facts={"currency": row.currency})
    return row


_PLAIN = (
    "name", "currency", "cycle_unit", "cycle_count", "ahead", "stub", "starts_on", "trial_until", "ends_on",
    "terms_days", "po_number", "notes", "prices_include_tax", "apart",
)  # fmt: skip


def _made_before(known: Subscription, values: SubscriptionValues) -> Subscription:
    """What a form made before, if it says the same now. Raises SubscriptionMade."""
    query = (
        select(SubscriptionItem)
        .where(SubscriptionItem.business_id == known.business_id, SubscriptionItem.subscription_id == known.id)
        .order_by(SubscriptionItem.position)
    )
    stored = [(one.title, one.quantity, one.price, one.plan_id, one.once) for one in db.session.scalars(query)]
    typed = [(one.title, one.quantity, one.price, one.plan_id, one.once) for one in values.items]
    same = known.client_id == values.client_id and not audit.differences(
        known, {name: getattr(values, name) for name in _PLAIN}
    )
    if not same or stored != typed:
        raise SubscriptionMade(current=known)
    return known


def _client(business_id: uuid.UUID, values: SubscriptionValues) -> Client:
    client = get_client(business_id, values.client_id)
    if client.archived_at:
        raise Invalid("client_id", "This client is archived. Bring them back first.")
    return client


def _row(
    business_id: uuid.UUID, values: SubscriptionValues, client: Client, now: datetime, id: uuid.UUID
) -> Subscription:
    """The row of an agreement, which is stored by who adds it."""
    rhythm = values.rhythm()
    return Subscription(
        business_id=business_id,
        id=id,
        client_id=client.id,
        anchor_on=rhythm.anchor,
        anchor_day=rhythm.day,
        billed_from=values.billed_from or values.paid_from,
        search=searchable(values.name, (item.title for item in values.items), client.search),
        created_at=now,
        updated_at=now,
        **{name: getattr(values, name) for name in _PLAIN},
    )


def _since(row: Subscription, item: ItemValues) -> date:
    """The day from which on a thing of a new agreement is paid for."""
    return row.billed_from if item.once else row.trial_until or row.starts_on


def _items(business_id: uuid.UUID, row: Subscription, values: SubscriptionValues) -> tuple[Item, ...]:
    """Typed things as the rules take them."""
    of_plans = queries.plan_taxes(business_id, [item.plan_id for item in values.items if item.plan_id])
    return tuple(
        Item(
            id=new_id(),
            title=item.title,
            quantity=item.quantity,
            since=_since(row, item),
            price=item.price,
            plan_id=item.plan_id,
            detail=item.detail,
            unit=item.unit,
            discount=item.discount,
            tax_ids=item.tax_ids or (tuple(tax.id for tax in of_plans[item.plan_id]) if item.plan_id else ()),
            once=item.once,
        )
        for item in values.items
    )


def _check_references(business_id: uuid.UUID, values: SubscriptionValues) -> None:
    """Raises NotFound for what is somebody else's, Invalid for a plan that is not offered or has another cycle."""
    plan_ids = {item.plan_id for item in values.items if item.plan_id}
    plans = queries.plans_by_id(business_id, plan_ids) if plan_ids else {}
    tax_ids = {tax_id for item in values.items for tax_id in item.tax_ids}
    taxes = taxes_by_id(business_id, tax_ids) if tax_ids else {}
    if plan_ids - plans.keys() or tax_ids - taxes.keys():
        raise NotFound
    cycle = (values.cycle_unit, values.cycle_count)
    problems: dict[str, list[str]] = {}
    for index, item in enumerate(values.items):
        plan = plans.get(item.plan_id) if item.plan_id else None
        if plan is not None and plan.archived_at:
            problems[f"items.{index}.plan_id"] = [f"{plan.name} is not offered any more."]
        elif plan is not None and not item.once and (plan.cycle_unit, plan.cycle_count) != cycle:
            problems[f"items.{index}.plan_id"] = [f"{plan.name} is billed in another rhythm."]
        gone = [tax.name for tax_id in item.tax_ids if (tax := taxes[tax_id]).archived_at]
        if gone:
            problems[f"items.{index}.tax_ids"] = [f"{', '.join(gone)} is archived. Choose another tax."]
    if problems:
        raise Invalid(problems)


def _check_prices(row: Subscription) -> None:
    """Raises Invalid naming `currency` when something of it has no price on its first day, and naming its quantity when
    a period comes to more than can be billed."""
    one = queries.agreement_of(row.business_id, row.id)
    first = next_unbilled(one.terms(), (), row.billed_from, row.billed_from + FAR)
    if first is not None:
        tariff = queries.tariff_for(row, queries.offers_of(row.business_id, [one]), "en")
        list(charges(one.items, first, tariff))
        new = {f"items.{item.position}.quantity": item for item in one.items}
        check_amounts(row, new, (), tariff, first.period.start)


def _add_item(row: Subscription, item: ItemValues, position: int, since: date, now: datetime) -> SubscriptionItem:
    kind, value = item.discount or (None, None)
    stored = SubscriptionItem(
        business_id=row.business_id,
        id=new_id(),
        subscription_id=row.id,
        position=position,
        plan_id=item.plan_id,
        title=item.title,
        detail=item.detail,
        unit=item.unit,
        quantity=item.quantity,
        price=item.price,
        discount_kind=kind,
        discount_value=value,
        once=item.once,
        since=since,
        created_at=now,
    )
    db.session.add(stored)
    db.session.flush()
    for place, tax_id in enumerate(dict.fromkeys(item.tax_ids)):
        tax = SubscriptionItemTax(business_id=row.business_id, item_id=stored.id, tax_id=tax_id, position=place)
        db.session.add(tax)
    return stored
