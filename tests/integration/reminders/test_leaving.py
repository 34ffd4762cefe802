"""What waits in the outbox says what is true when it leaves, and people see what left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.auth.queries import timeline
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.messages import service as messages
from app.messages.channels.base import TransportError
from app.messages.channels.memory import MemoryChannel
from app.messages.models import Message

WHOLE, PART, LEFT = "₦3,225.00", 100_000, "₦2,225.00"


@pytest.fixture
def channel(days, app, monkeypatch) -> MemoryChannel:
    made = MemoryChannel()
    app.extensions["duely_mail"] = app.extensions["duely_texts"] = made
    monkeypatch.setattr("app.clock.now", lambda: days.now)
    days.change(send_receipts=False)
    return made


def only(days) -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.business_id == days.story.business_id)).one()


def pass_by(days, **span):
    days.now += timedelta(**span)
    days.deliver()


def test_a_part_that_was_paid_in_the_quiet_hours_is_not_asked_for(days, channel):
    days.now = days.now.replace(hour=21, minute=30) + timedelta(days=1)  # an hour later in Lagos
    days.change(quiet_from=20, quiet_until=8)
    invoice = days.invoice(3)
    assert days.sweep() == 1
    assert WHOLE in only(days).text
    days.story.payment(invoice, PART)
    days.deliver()
    assert channel.sent == []
    pass_by(days, hours=10)
    row, (mail,) = only(days), channel.sent
    assert (row.state, row.subject, row.text, row.html) == ("sent", mail.subject, mail.text, mail.html)
    assert LEFT in mail.subject
    assert LEFT in mail.text
    assert f"Amount due: {LEFT}" in mail.text
    assert "due in 2 days" in mail.text


def test_whoever_paid_all_of_it_is_left_alone(days, channel):
    invoice = days.invoice(0)
    days.sweep()
    days.story.payment(invoice, 322_500)
    days.deliver()
    assert (only(days).state, channel.sent) == ("cancelled", [])
    told = [event for event in timeline(days.story.business_id, "invoice", invoice) if event.verb == "not_needed"]
    assert [event.facts["reason"] for event in told] == ["Nothing was owed any more when it was about to leave."]


def test_a_part_that_was_paid_between_two_tries_is_not_asked_for(days, channel):
    channel.fail_next(TransportError("Try later.", permanent=False))
    invoice = days.invoice(0)
    days.sweep()
    days.deliver()
    days.story.payment(invoice, PART)
    pass_by(days, minutes=10)
    assert LEFT in channel.sent[0].text
    assert only(days).text == channel.sent[0].text


def test_what_may_be_out_already_is_repeated_word_for_word(days, channel):
    """Its repeat has the same Message-ID: whoever got the first throws the second away."""
    lost = TransportError("The mail server did not answer in time.", permanent=False)
    lost.maybe_out = True
    channel.fail_next(lost)
    invoice = days.invoice(0)
    days.sweep()
    days.deliver()
    before = only(days).text
    days.story.payment(invoice, PART)
    pass_by(days, minutes=10)
    assert WHOLE in before
    assert only(days).text == channel.sent[0].text == before


def test_an_invoice_that_waits_says_what_is_left_too(days, channel):
    values = replace(days.story.draft_values(), issue_date=days.today)
    invoice = invoices.create_draft(days.story.owner, values, now=days.now).id
    invoices.send(days.story.owner, invoice, now=days.now)
    days.story.payment(invoice, PART)
    days.deliver()
    assert LEFT in channel.sent[0].subject


def test_what_leaves_a_day_late_says_the_day_that_it_is(days, channel):
    days.invoice(0)
    days.sweep()
    days.pass_by(1)
    days.deliver()
    assert only(days).kind == "reminder_overdue"
    assert channel.sent[0].subject.startswith("Overdue by 1 day")


@pytest.mark.parametrize("channel_name", ["whatsapp", "sms"])
def test_a_text_says_what_is_left_and_so_do_the_variables_of_a_template(days, channel, channel_name):
    from tests.integration.delivery.conftest import PHONE

    days.invoice(0)
    days.sweep()
    with writing():
        row = only(days)
        row.channel, row.recipients = channel_name, [["Lekki Hub", PHONE]]
        row.client_id = None
    days.story.payment(row.object_id, PART)
    with writing():
        messages.begin_try(days.story.business_id, row.id, days.now)
    found = only(days)
    assert LEFT in found.text
    assert WHOLE not in found.text


def test_an_invoice_that_was_taken_back_before_it_left_does_not_count_as_sent(days, channel):
    values = replace(days.story.draft_values(), issue_date=days.today)
    invoice = invoices.create_draft(days.story.owner, values, now=days.now).id
    invoices.send(days.story.owner, invoice, now=days.now)
    invoices.void(days.story.owner, invoice, "By mistake", now=days.now)
    days.deliver()
    assert only(days).state == "cancelled"
    assert db.session.get(Invoice, (days.story.business_id, invoice)).sent_at is None
