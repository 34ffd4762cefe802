"""What a provider would not take for one reader delays that message alone; everybody else's leaves at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.extensions import db
from app.messages import service
from app.messages.channels import twilio_errors
from app.messages.channels.base import TransportError
from app.messages.channels.smtp import SmtpChannel
from app.messages.models import Message
from app.messages.rules import About, Face
from app.messages.service import breaker
from tests.contracts.smtp_server import SmtpServer, run_smtp_server
from tests.contracts.test_channels import settings_for
from tests.support.story import Story, a_business

FULL, GOOD = "full@lekki.example", "ada@savannah.example"
REPLIES = ["450 4.2.0 Greylisted", "451 4.7.1 Try again", "452 4.2.2 Over quota"]


@pytest.fixture
def server(office, app, tmp_path: Path) -> Iterator[SmtpServer]:
    with run_smtp_server(tmp_path) as running:
        app.extensions["duely_mail"] = SmtpChannel(settings_for(running))
        yield running


def write(office, story: Story, channel: str, to: str):
    made = service.dispatch(
        story.business_id, About("invoice"), [Face(channel, (("", to),), "Hello.", "Hello")], now=office.now
    )
    db.session.remove()
    return story.business_id, made.id


def state(message) -> str:
    db.session.rollback()
    return db.session.get_one(Message, message).state


@pytest.mark.parametrize("reply", REPLIES)
def test_twenty_messages_to_a_full_mailbox_hold_up_nobody_elses_mail(office, app, server, reply):
    server.at_recipient[FULL] = reply
    waiting = [write(office, office.story, "email", FULL) for _ in range(20)]
    for _ in range(4):
        office.run(wait=30)
    good = write(office, a_business(app, "Savannah Coffee"), "email", GOOD)
    office.run(wait=1)
    assert state(good) == "sent"
    assert {state(one) for one in waiting} == {"queued"}
    server.at_recipient.clear()
    office.run(wait=150)
    assert {state(one) for one in waiting} == {"sent"}


def test_a_server_that_closes_at_the_recipient_is_ill_and_is_left_alone(office, server):
    server.at_recipient[FULL] = "421 4.3.2 Closing"
    for _ in range(breaker.FAILURES):
        write(office, office.story, "email", FULL)
    office.run()
    late = write(office, office.story, "email", GOOD)
    office.run(wait=1)
    assert state(late) == "queued"


@pytest.mark.parametrize(("code", "held_up"), [(30003, False), (30008, False), (30001, True), (20003, True)])
def test_a_telephone_that_is_off_holds_up_no_other(office, code, held_up):
    office.texts.fail_next(*[twilio_errors.explain(400, code, "") for _ in range(20)])
    for _ in range(20):
        write(office, office.story, "sms", "+2348031234567")
    office.run()
    waits = breaker.wait("sms", office.now)
    db.session.rollback()
    assert (waits > 0) is held_up


def test_a_try_that_shows_the_server_well_lets_the_others_go_on(office, app):
    """Its pause over, the breaker lets one through, which is refused for its reader: the server answered."""
    ill = TransportError("The mail server did not answer in time.", permanent=False)
    full = TransportError("The mailbox is full.", permanent=False, about_one=True)
    office.mail.fail_next(*[ill] * breaker.FAILURES, full)
    for _ in range(breaker.FAILURES):
        write(office, office.story, "email", FULL)
    office.run()
    office.run(wait=(breaker.PAUSE + timedelta(seconds=110)).total_seconds())
    good = write(office, a_business(app, "Savannah Coffee"), "email", GOOD)
    office.run(wait=1)
    assert state(good) == "sent"
