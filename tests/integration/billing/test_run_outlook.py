"""Before a run is approved its page says what will happen, and that is what happens."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.auth.models import Business
from app.billing import service
from app.billing.queries.consequences import Consequences, of_approving
from app.billing.rules.subscriptions import ItemValues
from app.clients.models import Client
from app.clients.rules import ContactValues
from app.database import new_id, writing
from app.extensions import db
from app.invoices.queries.numbers import number_to_come
from app.messages.models import Message, ReachedAddress
from app.payments.models import Attempt, SavedCard
from app.payments.service.sweeping import due_charges
from tests.integration.billing.runs import NOW, Runs, at
from tests.integration.billing.test_run_pages import AT, page
from tests.integration.web.test_statements import counted
from tests.support.tenants import Tenant

MARCH = "2026-03-01"
PHONE = "+2348012345678"


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    made = Runs(harmattan)
    made.policy(approve_alone=False)
    return made


@pytest.fixture
def visitor(runs: Runs) -> FlaskClient:
    return runs.tenant.visitor()


def set_on(model: Any, id: uuid.UUID, **values: Any) -> None:
    with writing():
        db.session.execute(update(model).where(model.id == id).values(**values))


def dead(runs: Runs, address: str, channel: str = "email") -> None:
    with writing():
        db.session.add(
            ReachedAddress(business_id=runs.id, id=new_id(), channel=channel, address=address, failed_at=NOW)
        )


def people(runs: Runs) -> dict[str, uuid.UUID]:
    """Somebody for each way of being written to, some with more than one invoice."""
    set_on(Business, runs.id, channels=["whatsapp", "sms", "email"])
    bookkeeper = ContactValues("Books", "books@example.com", "", True)
    found = {
        "mail": runs.client("Mail"),
        "person": runs.client("Person", email="", contacts=(bookkeeper,)),
        "whatsapp": runs.client("WhatsApp", phone=PHONE),
        "sms": runs.client("SMS", email="", phone=PHONE),
        "nobody": runs.client("Nobody", email=""),
        "silent": runs.client("Silent", email="", phone=PHONE),
        "bounced": runs.client("Bounced", email="Old@zion.example"),
        "moved": runs.client("Moved", email="old@zion.example", phone=PHONE),
    }
    agreed = {"to": PHONE, "on": "2026-01-01"}
    set_on(Client, found["whatsapp"], consents={"whatsapp": agreed, "sms": agreed})
    set_on(Client, found["sms"], consents={"sms": agreed}, channels=["email", "sms"])
    set_on(Client, found["moved"], consents={"whatsapp": agreed}, channels=["email", "whatsapp"])
    dead(runs, "old@zion.example")
    for client in found.values():
        runs.subscribed(client)
    runs.subscribed(found["mail"])
    runs.subscribed(found["mail"], apart=True)
    runs.subscribed(found["whatsapp"], apart=True)
    return found


def keep_card(runs: Runs, client: uuid.UUID, invoice: uuid.UUID) -> None:
    """A saved card of the demonstration's company."""
    same: dict[str, Any] = {"business_id": runs.id, "gateway": "demo", "mode": "test", "created_at": NOW}
    attempt, card = new_id(), new_id()
    with writing():
        db.session.add(
            Attempt(id=attempt, invoice_id=invoice, reference=card.hex[:26], currency="NGN", amount_minor=1,
                    state="paid", **same)
        )  # fmt: skip
        db.session.flush()
        db.session.add(
            SavedCard(id=card, client_id=client, attempt_id=attempt, code_encrypted="", email="pay@zion.example",
                      fingerprint=card.hex, consent="Yes", consented_at=NOW, **same)
        )  # fmt: skip


def foreseen(runs: Runs, run_id: uuid.UUID) -> Consequences:
    return of_approving(runs.run(run_id))


def test_the_messages_and_the_first_number_are_those_that_come(runs: Runs) -> None:
    people(runs)
    run_id = runs.planned(MARCH)
    said = foreseen(runs, run_id)
    assert said.messages == {"email": 3, "whatsapp": 3, "sms": 1}
    assert said.unreachable == 3
    runs.approve(run_id, at(MARCH))
    runs.post(run_id, at(MARCH))
    numbers = [one.number for one in runs.invoices()]
    assert numbers[0] == said.first_number
    runs.send(run_id, at(MARCH))
    sent = db.session.scalars(select(Message.channel).where(Message.kind == "invoice"))
    assert Counter(sent) == said.messages
    silent = set(db.session.scalars(select(Client.id))) - set(db.session.scalars(select(Message.client_id)))
    assert len(silent) == said.unreachable


def test_a_business_that_writes_mails_alone_reaches_nobody_by_phone(runs: Runs) -> None:
    found = people(runs)
    set_on(Business, runs.id, channels=["email"])
    set_on(Client, found["mail"], channels=["sms"])
    said = foreseen(runs, runs.planned(MARCH))
    assert said.messages == {"email": 3, "whatsapp": 1, "sms": 1}


