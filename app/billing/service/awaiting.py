"""What one subscription is still going to bill, as runs will make it, and what keeps it from being billed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app import clock
from app.auth.queries import get_business
from app.billing import queries
from app.billing.queries import Agreement
from app.billing.queries.alike import Only
from app.billing.queries.run_facts import left_of, parked_of
from app.billing.queries.waiting import Part, waiting_parts
from app.billing.rules import Period, unclaimed
from app.billing.rules.periods import latest_due
from app.billing.rules.prorating import Share, part_share
from app.billing.service.billing import plan_subscription
from app.billing.service.foreseeing import Bill, foresee
from app.billing.service.reckoning import paid_once, without
from app.errors import Invalid
from app.money import Money


@dataclass(frozen=True, slots=True)
class Coming:
    """What is billed of it on a day, with taxes: periods, those that are `shares` of whole ones by their days, and
    `waiting` days of a change."""

    on: date
    periods: tuple[Period, ...]
    total: Money
    shares: Mapping[Period, Share]
    waiting: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Awaited:
    """The bills to come in the order of their days, or the `problem` why they cannot be told. Days that wait for a bill
    are named where the agreement names them (`queries.billed.with_waiting`).

    What no run bills: of one that is `suspended` the periods that begin from that day on; everything of a client who is
    `parked` (the words say why); periods that were `left_out` of a run, and those that were `missed`.
    """

    bills: tuple[Coming, ...] = ()
    problem: str = ""
    suspended: date | None = None
    parked: str | None = None
    left_out: tuple[Period, ...] = ()
    missed: tuple[Period, ...] = ()


def awaited(one: Agreement, today: date, until: date) -> Awaited:
    """What a subscription bills by a day, as `foresee` has it."""
    row, business = one.row, get_business(one.row.business_id)
    foreseen = foresee(business, today, until, Only(subscription_id=row.id))
    policy = queries.policy_of(business.id)
    suspended = None
    if row.suspended_at is not None and not policy.bill_suspended:
        suspended = clock.day_in(row.suspended_at, business.timezone)
    out = left_of(business.id, row.client_id, row.client_id)
    waiting = list(unclaimed(one.terms(), one.claimed, row.billed_from, until))
    left = {at.period for at in waiting if out.get((row.id, at.period.start)) == "leave_out"}
    latest = latest_due(one.terms(), waiting, row.billed_from, today) or today
    missed = {at.period for at in waiting if policy.missed != "all" and at.bill_on < latest} - left
    if suspended is not None:
        missed = {period for period in missed if period.start < suspended}
    return Awaited(
        bills=_by_day(foreseen.bills, one),
        problem=_problem(business.id, row.id, until) if foreseen.unpriced else "",
        suspended=suspended,
        parked=parked_of(business.id, row.client_id, row.client_id)[0].get(row.client_id),
        left_out=_in_order(left),
        missed=_in_order(missed),
    )


def _by_day(bills: Sequence[Bill], one: Agreement) -> tuple[Coming, ...]:
    found: dict[date, list[Bill]] = defaultdict(list)
    waiting: dict[date, list[Part]] = defaultdict(list)
    items = one.items
    for bill in bills:
        found[bill.billed.bill_on].append(bill)
        once = paid_once(items, bill.billed)
        waiting[bill.billed.bill_on] += waiting_parts([item for item in items if item.id in once], one.terms())
        items = without(items, once)
    return tuple(_coming(on, parts, waiting[on]) for on, parts in sorted(found.items()))


def _coming(on: date, bills: Sequence[Bill], waiting: Sequence[Part]) -> Coming:
    billed = {bill.billed for bill in bills}
    shares = {at.period: counted for at in billed if (counted := part_share(at.period, at.of))}
    total = Money.total(sum(bill.reckoned.total_minor for bill in bills), bills[0].currency)
    return Coming(on, _in_order({at.period for at in billed}), total, shares, tuple(waiting))


def _in_order(periods: set[Period]) -> tuple[Period, ...]:
    return tuple(sorted(periods, key=lambda period: period.start))


def _problem(business_id: uuid.UUID, subscription_id: uuid.UUID, until: date) -> str:
    """Why what comes has no figure."""
    try:
        plan_subscription(business_id, subscription_id, until)
    except Invalid as error:
        return " ".join(said for sayings in error.errors.values() for said in sayings)
    return ""
