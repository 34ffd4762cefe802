"""A client's statement on its way: the mail and what it carries, the link, and the PDF that both lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth.service import links
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.jobs import run_due
from app.messages.models import Message
from app.reports.periods import Period
from app.reports.service.printing import Asked, ensure_pdf, find_printed
from tests.integration.reports.books import bill, pay
from tests.integration.reports.statements import NOW, a_past, look, place, words
from tests.support.story import Story, a_business

AS_QUERY = "?from=2026-10-01&to=2026-10-31"


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ours(opened: Flask) -> Story:
    return a_business(opened, "Harmattan Fibre")


# -- the mail ----------------------------------------------------------------------------------------------------------


def test_the_mail_carries_the_statement_and_leads_to_the_same_days(ours):
    a_past(ours)
    visitor = ours.visitor()
    asked = words(look(visitor, place(ours, "send/" + AS_QUERY)))
    assert "It goes by e-mail, with the PDF, to amaka" in asked
    answer = visitor.post(place(ours, "send/" + AS_QUERY))
    assert answer.status_code == 303
    [message] = db.session.scalars(select(Message).where(Message.kind == "statement"))
    token = links.find_live_token(ours.business_id, "client", ours.client_id)
    assert message.subject == "Statement from Harmattan Fibre, 1–31 Oct 2026: ₦57.50 owed on 31 October 2026"
    assert f"/c/{token}/?from=2026-10-01&to=2026-10-31&currency=NGN" in message.text
    assert message.attachments == [{"kind": "statement_pdf", "client_id": str(ours.client_id), "first": "2026-10-01",
                                    "last": "2026-10-31", "currency": "NGN"}]  # fmt: skip
    assert [pair[0] for pair in message.recipients] == ["Amaka"]
    said = words(look(visitor, place(ours, AS_QUERY)))
    assert "In the outbox" in said
    assert "Statement on its way by e-mail" in words(look(visitor, f"/clients/{ours.client_id}/"))


def test_a_delivered_statement_has_its_pdf_and_is_told_on_the_client(ours):
    a_past(ours)
    visitor = ours.visitor()
    visitor.post(place(ours, "send/" + AS_QUERY))
    db.session.remove()
    while run_due():
        pass
    [message] = db.session.scalars(select(Message).where(Message.kind == "statement"))
    assert (message.state, message.reason) == ("sent", "")
    box = visitor.get("/dev/mailbox/").text
    letters = [visitor.get(path).text for path in re.findall(r'"(/dev/mailbox/[^"/]+/)"', box)]
    assert any("statement-lekki-hub-2026-10-01-to-2026-10-31.pdf" in letter for letter in letters)
    assert "Statement sent" in words(look(visitor, f"/clients/{ours.client_id}/"))


def test_a_client_without_an_address_cannot_be_sent_one(ours):
    other = create_client(ours.owner, ClientValues(name="Baba Ṣọlá"), now=clock.now())
    page = ours.visitor().post(f"/clients/{other.id}/statement/send/")
    assert page.status_code == 422
    assert "This client has no e-mail address for documents." in page.text
    assert db.session.scalars(select(Message)).all() == []


def test_what_is_the_client_s_is_said_to_be_in_their_favour(ours):
    pay(ours, bill(ours, "100"), 15_000)
    ours.visitor().post(place(ours, "send/"))
    [message] = db.session.scalars(select(Message).where(Message.kind == "statement"))
    assert message.subject.endswith(": ₦42.50 in your favour on 20 November 2026")


# -- the link ----------------------------------------------------------------------------------------------------------


def test_a_link_is_made_once_copied_and_closed(ours):
    visitor = ours.visitor()
    assert visitor.post(place(ours, "link/" + AS_QUERY)).status_code == 303
    token = links.find_live_token(ours.business_id, "client", ours.client_id)
    shown = look(visitor, place(ours, AS_QUERY)).find(id="link-url")["value"]
    assert shown.endswith(f"/c/{token}/?from=2026-10-01&to=2026-10-31&currency=NGN")
    assert look(visitor, place(ours)).find(id="link-url")["value"].endswith(f"/c/{token}/?currency=NGN")
    visitor.post(place(ours, "link/"))
    assert links.find_live_token(ours.business_id, "client", ours.client_id) == token
    assert visitor.post(place(ours, "revoke-link/")).status_code == 303
    db.session.rollback()
    assert links.find_live_token(ours.business_id, "client", ours.client_id) is None


def test_a_viewer_does_not_see_the_link(ours):
    ours.visitor().post(place(ours, "link/"))
    assert "/c/" not in words(look(ours.visitor("viewer"), place(ours)))
    assert look(ours.visitor("viewer"), place(ours)).find(id="link-url") is None


# -- the PDF -----------------------------------------------------------------------------------------------------------


def asked(story: Story, currency: str = "NGN") -> Asked:
    return Asked(story.business_id, story.client_id, Period(date(2026, 10, 1), date(2026, 10, 31)), currency)


def test_the_pdf_comes_under_a_name_that_says_what_it_is(ours):
    a_past(ours)
    assert ensure_pdf(asked(ours), NOW)[:5] == b"%PDF-"
    answer = ours.visitor("viewer").get(place(ours, "pdf/" + AS_QUERY))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    name = "statement-lekki-hub-2026-10-01-to-2026-10-31.pdf"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_while_it_is_drawn_a_page_asks_again(ours):
    a_past(ours)
    visitor = ours.visitor()
    answer = visitor.get(place(ours, "pdf/" + AS_QUERY))
    assert answer.status_code == 202
    again = answer.headers["Refresh"].removeprefix("2; url=")
    assert "from=2026-10-01" in again
    db.session.remove()
    while run_due():
        pass
    assert visitor.get(again).mimetype == "application/pdf"
    assert visitor.get(place(ours, "pdf/" + AS_QUERY + "&tried=99")).status_code == 200


def test_a_payment_makes_another_file_and_the_same_statement_the_same(ours):
    a_past(ours)
    first = ensure_pdf(asked(ours), NOW)
    assert ensure_pdf(asked(ours), NOW) == first
    pay(ours, bill(ours, "1", day=date(2026, 10, 11)), 108, day=date(2026, 10, 11))
    db.session.remove()
    assert find_printed(asked(ours), NOW) is None


@pytest.mark.parametrize(
    ("credit", "late"),
    [
        (0, "all of it overdue"),
        (1_000, "₦107.50 overdue before your credit of ₦10.00"),
        (None, "₦107.50 of it overdue"),
    ],
)
def test_the_mail_says_how_much_is_late(ours, credit, late):
    old = bill(ours, "100", day=date(2026, 9, 1))
    if credit:
        pay(ours, bill(ours, "10", day=date(2026, 9, 1)), 1_075 + credit)
    if credit is None:
        bill(ours, "100", day=date(2026, 11, 19))
    assert old
    ours.visitor().post(place(ours, "send/"))
    [message] = db.session.scalars(select(Message).where(Message.kind == "statement"))
    assert f"owed on 20 November 2026, {late}" in message.text
