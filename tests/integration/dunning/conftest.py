"""A business with a ladder that ends in a suspension, whose days can be walked through."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.billing import service as billing
from app.billing.models import DunningBatch, DunningCut, Subscription
from app.billing.queries.dunning_policies import policy_of
from app.billing.rules.dunning import Terms
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client
from app.billing.service.cutting import carry_out
from app.billing.service.dunning_policies import set_policy
from app.clients import service as clients
from app.clients.rules import ClientValues, ContactValues
from app.database import writing
from app.extensions import db
from app.messages import service as messages
from app.messages.models import Message
from app.money import Money
from app.payments import service as payments
from app.reminders import service as reminders
from app.reminders.rules import ActValues
from app.reminders.service.daily import sweep_and_go_on
from tests.support.story import Story, a_business

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open, so that a test may call services; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@dataclass
class Office:
    """A business that cuts services, and the day it is there. Nothing falls on a day off, and every day may cut."""

    story: Story
    now: datetime
    plan_id: uuid.UUID | None = None
    made: int = 0
    terms: Terms = field(default_factory=lambda: Terms(enabled=True, quiet_days="", warning_days=3, breaker_count=50))

    @property
    def id(self) -> uuid.UUID:
        return self.story.business_id

    @property
    def today(self) -> date:
        return self.now.date()

    def pass_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    def change(self, **columns: Any) -> None:
        with writing():
            db.session.execute(update(Business).where(Business.id == self.id).values(**columns))

    def policy(self, **changes: Any) -> None:
        """Write the policy of the business anew."""
        self.terms = replace(self.terms, **changes)
        row = policy_of(self.id)
        set_policy(self.story.owner, self.terms, row.version if row else 0, now=self.now)
        db.session.remove()

    def client(self, *tags: str) -> uuid.UUID:
        self.made += 1
        contact = ContactValues(name="Ada", email=f"ada{self.made}-{uuid.uuid4().hex[:6]}@example.com")
        values = ClientValues(name=f"Client {self.made}", contacts=(contact,), tags=tags)
        return clients.create_client(self.story.owner, values, now=self.now).id

    def subscribe(self, client_id: uuid.UUID | None = None) -> uuid.UUID:
        """A subscription from today on, payable at once."""
        if self.plan_id is None:
            price = PriceValues("NGN", Decimal(10_000), self.today, Decimal(0))
            values = PlanValues("Home 20 Mbps")
            self.plan_id = billing.create_plan(self.story.owner, values, price, today=self.today, now=self.now).id
        thing = ItemValues("Home 20 Mbps", plan_id=self.plan_id)
        values = SubscriptionValues(client_id or self.story.client_id, "Home", "NGN", self.today, (thing,))
        made = billing.subscribe(self.story.owner, replace(values, terms_days=0), now=self.now)
        return made.id

    def bill(self, client_id: uuid.UUID | None = None) -> uuid.UUID:
        """The invoice of what is due of a client by today."""
        whose = client_id or self.story.client_id
        [invoice] = bill_client(self.story.owner, whose, self.today, send=False, now=self.now)
        return invoice.id

    def customer(self, *tags: str) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
        """(client, subscription, invoice due today)."""
        client_id = self.client(*tags)
        subscription_id = self.subscribe(client_id)
        return client_id, subscription_id, self.bill(client_id)

    def step(self, kind: str, days: int, **more: Any) -> uuid.UUID:
        step = reminders.add_act(self.story.owner, ActValues(kind, days, **more), now=self.now)
        return step.id

    def pay(self, invoice_id: uuid.UUID, minor: int) -> None:
        money = Money(minor, "NGN")
        payments.record_payment(self.story.owner, invoice_id, money, "transfer", self.today, now=self.now)
        db.session.remove()

    def sweep(self) -> None:
        """The daily sweep, and whatever it decided carried out."""
        sweep_and_go_on(self.id, self.now, "")
        for batch in self.batches():
            carry_out(self.id, batch.id, self.now)
        db.session.remove()

    def accept(self) -> None:
        """A provider accepts everything that waits in the outbox, now."""
        mine = (Message.business_id == self.id, Message.state == "queued")
        for message_id in list(db.session.scalars(select(Message.id).where(*mine))):
            messages.accepted(self.id, message_id, f"p-{message_id}", self.now)
        db.session.remove()

    def walk(self, days: int) -> None:
        """So many days with a sweep each, everything that is sent being accepted."""
        for _ in range(days):
            self.pass_by(1)
            self.sweep()
            self.accept()

    def kinds(self) -> list[str]:
        """The kinds of messages that were written, in order."""
        query = select(Message.kind).where(Message.business_id == self.id).order_by(Message.id)
        return list(db.session.scalars(query))

    def batches(self) -> list[DunningBatch]:
        query = select(DunningBatch).where(DunningBatch.business_id == self.id)
        return list(db.session.scalars(query.order_by(DunningBatch.on_day)))

    def cuts(self) -> list[tuple[str, str]]:
        """(kind, state) of every cut, in order."""
        db.session.rollback()
        query = select(DunningCut).where(DunningCut.business_id == self.id).order_by(DunningCut.id)
        return [(row.kind, row.state) for row in db.session.scalars(query)]

    def suspended(self, subscription_id: uuid.UUID) -> bool:
        db.session.rollback()
        return db.session.get_one(Subscription, (self.id, subscription_id)).suspended_at is not None


def begin(app: Flask, name: str = "Harmattan Fibre") -> Office:
    office = Office(a_business(app, name), MONDAY)
    office.change(reminders=True, workdays="1234567", quiet_from=0, quiet_until=0, timezone="UTC")
    office.policy()
    return office


@pytest.fixture
def office(app: Flask) -> Office:
    return begin(app)


@pytest.fixture
def theirs(app: Flask) -> Office:
    """Another business, whose things are nobody else's."""
    return begin(app, "Savannah Coffee")


def lived(office: Office, days: int) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A customer whose invoice is due so many days before today by the real clock, which pages go by."""
    office.now = clock.now() - timedelta(days=days)
    office.step("suspend", 10)
    found = office.customer()
    office.walk(days)
    return found
