"""One invoice, many who want to charge its card at the same moment: it is charged once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

from flask import Flask
from sqlalchemy import func, inspect, select

from app import clock, database, jobs
from app.errors import DuelyError
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.gateways.demo_store import DemoStore
from app.payments.models import Attempt, Payment, SavedCard
from app.payments.registry import demo_store
from app.payments.service import charge_now
from app.payments.service.charging import begin_due
from app.payments.tasks.cards import TASKS
from config import Config
from tests.integration.races.crowd import all_at_once, race_until_lost
from tests.support.story import Story, a_business

MANY = 12
STEP = "uq_attempt_step"


def no_locks() -> None:
    """Read without locks, and save without asking whether the row has changed."""
    database.LOCKS = False
    for model in (Invoice, Payment):
        inspect(model).version_id_col = None


def charge_it(story: Story, invoice_id: uuid.UUID, card_id: uuid.UUID, by_hand: bool) -> int:
    """Begin a charge, as staff or the schedule do, and help with whatever work is due."""
    with suppress(DuelyError):
        if by_hand:
            charge_now(story.owner, invoice_id, now=clock.now())
        else:
            args = {"invoice_id": str(invoice_id), "card_id": str(card_id), "step": 0}
            charge = TASKS["payments.charge"]
            context = jobs.Context(story.business_id, args, clock.now(), uuid.uuid4())
            asked = database.transactional(charge.prepare)(context)
            db.session.remove()
            if asked is not None:
                database.transactional(charge.record)(context, asked, charge.call(asked))
    db.session.remove()
    return jobs.run_due()


def crowd(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> None:
    """Half of them are the schedule, half staff."""
    story = a_business(app)
    card_id = story.saved_card()
    invoice_id = story.issued()
    business_id = story.business_id
    before = db.session.scalar(select(func.count()).select_from(Payment).where(Payment.business_id == business_id))
    bare = Story(None, business_id, story.owner, "", story.client_id, story.tax_id)  # type: ignore[arg-type]
    db.session.remove()
    pieces = [(bare, invoice_id, card_id, place % 2 == 0) for place in range(MANY)]
    outcomes = all_at_once(config, charge_it, pieces, disarm=disarm)
    db.session.remove()
    jobs.run_all()
    db.session.remove()
    assert not [outcome.error for outcome in outcomes if outcome.error]
    mine = (Attempt.business_id == business_id, Attempt.invoice_id == invoice_id)
    attempts = list(db.session.scalars(select(Attempt).where(*mine)))
    pages = [DemoStore(demo_store(config)).find_page(attempt.reference) for attempt in attempts]
    assert [page.state for page in pages if page] == ["paid"]
    after = db.session.scalar(select(func.count()).select_from(Payment).where(Payment.business_id == business_id))
    assert after == before + 1
    assert db.session.get_one(Invoice, (business_id, invoice_id), populate_existing=True).balance_minor == 0
    assert db.session.get_one(SavedCard, (business_id, card_id)).status == "active"
    db.session.remove()


def test_a_crowd_charges_the_card_once(app, config):
    crowd(app, config)


def test_without_locks_it_would_be_charged_more_often(app, config, drop_index):
    drop_index(STEP)
    assert race_until_lost(lambda: crowd(app, config, no_locks))


def test_one_step_of_the_schedule_has_one_attempt(app):
    story = a_business(app)
    card_id, invoice_id = story.saved_card(), story.issued()
    first = begin_due(story.business_id, invoice_id, card_id, 0, clock.now())
    assert begin_due(story.business_id, invoice_id, card_id, 0, clock.now()) == first
