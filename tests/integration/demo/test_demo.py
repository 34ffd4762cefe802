"""The demo business shows everything once, and its books are sound."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.auth.models import Business, Membership
from app.auth.service import people
from app.billing.models import BillingRun, Plan, PlanPrice, Subscription
from app.clients.models import Client
from app.demo.material import PASSWORD, PEOPLE, SETTINGS
from app.demo.plan import plan
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules import state
from app.jobs.models import Job, SystemJob
from app.ledger.models import JournalEntry
from app.messages.models import Message
from app.payments.models import Dispute, HeldMoney, Payment, SavedCard


def count(column, *where):
    return dict(db.session.execute(select(column, func.count()).where(*where).group_by(column)).all())


def test_an_empty_development_installation_gets_a_business_with_a_past(make_app):
    app = make_app(env="development")
    told = app.test_cli_runner().invoke(args=["prepare"])
    assert told.exit_code == 0, told.output
    assert all(email in told.stdout and role in told.stdout for _, email, role in PEOPLE)
    assert PASSWORD in told.stdout
    assert app.test_cli_runner().invoke(args=["prepare"]).stdout == ""
    audit = app.test_cli_runner().invoke(args=["audit"])
    assert audit.output == "1 business checked, no differences.\n"
    with app.app_context():
        _look_at_the_books()
        now = clock.now()
        for _, email, _ in PEOPLE:
            assert people.sign_in(email, PASSWORD, now=now, ip="127.0.0.1", user_agent="")


def _look_at_the_books():
    business = db.session.scalars(select(Business)).one()
    today = clock.today(business.timezone)
    assert db.session.scalar(select(func.count()).select_from(Client)) == 40
    assert count(Plan.kind) == {"plan": 4, "addon": 1}
    assert db.session.scalar(select(func.max(PlanPrice.since))) > today, "one of them has a price to come"
    assert count(Subscription.currency) == {"NGN": 10}
    assert count(BillingRun.state) == {"posted": 1, "review": 1}
    assert db.session.scalar(select(func.min(Subscription.next_bill_on))) > today, "nothing of them is due yet"
    rows = db.session.scalars(select(Invoice)).all()
    states = Counter(state(i.status, i.total_minor, i.balance_minor, i.due_date, today) for i in rows)
    assert len(rows) == 202
    assert min(states[kind] for kind in ("draft", "open", "overdue", "paid", "void")) >= 3
    assert any(0 < i.balance_minor < i.total_minor for i in rows)
    assert min(i.issue_date for i in rows) < today - timedelta(days=400)
    assert max(i.issue_date for i in rows) <= today
    owed = Counter()
    for invoice in rows:
        owed[invoice.currency] += invoice.balance_minor > 0
    assert min(owed[currency] for currency in ("NGN", "EUR", "KES")) >= 1
    assert len(count(Payment.method)) >= 5
    assert db.session.scalar(select(func.count()).where(Payment.unallocated_minor > 0)) >= 1
    assert db.session.scalar(select(func.count()).where(Payment.reversed_at.is_not(None))) == 1
    assert db.session.scalar(select(func.count()).select_from(HeldMoney)) == 1
    assert count(SavedCard.status) == {"active": 1}
    assert count(Dispute.state) == {"awaiting_us": 1}
    assert set(count(Message.state)) == {"sent", "failed"}
    assert set(count(Membership.role)) == {"owner", "staff", "viewer"}
    assert business.logo_key
    assert all(i.seller["logo_key"] for i in rows if i.number)
    assert max(db.session.scalars(select(JournalEntry.on_date))) <= today
    assert min(db.session.scalars(select(JournalEntry.on_date))) < today - timedelta(days=400)
    waiting = set(db.session.scalars(select(Job.task).where(Job.state != "done")))
    assert waiting <= {"billing.approve", "billing.post", "billing.send"}, "nothing waits but for its time"
    assert not count(SystemJob.state)


def test_every_address_is_one_that_cannot_exist():
    addresses = [email for _, email, _ in PEOPLE] + [str(SETTINGS["email"])]
    assert all(address.endswith(".example") for address in addresses)


def test_it_is_refused_in_production(make_app):
    app = make_app(env="production", site_url="https://duely.test", allowed_hosts=("duely.test",))
    result = app.test_cli_runner().invoke(args=["seed-demo"])
    assert result.exit_code == 1
    assert "not made in production" in result.output
    assert app.test_cli_runner().invoke(args=["prepare"]).stdout == ""


def test_people_who_are_there_already_are_left_alone(make_app):
    app = make_app(env="development")
    with app.app_context():
        words = ("Ada", "ada@example.com", "a calm river in june", "Obi Fibre")
        people.sign_up(*words, now=clock.now(), ip="", user_agent="")
    result = app.test_cli_runner().invoke(args=["seed-demo"])
    assert result.exit_code == 1
    assert "nothing was changed" in result.output
    assert app.test_cli_runner().invoke(args=["prepare"]).stdout == ""


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2028, 2, 29)])
def test_on_whatever_day_it_is_made_the_plan_is_of_one_piece(today):
    planned = plan(today)
    assert len(planned) == 200
    assert all(one.on <= today and one.on + timedelta(days=one.after) <= today for one in planned)
    assert planned == plan(today)
