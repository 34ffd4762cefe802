"""The mail server is down, refuses for now, and comes back: the invoice stands, the mail waits and goes out once."""

from __future__ import annotations

import email
import io
import socket
from collections.abc import Callable, Iterator
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, update

from app import clock
from app.database import writing
from app.extensions import db
from app.invoices import service
from app.invoices.models import Invoice
from app.jobs import run_all
from app.jobs.models import Job
from app.messages.models import Message
from config import Mail
from tests.contracts.smtp_server import PASSWORD, USER, SmtpServer, run_smtp_server
from tests.support.story import Story, a_business

MakeApp = Callable[..., Flask]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with run_smtp_server(tmp_path) as running:
        yield running


def mail(server: SmtpServer, port: int | None = None) -> Mail:
    where = {"host": server.host, "port": port or server.port, "ca_file": server.ca_file}
    return Mail(user=USER, password=PASSWORD, sender="billing@duely.example", **where)  # type: ignore[arg-type]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(app: Flask) -> Story:
    """An invoice is issued and sent, and the runner has tried once."""
    with app.app_context():
        story = a_business(app)
        service.send(story.owner, story.draft(), now=clock.now())
        run_all()
    return story


def state(app: Flask) -> tuple[Invoice, Message]:
    with app.app_context():
        invoice = db.session.scalars(select(Invoice)).one()
        return invoice, db.session.scalars(select(Message).where(Message.kind == "invoice")).one()


def the_next_try_is_due(app: Flask) -> None:
    with app.app_context(), writing():
        db.session.execute(update(Job).where(Job.state == "ready").values(due_at=clock.now()))


def test_with_nobody_listening_the_invoice_stands_and_is_shown_as_not_sent(
    make_app: MakeApp, server: SmtpServer
) -> None:
    app = make_app(mail=mail(server, closed_port()))
    story = send(app)
    invoice, message = state(app)
    assert (invoice.status, invoice.sent_at) == ("open", None)
    assert invoice.number
    assert (message.state, message.tries) == ("queued", 1)
    page = story.visitor().get(f"/invoices/{invoice.id}/").text
    assert message.reason
    assert message.reason in page
    assert "Accepted by the provider" not in page


def test_a_server_that_comes_back_gets_the_mail_once_with_its_pdf(make_app: MakeApp, server: SmtpServer) -> None:
    server.at_data[:] = ["451 try later", "451 try later"]
    app = make_app(mail=mail(server))
    story = send(app)
    for _ in range(2):
        the_next_try_is_due(app)
        with app.app_context():
            run_all()
    the_next_try_is_due(app)
    with app.app_context():
        assert run_all() == 0
    invoice, message = state(app)
    assert (message.state, message.tries) == ("sent", 3)
    assert invoice.sent_at is not None
    letters = [email.message_from_bytes(raw, policy=default) for raw in server.delivered]
    letters = [letter for letter in letters if str(invoice.number) in letter["Subject"]]
    assert len(letters) == 1
    pdf = next(part for part in letters[0].iter_attachments() if part.get_content_type() == "application/pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.get_content())).pages)
    assert str(invoice.number) in text
    assert "Accepted by the provider" in story.visitor().get(f"/invoices/{invoice.id}/").text
