"""Subscriptions: agreed on, paused, resumed, ended."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StaleSubscription
from app.billing.models import Subscription, SubscriptionItem, SubscriptionItemTax, SubscriptionPause
from app.billing.queries.subscriptions import FAR
from app.billing.rules import Period, Rhythm, move, next_unbilled, state
from app.billing.rules.charging import charges
from app.billing.rules.states import State
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues, searchable
from app.catalog.queries import taxes_by_id
from app.clients.queries import get_client
from app.database import locked, new_id, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db


@transactional
def subscribe(actor: Actor, values: SubscriptionValues, *, now: datetime) -> Subscription:
    """Store an agreement. Needs staff. Raises NotFound for a foreign client, plan or tax, Invalid with the field."""
    actor.require("staff")
    client = get_client(actor.business_id, values.client_id)
    if client.archived_at:
        raise Invalid("client_id", "This client is archived. Bring them back first.")
    _check_references(actor.business_id, values)
    rhythm = values.rhythm()
    row = Subscription(
        business_id=actor.business_id,
        id=new_id(),
        client_id=client.id,
        anchor_on=rhythm.anchor,
        anchor_day=rhythm.day,
        billed_from=values.billed_from or values.paid_from,
        search=searchable(values, client.search),
        created_by=actor.person_id,
        created_at=now,
        updated_at=now,
        **{name: getattr(values, name) for name in _PLAIN},
    )
    db.session.add(row)
    db.session.flush()
    for position, item in enumerate(values.items):
        _add_item(row, item, position, row.billed_from if item.once else values.paid_from, now)
    db.session.flush()
    _check_prices(row)
    note_next(row)
    audit.record(actor, "created", "subscription", row.id, now, client_id=client.id, facts={"currency": row.currency})
    return row


@transactional
def pause(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    since: date,
    until: date | None,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """Stop paying from a day on, up to and without `until`. Raises NotFound, WrongMove, StaleSubscription, Invalid."""
    row = _held(actor, subscription_id, version)
    today = _move(row, "pause", now)
    if since < today:
        raise Invalid("since", "A pause begins today or later.")
    if until is not None and until <= since:
        raise Invalid("until", "The pause ends before it begins.")
    one = queries.agreement_of(row.business_id, row.id)
    if one.ends_on is not None and since >= one.ends_on:
        raise Invalid("since", "The subscription has ended by then.")
    if any((held.end is None or since < held.end) and (until is None or held.start < until) for held in one.pauses):
        raise Invalid("since", "There is a pause in these days already.")
    db.session.add(
        SubscriptionPause(
            business_id=row.business_id,
            subscription_id=row.id,
            since=since,
            until=until,
            reason=reason,
            created_by=actor.person_id,
            created_at=now,
        )
    )
    return _changed(actor, row, "paused", now, {"since": str(since), "until": str(until) if until else None})


@transactional
def resume(
    actor: Actor, subscription_id: uuid.UUID, *, on: date, now: datetime, version: int | None = None
) -> Subscription:
    """Take a paused subscription up again on a day, the earliest today; a pause that has not begun is called off.

    Raises NotFound, Conflict when nothing is paused, StaleSubscription, Invalid.
    """
    row = _held(actor, subscription_id, version)
    today = _today(row, now)
    if on < today:
        raise Invalid("on", "It is taken up again today or later.")
    query = select(SubscriptionPause).where(
        SubscriptionPause.business_id == row.business_id, SubscriptionPause.subscription_id == row.id
    )
    open_ = [one for one in db.session.scalars(query) if one.until is None or one.until > today]
    if not open_:
        raise Conflict("This subscription is not paused.")
    for one in open_:
        if one.since >= on:
            db.session.delete(one)
        else:
            one.until = on
    return _changed(actor, row, "resumed", now, {"on": str(on)})


@transactional
def cancel(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    ends_on: date,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """End a subscription; `ends_on` is the first day without it, today at the earliest.

    Raises NotFound, WrongMove, StaleSubscription, Invalid.
    """
    row = _held(actor, subscription_id, version)
    today = _move(row, "cancel", now)
    if ends_on < today:
        raise Invalid("ends_on", "It ends today or later: what was used is paid for.")
    row.cancelled_on, row.cancelled_at, row.cancel_reason = max(ends_on, row.starts_on), now, reason
    return _changed(actor, row, "cancelled", now, {"on": str(row.cancelled_on), "reason": reason})


@transactional
def keep(actor: Actor, subscription_id: uuid.UUID, *, now: datetime, version: int | None = None) -> Subscription:
    """Call off a cancelling whose day has not come. Raises NotFound, WrongMove, StaleSubscription."""
    row = _held(actor, subscription_id, version)
    _move(row, "keep", now)
    if row.cancelled_on is None:
        raise Conflict("This subscription is not cancelled.")
    row.cancelled_on, row.cancelled_at, row.cancel_reason = None, None, ""
    return _changed(actor, row, "kept", now, {})


def note_next(row: Subscription) -> None:
    """Store on which day the next period of a subscription is billed."""
    row.next_bill_on = queries.agreement_of(row.business_id, row.id).next_bill_on()


def term_end(row: Subscription, today: date) -> date:
    """The first day after the period that today lies in; of one that has not begun, its first day."""
    one = queries.agreement_of(row.business_id, row.id)
    begins = row.trial_until or row.starts_on
    if today < begins:
        return begins
    rhythm: Rhythm = one.terms().rhythm
    current: Period = rhythm.period(rhythm.number(today))
    return current.end


def state_of(row: Subscription, today: date) -> State:
    """The state of one subscription on a day."""
    one = queries.agreement_of(row.business_id, row.id)
    overdue = row.id in queries.overdue_among(row.business_id, [row.id], today)
    return state(one.facts(today, overdue=overdue), today)


_PLAIN = (
    "name", "currency", "cycle_unit", "cycle_count", "ahead", "stub", "starts_on", "trial_until", "ends_on",
    "terms_days", "po_number", "notes", "prices_include_tax", "apart",
)  # fmt: skip


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
    """Raises Invalid naming `currency` when something of it has no price on its first day."""
    one = queries.agreement_of(row.business_id, row.id)
    first = next_unbilled(one.terms(), (), row.billed_from, row.billed_from + FAR)
    if first is not None:
        tariff = queries.tariff_for(row, queries.offers_of(row.business_id, [one]), "en")
        list(charges(one.items, first, tariff))


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


def _held(actor: Actor, subscription_id: uuid.UUID, version: int | None) -> Subscription:
    actor.require("staff")
    row = locked(Subscription, actor.business_id, subscription_id)
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise StaleSubscription(current=row)
    return row


def _today(row: Subscription, now: datetime) -> date:
    return clock.day_in(now, get_business(row.business_id).timezone)


def _move(row: Subscription, verb: str, now: datetime) -> date:
    """Today, when the state allows the verb. Raises WrongMove."""
    today = _today(row, now)
    move(state_of(row, today), verb)
    return today


def _changed(actor: Actor, row: Subscription, verb: str, now: datetime, facts: dict[str, str | None]) -> Subscription:
    row.updated_at = now
    db.session.flush()
    note_next(row)
    audit.record(actor, verb, "subscription", row.id, now, client_id=row.client_id, facts=facts)
    return row
