"""`flask audit` reckons what everything is worth in the base currency anew, and names every kind of difference."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from app.auth.rules import Actor
from app.auth.service import members
from app.clients import service as clients
from app.clients.rules import ClientValues
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.queries.creditable import creditable_lines
from app.invoices.values import DraftValues, LineValues
from app.money import Money
from app.payments import service as payments
from tests.integration.audit.conftest import NOW

DAY = date(2026, 11, 20)


@dataclass
class Rated:
    """Ids: `invoice` over 100.00 dollars at 1,500, whereof `payment` settled 60.00 at 1,600 and `note` took 10.00 back;
    `plain` over as much without a rate."""

    invoice: uuid.UUID
    payment: uuid.UUID
    note: uuid.UUID
    plain: uuid.UUID


@pytest.fixture
def rated(app: Flask) -> Rated:
    with app.app_context():
        _, business = members.create_user("ada@example.com", "a calm river in june", "Obi Fibre", "owner", NOW)
        actor = Actor("system", business, name="Duely")
        client = clients.create_client(actor, ClientValues("Lagoon Dental"), NOW).id

        def issued(rate: Decimal | None) -> uuid.UUID:
            line = LineValues("Fibre", Decimal(1), Decimal(100))
            values = DraftValues("USD", DAY, 14, client_id=client, lines=(line,), rate=rate)
            return invoices.issue(actor, invoices.create_draft(actor, values, now=NOW).id, now=NOW).id

        invoice, plain = issued(Decimal(1500)), issued(None)
        told = payments.Told(Money(70_00, "USD"), "cash", DAY, rate=Decimal(1600))
        payment = payments.record_money(actor, {invoice: 60_00}, told, now=NOW).id
        line = creditable_lines(business, invoice)[0].id
        note = payments.credit_invoice(actor, invoice, {line: 10_00}, "Returned", now=NOW).id
        db.session.remove()
    return Rated(invoice, payment, note, plain)


def test_sound_books_pass(audit, rated):
    assert audit() == (0, "1 business checked, no differences.\n")


LINE = "UPDATE journal_line SET base_minor = base_minor + 1 WHERE base_minor IS NOT NULL AND account = "
TAMPERED = [
    ("UPDATE invoice SET base_balance_minor = 1 WHERE id = :invoice", "its balance in the base currency is off by"),
    ("UPDATE invoice SET base_total_minor = 1 WHERE id = :invoice", "its total in the base currency is off by"),
    ("UPDATE invoice SET base_total_minor = 1 WHERE id = :plain", "has half a rate"),
    ("UPDATE invoice SET rate_source = NULL WHERE id = :invoice", "has half a rate"),
    ("UPDATE invoice SET rate_to_base = rate_to_base * 2 WHERE id = :invoice", "has another rate than its invoice"),
    ("UPDATE credit_note SET base_currency = 'EUR' WHERE id = :note", "has another rate than its invoice"),
    ("UPDATE payment SET base_minor = base_minor + 1 WHERE id = :payment", "is not worth what its rate says"),
    ("UPDATE payment SET rate_on = NULL WHERE id = :payment", "is not worth what its rate says"),
    (LINE + "'receivable' AND invoice_id = :invoice", "its receivable in the base currency is off by 0.0"),
    (LINE + "'revenue' AND invoice_id = :invoice", "its revenue in the base currency is off by 0.0"),
    (LINE + "'cash:cash'", "its cash in the base currency is off by 0.01 NGN"),
    (LINE + "'client_credit'", "what is left of their credit in USD and the journal are"),
    (LINE + "'exchange_difference'", "its exchange difference is off by 0.01 NGN"),
    (LINE + "'exchange_difference'", "does not balance in the base currency: 0.01 NGN is left over"),
    ("UPDATE journal_line SET base_currency = 'USD' WHERE account = 'revenue' AND base_minor < 0", "into itself"),
    (
        "UPDATE journal_line SET base_currency = 'NGN', base_minor = 1 WHERE account = 'revenue' "
        "AND invoice_id = :plain",
        "is converted in the journal and has no such rate",
    ),
]


@pytest.mark.parametrize("statement, sentence", TAMPERED, ids=[f"{n}-{s[:40]}" for n, (s, _) in enumerate(TAMPERED)])
def test_what_does_not_hold_is_named_and_the_status_is_one(audit, rated, tamper, statement, sentence):
    tamper(statement, **{name: value for name, value in vars(rated).items() if f":{name}" in statement})
    status, told = audit()
    assert status == 1
    assert sentence in told
