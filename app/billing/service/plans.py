"""Plans: made, changed, archived, and what they cost from which day on."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from app.auth.audit import differences, record
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import PricesMoved, StalePlan
from app.billing.models import Plan, PlanPrice, PlanTax
from app.billing.rules.plans import PlanValues, PriceValues, check_names, check_price, searchable
from app.billing.rules.repricing import effect
from app.catalog.queries import taxes_by_id
from app.database import in_transaction, locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.folding import sort_key


def create_plan(
    actor: Actor,
    values: PlanValues,
    price: PriceValues,
    *,
    today: date,
    now: datetime,
    plan_id: uuid.UUID | None = None,
) -> Plan:
    """Add a plan with its first price. Needs staff. Raises NotFound for a foreign tax, Invalid with the field.

    `plan_id` is the form's own id: sending the same form twice makes one plan.
    """
    try:
        return _create(actor, values, price, today, now, plan_id)
    except IntegrityError:
        if plan_id is None or in_transaction():
            raise
        # The same form came twice at the same moment: this one finds what the other made.
        return _create(actor, values, price, today, now, plan_id)


@transactional
def _create(
    actor: Actor, values: PlanValues, price: PriceValues, today: date, now: datetime, plan_id: uuid.UUID | None
) -> Plan:
    actor.require("staff")
    known = None if plan_id is None else db.session.get(Plan, (actor.business_id, plan_id))
    if known is not None and _says_the_same(known, values, price):
        return known
    check_names(values)
    check_price(price, today)
    # A form that was sent, changed and sent again asks for another plan.
    id = plan_id if plan_id and known is None else new_id()
    plan = Plan(business_id=actor.business_id, id=id, created_at=now)
    _write(plan, values)
    db.session.add(plan)
    db.session.flush()
    _write_taxes(plan, values)
    _add_price(actor, plan, price, now)
    record(actor, "created", "plan", plan.id, now, facts={"plan": values.name})
    return plan


@transactional
def change_plan(actor: Actor, plan_id: uuid.UUID, values: PlanValues, *, version: int, now: datetime) -> Plan:
    """Replace what is typed about a plan; days that were agreed on stay. Raises NotFound, StalePlan, Invalid."""
    actor.require("staff")
    plan = _locked(actor, plan_id)
    if plan.version != version:
        raise StalePlan(current=plan)
    check_names(values)
    changes = differences(plan, values.columns())
    changed_taxes = _write_taxes(plan, values)
    if not (changes or changed_taxes):
        return plan
    _write(plan, values)
    # Its taxes are part of what the version stands for, though they are rows of their own.
    flag_modified(plan, "search")
    facts = {"plan": values.name, "taxes": changed_taxes}
    record(actor, "changed", "plan", plan.id, now, facts=facts, changes=changes)
    return plan


@transactional
def archive_plan(actor: Actor, plan_id: uuid.UUID, *, now: datetime) -> Plan:
    """Offer a plan no more; who has it keeps it. Needs staff. Raises NotFound."""
    actor.require("staff")
    plan = _locked(actor, plan_id)
    if plan.archived_at is None:
        plan.archived_at = now
        record(actor, "archived", "plan", plan.id, now, facts={"plan": plan.name})
    return plan


@transactional
def restore_plan(actor: Actor, plan_id: uuid.UUID, *, now: datetime) -> Plan:
    """Offer an archived plan again. Needs staff. Raises NotFound."""
    actor.require("staff")
    plan = _locked(actor, plan_id)
    if plan.archived_at is not None:
        plan.archived_at = None
        record(actor, "restored", "plan", plan.id, now, facts={"plan": plan.name})
    return plan


@transactional
def set_price(
    actor: Actor, plan_id: uuid.UUID, price: PriceValues, *, today: date, now: datetime, seen: str | None = None
) -> PlanPrice:
    """What a plan costs from a day on: today or later, or before its first price in that currency. The same day is
    replaced.

    `seen` is the mark of the effect that somebody decided on, None when nobody looked. Setting what stands already
    changes nothing. Needs staff. Raises NotFound, Invalid, PricesMoved when the effect is another by now.
    """
    actor.require("staff")
    plan = _locked(actor, plan_id)
    check_price(price, today, queries.prices_of(plan.business_id, [plan.id])[plan.id])
    held = _price_of(plan, price.currency, price.since)
    if held is not None and _is(held, price):
        return held
    if seen is not None and effect(queries.prices_of(plan.business_id, [plan.id])[plan.id], price).mark != seen:
        raise PricesMoved
    if held is not None:
        db.session.delete(held)
        db.session.flush()
    row = _add_price(actor, plan, price, now)
    facts = {"plan": plan.name, "currency": price.currency, "since": str(price.since), "price": f"{price.price:f}"}
    record(actor, "priced", "plan", plan.id, now, facts=facts | {"for_all": price.for_all})
    return row


@transactional
def withdraw_price(actor: Actor, plan_id: uuid.UUID, price_id: uuid.UUID, *, today: date, now: datetime) -> None:
    """Take back a price whose day has not come. Needs staff. Raises NotFound, Invalid once it holds."""
    actor.require("staff")
    plan = _locked(actor, plan_id)
    price = locked(PlanPrice, actor.business_id, price_id)
    if price is None or price.plan_id != plan.id:
        raise NotFound
    if price.since <= today:
        raise Invalid("since", "This price holds already. Set another one from today on.")
    db.session.delete(price)
    facts = {"plan": plan.name, "currency": price.currency, "since": str(price.since)}
    record(actor, "withdrew_price", "plan", plan.id, now, facts=facts)


def _locked(actor: Actor, plan_id: uuid.UUID) -> Plan:
    plan = locked(Plan, actor.business_id, plan_id)
    if plan is None:
        raise NotFound
    return plan


def _price_of(plan: Plan, currency: str, since: date) -> PlanPrice | None:
    return db.session.scalar(
        select(PlanPrice).where(
            PlanPrice.business_id == plan.business_id,
            PlanPrice.plan_id == plan.id,
            PlanPrice.currency == currency,
            PlanPrice.since == since,
        )
    )


def _says_the_same(plan: Plan, values: PlanValues, price: PriceValues) -> bool:
    """Whether a plan was made from this very form."""
    held = _price_of(plan, price.currency, price.since)
    taxes = {tax.id for tax in queries.plan_taxes(plan.business_id, [plan.id])[plan.id]}
    same_price = held is not None and _is(held, price)
    return same_price and taxes == set(values.tax_ids) and not differences(plan, values.columns())


def _is(held: PlanPrice, price: PriceValues) -> bool:
    return (held.price, held.setup_price, held.for_all) == (price.price, price.setup_price, price.for_all)


def _add_price(actor: Actor, plan: Plan, price: PriceValues, now: datetime) -> PlanPrice:
    row = PlanPrice(
        business_id=plan.business_id,
        plan_id=plan.id,
        currency=price.currency,
        since=price.since,
        price=price.price,
        setup_price=price.setup_price,
        for_all=price.for_all,
        created_by=actor.person_id,
        created_at=now,
    )
    db.session.add(row)
    return row


def _write(plan: Plan, values: PlanValues) -> None:
    for name, value in values.columns().items():
        setattr(plan, name, value)
    plan.sort_name = sort_key(values.name)
    plan.search = searchable(values)


def _write_taxes(plan: Plan, values: PlanValues) -> bool:
    """Make the taxes those of `values`; whether any changed. An archived tax is kept until something changes."""
    known = taxes_by_id(plan.business_id, values.tax_ids)
    if set(values.tax_ids) - set(known):
        raise NotFound
    before = {tax.id for tax in queries.plan_taxes(plan.business_id, [plan.id])[plan.id]}
    if before == set(known):
        return False
    gone = [tax.name for tax in known.values() if tax.archived_at]
    if gone:
        raise Invalid("tax_ids", f"{', '.join(gone)} is archived. Choose another tax.")
    db.session.execute(delete(PlanTax).where(PlanTax.business_id == plan.business_id, PlanTax.plan_id == plan.id))
    for position, tax_id in enumerate(dict.fromkeys(values.tax_ids)):
        db.session.add(PlanTax(business_id=plan.business_id, plan_id=plan.id, tax_id=tax_id, position=position))
    return True
