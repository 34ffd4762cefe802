"""What is billed after its days, and was suspended in the middle of them."""

from __future__ import annotations

from datetime import date

from app.billing import service
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant


def test_a_period_that_was_used_before_it_was_suspended_is_billed_and_the_next_one_is_not(harmattan: Tenant) -> None:
    runs = Runs(harmattan)
    one = runs.subscribed(ahead=False)
    service.suspend(harmattan.owner, one, reason="Owes for the modem", now=at("2026-03-25"))
    runs.posted("2026-04-01")
    runs.posted("2026-05-01")
    assert [(invoice.issue_date, invoice.total_minor) for invoice in runs.invoices()] == [(date(2026, 4, 1), 1_000_000)]
    assert [(claim.period_start.month, claim.state) for claim in runs.claims()] == [(3, "billed"), (4, "skipped")]
