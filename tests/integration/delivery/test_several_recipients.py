"""A mail to several people of whom the server takes some: the others are tried again alone, and the ledger says who."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select

from app.auth.queries import timeline
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.messages import service
from app.messages.channels.smtp import SmtpChannel
from app.messages.models import Message
from app.messages.rules import About, Face
from tests.contracts.smtp_server import SmtpServer, run_smtp_server
from tests.contracts.test_channels import settings_for

ADA, BEN, CHI = "ada@lekki.example", "ben@lekki.example", "chi@lekki.example"
LATER, NEVER = "451 4.7.1 Greylisted, try again", "550 5.1.1 No such user"


@pytest.fixture
def server(office, app, tmp_path: Path) -> Iterator[SmtpServer]:
    with run_smtp_server(tmp_path) as running:
        app.extensions["duely_mail"] = SmtpChannel(settings_for(running))
        yield running


def write(office, *addresses: str):
    faces = [
        Face("email", tuple(("", one) for one in addresses), "Hello.", "Hello", unsubscribe="https://a.example/u/")
    ]
    faces.append(Face("sms", (("Lekki", "+2348031234567"),), "Hello."))
    invoice = office.story.issued()
    about = About("card_problem", "invoice", invoice, office.story.client_id)
    made = service.dispatch(office.story.business_id, about, faces, now=office.now)
    db.session.remove()
    return made.id, invoice


def ledger(office) -> list[tuple[list[str], str]]:
    """(addresses, state) of each message, in order."""
    db.session.rollback()
    mine = select(Message).where(Message.business_id == office.story.business_id).order_by(Message.id)
    return [([to for _, to in row.recipients], row.state) for row in db.session.scalars(mine)]


def test_who_was_refused_for_now_gets_it_later_and_nobody_twice(office, server):
    server.at_recipient[BEN] = LATER
    first, invoice = write(office, ADA, BEN, CHI)
    office.run()
    assert server.recipients == [[ADA, CHI]]
    assert ledger(office) == [([ADA, CHI], "sent"), ([BEN], "queued")]
    assert f"not to {BEN}" in office.get(first).reason
    office.run(wait=70)
    assert ledger(office)[1] == ([BEN], "queued")
    server.at_recipient.clear()
    office.run(wait=300)
    assert server.recipients == [[ADA, CHI], [BEN]]
    assert ledger(office) == [([ADA, CHI], "sent"), ([BEN], "sent")]
    one, two = (message_from_bytes(raw) for raw in server.delivered)
    assert one["Message-ID"] != two["Message-ID"]
    assert one["List-Unsubscribe"] == two["List-Unsubscribe"]
    for _ in range(3):
        office.run(wait=3600)
    assert len(server.delivered) == 2
    events = timeline(office.story.business_id, "invoice", invoice)
    assert [event.verb for event in events][:2] == ["sent", "sent"]


def test_who_is_refused_for_good_is_named_and_not_tried_again(office, server):
    server.at_recipient |= {BEN: NEVER, CHI: LATER}
    first, _ = write(office, ADA, BEN, CHI)
    office.run()
    server.at_recipient.pop(CHI)
    office.run(wait=300)
    assert server.recipients == [[ADA], [CHI]]
    assert ledger(office) == [([ADA, BEN], "sent"), ([CHI], "sent")]
    assert f"not to {BEN}: The mailbox does not exist." in office.get(first).reason


def test_who_is_refused_for_a_day_is_given_up_and_no_text_goes_out_to_those_who_have_it(office, server):
    server.at_recipient[BEN] = LATER
    write(office, ADA, BEN)
    for _ in range(30):
        office.run(wait=3600)
    assert ledger(office) == [([ADA], "sent"), ([BEN], "failed")]
    assert (server.recipients, office.texts.texts) == ([[ADA]], [])


def test_each_of_the_two_messages_leads_to_the_other(office, server):
    server.at_recipient[BEN] = LATER
    first, _ = write(office, ADA, BEN)
    office.run()
    second = office.get(first).extras["rest"]
    browser = office.story.visitor("viewer")
    page = browser.get(f"/messages/{first}/").text
    assert f"/messages/{second}/" in page
    assert BEN in page
    assert f"/messages/{first}/" in browser.get(f"/messages/{second}/").text


def test_what_is_tried_again_for_one_is_not_once_the_invoice_is_void(office, server):
    server.at_recipient[BEN] = LATER
    draft = office.story.draft()
    message = invoices.send(office.story.owner, draft, now=office.now)
    with writing():
        row = office.get(message.id)
        row.recipients = [*row.recipients, ["", BEN]]
    office.run()
    invoices.void(office.story.owner, draft, "By mistake", now=office.now)
    server.at_recipient.clear()
    office.run(wait=300)
    assert [state for _, state in ledger(office)] == ["sent", "cancelled"]
