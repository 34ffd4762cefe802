"""Days without service are not billed unless the policy says so, and days with it are, whenever it came back."""

from __future__ import annotations

from datetime import date

import pytest

from app.billing import service
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
    assert runs.faults(at("2026-02-28")) == []
