"""A business with the usual ladder, whose days can be walked through."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.jobs import run_all
from app.messages.models import Message
from app.reminders import service
from app.reminders.models import Reminder
from tests.support.story import Story, a_business


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open, so that a test may call services; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@dataclass
class Days:
    """A business and the day it is there; nothing falls on a day off."""

    story: Story
    now: datetime

    @property
    def today(self) -> date:
        return clock.day_in(self.now, "Africa/Lagos")

    def invoice(self, days_to_due: int, price: str = "1500.00") -> uuid.UUID:
        """An invoice issued today, due so many days from now."""
        values = replace(self.story.draft_values(price), issue_date=self.today, terms_days=days_to_due)
        made = invoices.create_draft(self.story.owner, values, now=self.now)
        invoices.issue(self.story.owner, made.id, now=self.now)
        db.session.remove()
        return made.id

    def pass_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    def sweep(self) -> int:
        """One sweep over everything; how many went out."""
        sent, after = 0, None
        while True:
            swept = service.sweep(self.story.business_id, self.now, after)
            db.session.remove()
            sent, after = sent + swept.sent, swept.after
            if after is None:
                return sent

    def messages(self) -> list[tuple[str, str, str]]:
        """(kind, channel, state) of each message, in order."""
        db.session.rollback()
        rows = db.session.scalars(
            select(Message).where(Message.business_id == self.story.business_id).order_by(Message.id)
        )
        return [(row.kind, row.channel, row.state) for row in rows]

    def outcomes(self, invoice_id: uuid.UUID) -> dict[int, str]:
        """{days: outcome} of an invoice's steps that are over."""
        from app.reminders.models import LadderStep

        db.session.rollback()
        query = select(LadderStep.days, Reminder.outcome).join(
            LadderStep, (LadderStep.business_id == Reminder.business_id) & (LadderStep.id == Reminder.step_id)
        )
        return dict(db.session.execute(query.where(Reminder.invoice_id == invoice_id)).all())  # type: ignore[arg-type]

    def change(self, **columns: Any) -> None:
        """Set columns of the business."""
        with writing():
            db.session.execute(update(Business).where(Business.id == self.story.business_id).values(**columns))

    def deliver(self) -> None:
        run_all()
        db.session.remove()


def begin(app: Flask, name: str = "Harmattan Fibre") -> Days:
    story = a_business(app, name)
    days = Days(story, clock.now())
    days.change(reminders=True, workdays="1234567", quiet_from=0, quiet_until=0)
    service.begin_ladder(story.owner, now=days.now)
    db.session.remove()
    return days


@pytest.fixture
def days(app: Flask) -> Days:
    """The business a test is about, with the usual ladder: 3 days before, on the day, 3, 10 and 21 after."""
    return begin(app)


@pytest.fixture
def theirs(app: Flask) -> Days:
    """Another business, whose things are nobody else's."""
    return begin(app, "Savannah Coffee")
