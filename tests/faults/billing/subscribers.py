"""Very many subscribers, and what must hold of them when they are billed: each period once, and all of it.

One subscription of each kind is agreed on the way people do it; all others are copies of its rows. What is expected is
worked out from what was agreed, never from what was billed.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import bulk, clock
from app.auth.models import AuditEvent
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.models import (
    BilledPeriod,
    BillingRun,
    RunEntry,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
)
from app.billing.rules import Billed, periods
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.bulk import Sheet, rest
from app.clients.models import Client
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import writing
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import Job
from tests.support.sound import violations
from tests.support.story import a_business

FEE, TAX = 500_000, Decimal("1.075")
"""What is paid once, in minor units before tax; and what tax makes of an amount."""
STEP, PRICES = 1_000, 50
"""Prices (minor units) are so far from each other that tax on each of them is a whole number of them; so many."""
Period = tuple[uuid.UUID, date]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a period is billed on and comes to, in minor units with tax, and whose it is."""

    client_id: uuid.UUID
    bill_on: date
    end: date
    minor: int


@dataclass(frozen=True)
class Crowd:
    """A business with very many subscriptions, of which nothing was billed."""

    app: Flask
    business_id: uuid.UUID
    owner: Actor

    def today(self) -> date:
        return clock.today(get_business(self.business_id).timezone)

    def policy(self, **changes: object) -> None:
        """How the business wants to be billed for, besides what is usual."""
        row = queries.find_policy(self.business_id)
        values = replace(PolicyValues(), **changes)  # type: ignore[arg-type]
        service.change_policy(self.owner, values, version=row.version if row else 0, now=clock.now())
        db.session.remove()

    def start(self, as_of: date, by: Actor | None = None) -> uuid.UUID:
        """A run that the calendar starts, or somebody, who is to look at it then. Workers do it."""
        run_id = service.start_run(by or Actor.system(self.business_id), as_of, now=clock.now()).id
        db.session.remove()
        return run_id

    def state(self, run_id: uuid.UUID) -> str | None:
        db.session.rollback()
        return db.session.scalar(
            select(BillingRun.state).where(BillingRun.business_id == self.business_id, BillingRun.id == run_id)
        )

    def runs(self) -> list[BillingRun]:
        return self.rows(BillingRun)

    def rows(self, model: Any, *which: Any) -> list[Any]:
        """Everything of a kind that the business has, in the order of ids."""
        db.session.rollback()
        query = select(model).where(model.business_id == self.business_id, *which).order_by(model.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def count(self, model: Any, *which: Any) -> int:
        db.session.rollback()
        query = select(func.count()).select_from(model).where(model.business_id == self.business_id, *which)
        return db.session.scalar(query) or 0

    def at_work(self) -> list[str]:
        """The billing that a worker could do now, has in hand, or has given up."""
        db.session.rollback()
        mine = (Job.business_id == self.business_id, Job.task.like("billing.%"), Job.state != "done")
        waits = (Job.state == "ready") & (Job.due_at > clock.now())
        return list(db.session.scalars(select(Job.key + " " + Job.state + " " + Job.error).where(*mine, ~waits)))

    def expected(self, as_of: date) -> dict[Period, Expected]:
        """Every period that is to be billed by a day."""
        db.session.rollback()
        rows = list(db.session.scalars(select(Subscription).where(Subscription.business_id == self.business_id)))
        found: dict[Period, Expected] = {}
        for at in range(0, len(rows), 500):
            for one in queries.agreements(self.business_id, rows[at : at + 500]):
                due = sorted(periods(one.terms(), one.row.billed_from, as_of), key=lambda billed: billed.bill_on)
                for number, billed in enumerate(due):
                    key = (one.row.id, billed.period.start)
                    found[key] = _expected(one.row.client_id, one.items, billed, first=number == 0)
        db.session.rollback()
        return found


def _expected(client_id: uuid.UUID, items: Sequence[Any], billed: Billed, *, first: bool) -> Expected:
    assert billed.whole, "parts of periods would need their own arithmetic"
    each = sum((item.price for item in items if first or not item.once), Decimal(0))
    minor = each * 100 * TAX
    assert minor == int(minor)
    return Expected(client_id, billed.bill_on, billed.period.end, int(minor))


# -- making them -------------------------------------------------------------------------------------------------------


def a_crowd(app: Flask, count: int, today: date | None = None, **policy: object) -> Crowd:
    """A business with so many subscriptions: days, weeks and months, ahead and in arrears, some with a fee.

    Seven clients have ten of them. Messages wait for as long as they may, unless the policy says otherwise.
    """
    story = a_business(app, client_name="First")
    crowd = Crowd(app, story.business_id, story.owner)
    day = today or crowd.today()
    crowd.policy(**{"hold_hours": 72} | policy)
    kinds = _kinds(story.client_id, story.tax_id, day)
    first = create_client(crowd.owner, ClientValues("Subscriber", email="one@subscriber.example"), now=clock.now())
    clients = [first.id]
    patterns = [service.subscribe(crowd.owner, replace(kind, client_id=first.id), now=clock.now()).id for kind in kinds]
    db.session.remove()
    with writing():
        clients += _copied_clients(crowd.business_id, first.id, max(1, count * 7 // 10) - 1)
        _copy_subscriptions(crowd.business_id, patterns, clients, count)
    db.session.remove()
    _analyze()
    return crowd


def _kinds(client_id: uuid.UUID, tax_id: uuid.UUID, day: date) -> list[SubscriptionValues]:
    thing = ItemValues("Line", price=Decimal(1_000), tax_ids=(tax_id,))
    fee = ItemValues("Set-up", price=Decimal(FEE) / 100, tax_ids=(tax_id,), once=True)

    def kind(ago: int, *, fees: bool = False, **changes: Any) -> SubscriptionValues:
        starts = day - timedelta(days=ago)
        items = (thing, fee) if fees else (thing,)
        return SubscriptionValues(
            client_id, "Line", "NGN", starts, items, **{"anchor_day": starts.day, "terms_days": 7} | changes
        )

    last = day.replace(day=1) - timedelta(days=1)
    return [
        kind(0),
        kind(40),
        kind(0, fees=True),
        kind((day - last).days, anchor_day=31),
        kind(15, cycle_unit="week", anchor_day=None),
        kind(2, cycle_unit="day", anchor_day=None),
        kind(40, ahead=False, fees=True),
    ]


def _analyze() -> None:
    """Let PostgreSQL learn how many rows there are now, as it does by itself within a minute."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def _copied_clients(business_id: uuid.UUID, pattern: uuid.UUID, more: int) -> list[uuid.UUID]:
    columns = rest(Client, "id", "email")
    like = bulk.values(db.session.get_one(Client, (business_id, pattern)), columns)
    sheet, made = Sheet(Client, ("id", "email", *columns), business_id), list(islice(bulk.ids(), more))
    for number, id in enumerate(made):
        sheet.add((id, f"pay{number}@subscriber.example", *like))
    bulk.write([sheet])
    return [uuid.UUID(id) for id in made]


def _copy_subscriptions(
    business_id: uuid.UUID, patterns: Sequence[uuid.UUID], clients: Sequence[uuid.UUID], count: int
) -> None:
    """Copies of the patterns in turn, for the clients in turn, each with a price of its own."""
    whole, of_items = rest(Subscription, "id", "client_id"), rest(SubscriptionItem, "id", "subscription_id", "price")
    of_taxes = rest(SubscriptionItemTax, "id", "item_id")
    agreed = Sheet(Subscription, ("id", "client_id", *whole), business_id)
    things = Sheet(SubscriptionItem, ("id", "subscription_id", "price", *of_items), business_id)
    taxes = Sheet(SubscriptionItemTax, ("id", "item_id", *of_taxes), business_id)
    scaled = SubscriptionItem.__table__.c.price
    ids = bulk.ids()
    for number in range(len(patterns), count):
        pattern = patterns[number % len(patterns)]
        like = db.session.get_one(Subscription, (business_id, pattern))
        own = next(ids)
        agreed.add((own, clients[number % len(clients)].hex, *bulk.values(like, whole)))
        for item in _of(SubscriptionItem, business_id, SubscriptionItem.subscription_id == pattern):
            of_item = next(ids)
            price = item.price if item.once else Decimal(1_000) + Decimal(STEP * (number % PRICES)) / 100
            things.add((of_item, own, bulk.wired(scaled, price), *bulk.values(item, of_items)))
            for tax in _of(SubscriptionItemTax, business_id, SubscriptionItemTax.item_id == item.id):
                taxes.add((next(ids), of_item, *bulk.values(tax, of_taxes)))
    bulk.write([agreed, things, taxes])


def _of(model: Any, business_id: uuid.UUID, which: Any) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.business_id == business_id, which).order_by(model.id)))


# -- what must hold ----------------------------------------------------------------------------------------------------


def exactly_once(crowd: Crowd, as_of: date, *, together: bool = True) -> None:
    """Every period that is due by a day was billed once, for what was agreed, on the invoice of its own day.

    `together`: what a client has on one day is on one invoice, as it is where nobody billed a part of it by hand.
    """
    expected = crowd.expected(as_of)
    claims = crowd.rows(BilledPeriod, BilledPeriod.reversed_at.is_(None))
    times = Counter((claim.subscription_id, claim.period_start) for claim in claims)
    assert [key for key, often in times.items() if often > 1] == [], "billed more than once"
    assert set(times) - set(expected) == set(), "billed though it is not due"
    assert set(expected) - set(times) == set(), "not billed"
    billed = {
        (claim.subscription_id, claim.period_start): (claim.bill_on, claim.period_end, claim.total_minor)
        for claim in claims
    }
    assert billed == {key: (one.bill_on, one.end, one.minor) for key, one in expected.items()}
    invoices = _stand_on_invoices(crowd, expected, claims)
    if together:
        whose = Counter((row.client_id, row.issue_date) for row in invoices)
        assert [key for key, often in whose.items() if often > 1] == []
    assert crowd.count(RunEntry, RunEntry.state == "planned", RunEntry.kind != "gone") == 0
    assert violations(crowd.business_id) == []


def _stand_on_invoices(
    crowd: Crowd, expected: dict[Period, Expected], claims: Sequence[BilledPeriod]
) -> Collection[Invoice]:
    """The invoices are those of the claims; what was reversed is credited in full. Returns those that stand."""
    sums: Counter[uuid.UUID | None] = Counter()
    days: dict[uuid.UUID | None, set[tuple[uuid.UUID, date]]] = defaultdict(set)
    for claim in claims:
        one = expected[claim.subscription_id, claim.period_start]
        sums[claim.invoice_id] += one.minor
        days[claim.invoice_id].add((one.client_id, one.bill_on))
    invoices = crowd.rows(Invoice)
    standing = {row.id: row for row in invoices if row.id in sums}
    assert {row.id: row.total_minor for row in standing.values()} == sums
    assert {id: {(row.client_id, row.issue_date)} for id, row in standing.items()} == days
    others = [row for row in invoices if row.id not in sums]
    assert [row.number for row in others if row.credited_minor != row.total_minor] == [], "an invoice without periods"
    taken_back = crowd.rows(BilledPeriod, BilledPeriod.reversed_at.is_not(None), BilledPeriod.state == "billed")
    assert {row.id for row in others} == {claim.invoice_id for claim in taken_back}
    _without_gap(invoices)
    told = crowd.count(AuditEvent, AuditEvent.verb == "billed", AuditEvent.object_kind == "subscription")
    assert told == len(claims) + len(taken_back)
    return standing.values()


def _without_gap(invoices: Sequence[Invoice]) -> None:
    """The numbers of each year follow one another."""
    given: dict[int, list[str]] = defaultdict(list)
    for row in invoices:
        assert row.number is not None
        given[row.issue_date.year].append(row.number)
    for year, numbers in given.items():
        assert sorted(numbers) == sorted(f"INV-{year}-{n:04}" for n in range(1, len(numbers) + 1))


def audit_is_clean(crowd: Crowd) -> None:
    """`flask audit` finds nothing in the whole installation."""
    db.session.remove()
    found = crowd.app.test_cli_runner().invoke(args=["audit", "--all"])
    assert found.exit_code == 0, found.output
