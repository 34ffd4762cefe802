"""What ends while it is suspended is not paid for on the days without service, however it ends, and exactly once."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.auth.models import AuditEvent
from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.service.controlling import plan_reactivations
from app.billing.service.stopping import cancel_with_credit
from app.extensions import db
from app.invoices.models import CreditNote
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant

WORDS = "Home: 11 of 31 days without service, 10,000.00 × 11 ÷ 31"


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def suspend(runs: Runs, one: uuid.UUID, day: str = "2026-03-09") -> None:
    service.suspend(runs.owner, one, reason="Unpaid", now=at(day))


def credited(runs: Runs) -> list[tuple[int, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(CreditNote).where(CreditNote.business_id == runs.id).order_by(CreditNote.number))
    return [(note.total_minor, note.reason) for note in rows]


def look(runs: Runs, day: str) -> None:
    """The hourly look."""
    db.session.rollback()
    plan_reactivations(runs.id, now=at(day))


@pytest.mark.engines("sqlite", "postgresql")
def test_what_dunning_cancels_is_credited_once_its_last_day_is_over(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one)
    system = Actor.system(runs.id)
    service.cancel(system, one, ends_on=date(2026, 3, 21), reason="40 days overdue", now=at("2026-03-20"))
    look(runs, "2026-03-20")
    assert credited(runs) == [], "it is not over yet"
    for day in ("2026-03-21", "2026-03-21", "2026-03-22", "2026-04-15"):
        look(runs, day)
    assert credited(runs) == [(354_838, WORDS)]
    assert queries.get_subscription(runs.id, one).suspended_at is None
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "ended_suspended")).all()
    assert event.facts["credited"] == "₦3,548.38"
    runs.posted("2026-04-01")
    assert len(runs.invoices()) == 1
    assert runs.faults(at("2026-02-28")) == []


def test_a_look_that_was_missed_credits_the_days_up_to_the_end(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one)
    service.cancel(runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", now=at("2026-03-12"))
    look(runs, "2026-03-28")
    assert credited(runs) == [(354_838, WORDS)]
    assert runs.faults(at("2026-02-28")) == []


def test_what_ends_by_its_term_is_credited(runs: Runs) -> None:
    one = runs.subscribed(ends_on=date(2026, 3, 21))
    runs.posted("2026-03-01")
    [invoice] = runs.invoices()
    suspend(runs, one)
    look(runs, "2026-03-21")
    [(total, _)] = credited(runs)
    assert total == round(invoice.total_minor * 11 / 20), "11 of the 20 days of its term"
    look(runs, "2026-03-22")
    assert len(credited(runs)) == 1
    assert runs.faults(at("2026-02-28")) == []


@pytest.mark.parametrize("credit", [True, False])
def test_what_is_cancelled_from_today_is_credited_at_once_and_not_again(runs: Runs, credit: bool) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one)
    day = date(2026, 3, 21)
    cancel_with_credit(runs.owner, one, ends_on=day, reason="Moves", credit=credit, now=at("2026-03-21"))
    before = credited(runs)
    assert sum(total for total, _ in before) == (709_677 if credit else 354_838), "11 and 11 of 31 days, or 11"
    for days in (0, 1, 20):
        look(runs, str(day + timedelta(days=days)))
    assert credited(runs) == before
    assert runs.faults(at("2026-02-28")) == []


def test_a_policy_that_bills_suspended_services_credits_nothing(runs: Runs) -> None:
    runs.policy(bill_suspended=True)
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one)
    service.cancel(runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", now=at("2026-03-12"))
    look(runs, "2026-03-21")
    assert credited(runs) == []
    assert runs.faults(at("2026-02-28")) == []


def test_what_is_billed_after_its_days_is_billed_for_those_that_were_used(runs: Runs) -> None:
    one = runs.subscribed(ahead=False)
    suspend(runs, one)
    service.cancel(runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", now=at("2026-03-12"))
    look(runs, "2026-03-21")
    runs.posted("2026-04-01")
    assert [invoice.total_minor for invoice in runs.invoices()] == [290_323], "9 of 31 days"
    assert credited(runs) == []
    assert runs.faults(at("2026-02-28")) == []


@pytest.mark.parametrize("ends", [True, False])
def test_a_run_that_is_reversed_after_the_credit_nets_to_nothing(runs: Runs, ends: bool) -> None:
    one = runs.subscribed()
    run = runs.posted("2026-03-01")
    suspend(runs, one)
    if ends:
        service.cancel(runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", now=at("2026-03-12"))
        look(runs, "2026-03-21")
    else:
        service.restore(runs.owner, one, reason="Paid", now=at("2026-03-21"))
    runs.reverse(run, at("2026-03-22"))
    assert sum(total for total, _ in credited(runs)) == 1_000_000, "all of the invoice, and no more"
    assert runs.faults(at("2026-02-28")) == []
    look(runs, "2026-03-23")
    runs.posted("2026-03-24")
    used = 290_323 + (0 if ends else 354_839)  # 9 of 31 days, and 11 more where it came back
    assert sum(invoice.total_minor for invoice in runs.invoices()) - 1_000_000 == used
    assert runs.faults(at("2026-02-28")) == []
