"""The business opens in the town: its clock, its settings, what it offers, and its router."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.auth.queries import get_business
from app.auth.service import business
from app.billing import service as billing
from app.billing.rules.control import RouterValues
from app.billing.rules.dunning import Terms
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.runs import PolicyValues
from app.billing.service.dunning_policies import set_policy
from app.billing.service.routers import connect_router
from app.extensions import db
from app.payments.service import accounts
from app.reminders import service as reminders
from app.reminders.rules import ActValues
from tests.contracts.fake_paystack import TEST_KEY
from tests.contracts.fake_routeros import PASSWORD, USER, FakeRouterOS
from tests.integration.billing.year.cast import OFFERS, OPENED
from tests.support.story import Story, a_business

LAGOS = ZoneInfo("Africa/Lagos")
LADDER = (
    ActValues("late_fee", 7, "NGN", fee_minor=50_000),
    ActValues("throttle", 12),
    ActValues("suspend", 20),
    ActValues("cancel", 75),
)
"""What follows the usual reminders, by days after the due date."""


class Clock:
    """The only clock there is: everybody's `now` is what stands here."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = at(OPENED, 9)
        patch.setattr("app.clock.now", lambda: self.now)
        patch.setattr("app.clock.today", lambda zone: self.now.astimezone(ZoneInfo(zone)).date())


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the business's clock."""
    return datetime.combine(day, time(hour, minute), LAGOS).astimezone(UTC)


def open_business(app: Flask, clock: Clock) -> Story:
    """The business opens: keys of a payment company, cards are charged when they are due, reminders go out."""
    story = a_business(app)
    accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now)
    settings = {
        "reminders": True,
        "charge_cards": "due",
        "apply_credit": True,
        "workdays": "1234567",
        "number_yearly": False,
        "number_pattern": "INV-{0000}",
    }
    business.change_settings(story.owner, settings, get_business(story.business_id).version, clock.now)
    reminders.begin_ladder(story.owner, now=clock.now)
    for step in LADDER:
        reminders.add_act(story.owner, step, now=clock.now)
    billing.change_policy(story.owner, PolicyValues(hold_hours=2), version=0, now=clock.now)
    set_policy(story.owner, Terms(enabled=True, promises_a_year=12), 0, now=clock.now)
    db.session.remove()
    return story


def offer_plans(story: Story, clock: Clock) -> dict[str, uuid.UUID]:
    made = {}
    for code, offer in OFFERS.items():
        values = PlanValues(
            offer.name,
            kind=offer.kind,
            code=code,
            cycle_unit=offer.unit,
            cycle_count=offer.count,
            ahead=offer.ahead,
            tax_ids=(story.tax_id,),
        )
        price = PriceValues(offer.currency, offer.price, OPENED, offer.once)
        made[code] = billing.create_plan(story.owner, values, price, today=OPENED, now=clock.now).id
    db.session.remove()
    return made


def connect(story: Story, clock: Clock, router: FakeRouterOS) -> uuid.UUID:
    """The business has one router."""
    values = RouterValues("Core", "routeros", "127.0.0.1", router.port, USER)
    return connect_router(story.owner, values, PASSWORD, now=clock.now).id
