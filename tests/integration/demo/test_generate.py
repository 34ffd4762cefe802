"""Generated data: sound books, the same every time, and rows that are those the services write."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app import create_app
from app.auth.models import Link, Membership, Person
from app.auth.rules import Actor
from app.demo.bulk import generate as bulk
from app.demo.bulk.generate import generate
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice, InvoiceLine
from app.invoices.queries.stored import stored_values
from app.invoices.rules import state
from app.jobs.models import Job
from app.money import Money
from app.payments import service as payments
from app.payments.models import Allocation, Payment
from app.vault import unseal
from config import Config
from tests.support.traces import traces

UNTIL = date(2026, 11, 20)
SECRET = "a key that is the same in two installations"
SALTED = {"password_hash", "token_encrypted"}


def command(app, *options: str):
    return app.test_cli_runner().invoke(args=["generate-test-data", "--until", str(UNTIL), *options])


def every_row(app) -> dict[str, list[str]]:
    """All tables as text, but for what is salted or encrypted."""
    with app.app_context():
        found = {}
        for table in db.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in SALTED]
            found[table.name] = sorted(repr(tuple(row)) for row in db.session.execute(select(*columns)))
        db.session.remove()
    return found


def test_three_hundred_invoices_are_sound(make_app):
    app = make_app(env="development")
    told = command(app, "--invoices", "300", "--clients", "40")
    assert told.exit_code == 0, told.output
    assert app.test_cli_runner().invoke(args=["audit"]).output == "1 business checked, no differences.\n"
    with app.app_context():
        rows = db.session.scalars(select(Invoice)).all()
        assert len(rows) == 300
        states = Counter(state(i.status, i.total_minor, i.balance_minor, i.due_date, UNTIL) for i in rows)
        assert 250 <= states["paid"] <= 280
        assert min(states["open"], states["overdue"], states["draft"], states["void"]) >= 1
        assert set(Counter(i.currency for i in rows)) == {"NGN", "EUR"}
        assert min(i.issue_date for i in rows) < UNTIL - timedelta(days=900)
        assert max(i.issue_date for i in rows) < UNTIL
        assert all(i.version and i.created_at.date() <= UNTIL and i.id.version == 7 for i in rows)
        assert len(db.session.scalars(select(InvoiceLine.id)).all()) == 900
        assert set(db.session.scalars(select(Job.state))) == {"done"}


def test_chunks_change_nothing(make_app, monkeypatch):
    app = make_app(env="development")
    monkeypatch.setattr(bulk, "CHUNK", 7)
    assert command(app, "--invoices", "40", "--clients", "10").exit_code == 0
    assert app.test_cli_runner().invoke(args=["audit"]).output == "1 business checked, no differences.\n"
    with app.app_context():
        assert len(db.session.scalars(select(Invoice.id)).all()) == 40


def test_the_same_seed_makes_the_same_rows_in_any_database(make_app, sqlite_template, tmp_path):
    other = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, other)
    here = make_app(env="development", secret_key=SECRET)
    config = Config.for_tests(
        database_url=f"sqlite:///{other}", instance_dir=tmp_path / "other", env="development", secret_key=SECRET
    )
    there = create_app(config)
    sizes = ("--invoices", "60", "--clients", "12", "--seed")
    assert command(here, *sizes, "5").output == command(there, *sizes, "5").output
    rows = every_row(here)
    assert rows == every_row(there)
    assert len(rows["invoice"]) == 60
    with there.app_context():
        db.engine.dispose()
    assert command(here, *sizes, "6", "--business", "Another").exit_code == 0
    assert len(set(every_row(here)["invoice"]) - set(rows["invoice"])) == 60


def test_it_is_refused_in_production_and_for_a_name_that_exists(make_app):
    app = make_app(env="production", site_url="https://duely.test", allowed_hosts=("duely.test",))
    refused = command(app, "--invoices", "5")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert every_row(app)["business"] == []
    assert command(app, "--invoices", "5", "--clients", "2", "--force").exit_code == 0
    again = command(app, "--invoices", "5", "--clients", "2", "--force")
    assert again.exit_code == 1
    assert "Choose another name" in again.output
    assert len(every_row(app)["business"]) == 1


def test_the_pages_show_it(make_app):
    app = make_app(env="development")
    app.config["WTF_CSRF_ENABLED"] = False
    told = command(app, "--invoices", "60", "--clients", "12").stdout
    email, password = re.search(r"Sign in as (\S+) with the password (\S+)", told).groups()
    browser, stranger = app.test_client(), app.test_client()
    signed_in = browser.post("/login/", data={"email": email, "password": password})
    assert signed_in.status_code == 303, signed_in.text
    with app.app_context():
        invoice = db.session.scalars(select(Invoice).where(Invoice.number.is_not(None))).first()
        link = db.session.scalars(select(Link)).first()
        customer, number, client = f"/i/{unseal(link.token_encrypted)}/", invoice.number, invoice.client_id
    for path in ("/", "/invoices/", f"/invoices/{invoice.id}/", f"/clients/{client}/", "/payments/"):
        assert browser.get(path).status_code == 200, path
    assert number in browser.get(f"/invoices/?q={number}").text
    assert stranger.get(customer).status_code == 200


@pytest.fixture
def generated(make_app):
    """A generated business with its owner acting, the application's context open."""
    app = make_app(env="development")
    with app.app_context():
        made = generate("Plenty Networks", 150, 20, 3, UNTIL)
        person_id = db.session.scalar(select(Membership.person_id))
        name = db.session.get_one(Person, person_id).name
        yield Actor("person", made.business_id, role="owner", person_id=person_id, name=name)


