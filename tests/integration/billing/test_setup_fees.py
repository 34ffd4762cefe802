"""A set-up fee stands on the first invoice that is made of a subscription, once, from whichever day it is billed."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import select

from app.billing import service
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client, plan_client
from app.billing.service.wanting import Edit
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import contents
from tests.integration.billing.runs import Runs, at
from tests.integration.billing.test_subscription_pages import AT, bill, client_of, plan_of, said, typed, words
from tests.support.recurring import Story
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


@pytest.mark.parametrize("missed", ["ask", "latest", "all"])
def test_the_fee_stands_on_the_first_that_somebody_decided_to_bill(runs: Runs, missed: str) -> None:
    runs.policy(missed=missed)
    with_fee(runs, runs.client(), "2026-03-01")
    run_id = runs.planned("2026-05-10")
    never, then, _ = runs.entries(run_id)
    service.decide(runs.owner, run_id, never.id, "skip", was="", now=at("2026-05-10"))
    service.decide(runs.owner, run_id, then.id, "bill", was="", now=at("2026-05-10"))
    amounts = [one.now_minor for one in runs.entries(run_id) if one.does == "bill"]
    runs.approve(run_id, at("2026-05-10"))
    runs.post(run_id, at("2026-05-10"))
    assert fees(runs) == [1, 0]
    assert [one.total_minor for one in runs.invoices()] == amounts == [1_500_000, 1_000_000]


def test_a_decision_that_is_taken_back_takes_the_fee_back(runs: Runs) -> None:
    runs.policy(missed="ask")
    with_fee(runs, runs.client(), "2026-03-01")
    run_id = runs.planned("2026-04-10")
    first = runs.entries(run_id)[0].id
    service.decide(runs.owner, run_id, first, "bill", was="", now=at("2026-04-10"))
    assert [one.now_minor for one in runs.entries(run_id)] == [1_500_000, 1_000_000]
    service.decide(runs.owner, run_id, first, "", was="bill", now=at("2026-04-10"))
    assert [one.now_minor for one in runs.entries(run_id)] == [1_500_000, 1_500_000]
    runs.approve(run_id, at("2026-04-10"))
    runs.post(run_id, at("2026-04-10"))
    assert [str(one.issue_date) for one in runs.invoices()] == ["2026-04-01"]
    assert fees(runs) == [1]


def test_setting_up_is_paid_once_however_many_are_taken_of_a_plan_and_of_an_add_on(harmattan: Tenant) -> None:
    visitor, client = harmattan.visitor("staff"), client_of(harmattan)
    plan, addon = plan_of(harmattan), plan_of(harmattan, "Fixed address", 2_000, kind="addon")
    form = typed(client, plan, quantity="3") | {"addons-0-plan_id": addon, "addons-0-quantity": "4"}
    shown = words(visitor.post(f"{AT}new/preview/", data=form).text)
    assert "Set-up, Home 20 Mbps Once, however many ₦ 5,000 .00" in shown
    assert "Set-up, Fixed address Once, however many ₦ 2,000 .00" in shown
    assert visitor.post(f"{AT}new/", data=form).status_code == 303
    bill(visitor, form["subscription_id"])
    invoice = db.session.scalars(select(Invoice).where(Invoice.business_id == harmattan.business_id)).one()
    lines = contents(harmattan.business_id, invoice.id).lines
    found = [(one.title, one.quantity, one.total_minor) for one in lines if one.title.startswith("Set-up")]
    assert found == [("Set-up, Home 20 Mbps", 1, 500_000), ("Set-up, Fixed address", 1, 200_000)]
    assert "however many somebody takes" in said(harmattan.visitor(), "/billing/plans/new/")
    assert "however many somebody takes" in said(harmattan.visitor(), f"/billing/plans/{addon}/price/")
    assert "Each is set up once, however many." in said(visitor, f"{AT}new/?client={client}")
    assert "however many of it" in said(visitor, f"{AT}{form['subscription_id']}/change-items/")


def test_add_ons_that_come_later_are_set_up_once_and_more_of_them_not_again(harmattan: Tenant) -> None:
    story = Story(harmattan, taxed=False)
    story.bill("2026-04-01")
    cable = story.plan("Cable", 3_000, 700, kind="addon")
    story.edit("2026-04-11", {}, {cable: Decimal(3)}, setup=True)
    [_, apart] = story.invoices()
    assert [line[::2] for line in story.lines(apart)] == [("Cable", 600_000), ("Set-up, Cable", 70_000)]
    [held] = [one for one in story.items() if one.title == "Cable"]
    story.edit("2026-04-21", {held.id: Edit(Decimal(5))}, setup=True)
    assert [line[0] for line in story.lines(story.invoices()[-1])] == ["Cable"]
    assert story.faults() == []


def test_a_fee_for_each_that_was_agreed_on_before_stays(harmattan: Tenant) -> None:
    """What is stored says how many fees are paid; only what is agreed on anew pays one."""
    story = Story(harmattan, taxed=False)
    values = SubscriptionValues(
        story.client, "Old", "NGN", date(2026, 4, 1),
        (ItemValues("Home 50", Decimal(3), plan_id=story.fast),
         ItemValues("Set-up, Home 50", Decimal(3), plan_id=story.fast, once=True)),
        anchor_day=1, terms_days=7, apart=True,
    )  # fmt: skip
    service.subscribe(harmattan.owner, values, now=at("2026-03-01"))
    story.bill("2026-04-01")
    found = [line for one in story.invoices() for line in story.lines(one) if line[0] == "Set-up, Home 50"]
    assert [line[2] for line in found] == [3 * 800_000]
