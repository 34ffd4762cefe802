"""The page of a subscription says what runs will really bill of it, and what keeps the rest from being billed."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app import clock
from app.billing import queries, service
from app.billing.models import ParkedClient
from app.billing.rules.calendar import in_month
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.awaiting import Awaited, awaited
from app.billing.service.billing import bill_client, plan_subscription
from app.billing.service.stopping import pause_with_credit
from app.database import new_id, writing
from app.extensions import db
from app.web import filters
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant

UNTIL = date(2026, 6, 15)


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def told(runs: Runs, subscription_id: uuid.UUID, today: date, until: date = UNTIL) -> Awaited:
    db.session.rollback()
    return awaited(queries.agreement_of(runs.id, subscription_id), today, until)


def days(found: Awaited) -> list[str]:
    return [str(bill.on) for bill in found.bills]


def said(tenant: Tenant, subscription_id: uuid.UUID) -> str:
    page = tenant.visitor("staff").get(f"/billing/subscriptions/{subscription_id}/").text
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_what_nothing_holds_is_billed_as_it_is_planned(runs: Runs) -> None:
    id = runs.subscribed()
    found = told(runs, id, date(2026, 3, 10))
    planned = plan_subscription(runs.id, id, UNTIL)
    assert [(one.on, one.total) for one in found.bills] == [(one.bundle.bill_on, one.total) for one in planned]
    assert days(found) == ["2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
    assert (found.suspended, found.parked, found.left_out, found.missed) == (None, None, (), ())


def test_what_is_suspended_is_not_billed_unless_the_policy_says_so(runs: Runs) -> None:
    id = runs.subscribed()
    service.suspend(runs.owner, id, reason="Off", now=at("2026-03-20"))
    found = told(runs, id, date(2026, 3, 21))
    assert (days(found), found.suspended) == (["2026-03-01"], date(2026, 3, 20))
    runs.policy(bill_suspended=True)
    found = told(runs, id, date(2026, 3, 21))
    assert (len(days(found)), found.suspended) == (4, None)


def test_what_was_left_out_of_a_run_is_named(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    id = runs.subscribed()
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "leave_out", was="", now=at("2026-03-01"))
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    found = told(runs, id, date(2026, 3, 10))
    assert days(found) == ["2026-04-01", "2026-05-01", "2026-06-01"]
    assert [str(one.start) for one in found.left_out] == ["2026-03-01"]


def test_what_was_missed_is_named_where_no_run_bills_it(runs: Runs) -> None:
    id = runs.subscribed()
    runs.policy(missed="latest")
    found = told(runs, id, date(2026, 5, 10))
    assert days(found) == ["2026-05-01", "2026-06-01"]
    assert [str(one.start) for one in found.missed] == ["2026-03-01", "2026-04-01"]


def test_of_who_is_parked_nothing_comes(runs: Runs) -> None:
    client = runs.client()
    id = runs.subscribed(client)
    with writing() as session:
        session.add(ParkedClient(business_id=runs.id, id=new_id(), client_id=client, subscription_id=id,
                                 reason="Too many bills.", at=at("2026-03-02")))  # fmt: skip
    found = told(runs, id, date(2026, 3, 10))
    assert (found.bills, found.parked) == ((), "Too many bills.")
    page = said(runs.tenant, id)
    assert "Nothing is billed while the client is parked. Too many bills." in page
    assert "nothing while the client is parked" in page


def running(tenant: Tenant, billed: bool = True) -> uuid.UUID:
    """A subscription that began on the first of this month for 30,000.00."""
    runs, today = Runs(tenant), clock.today("Africa/Lagos")
    first = in_month(today.year, today.month, 1)
    items = (ItemValues("Home", price=Decimal(30_000)),)
    client = runs.client()
    values = SubscriptionValues(client, "Home", "NGN", first, items, anchor_day=1)
    id = service.subscribe(tenant.owner, values, now=clock.now()).id
    if billed:
        bill_client(tenant.owner, client, today, send=False, now=clock.now())
    return id


def test_the_page_of_what_is_suspended_promises_no_invoice(harmattan: Tenant) -> None:
    id = running(harmattan)
    assert "nothing until it is restored" not in said(harmattan, id)
    service.suspend(harmattan.owner, id, reason="Off", now=clock.now())
    page = said(harmattan, id)
    assert "None nothing until it is restored" in page
    assert "no period that begins from then on is billed until the service is restored" in page


@pytest.mark.parametrize("credit", [True, False])
def test_a_pause_says_since_when_and_what_of_it_is_billed(harmattan: Tenant, credit: bool) -> None:
    id, today = running(harmattan), clock.today("Africa/Lagos")
    pause_with_credit(harmattan.owner, id, since=today, until=None, reason="Away", credit=credit, now=clock.now())
    page = said(harmattan, id)
    assert f"Paused since {filters.day_words(today, 'en')}. Away" in page
    assert "It stays so until somebody takes it up again." in page
    assert "None nothing until it is taken up again" in page
    assert ("were billed before and not credited" in page) is not credit


def test_a_pause_that_ends_says_when_it_goes_on(harmattan: Tenant) -> None:
    id, today = running(harmattan), clock.today("Africa/Lagos")
    since, until = today + timedelta(days=2), today + timedelta(days=9)
    pause_with_credit(harmattan.owner, id, since=since, until=until, reason="", credit=True, now=clock.now())
    page = said(harmattan, id)
    first, last, again = (filters.day_words(day, "en") for day in (since, until - timedelta(days=1), until))
    assert f"Paused from {first} to {last}." in page
    assert f"It goes on again on {again}." in page
