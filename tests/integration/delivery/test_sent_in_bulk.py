"""Invoices sent by the thousand: the same messages as one by one, though each is worded only when it leaves."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path

import pytest
from sqlalchemy import select

from app.auth.models import AuditEvent, Link
from app.auth.rules import Actor, NotVerified
from app.clients.queries import reach
from app.clients.rules import ClientValues, ContactValues
from app.clients.service import create_client, set_channels
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import NobodyToSendTo
from app.jobs.models import Job
from app.messages import service
from app.messages.channels.base import TransportError
from app.messages.channels.smtp import SmtpChannel
from app.messages.models import Message
from app.messages.service import Unreachable
from tests.contracts.smtp_server import SmtpServer, run_smtp_server
from tests.contracts.test_channels import settings_for
from tests.integration.delivery.conftest import PHONE, Office
from tests.support.sound import violations
from tests.support.story import a_business

# What differs between two messages about two invoices: ids, numbers, the customer's link, borders of mail parts.
OWN = re.compile(
    rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|INV-\d{4}-\d{4}|/i/[\w=\r\n-]+/|=+\d{10,}=+", re.ASCII
)
WORDS = {"subject", "text", "html"}


@pytest.fixture
def server(office: Office, app, tmp_path: Path) -> Iterator[SmtpServer]:
    with run_smtp_server(tmp_path) as running:
        app.extensions["duely_mail"] = SmtpChannel(settings_for(running))
        yield running


def twins(office: Office) -> tuple[uuid.UUID, uuid.UUID]:
    """Two invoices that say the same, a file travelling with each."""
    made = [office.story.with_file()[0] for _ in range(2)]
    for invoice in made:
        invoices.issue(office.story.owner, invoice, now=office.now)
    db.session.remove()
    return made[0], made[1]


def send_many(office: Office, *ids: uuid.UUID, **more: object) -> dict[uuid.UUID, uuid.UUID]:
    sent = invoices.send_many(office.story.owner, ids, now=office.now, **more)
    db.session.remove()
    return sent


def parts(mail: Mail) -> list[bytes]:
    found = []
    for part in mail.walk():
        if not part.is_multipart():
            content = b"" if part.get_content_type() == "application/pdf" else part.get_payload(decode=True)
            found.append(part.get_content_type().encode() + b" " + OWN.sub(b"OWN", content))
    return found


def test_the_mail_that_arrives_is_the_same(office, server):
    one, many = twins(office)
    invoices.send(office.story.owner, one, now=office.now)
    assert send_many(office, many).keys() == {many}
    office.run()
    first, second = (message_from_bytes(raw) for raw in server.delivered)
    names = {"Subject", "To", "From", "Reply-To", "Date"}
    assert all(first[name] for name in names)
    for name in {*first.keys(), *second.keys()} - {"Message-ID", "Content-Type"}:
        assert OWN.sub(b"OWN", str(first[name]).encode()) == OWN.sub(b"OWN", str(second[name]).encode()), name
    assert first["Message-ID"] != second["Message-ID"]
    assert parts(first) == parts(second)
    assert len(parts(first)) == 4
    assert first.as_bytes() != second.as_bytes()


def told(office: Office, invoice: uuid.UUID) -> list[str]:
    """The rows about sending an invoice, but for words and ids."""
    db.session.rollback()
    mine = (Message.business_id == office.story.business_id, Message.object_id == invoice)
    rows = [*db.session.scalars(select(Message).where(*mine).order_by(Message.id))]
    rows += db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == invoice).order_by(AuditEvent.id))
    ids = [str(row.id) for row in rows]
    for key in ids:
        rows += db.session.scalars(select(Job).where(Job.key.contains(key)))
    said = []
    for row in rows:
        names = [column.name for column in row.__table__.columns if column.name not in {*WORDS, "id", "done_at"}]
        words = ", ".join(f"{name}={wordless(getattr(row, name))!r}" for name in names)
        said.append(OWN.sub(b"OWN", words.encode()).decode())
    return said


def wordless(value: object) -> object:
    """Without the words that another channel would say; those of the first stand in columns of their own."""
    if isinstance(value, dict):
        without = WORDS | {"content_sid", "variables"}
        return {name: wordless(inner) for name, inner in value.items() if name not in without}
    return [wordless(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("channels", "change"),
    [
        (["email", "whatsapp", "sms"], ""),
        (["whatsapp", "sms"], ""),
        (["sms", "email"], ""),
        (["email", "sms"], "bounced"),
        (["whatsapp", "email"], "stopped"),
    ],
)
def test_the_rows_are_those_that_sending_one_writes(office, channels, change):
    set_channels(office.story.owner, office.story.client_id, channels, ["whatsapp", "sms"], now=office.now)
    addresses = address(office)
    if change == "bounced":
        with writing():
            service.mark(office.story.business_id, "email", addresses, failed_at=office.now, reason="No such mailbox.")
    if change == "stopped":
        service.inbound("whatsapp", PHONE, office.now, stop=True, start=False)
    db.session.remove()
    one, many = twins(office)
    sent = invoices.send(office.story.owner, one, now=office.now)
    assert send_many(office, many).keys() == {many}
    assert told(office, one) == told(office, many)
    office.run()
    assert told(office, one) == told(office, many)
    assert sent.channel == office.all()[-1][0]
    assert office.all()[0] == office.all()[1]
    assert violations(office.story.business_id) == []


def address(office: Office) -> str:
    return reach(office.story.business_id, office.story.client_id).emails[0][1]


def test_everybody_at_a_client_gets_one_mail_and_whom_nobody_reaches_is_left_out(office):
    people = (ContactValues("Ada", "ada@lekki.example"), ContactValues("Ben", "ben@lekki.example"))
    several = create_client(office.story.owner, ClientValues("Lekki Two", contacts=people), now=office.now).id
    nobody = create_client(office.story.owner, ClientValues("Nobody"), now=office.now).id
    with writing():
        service.mark(office.story.business_id, "email", "ben@lekki.example", failed_at=office.now, reason="Gone.")
    values = office.story.draft_values()
    drafts = [replace(values, client_id=id) for id in (several, nobody, office.story.client_id)]
    made = invoices.issue_many(office.story.owner, drafts, now=office.now)
    db.session.remove()
    sent = send_many(office, *(one.id for one in made))
    assert sent.keys() == {made[0].id, made[2].id}
    assert [to for _, to in office.get(sent[made[0].id]).recipients] == ["ada@lekki.example"]
    with pytest.raises((NobodyToSendTo, Unreachable)):
        invoices.send(office.story.owner, made[1].id, now=office.now)


def test_nothing_is_made_before_it_leaves_and_whoever_looks_sees_what_it_would_say_now(office):
    [invoice] = invoices.issue_many(office.story.owner, [office.story.draft_values()], now=office.now)
    db.session.remove()
    sent = send_many(office, invoice.id, not_before=office.now + timedelta(hours=3))
    browser = office.story.visitor("viewer")
    assert f"Invoice {invoice.number}" in browser.get("/messages/").text
    assert f"Invoice {invoice.number}" in browser.get(f"/invoices/{invoice.id}/").text
    path = f"/messages/{sent[invoice.id]}/"
    page = browser.get(path).text
    assert "As it would be sent now" in page
    assert invoice.number in browser.get(f"{path}html/").text
    assert "₦3,225.00" in page
    assert db.session.scalars(select(Link)).all() == []
    assert office.get(sent[invoice.id]).text == ""
    office.story.payment(invoice.id, 22_500)
    assert "₦3,000.00" in browser.get(path).text
    office.run()
    assert office.get(sent[invoice.id]).state == "queued"
    office.run(wait=3 * 3600 + 1)
    assert office.get(sent[invoice.id]).state == "sent"
    assert "₦3,000.00" in office.mail.sent[-1].text
    assert invoice.number in office.mail.sent[-1].subject
    page = browser.get(path).text
    assert "As sent" in page
    assert "₦3,000.00" in page
    assert len(db.session.scalars(select(Link)).all()) == 1


def test_another_channel_that_takes_over_finds_its_words(office):
    set_channels(office.story.owner, office.story.client_id, ["whatsapp", "email"], ["whatsapp"], now=office.now)
    [invoice] = invoices.issue_many(office.story.owner, [office.story.draft_values()], now=office.now)
    db.session.remove()
    send_many(office, invoice.id)
    service.inbound("whatsapp", PHONE, office.now, stop=False, start=False)
    office.texts.fail_next(TransportError("Not a WhatsApp number.", permanent=True))
    office.run()
    assert office.all() == [("whatsapp", "failed"), ("email", "sent")]
    assert invoice.number in office.mail.sent[0].subject
    assert "₦3,225.00" in office.mail.sent[0].text


def test_what_was_taken_back_before_it_left_was_never_worded(office):
    values = office.story.draft_values()
    made = invoices.issue_many(office.story.owner, [values, values], now=office.now)
    db.session.remove()
    sent = send_many(office, *(one.id for one in made), not_before=office.now + timedelta(hours=1))
    service.take_back(office.story.owner, sent[made[0].id], now=office.now)
    invoices.void(office.story.owner, made[1].id, "Mistaken", now=office.now)
    office.run(wait=3700)
    assert office.all() == [("email", "cancelled")] * 2
    assert office.mail.sent == []
    browser = office.story.visitor("viewer")
    assert "Never worded" in browser.get(f"/messages/{sent[made[0].id]}/").text
    assert browser.get(f"/messages/{sent[made[0].id]}/html/").status_code == 404


def test_drafts_void_ones_and_somebody_else_s_are_left_out(office, app):
    other = a_business(app, "Savannah Coffee")
    theirs, draft, void, good = other.issued(), office.story.draft(), office.story.issued(), office.story.issued()
    invoices.void(office.story.owner, void, "Mistaken", now=office.now)
    assert send_many(office, theirs, draft, void, good, uuid.uuid4()).keys() == {good}
    assert send_many(office) == {}
    assert invoices.send_many(Actor.system(office.story.business_id), [good], now=office.now).keys() == {good}


def test_a_person_whose_address_is_not_confirmed_sends_nothing(office):
    good = office.story.issued()
    with pytest.raises(NotVerified):
        invoices.send_many(replace(office.story.owner, verified=False), [good], now=office.now)
