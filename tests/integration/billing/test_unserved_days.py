"""Days without service are not billed unless the policy says so, and days with it are, whenever it came back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from app.auth.models import AuditEvent
from app.auth.queries import get_business
from app.billing import queries, service
from app.billing.queries.billed import LinesUnknown
from app.billing.rules.runs import NEVER
from app.billing.rules.subscriptions import ItemValues
from app.billing.service import giving_back, unserved
from app.billing.service.foreseeing import foresee
from app.billing.service.stopping import cancel_with_credit
from app.extensions import db
from app.invoices.models import CreditNote
from app.money import Money
from app.payments.service import record_payment
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def suspend(runs: Runs, one, day: str) -> None:
    service.suspend(runs.owner, one, reason="Owes for the modem", now=at(day))


def restore(runs: Runs, one, day: str) -> None:
    service.restore(runs.owner, one, reason="Paid", now=at(day))


def billed(runs: Runs) -> list[tuple[date, int]]:
    return [(invoice.issue_date, invoice.total_minor) for invoice in runs.invoices()]


def credited(runs: Runs) -> list[tuple[date, int, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(CreditNote).where(CreditNote.business_id == runs.id).order_by(CreditNote.number))
    return [(note.issue_date, note.total_minor, note.reason) for note in rows]


def test_what_was_skipped_is_billed_from_the_day_on_which_it_is_used_again(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one, "2026-03-20")
    runs.posted("2026-04-01")
    restore(runs, one, "2026-04-03")
    runs.posted("2026-04-03")
    runs.posted("2026-05-01")
    assert billed(runs) == [
        (date(2026, 3, 1), 1_000_000),
        (date(2026, 4, 3), 933_333),  # 28 of 30 days
        (date(2026, 5, 1), 1_000_000),
    ]
    words = "Home: 11 of 31 days without service, 10,000.00 × 11 ÷ 31"
    assert credited(runs) == [(date(2026, 4, 3), 354_839, words)]
    assert runs.faults(at("2026-02-28")) == []


def test_who_comes_back_on_the_first_day_of_a_period_pays_for_all_of_it(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one, "2026-03-20")
    runs.posted("2026-04-01")
    restore(runs, one, "2026-04-01")
    run = runs.planned("2026-04-02", by_person=False)
    assert runs.run(run).state == "approved", "it waits for nobody: nothing that was billed was taken back"
    runs.post(run, at("2026-04-02"))
    assert billed(runs) == [(date(2026, 3, 1), 1_000_000), (date(2026, 4, 1), 1_000_000)]
    assert runs.faults(at("2026-02-28")) == []


def test_days_without_service_before_the_bill_are_never_billed(runs: Runs) -> None:
    one = runs.subscribed(ahead=False)
    suspend(runs, one, "2026-03-25")
    restore(runs, one, "2026-03-28")
    runs.posted("2026-04-01")
    # The 26th and the 27th were without it: 25 and 4 of 31 days.
    assert billed(runs) == [(date(2026, 4, 1), 806_452 + 129_032)]
    assert runs.faults(at("2026-02-28")) == []


def test_what_is_suspended_when_it_is_billed_after_its_days_is_billed_for_those_that_were_used(runs: Runs) -> None:
    one = runs.subscribed(ahead=False)
    suspend(runs, one, "2026-03-25")
    runs.posted("2026-04-01")
    runs.posted("2026-05-01")
    restore(runs, one, "2026-05-11")
    runs.posted("2026-06-01")
    assert billed(runs) == [
        (date(2026, 4, 1), 806_452),  # 25 of 31 days
        (date(2026, 6, 1), 677_419),  # 21 of 31, from the 11th on
    ]
    assert credited(runs) == []
    assert runs.faults(at("2026-02-28")) == []


@pytest.mark.parametrize("ahead", [True, False])
def test_a_policy_may_bill_all_of_it(runs: Runs, ahead: bool) -> None:
    runs.policy(bill_suspended=True)
    one = runs.subscribed(ahead=ahead)
    suspend(runs, one, "2026-03-20")
    runs.posted("2026-04-01")
    restore(runs, one, "2026-04-03")
    runs.posted("2026-05-01")
    assert {total for _, total in billed(runs)} == {1_000_000}
    assert len(billed(runs)) == (3 if ahead else 2)
    assert credited(runs) == []
    assert runs.faults(at("2026-02-28")) == []


def test_days_without_service_that_were_billed_come_back_when_it_does(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    [invoice] = runs.invoices()
    record_payment(runs.owner, invoice.id, Money(1_000_000, "NGN"), "cash", date(2026, 3, 1), now=at("2026-03-01"))
    suspend(runs, one, "2026-03-09")
    db.session.rollback()
    row = queries.get_subscription(runs.id, one)
    assert unserved.coming_back(row, at("2026-03-15")) == Money(161_290, "NGN")
    restore(runs, one, "2026-03-15")
    suspend(runs, one, "2026-03-20")
    restore(runs, one, "2026-03-22")
    words = "Home: {0} of 31 days without service, 10,000.00 × {0} ÷ 31"
    assert credited(runs) == [
        (date(2026, 3, 15), 161_290, words.format(5)),
        (date(2026, 3, 22), 32_258, words.format(1)),
    ]
    runs.posted("2026-04-01")
    assert billed(runs) == [(date(2026, 3, 1), 1_000_000), (date(2026, 4, 1), 1_000_000)]
    [event, _] = db.session.scalars(
        select(AuditEvent).where(AuditEvent.verb == "restored").order_by(AuditEvent.id)
    ).all()
    assert event.facts["credited"] == "₦1,612.90"
    assert runs.faults(at("2026-02-28")) == []


def test_what_comes_back_and_goes_for_good_later_is_credited_once_for_each_day(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one, "2026-03-09")
    restore(runs, one, "2026-03-15")
    cancel_with_credit(
        runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", credit=True, now=at("2026-03-20")
    )  # fmt: skip
    assert [total for _, total, _ in credited(runs)] == [161_290, 354_839], "5 and 11 of 31 days"
    assert runs.faults(at("2026-02-28")) == []


def test_what_ends_while_it_is_suspended_is_credited_for_all_days_without_service(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one, "2026-03-09")
    cancel_with_credit(
        runs.owner, one, ends_on=date(2026, 3, 21), reason="Moves", credit=True, now=at("2026-03-21")
    )  # fmt: skip
    assert [total for _, total, _ in credited(runs)] == [354_839, 354_838], "11 and 11 of 31 days"
    runs.posted("2026-04-01")
    assert billed(runs) == [(date(2026, 3, 1), 1_000_000)]
    assert runs.faults(at("2026-02-28")) == []


def test_a_service_comes_back_though_its_credit_cannot_be_worked_out(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_knows(*_: object) -> list[object]:
        raise LinesUnknown

    one = runs.subscribed()
    runs.posted("2026-03-01")
    suspend(runs, one, "2026-03-09")
    monkeypatch.setattr(giving_back, "paid_after", nobody_knows)
    restore(runs, one, "2026-03-15")
    db.session.rollback()
    assert queries.get_subscription(runs.id, one).suspended_at is None
    assert credited(runs) == []
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "restored")).all()
    assert "Credit it by hand" in event.facts["not_credited"]


def test_a_service_that_comes_and_goes_often_is_not_taken_for_billing_that_runs_away(runs: Runs) -> None:
    one = runs.subscribed(ahead=False)
    for day in range(2, 29, 3):
        suspend(runs, one, f"2026-03-{day:02}")
        restore(runs, one, f"2026-03-{day + 2:02}")
    run = runs.posted("2026-04-01")
    assert {entry.odd for entry in runs.entries(run)} == {""}
    assert [invoice.issue_date for invoice in runs.invoices()] == [date(2026, 4, 1)]
    # Nine days of 31 without it; each of the ten parts is rounded by itself.
    assert abs(sum(total for _, total in billed(runs)) - 709_677) < 5
    assert runs.faults(at("2026-02-28")) == []


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_days_that_are_paid_for_are_those_that_were_served(runs: Runs, seed: int, ahead: bool) -> None:
    """7,000.00 a week, so that a day is 1,000.00, and a service that comes and goes as it likes for ten weeks."""
    chance, first = Random(seed), date(2026, 3, 2)
    items = (ItemValues("Home", price=Decimal(7_000)),)
    one = runs.subscribed(items=items, starts_on=first, cycle_unit="week", anchor_day=1, ahead=ahead)
    last, day = first + timedelta(days=70), first
    off_since: date | None = None
    unserved_days = 0
    while day <= last:
        changes, back = chance.random() < 0.13, False
        if off_since is not None and (changes or day == last):
            restore(runs, one, str(day))
            unserved_days += (day - off_since).days - 1
            off_since, changes, back = None, False, True
        begins = (day - first).days % 7 == 0
        if begins or back:
            runs.posted(str(day))
        # Of a period that begins with the day of a suspension, and is not billed yet, that day is a gift.
        if off_since is None and changes and day < last and (ahead or not begins):
            suspend(runs, one, str(day))
            off_since = day
        day += timedelta(days=1)
    assert unserved_days
    served = (77 if ahead else 70) - unserved_days
    paid = sum(total for _, total in billed(runs)) - sum(total for _, total, _ in credited(runs))
    assert paid == served * 100_000
    assert runs.faults(at("2026-02-28")) == []


def test_what_was_skipped_is_billed_though_the_policy_bills_suspended_services_by_now(runs: Runs) -> None:
    subscription = runs.subscribed()
    runs.posted("2026-03-01")
    service.suspend(runs.owner, subscription, reason="Not paid", now=at("2026-03-20"))
    runs.posted("2026-04-01")
    runs.policy(bill_suspended=True)
    service.restore(runs.owner, subscription, reason="Paid", now=at("2026-04-05"))
    runs.posted("2026-04-06")
    assert [str(one.issue_date) for one in runs.invoices()] == ["2026-03-01", "2026-04-05"]


def test_what_somebody_decided_never_to_bill_stays_so_when_the_service_is_back(runs: Runs) -> None:
    subscription = runs.subscribed()
    runs.posted("2026-03-01")
    service.suspend(runs.owner, subscription, reason="Not paid", now=at("2026-03-20"))
    run_id = runs.planned("2026-04-01")
    [entry] = runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "skip", was="", now=at("2026-04-01"))
    runs.approve(run_id, at("2026-04-01"))
    runs.post(run_id, at("2026-04-01"))
    service.restore(runs.owner, subscription, reason="Paid", now=at("2026-04-05"))
    runs.posted("2026-04-06")
    assert [str(one.issue_date) for one in runs.invoices()] == ["2026-03-01"]
    assert runs.claims()[-1].reason == NEVER


def test_what_is_foreseen_of_days_paid_afterwards_is_what_a_run_bills_while_it_is_suspended(runs: Runs) -> None:
    one = runs.subscribed(ahead=False)
    suspend(runs, one, "2026-03-10")
    business = get_business(runs.id)
    foreseen = [bill.reckoned.total_minor for bill in foresee(business, date(2026, 3, 20), date(2026, 4, 1)).bills]
    runs.posted("2026-04-01")
    assert foreseen == [total for _, total in billed(runs)]
    assert foreseen[-1] == 322_581, "10 of 31 days of March"
