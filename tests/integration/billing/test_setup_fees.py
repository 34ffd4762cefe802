"""A set-up fee stands on the first invoice that is made of a subscription, once, from whichever day it is billed."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from app.billing import service
from app.billing.rules.subscriptions import ItemValues
from app.billing.service.billing import bill_client, plan_client
from app.invoices.queries import contents
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant

FEE = "Set-up"
TODAY = "2026-03-20"
CASES = list(product(
    # In the past with whole periods missed, in the middle of a period, today, to come, and not told.
    ("2026-01-01", "2026-02-10", TODAY, "2026-04-01", "2026-04-15", None),
    ("now", "next", "free"),
    (True, False),
))  # fmt: skip


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def with_fee(runs: Runs, client: uuid.UUID, billed_from: str | None, **changes: object) -> uuid.UUID:
    items = (ItemValues("Home", plan_id=runs.plan), ItemValues(FEE, price=Decimal(5_000), once=True))
    day = date.fromisoformat(billed_from) if billed_from else None
    return runs.subscribed(client, items=items, starts_on=date(2026, 1, 1), billed_from=day, **changes)


def fees(runs: Runs) -> list[int]:
    """How many set-up fees stand on each invoice, in the order of their days."""
    return [sum(line.title == FEE for line in contents(runs.id, one.id).lines) for one in runs.invoices()]


def once_and_first(found: list[int]) -> bool:
    return found[:1] == [1] and sum(found) == 1


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("billed_from, stub, ahead", CASES)
def test_billed_by_hand_month_by_month(runs: Runs, billed_from: str | None, stub: str, ahead: bool) -> None:
    client = runs.client()
    with_fee(runs, client, billed_from, stub=stub, ahead=ahead)
    shown = [charge.title for one in plan_client(runs.id, client, date(2026, 7, 1)) for charge, _ in one.lines]
    assert shown.count(FEE) == 1
    for day in (TODAY, "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"):
        bill_client(runs.owner, client, date.fromisoformat(day), send=False, now=at(day))
    assert once_and_first(fees(runs))


@pytest.mark.parametrize("billed_from", ["2026-01-01", "2026-02-10", "2026-04-15", None])
@pytest.mark.parametrize("missed", ["all", "latest"])
def test_billed_by_runs(runs: Runs, billed_from: str | None, missed: str) -> None:
    runs.policy(missed=missed)
    with_fee(runs, runs.client(), billed_from)
    for day in (TODAY, "2026-04-01", "2026-05-01", "2026-06-01"):
        runs.posted(day)
    assert once_and_first(fees(runs))


def march_left_out(runs: Runs) -> None:
    """A subscription with a fee, whose first period somebody left out of the run it was in."""
    runs.policy(approve_alone=False)
    with_fee(runs, runs.client(), "2026-03-01")
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "leave_out", was="", now=at("2026-03-01"))
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))


def test_what_was_left_out_takes_no_fee_with_it(runs: Runs) -> None:
    march_left_out(runs)
    assert fees(runs) == []
    runs.policy(approve_alone=True)
    runs.posted("2026-04-01")
    runs.posted("2026-05-01")
    assert once_and_first(fees(runs))


def test_a_run_by_itself_bills_the_fee_with_what_was_not_left_out(runs: Runs) -> None:
    march_left_out(runs)
    april = runs.planned("2026-04-01", by_person=False)
    runs.approve(april, at("2026-04-01"))
    runs.post(april, at("2026-04-01"))
    assert [entry.state for entry in runs.entries(april)] == ["posted"]
    assert fees(runs) == [1]


def test_two_periods_decided_on_never_bill_it_twice(runs: Runs) -> None:
    runs.policy(approve_alone=False, missed="latest")
    with_fee(runs, runs.client(), "2026-03-01")
    run_id = runs.planned("2026-04-10")
    for entry in runs.entries(run_id):
        if entry.does != "bill":
            service.decide(runs.owner, run_id, entry.id, "bill", was="", now=at("2026-04-10"))
    runs.approve(run_id, at("2026-04-10"))
    runs.post(run_id, at("2026-04-10"))
    runs.posted("2026-05-01")
    assert once_and_first(fees(runs))
