"""A form is sent several times at the same moment: one plan comes of it, and one price."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth.models import AuditEvent
from app.auth.rules import Actor
from app.billing import service
from app.billing.models import Plan, PlanPrice
from app.billing.rules.plans import PlanValues, PriceValues
from app.extensions import db
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_payments import no_locks
from tests.support.story import Story, a_business

TIMES = 12


def make(actor: Actor, form_id: uuid.UUID) -> str:
    """Press "Make the plan"."""
    today = clock.today("Africa/Lagos")
    price = PriceValues("NGN", Decimal(15_000), today)
    values = PlanValues("Home 20 Mbps")
    return str(service.create_plan(actor, values, price, today=today, now=clock.now(), plan_id=form_id).id)


def price_it(actor: Actor, plan_id: uuid.UUID) -> str:
    """Press "Set the price"."""
    today = clock.today("Africa/Lagos")
    price = PriceValues("NGN", Decimal(18_000), today + timedelta(days=9))
    return str(service.set_price(actor, plan_id, price, today=today, now=clock.now()).id)


def forget_forms() -> None:
    """Take every form for a new one."""
    service.plans._says_the_same = lambda *_: False  # type: ignore[attr-defined]


def made_at_once(
    app: Flask, config: Config, disarm: Callable[[], None] | None = None
) -> tuple[Story, uuid.UUID, list[Outcome]]:
    """The same form of a new plan, many times."""
    story, form_id = a_business(app), uuid.uuid4()
    db.session.remove()
    return story, form_id, all_at_once(config, make, [(story.owner, form_id)] * TIMES, processes=6, disarm=disarm)


def check_made(story: Story, form_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert {outcome.value for outcome in outcomes} == {str(form_id)}
    assert (count(story, Plan), count(story, PlanPrice)) == (1, 1)


def priced_at_once(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> tuple[Story, list[Outcome]]:
    """The same price of one plan, many times."""
    story = a_business(app)
    plan_id = story.plan()
    db.session.remove()
    return story, all_at_once(config, price_it, [(story.owner, plan_id)] * TIMES, processes=6, disarm=disarm)


def check_priced(story: Story, outcomes: list[Outcome]) -> None:
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert len({outcome.value for outcome in outcomes}) == 1
    assert count(story, PlanPrice) == 2
    told = (AuditEvent.business_id == story.business_id, AuditEvent.verb == "priced")
    assert db.session.scalar(select(func.count()).select_from(AuditEvent).where(*told)) == 1


def count(story: Story, model: type[Plan] | type[PlanPrice]) -> int:
    db.session.remove()
    return db.session.scalar(select(func.count()).select_from(model).where(model.business_id == story.business_id)) or 0


def test_a_form_that_is_sent_many_times_makes_one_plan(app: Flask, config: Config) -> None:
    check_made(*made_at_once(app, config))


def test_without_knowing_the_form_again_it_makes_several(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check_made(*made_at_once(app, config, disarm=forget_forms)))


def test_a_price_that_is_set_many_times_is_one(app: Flask, config: Config) -> None:
    check_priced(*priced_at_once(app, config))


def test_without_the_lock_it_is_set_several_times_or_something_breaks(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check_priced(*priced_at_once(app, config, disarm=no_locks)))
