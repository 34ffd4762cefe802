"""A customer's card that is kept at the pretended Paystack, and what became of charging it."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from app import clock
from app.auth.models import AuditEvent
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.jobs import run_all
from app.jobs.models import Job
from app.payments.service.sweeping import plan_charges
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.books import Card
from tests.integration.portal.conftest import Customer

DUE = 322_500


def keep(customer: Customer, paystack: FakePaystack) -> Card:
    customer.pay(keep_card="y")
    reference = customer.attempts()[-1].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    found = paystack.transactions[(TEST_KEY, reference)].card
    assert found is not None
    db.session.rollback()
    return found


def rows(model: Any, customer: Customer) -> list[Any]:
    db.session.rollback()
    query = select(model).where(model.business_id == customer.story.business_id).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def noon(days: int = 0) -> datetime:
    """Midday at the business, so many days from today."""
    wall = clock.now().astimezone(ZoneInfo("Africa/Lagos"))
    return wall.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def next_invoice(customer: Customer) -> uuid.UUID:
    """Another invoice, issued after the consent and due today."""
    story = customer.story
    values = dataclasses.replace(story.draft_values(), terms_days=0)
    invoice_id = invoices.create_draft(story.owner, values, now=clock.now()).id
    invoices.issue(story.owner, invoice_id, now=clock.now())
    return invoice_id


def sweep(customer: Customer, days: int = 0) -> None:
    """The hour strikes at noon, so many days from now; what was tried before was tried so many days earlier."""
    plan_charges(customer.story.business_id, noon(days))
    work()


def work() -> None:
    db.session.remove()
    run_all()
    db.session.remove()


def all_due() -> None:
    """Time passes: whatever is planned is due, and is done."""
    with writing():
        db.session.execute(update(Job).where(Job.state == "ready").values(due_at=clock.now()))
    work()


def invoice(customer: Customer, invoice_id: uuid.UUID) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, (customer.story.business_id, invoice_id), populate_existing=True)


def charged(paystack: FakePaystack) -> list[Any]:
    """What Paystack was asked to charge again."""
    return [call.body for call in paystack.journal if call.path == "/transaction/charge_authorization"]


def verbs(customer: Customer, kind: str, object_id: uuid.UUID) -> list[str]:
    mine = (AuditEvent.business_id == customer.story.business_id, AuditEvent.object_kind == kind)
    query = select(AuditEvent.verb).where(*mine, AuditEvent.object_id == object_id).order_by(AuditEvent.id)
    return list(db.session.scalars(query))
