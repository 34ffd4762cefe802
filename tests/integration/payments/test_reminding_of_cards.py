"""Who has a saved card is not told that an invoice is due today seconds before the card is charged for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.database import writing
from app.extensions import db
from app.messages.models import Message
from app.reminders import service
from tests.integration.payments.kept import next_invoice, noon, sweep
from tests.support.story import charge_saved_cards


@pytest.fixture
def reminding(offered):
    """The business reminds by the usual ladder, on every day and at every hour."""
    changes = {"reminders": True, "workdays": "1234567", "quiet_from": 0, "quiet_until": 0}
    with writing():
        mine = update(Business).where(Business.id == offered.story.business_id)
        db.session.execute(mine.values(**changes))
    service.begin_ladder(offered.story.owner, now=clock.now())
    db.session.remove()
    return offered


def remind(customer, days=0):
    """The daily sweep at noon; the kinds of all reminders there are by then."""
    service.sweep(customer.story.business_id, noon(days))
    db.session.remove()
    mine = (Message.business_id == customer.story.business_id, Message.kind.startswith("reminder"))
    return list(db.session.scalars(select(Message.kind).where(*mine).order_by(Message.id)))


@pytest.mark.engines("sqlite", "postgresql")
def test_nobody_is_told_it_is_due_before_their_card_is_charged_for_it(reminding, paystack, card):
    next_invoice(reminding)
    assert remind(reminding) == []
    sweep(reminding)
    assert remind(reminding) == []


def test_once_the_card_was_declined_they_are_told(reminding, paystack, card):
    card.again = "failed"
    next_invoice(reminding)
    assert remind(reminding) == []
    sweep(reminding)
    assert remind(reminding) == ["reminder_due"]


def test_a_card_that_is_never_charged_holds_up_no_later_reminder(reminding, paystack, card):
    next_invoice(reminding)
    assert [remind(reminding, days) for days in (0, 1, 3)] == [[], [], ["reminder_overdue"]]


def test_where_cards_are_not_charged_by_themselves_it_goes_out_as_ever(reminding, paystack, card):
    next_invoice(reminding)
    charge_saved_cards(reminding.story, "off")
    assert remind(reminding) == ["reminder_due"]
