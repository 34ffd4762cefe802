"""What somebody wants changed about a running subscription, checked: things that end, and things that begin."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.billing import queries
from app.billing.models import Plan
from app.billing.queries import Agreement
from app.billing.queries.changes import planned_change
from app.billing.rules import Cycle, Rhythm, rhythm_from
from app.billing.rules.charging import Item, price_of
from app.billing.rules.plans import cycle_words
from app.billing.service.changing import Wanted, covered_until, tariff_of
from app.billing.service.limits import check_amounts
from app.database import new_id
from app.errors import Conflict, Invalid, NotFound


class AnotherComes(Conflict):
    """Another change is planned for this subscription. Call that off first."""


@dataclass(frozen=True, slots=True)
class PlanWish:
    """Another plan from `since` on, in place of the plan of the subscription.

    `price` in major units is a price of their own. `setup`: its set-up is paid, too, once whatever the quantity.
    """

    plan_id: uuid.UUID
    since: date
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    setup: bool = False
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class Edit:
    """How many of a thing, and at which price of its own (None: the plan's). Nothing of it ends it."""

    quantity: Decimal
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemsWish:
    """Other quantities and prices from `since` on: {thing: edit}, and {add-on: how many} that come to it."""

    since: date
    edits: Mapping[uuid.UUID, Edit]
    adds: Mapping[uuid.UUID, Decimal]
    setup: bool = False
    at_once: bool = True


def first_day(one: Agreement, since: date, today: date) -> date:
    """The day a change counts from. Raises Invalid for one that is over, and for one in the middle of what is billed:
    today is right there, and so is the day after."""
    if since < today:
        raise Invalid("since", "A change counts from today or a later day on.")
    if one.ends_on is not None and since >= one.ends_on:
        raise Invalid("since", "The subscription has ended by then.")
    free = covered_until(one, since)
    if since != today and free != since:
        raise Invalid("since", f"This day is billed already. Choose today, or {free} or later.")
    return max(since, one.row.trial_until or one.row.starts_on, one.row.billed_from)


def to_plan(business_id: uuid.UUID, one: Agreement, wish: PlanWish, today: date) -> Wanted:
    """Another plan. Raises NotFound, Invalid with the field, AnotherComes."""
    _check(business_id, one, today)
    on = first_day(one, wish.since, today)
    plan = _plan(business_id, wish.plan_id)
    old = main_item(business_id, one, on)
    if (old.plan_id, old.quantity, old.price) == (plan.id, wish.quantity, wish.price):
        raise Invalid("plan_id", "This is what they have already.")
    if wish.quantity <= 0:
        raise Invalid("quantity", "Enter a quantity above zero.")
    begins = _thing(business_id, plan, wish.quantity, on, old.position, wish.price)
    _priced(business_id, one, begins, "plan_id")
    turn = _turn(one, plan, on)
    # What is paid for in the old rhythm cannot go on in another.
    held = tuple(item for item in one.items if item.held(on)) if turn else (old,)
    once = (_setup(plan, begins),) if wish.setup else ()
    _billable(one, {"quantity": begins}, once, held, on)
    words = f"{old.title} → {plan.name}" + (f", {cycle_words(plan.cycle_unit, plan.cycle_count)}" if turn else "")
    called = plan.name if one.row.name == old.title else ""
    ends = tuple(item.id for item in held)
    return Wanted(on, words[:300], ends, (begins,), once, turn, wish.at_once, called, plan.ahead)


def other_things(business_id: uuid.UUID, one: Agreement, wish: ItemsWish, today: date) -> Wanted:
    """Other quantities, prices and add-ons. Raises NotFound, Invalid with the field, AnotherComes."""
    _check(business_id, one, today)
    on = first_day(one, wish.since, today)
    held = {item.id: item for item in one.items if item.held(on)}
    if wish.edits.keys() - held.keys():
        raise NotFound
    changed = {id: edit for id, edit in wish.edits.items() if (held[id].quantity, held[id].price) != _of(edit)}
    new = {f"edits.{id}": _edited(held[id], edit, on) for id, edit in changed.items() if edit.quantity}
    words = [_said(held[id], edit) for id, edit in changed.items()]
    once: list[Item] = []
    cycle = one.cycle_on(on)
    position = max((item.position for item in one.items), default=0)
    for place, (plan_id, quantity) in enumerate(wish.adds.items()):
        plan = _plan(business_id, plan_id)
        if Cycle(plan.cycle_unit, plan.cycle_count) != cycle:
            raise Invalid(f"adds.{place}", f"{plan.name} is billed in another rhythm.")
        thing = _thing(business_id, plan, quantity, on, position + 1 + place, None)
        _priced(business_id, one, thing, f"adds.{place}")
        new[f"adds.{plan_id}"] = thing
        words.append(f"{quantity.normalize():f} × {plan.name} added")
        once += [_setup(plan, thing)] if wish.setup else []
    if not words:
        raise Invalid("edits", "Nothing is different from what they have.")
    if len(changed) == len(held) and not new:
        raise Invalid("edits", "Nothing would be left. Cancel the subscription instead.")
    _billable(one, new, once, [held[id] for id in changed], on)
    return Wanted(on, ", ".join(words)[:300], tuple(changed), tuple(new.values()), tuple(once), None, wish.at_once)


def main_item(business_id: uuid.UUID, one: Agreement, on: date) -> Item:
    """The plan of a subscription on a day. Raises Invalid when it has none."""
    held = [item for item in one.items if item.held(on) and item.plan_id]
    plans = queries.plans_by_id(business_id, [item.plan_id for item in held if item.plan_id])
    found = next((item for item in held if item.plan_id and plans[item.plan_id].kind == "plan"), None)
    found = found or next(iter(held), None)
    if found is None:
        raise Invalid("plan_id", "There is no plan in this subscription. Change what is paid for instead.")
    return found


def _check(business_id: uuid.UUID, one: Agreement, today: date) -> None:
    if planned_change(business_id, one.row.id, today) is not None:
        raise AnotherComes


def _plan(business_id: uuid.UUID, plan_id: uuid.UUID) -> Plan:
    plan = queries.get_plan(business_id, plan_id)
    if plan.archived_at:
        raise Invalid("plan_id", f"{plan.name} is not offered any more.")
    return plan


def _thing(
    business_id: uuid.UUID, plan: Plan, quantity: Decimal, on: date, position: int, price: Decimal | None
) -> Item:
    taxes = tuple(tax.id for tax in queries.plan_taxes(business_id, [plan.id])[plan.id])
    return Item(
        new_id(), plan.name, quantity, on, price=price, plan_id=plan.id, detail=plan.description, tax_ids=taxes,
        position=position,
    )  # fmt: skip


def _setup(plan: Plan, thing: Item) -> Item:
    """What setting up costs: it is paid once, however many there are of it."""
    title = f"Set-up, {plan.name}"
    return replace(thing, id=new_id(), title=title, detail="", price=None, quantity=Decimal(1), once=True)


def _priced(business_id: uuid.UUID, one: Agreement, thing: Item, field: str) -> None:
    """Raises Invalid naming the field when a thing has no price on its first day."""
    offers = queries.offers_of(business_id, [replace(one, items=(thing,))])
    try:
        price_of(thing, thing.since, queries.tariff_for(one.row, offers, "en"))
    except Invalid as error:
        raise Invalid({field: [said for sayings in error.errors.values() for said in sayings]}) from error


def _billable(one: Agreement, new: Mapping[str, Item], once: Sequence[Item], ends: Sequence[Item], on: date) -> None:
    """Raises Invalid naming the field when what begins comes to more than can be billed with what goes on."""
    gone = {item.id for item in ends}
    others = [item for item in one.items if item.held(on) and item.id not in gone]
    tariff = tariff_of(one.row.business_id, one, (*new.values(), *once))
    check_amounts(one.row, new, (*once, *others), tariff, on)


def _turn(one: Agreement, plan: Plan, on: date) -> Rhythm | None:
    """The rhythm of the plan when it is another one. Where days before a whole period are free, it begins that day."""
    cycle = Cycle(plan.cycle_unit, plan.cycle_count)
    if cycle == one.cycle_on(on):
        return None
    if one.row.stub == "free":
        return rhythm_from(cycle, on)
    return rhythm_from(cycle, on, day=plan.anchor_day, month=plan.anchor_month)


def _of(edit: Edit) -> tuple[Decimal, Decimal | None]:
    return edit.quantity, edit.price


def _edited(item: Item, edit: Edit, on: date) -> Item:
    """The same thing from a day on. Its plan's price is that of the day they agreed on it, as before."""
    if edit.price is None and item.plan_id is None:
        raise Invalid("edits", f"Enter a price for {item.title}.")
    if edit.quantity < 0 or (edit.price is not None and edit.price < 0):
        raise Invalid("edits", "Quantities and prices cannot be below zero.")
    agreed = item.agreed if edit.price is None and item.price is None else None
    return replace(item, id=new_id(), quantity=edit.quantity, price=edit.price, since=on, agreed_on=agreed)


def _said(item: Item, edit: Edit) -> str:
    if not edit.quantity:
        return f"{item.title} ends"
    said: Sequence[str] = (
        [f"{item.quantity.normalize():f} → {edit.quantity.normalize():f} × {item.title}"]
        if edit.quantity != item.quantity
        else [item.title]
    )
    if edit.price != item.price:
        now = "the plan's price" if edit.price is None else f"{edit.price.normalize():f}"
        said = [*said, f"at {now}"]
    return " ".join(said)
