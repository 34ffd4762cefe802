"""A business with plans and subscriptions whose billing runs a test drives by hand."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from app.billing import queries, service
from app.billing.models import BilledPeriod, BillingRun, RunEntry
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import run_posting, run_reversing, run_sending, running
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices.models import Invoice
from app.reports.checks import violations
from tests.support.tenants import Tenant

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
FIRST = date(2026, 3, 1)


def at(day: str, hour: int = 9) -> datetime:
    """That hour of a day, in UTC."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


class Runs:
    """One business with a plan of 10,000.00 a month, billed ahead on the first."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.owner, self.id = tenant, tenant.owner, tenant.business_id
        price = PriceValues("NGN", Decimal(10_000), date(2026, 1, 1))
        values = PlanValues("Home", anchor_day=1)
        self.plan = service.create_plan(self.owner, values, price, today=date(2026, 1, 1), now=NOW).id

    def client(self, name: str = "Zion Bakery", **changes: object) -> uuid.UUID:
        values = replace(ClientValues(name, email="pay@zion.example"), **changes)  # type: ignore[arg-type]
        return create_client(self.owner, values, now=NOW).id

    def subscribed(self, client: uuid.UUID | None = None, **changes: object) -> uuid.UUID:
        """A subscription to the plan from March on."""
        items = (ItemValues("Home", plan_id=self.plan),)
        values = SubscriptionValues(client or self.client(), "Home", "NGN", FIRST, items, anchor_day=1, terms_days=7)
        return service.subscribe(self.owner, replace(values, **changes), now=NOW).id  # type: ignore[arg-type]

    def policy(self, **changes: object) -> None:
        row = queries.find_policy(self.id)
        values = replace(PolicyValues(), **changes)  # type: ignore[arg-type]
        service.change_policy(self.owner, values, version=row.version if row else 0, now=NOW)

    def planned(self, as_of: str, now: datetime | None = None, *, by_person: bool = True) -> uuid.UUID:
        """A run that is planned to its end, started by the owner unless said."""
        actor = self.owner if by_person else type(self.owner).system(self.id)
        run = service.start_run(actor, date.fromisoformat(as_of), now=now or at(as_of), by_job=False)
        run_id = run.id
        while running.plan_next(self.id, run_id, now=now or at(as_of), by_job=False):
            pass
        return run_id

    def posted(self, as_of: str, now: datetime | None = None) -> uuid.UUID:
        """A run that is planned, approved and posted."""
        run_id = self.planned(as_of, now)
        self.approve(run_id, now or at(as_of))
        self.post(run_id, now or at(as_of))
        return run_id

    def approve(self, run_id: uuid.UUID, now: datetime) -> None:
        """Approve it, unless it approved itself."""
        if self.run(run_id).state == "review":
            service.approve(self.owner, run_id, version=None, looked=True, now=now)

    def post(self, run_id: uuid.UUID, now: datetime) -> None:
        while run_posting.post_next(self.id, run_id, now=now, by_job=False):
            pass

    def send(self, run_id: uuid.UUID, now: datetime) -> None:
        while run_sending.send_next(self.id, run_id, now=now, by_job=False):
            pass

    def reverse(self, run_id: uuid.UUID, now: datetime) -> None:
        service.reverse(self.owner, run_id, "Wrong prices", now=now)
        while run_reversing.reverse_next(self.id, run_id, now=now, by_job=False):
            pass

    def run(self, run_id: uuid.UUID) -> BillingRun:
        db.session.rollback()
        return queries.get_run(self.id, run_id)

    def entries(self, run_id: uuid.UUID) -> list[RunEntry]:
        db.session.rollback()
        query = select(RunEntry).where(RunEntry.business_id == self.id, RunEntry.run_id == run_id)
        return list(db.session.scalars(query.order_by(RunEntry.id)))

    def invoices(self) -> list[Invoice]:
        db.session.rollback()
        query = select(Invoice).where(Invoice.business_id == self.id, Invoice.number.is_not(None))
        return list(db.session.scalars(query.order_by(Invoice.issue_date, Invoice.number)))

    def claims(self) -> list[BilledPeriod]:
        db.session.rollback()
        query = select(BilledPeriod).where(BilledPeriod.business_id == self.id)
        return list(db.session.scalars(query.order_by(BilledPeriod.period_start, BilledPeriod.id)))

    def faults(self, now: datetime) -> list[str]:
        """What the audit has to say."""
        db.session.rollback()
        return [str(found.sentence) for found in violations([self.id], now)]