@pytest.mark.parametrize("charges, cards", [("off", 0), ("issue", 1), ("due", 1)])
def test_the_cards_are_those_that_are_charged_by_themselves(runs: Runs, charges: str, cards: int) -> None:
    payer, other = runs.client("Payer"), runs.client("Other")
    first = runs.subscribed(payer, starts_on=date(2026, 2, 1))
    runs.posted("2026-02-01")
    assert first
    [invoice] = runs.invoices()
    keep_card(runs, payer, invoice.id)
    keep_card(runs, payer, invoice.id)
    runs.subscribed(payer, apart=True)
    runs.subscribed(other)
    set_on(Business, runs.id, charge_cards=charges)
    run_id = runs.planned(MARCH)
    said = foreseen(runs, run_id)
    assert (said.cards, said.charged) == (cards, 2 * cards)
    runs.approve(run_id, at(MARCH))
    runs.post(run_id, at(MARCH))
    runs.send(run_id, at(MARCH))
    later = at("2026-03-10", 12)
    posted = {one.id for one in runs.invoices() if one.issue_date == date(2026, 3, 1)}
    assert len({one.invoice_id for one in due_charges(runs.id, later)} & posted) == said.charged


def test_numbers_that_others_have_taken_are_passed_over(runs: Runs) -> None:
    business = db.session.get(Business, runs.id)
    assert business is not None
    assert number_to_come(business, date(2026, 3, 1)) == "INV-2026-0001"
    runs.subscribed()
    runs.posted(MARCH)
    [invoice] = runs.invoices()
    # As somebody types it who moves here with invoices of their own.
    set_on(type(invoice), invoice.id, number="INV-2026-0002")
    business = db.session.get(Business, runs.id)
    assert business is not None
    assert number_to_come(business, date(2026, 3, 1)) == "INV-2026-0003"
    assert number_to_come(business, date(2027, 3, 1)) == "INV-2027-0001"


def test_the_page_and_the_question_say_it(runs: Runs, visitor: FlaskClient) -> None:
    people(runs)
    dollars = runs.client("Dollars")
    runs.subscribed(dollars, currency="USD", items=(ItemValues("Port", Decimal(1), Decimal(20)),))
    run_id = runs.planned(MARCH)
    for url in (f"{AT}{run_id}/", f"{AT}{run_id}/approve/"):
        html = page(visitor, url).replace("<b>", "").replace("</b>", "")
        for words in (
            "10 invoices over ₦110,000.00 and 1 invoice over $20.00 get their numbers, the first as things stand",
            "INV-2026-0001",
            "4 e-mails, 3 WhatsApp messages and 1 SMS leave on the day of each invoice",
            "3 clients cannot be reached by any channel",
            "No saved card is charged by itself",
        ):
            assert words in html, words


def test_it_says_where_an_invoice_may_differ_by_a_remainder(runs: Runs, visitor: FlaskClient) -> None:
    client = runs.client()
    runs.subscribed(client)
    one = runs.planned(MARCH)
    set_on(Business, runs.id, tax_rounding="document")
    assert "by a remainder" not in page(visitor, f"{AT}{one}/"), "its invoice stands for one period"
    service.discard(runs.owner, one, now=at(MARCH))
    runs.subscribed(client)
    several = runs.planned(MARCH)
    assert "1 invoice</b>" not in page(visitor, f"{AT}{several}/")
    assert "one of several periods may differ by a remainder" in page(visitor, f"{AT}{several}/")
    set_on(Business, runs.id, tax_rounding="line")
    assert "by a remainder" not in page(visitor, f"{AT}{several}/")


def test_who_leaves_everything_out_is_told_that_nothing_happens(runs: Runs, visitor: FlaskClient) -> None:
    runs.subscribed()
    run_id = runs.planned(MARCH)
    one = page(visitor, f"{AT}{run_id}/approve/")
    assert "1 invoice over ₦10,000.00 gets its number, as things stand INV-2026-0001." in one
    assert "1 e-mail leaves on the day of its invoice." in one
    [entry] = runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "leave_out", was="", now=at(MARCH))
    html = page(visitor, f"{AT}{run_id}/approve/")
    assert "No invoice is issued." in html
    assert "No message leaves." in html


def test_it_is_counted_in_as_many_statements_for_twenty_as_for_two(runs: Runs) -> None:
    for name in ("A", "B"):
        runs.subscribed(runs.client(name, email=""))
    small = runs.run(runs.planned(MARCH))
    with counted() as few:
        of_approving(small)
    for number in range(18):
        runs.subscribed(runs.client(f"More {number}", email="" if number % 2 else "a@zion.example"))
    large = runs.run(runs.planned(MARCH))
    with counted() as many:
        of_approving(large)
    assert len(many) == len(few) <= 10, "\n".join(many)
