"""A business with one of everything that the checks look at."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.auth.rules import Actor
from app.auth.service import members
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients import service as clients
from app.clients.rules import ClientValues
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from app.money import Money
from app.payments import service as payments

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@dataclass
class Books:
    """The ids of what was made: `open` is part paid, `paid` was overpaid, `void` and `draft` are that."""

    business: uuid.UUID
    client: uuid.UUID
    open: uuid.UUID
    paid: uuid.UUID
    void: uuid.UUID
    draft: uuid.UUID
    part: uuid.UUID
    whole: uuid.UUID
    bounced: uuid.UUID


@pytest.fixture
def books(app: Flask) -> Books:
    """Four invoices, three payments: one part, one too much, one reversed. 107.50 each."""
    with app.app_context():
        made = _make("Obi Fibre", "ada@example.com")
        db.session.remove()
    return made


def _make(name: str, email: str) -> Books:
    _, business = members.create_user(email, "a calm river in june", name, "owner", NOW)
    actor = Actor("system", business, name="Duely")
    tax = catalog.create_tax(actor, TaxValues("VAT", Decimal("7.5")), NOW)
    client = clients.create_client(actor, ClientValues("Lagoon Dental"), NOW)
    line = LineValues("Fibre", Decimal(1), Decimal(125), discount=("percent", Decimal(20)), tax_ids=(tax.id,))

    def draft() -> uuid.UUID:
        values = DraftValues("NGN", date(2026, 11, 20), 14, client_id=client.id, lines=(line,))
        return invoices.create_draft(actor, values, now=NOW).id

    def issued() -> uuid.UUID:
        return invoices.issue(actor, draft(), now=NOW).id

    def pay(invoice: uuid.UUID, minor: int) -> uuid.UUID:
        return payments.record_payment(actor, invoice, Money(minor, "NGN"), "cash", date(2026, 11, 20), now=NOW).id

    first, second, third = issued(), issued(), issued()
    invoices.void(actor, third, "Twice", now=NOW)
    bounced = pay(first, 10_750)
    payments.reverse_payment(actor, bounced, "Bad cheque", now=NOW)
    part, whole = pay(first, 4_000), pay(second, 12_000)
    return Books(business, client.id, first, second, third, draft(), part, whole, bounced)


@pytest.fixture
def audit(app: Flask) -> Callable[..., tuple[int, str]]:
    """Runs `flask audit`; returns its exit status and what it wrote."""

    def run(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["audit", *arguments])
        return result.exit_code, result.output

    return run


@pytest.fixture
def tamper(app: Flask, engine_name: str) -> Callable[..., None]:
    """Changes rows behind the program's back, past the triggers that guard facts."""

    def change(statement: str, **ids: Any) -> None:
        values = {name: value.hex if engine_name == "sqlite" else value for name, value in ids.items()}
        with app.app_context(), writing() as session:
            if engine_name == "postgresql":
                session.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                    session.execute(text(f'DROP TRIGGER "{name}"'))
            session.execute(text(statement), values)
        with app.app_context():
            db.session.remove()

    return change
