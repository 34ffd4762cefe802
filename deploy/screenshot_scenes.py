"""What `make screenshots` pictures: the demo business, seeded and brought to where each page has something to show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from app import clock
from app.auth.queries import find_person
from app.auth.rules import Actor
from app.auth.service import links, sessions
from app.catalog.models import Tax
from app.clients.models import Client
from app.demo.material import PEOPLE
from app.demo.seed import seed_demo
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.jobs.relay import insert_and_run
from app.messages.registry import mailbox

CLIENT = "Lagoon Dental Clinic"


@dataclass(frozen=True)
class Page:
    """One page to picture. `staff`: needs signing in."""

    path: str
    staff: bool = True


@dataclass(frozen=True)
class Scenes:
    """The pages by the names of their pictures, the owner's session cookie, and an invoice as PDF."""

    pages: dict[str, Page]
    cookie: str
    pdf: bytes


def make_scenes(app: Flask) -> Scenes:
    """Fill an empty installation with the demo business. Needs an open application context."""
    upgrade()
    business_id = seed_demo(clock.now())
    stage = _Stage(app, business_id)
    sent, letter = stage.sent_today()
    draft = stage.draft()
    pages = {
        "dashboard": Page("/"),
        "invoices": Page("/invoices/"),
        "invoice": Page(f"/invoices/{stage.newest(Invoice.balance_minor < Invoice.total_minor)}/"),
        "editor": Page(f"/invoices/{draft}/edit/"),
        "client": Page(f"/clients/{stage.client}/"),
        "settings": Page("/settings/"),
        "customer": Page(f"/i/{stage.link(sent)}/", staff=False),
        "customer-paid": Page(f"/i/{stage.link(stage.newest(owed=False))}/", staff=False),
        "mail": Page(f"/dev/mailbox/{letter}/html/", staff=False),
    }
    return Scenes(pages, stage.cookie(), stage.pdf(sent))


class _Stage:
    """The demo business as its owner works with it."""

    def __init__(self, app: Flask, business_id: uuid.UUID) -> None:
        self.app, self.business_id = app, business_id
        owner = find_person(PEOPLE[0][1])
        assert owner is not None
        self.owner = Actor("person", business_id, role="owner", person_id=owner.id, name=owner.name)
        self.client = self._id(Client, Client.name == CLIENT)
        self.token = sessions.begin(owner.id, business_id, now=clock.now(), ip="127.0.0.1", user_agent="Chrome/150")

    def _id(self, model: Any, *conditions: Any) -> uuid.UUID:
        found = db.session.scalar(select(model.id).where(model.business_id == self.business_id, *conditions).limit(1))
        assert found is not None, f"the demo business has no such {model.__name__}"
        return uuid.UUID(str(found))

    def newest(self, *conditions: Any, owed: bool = True) -> uuid.UUID:
        """The newest issued invoice in naira that fits, still to be paid or not."""
        query = select(Invoice.id).where(Invoice.business_id == self.business_id, Invoice.status == "open", *conditions)
        query = query.where(
            Invoice.currency == "NGN", Invoice.balance_minor > 0 if owed else Invoice.balance_minor == 0
        )
        found = db.session.scalar(query.order_by(Invoice.issue_date.desc(), Invoice.number.desc()).limit(1))
        assert found is not None, "the demo business has an invoice in every state"
        return found

    def draft(self, client: str = "Cocoa House Workspaces") -> uuid.UUID:
        """A draft that only waits to be issued."""
        tax = (self._id(Tax, Tax.name == "VAT"),)
        lines = (
            LineValues("Business fibre 250 Mbit/s", Decimal(1), Decimal("162500"), detail="November 2026", tax_ids=tax),
            LineValues("Technician on site", Decimal("2.5"), Decimal("12000"), unit="hour", tax_ids=tax),
            LineValues("Installation", Decimal(1), Decimal("45000"), discount=("percent", Decimal(10)), tax_ids=tax),
        )
        return self._draft(client, lines, "Thank you for staying connected with us.")

    def _draft(self, client: str, lines: tuple[LineValues, ...], notes: str) -> uuid.UUID:
        today, client_id = clock.today("Africa/Lagos"), self._id(Client, Client.name == client)
        values = DraftValues("NGN", today, 14, client_id=client_id, lines=lines, notes=notes)
        return uuid.UUID(str(invoices.create_draft(self.owner, values, now=clock.now()).id))

    def sent_today(self) -> tuple[uuid.UUID, str]:
        """An invoice that was issued and mailed, and its letter in the mailbox."""
        tax = (self._id(Tax, Tax.name == "VAT"),)
        fibre = LineValues("Business fibre 100 Mbit/s", Decimal(1), Decimal("86000"), unit="month", tax_ids=tax)
        address = LineValues("Fixed public address", Decimal(2), Decimal("6500"), tax_ids=tax)
        sent = self._draft(CLIENT, (fibre, address), "Thank you, Dr Fálétí.")
        invoices.issue(self.owner, sent, now=clock.now())
        invoices.send(self.owner, sent, now=clock.now())
        while insert_and_run():
            pass
        box = mailbox(self.app.config["DUELY"])
        assert box is not None
        return sent, box.list()[0].id

    def link(self, invoice_id: uuid.UUID) -> str:
        """The secret in the customer's link."""
        return str(links.make_link(self.business_id, "invoice", invoice_id, clock.now()))

    def cookie(self) -> str:
        """The owner's session, with all that a page would write into it."""
        visitor = self.app.test_client()
        with visitor.session_transaction() as session:
            session["sid"] = self.token
        visitor.get("/account/")
        found = visitor.get_cookie("duely")
        assert found is not None
        return str(found.value)

    def pdf(self, invoice_id: uuid.UUID) -> bytes:
        """The invoice as its client gets it."""
        answer = self.app.test_client().get(f"/i/{self.link(invoice_id)}/pdf/")
        assert answer.mimetype == "application/pdf", answer.mimetype
        return bytes(answer.data)