FATES = {
    "paid": (Invoice.balance_minor == 0, Invoice.paid_at.is_not(None), Invoice.discount_kind.is_(None)),
    "discounted": (Invoice.balance_minor == 0, Invoice.paid_at.is_not(None), Invoice.discount_minor > 0),
    "abroad": (Invoice.balance_minor == 0, Invoice.paid_at.is_not(None), Invoice.currency == "EUR"),
    "unpaid": (Invoice.status == "open", Invoice.balance_minor == Invoice.total_minor),
    "void": (Invoice.status == "void",),
    "draft": (Invoice.status == "draft",),
}


def test_the_rows_are_those_the_services_write(generated):
    """Invoices are made a second time, step by step through the services, and what they leave behind is compared."""
    settled = select(Payment.id).join(Allocation, Allocation.payment_id == Payment.id)
    online = settled.where(Allocation.invoice_id == Invoice.id, Payment.method == "gateway").exists()
    linked = select(Link.token_hash).where(Link.object_id == Invoice.id).exists()
    for fate, where in FATES.items():
        query = select(Invoice).where(*where, ~online, ~linked).order_by(Invoice.id).limit(1)
        first = db.session.scalars(query).one()
        assert traces(replay(generated, first)) == traces(first), fate


def replay(actor: Actor, like: Invoice) -> Invoice:
    """Another invoice with the same history."""
    db.session.refresh(like)
    payment = db.session.scalar(select(Payment).join(Allocation, Allocation.payment_id == Payment.id)
                                .where(Allocation.invoice_id == like.id))  # fmt: skip
    db.session.expunge_all()
    made = invoices.create_draft(actor, stored_values(like), now=like.created_at)
    if like.issued_at:
        invoices.issue(actor, made.id, now=like.issued_at)
    if like.sent_at:
        invoices.mark_sent(actor, made.id, now=like.sent_at)
    if like.voided_at:
        invoices.void(actor, made.id, like.void_reason, now=like.voided_at)
    if payment:
        money, reference = Money(payment.amount_minor, payment.currency), payment.reference
        booked = (payment.method, payment.received_on)
        payments.record_payment(actor, made.id, money, *booked, now=payment.created_at, reference=reference)
    return db.session.get_one(Invoice, (actor.business_id, made.id))
