"""`flask enforce-overdue-invoices` says what it would do, and what it did: fees and cuts, none of earlier runs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.billing.models import DunningBatch, LateFee
from app.billing.service.cutting import restore_all
from app.extensions import db
from app.reminders import service as reminders
from tests.integration.dunning.conftest import lived


@pytest.fixture
def command(app, office):
    """Runs it for the business; what it says, its warnings among it."""

    def run(*more):
        db.session.remove()
        done = app.test_cli_runner().invoke(args=["enforce-overdue-invoices", "--business", str(office.id), *more])
        assert done.exit_code == 0, done.output
        return done.output

    return run


def fees(office):
    db.session.rollback()
    return len(list(db.session.scalars(select(LateFee).where(LateFee.business_id == office.id))))


def test_it_looks_and_then_does(office, command):
    _, service, _ = lived(office, 12)
    office.pass_by(1)
    assert "not now: A warning was given" in command("--dry-run")
    assert not office.suspended(service)
    office.policy(warning_days=1)
    assert "Home: Service suspended, 12 days overdue on" in command("--dry-run")
    said = command()
    assert "Home: Service suspended; 12 days overdue on" in said
    assert "0 late fees charged, 1 service cut" in said
    assert office.suspended(service)
    again = command()
    assert "Service suspended" not in again
    assert "0 late fees charged, 0 services cut" in again


@pytest.mark.engines("sqlite", "postgresql")
def test_late_fees_are_told_and_counted_as_well(office, command):
    lived(office, 11)
    assert "0 late fees would be charged" in command("--dry-run")
    office.step("late_fee", 11, fee_percent=Decimal(2))
    seen = command("--dry-run")
    assert "late fee of ₦200.00 on" in seen
    assert "11 days overdue; now" in seen
    assert "1 late fee would be charged" in seen
    assert fees(office) == 0
    said = command()
    assert "11 days overdue; charged as" in said
    assert "1 late fee charged" in said
    assert fees(office) == 1
    again = command()
    assert "charged as" not in again
    assert "0 late fees charged" in again


def test_a_fee_that_the_rules_spare_is_told_and_not_counted(office, command):
    lived(office, 11)
    office.step("late_fee", 11, fee_percent=Decimal(2))
    office.policy(least_owed={"NGN": 5_000_000})
    said = command("--dry-run")
    assert "not charged: Less is overdue than what services are cut for." in said
    assert "0 late fees would be charged" in said


def test_after_a_restore_nothing_is_said_to_be_cut(office, command):
    office.policy(spared_tags=frozenset({"school"}))
    office.now = clock.now() - timedelta(days=12)
    reminders.add_step(office.story.owner, 5, "", "reminder_last", now=office.now)
    office.step("suspend", 12)
    _, cut, _ = office.customer()
    _, spared, _ = office.customer("school")
    office.walk(12)
    assert office.suspended(cut)
    [batch] = db.session.scalars(select(DunningBatch).where(DunningBatch.business_id == office.id))
    restore_all(office.story.owner, batch.id, now=office.now)
    office.policy(spared_tags=frozenset())
    page = office.story.visitor().get("/billing/dunning/").text
    assert "undone, so nothing more is cut today" in page
    assert "Tomorrow at the earliest" in page
    assert "With the next sweep" not in page
    for said in (command("--dry-run"), command()):
        assert "undone, so nothing more is cut today" in said
        assert "; now" not in said
        assert "0 services" in said
    assert not office.suspended(cut)
    assert not office.suspended(spared)


def test_too_many_at_once_are_told_before_and_cut_by_neither(office, command):
    lived(office, 12)
    office.policy(warning_days=1, breaker_percent=1, breaker_count=0)
    for said in (command("--dry-run"), command()):
        assert "which is more than 1 %" in said
        assert "0 services" in said
