"""A client with a subscription that changes: what happens to it, and what was billed."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.billing import service
from app.billing.models import SubscriptionItem
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.applying import change
from app.billing.service.billing import bill_client
from app.billing.service.changing import Outcome
from app.billing.service.wanting import Edit, ItemsWish, PlanWish, other_things, to_plan
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices.models import CreditNote, Invoice
from app.reports.checks import violations
from tests.support.tenants import Tenant

OPENED = datetime(2026, 1, 2, 9, tzinfo=UTC)
APRIL = date(2026, 4, 1)


def at(day: date | str) -> datetime:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


class Story:
    """A business with plans, and one client who has one of them from the first of April on."""

    def __init__(self, tenant: Tenant, *, taxed: bool = True, **changes: object) -> None:
        self.tenant, self.owner, self.business_id = tenant, tenant.owner, tenant.business_id
        vat = catalog.create_tax(tenant.owner, TaxValues("VAT", Decimal("7.5")), now=OPENED).id
        self.taxes = (vat,) if taxed else ()
        self.home, self.fast = self.plan("Home 20", 31_000, 5_000), self.plan("Home 50", 60_000, 8_000)
        self.address = self.plan("Fixed address", 3_000, kind="addon")
        self.client = create_client(tenant.owner, ClientValues("Zion", email="pay@zion.example"), now=OPENED).id
        values = SubscriptionValues(
            self.client, "Home", "NGN", APRIL, (ItemValues("Home 20", plan_id=self.home),), anchor_day=1, terms_days=7
        )
        self.id = service.subscribe(tenant.owner, replace(values, **changes), now=OPENED).id  # type: ignore[arg-type]

    def plan(self, name: str, price: int, setup: int = 0, **changes: object) -> uuid.UUID:
        values = replace(PlanValues(name, anchor_day=1, tax_ids=self.taxes), **changes)  # type: ignore[arg-type]
        cost = PriceValues("NGN", Decimal(price), OPENED.date(), Decimal(setup))
        return service.create_plan(self.owner, values, cost, today=OPENED.date(), now=OPENED).id

    def bill(self, as_of: str | date) -> list[Invoice]:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return bill_client(self.owner, self.client, day, send=False, now=at(day))

    def change(self, day: str, plan_id: uuid.UUID, since: str | None = None, **wish: object) -> Outcome:
        wanted = PlanWish(plan_id, date.fromisoformat(since or day), **wish)  # type: ignore[arg-type]
        return change(
            self.owner, self.id, lambda one, today: to_plan(self.business_id, one, wanted, today), now=at(day)
        )

    def edit(self, day: str, edits: dict[uuid.UUID, Edit], adds: dict[uuid.UUID, Decimal] | None = None,
             **wish: object) -> Outcome:  # fmt: skip
        wanted = ItemsWish(date.fromisoformat(day), edits, adds or {}, **wish)  # type: ignore[arg-type]
        return change(
            self.owner, self.id, lambda one, today: other_things(self.business_id, one, wanted, today), now=at(day)
        )

    def items(self) -> list[SubscriptionItem]:
        db.session.rollback()
        query = select(SubscriptionItem).where(SubscriptionItem.subscription_id == self.id)
        return list(db.session.scalars(query.order_by(SubscriptionItem.since, SubscriptionItem.id)))

    def notes(self) -> list[tuple[str, int]]:
        db.session.rollback()
        query = select(CreditNote).where(CreditNote.business_id == self.business_id).order_by(CreditNote.issued_at)
        return [(note.reason, note.total_minor) for note in db.session.scalars(query)]

    def invoices(self) -> list[Invoice]:
        db.session.rollback()
        query = select(Invoice).where(Invoice.business_id == self.business_id)
        return list(db.session.scalars(query.order_by(Invoice.issue_date, Invoice.id)))

    def lines(self, invoice: Invoice) -> list[tuple[str, str, int]]:
        stored = invoices.contents(self.business_id, invoice.id).lines
        return [(line.title, line.detail, line.total_minor) for line in stored]

    def faults(self) -> list[str]:
        db.session.rollback()
        return [str(found.sentence) for found in violations([self.business_id], at("2026-07-01"))]

    def net(self) -> int:
        """What was billed less what was given back, in minor units."""
        db.session.rollback()
        billed = select(func.coalesce(func.sum(Invoice.total_minor), 0))
        back = select(func.coalesce(func.sum(CreditNote.total_minor), 0))
        return int(db.session.scalar(billed.where(Invoice.business_id == self.business_id)) or 0) - int(
            db.session.scalar(back.where(CreditNote.business_id == self.business_id)) or 0
        )
