"""News of one lost dispute, and one click that matches held money, many times at the same moment: booked once."""

from __future__ import annotations

import uuid

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments.gateways.base import CheckoutRequest, Verification
from app.payments.gateways.demo_store import DemoStore
from app.payments.gateways.moneyback import Dispute as Told
from app.payments.models import Dispute, Payment, Refund
from app.payments.queries import held
from app.payments.registry import demo_store, open_gateway
from app.payments.service import hold, match_held, verify_now
from app.payments.service.disputes import settle_dispute
from app.payments.service.matching import Target
from config import Config
from tests.integration.races.crowd import all_at_once
from tests.support.sound import violations
from tests.support.story import Story, a_business

MANY = 12
DUE = 322_500


def lose(business_id: uuid.UUID, reference: str, state: str) -> None:
    """One more piece of news about the dispute."""
    resolution = "accepted" if state == "resolved" else None
    told = Told(state, "77", reference, DUE, "NGN", resolution=resolution)  # type: ignore[arg-type]
    settle_dispute(business_id, "demo", "77", told, now=clock.now())


def match(story: Story, held_id: uuid.UUID, invoice_id: uuid.UUID) -> uuid.UUID:
    """One more click."""
    return match_held(story.owner, held_id, Target("invoice", invoice_id), now=clock.now()).id


def count(model: type, story: Story) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(model.business_id == story.business_id)) or 0


def balance(story: Story, invoice_id: uuid.UUID) -> int:
    return db.session.get_one(Invoice, (story.business_id, invoice_id), populate_existing=True).balance_minor


def test_a_lost_dispute_is_booked_once_whatever_comes_at_the_same_moment(app: Flask, config: Config):
    story = a_business(app)
    invoice_id = story.issued()
    click = story.attempt(invoice_id)
    story.pay_at_bank(click)
    verify_now(story.business_id, click.id, now=clock.now())
    db.session.remove()
    states = ["awaiting_us", "resolved", "resolved"]
    pieces = [(story.business_id, click.reference, states[place % 3]) for place in range(MANY)]
    outcomes = all_at_once(config, lose, pieces)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert (count(Dispute, story), count(Refund, story)) == (1, 1)
    assert balance(story, invoice_id) == DUE
    assert violations(story.business_id) == []


def test_held_money_is_matched_once(app: Flask, config: Config):
    story = a_business(app)
    invoice_id = story.issued()
    bank = open_gateway(story.business_id, "demo")
    assert bank is not None
    bank.start(CheckoutRequest("elsewhere-1", Money(DUE, "NGN"), "a@b.example", "Paid elsewhere", "", ""))
    store = DemoStore(demo_store(config))
    page = store.find_page("elsewhere-1")
    assert page is not None
    store.settle(page, "succeed")
    answer = Verification("succeeded", "elsewhere-1", DUE, "NGN", "test")
    hold(story.business_id, "demo", "elsewhere-1", answer, "Nobody knows this reference.", now=clock.now())
    held_id = held(story.business_id)[0].id
    bare = Story(None, story.business_id, story.owner, "", story.client_id, story.tax_id)  # type: ignore[arg-type]
    db.session.remove()
    outcomes = all_at_once(config, match, [(bare, held_id, invoice_id)] * MANY)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert len({outcome.value for outcome in outcomes}) == 1
    assert count(Payment, story) == 1
    assert balance(story, invoice_id) == 0
    assert violations(story.business_id) == []
