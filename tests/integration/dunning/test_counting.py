"""Of several unpaid invoices of a service the oldest counts, and what is promised or held keeps the service."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.models import DunningCut, LateFee
from app.billing.queries.forecast import look_ahead
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.runs import PolicyValues
from app.billing.service import run_posting, run_reversing, run_sending, running
from app.billing.service.applying import change
from app.billing.service.promising import promise
from app.billing.service.wanting import PlanWish, to_plan
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders import service as reminders


@pytest.fixture
def two(office):
    """(client, service, its older invoice, its newer one): a month lies between them, and neither is paid."""
    client, subscription, older = office.customer()
    office.now += timedelta(days=31)
    newer = office.bill(client)
    db.session.remove()
    return client, subscription, older, newer


def throttled(office, subscription) -> bool:
    db.session.rollback()
    return queries.get_subscription(office.id, subscription).throttled_at is not None


@pytest.mark.parametrize("how", ["hold", "promise"])
def test_what_is_promised_or_held_keeps_the_service_whatever_else_is_owed(office, two, how):
    _, subscription, older, _ = two
    office.step("throttle", 3)
    office.step("suspend", 5)
    until = office.today + timedelta(days=12)
    if how == "hold":
        reminders.hold(office.story.owner, until, "They called", now=office.now, invoice_id=older)
    else:
        promise(Actor.customer(office.id, ""), until, now=office.now, invoice_id=older)
    db.session.remove()
    office.walk(12)
    assert not throttled(office, subscription)
    assert not office.suspended(subscription)
    assert office.cuts() == []
    assert "suspension_warning" not in office.kinds()
    # Once its day is over the ladder goes on.
    office.walk(1)
    assert throttled(office, subscription)


def test_a_promise_on_a_newer_overdue_invoice_keeps_the_service_too(office):
    client, subscription, _ = office.customer()
    office.now += timedelta(days=31)
    office.step("throttle", 33)
    newer = office.bill(client)
    office.pass_by(1)
    promise(Actor.customer(office.id, ""), office.today + timedelta(days=5), now=office.now, invoice_id=newer)
    db.session.remove()
    [row] = look_ahead(office.id, office.now)[0]
    assert row.row.id == subscription
    assert not row.today
    assert "A promise or a hold on" in row.said.why
    assert row.said.on == office.today + timedelta(days=6)
    office.walk(5)
    assert not throttled(office, subscription)
    office.walk(1)
    assert throttled(office, subscription)


def test_a_hold_is_left_out_of_the_amount_and_the_amount_is_that_of_the_invoice(office):
    client, _, older = office.customer()
    other = office.subscribe(client)
    second = office.bill(client)
    office.step("throttle", 3)
    reminders.hold(office.story.owner, office.today + timedelta(days=20), "", now=office.now, invoice_id=older)
    db.session.remove()
    office.walk(3)
    [cut] = db.session.scalars(select(DunningCut).where(DunningCut.business_id == office.id))
    assert (cut.subscription_id, cut.invoice_id, cut.state) == (other, second, "done")
    assert cut.owed_minor == db.session.get_one(Invoice, (office.id, second)).balance_minor == 1_000_000


def test_a_service_is_listed_once_and_warned_and_cut_for_its_oldest_invoice(office, two):
    _, subscription, older, newer = two
    office.step("suspend", 32)
    office.step("cancel", 36)
    office.pass_by(2)
    [row] = look_ahead(office.id, office.now, days=40)[0]
    assert (row.row.id, row.invoice_id, row.days, row.owed.minor) == (subscription, older, 33, 1_000_000)
    office.walk(5)
    assert office.suspended(subscription)
    [cut] = db.session.scalars(select(DunningCut).where(DunningCut.business_id == office.id))
    assert cut.invoice_id == older != newer


def test_once_the_oldest_is_paid_the_next_counts(office, two):
    _, subscription, older, newer = two
    office.step("throttle", 5)
    office.pay(older, 1_000_000)
    office.walk(4)
    assert not throttled(office, subscription)
    office.walk(1)
    assert throttled(office, subscription)
    [cut] = db.session.scalars(select(DunningCut).where(DunningCut.business_id == office.id))
    assert cut.invoice_id == newer


def test_what_a_change_billed_by_itself_cuts_and_holds_the_service_until_it_is_paid(office):
    office.step("suspend", 5)
    client, subscription, first = office.customer()
    office.pay(first, 1_000_000)
    price = PriceValues("NGN", Decimal(50_000), office.today, Decimal(0))
    plan = service.create_plan(office.story.owner, PlanValues("Fast"), price, today=office.today, now=office.now).id
    office.pass_by(2)
    wish = PlanWish(plan, office.today)
    change(office.story.owner, subscription, lambda one, tariff: to_plan(office.id, one, wish, tariff), now=office.now)
    db.session.remove()
    mine = (Invoice.business_id == office.id, Invoice.client_id == client, Invoice.id != first)
    [apart] = db.session.scalars(select(Invoice).where(*mine, Invoice.status == "open"))
    apart_id, owed = apart.id, apart.balance_minor
    db.session.remove()
    office.walk(10)
    assert office.suspended(subscription)
    assert queries.overdue_among(office.id, [subscription], office.today) == {subscription}
    service.reactivate(office.id, client, now=office.now)
    assert office.suspended(subscription)
    office.pay(apart_id, owed)
    service.reactivate(office.id, client, now=office.now)
    assert not office.suspended(subscription)


def posted(office, **how):
    """(service, run): a run whose messages wait for three days, if they go at all."""
    service.change_policy(office.story.owner, PolicyValues(hold_hours=72), version=0, now=office.now)
    subscription = office.subscribe(office.client())
    run_id = service.start_run(office.story.owner, office.today, now=office.now, by_job=False, **how).id
    while running.plan_next(office.id, run_id, now=office.now, by_job=False):
        pass
    service.approve(office.story.owner, run_id, version=None, looked=True, now=office.now)
    while run_posting.post_next(office.id, run_id, now=office.now, by_job=False):
        pass
    db.session.remove()
    return subscription, run_id


def test_nothing_climbs_the_ladder_before_the_invoice_itself_has_left(office):
    reminders.add_step(office.story.owner, 1, "", "reminder_overdue", now=office.now)
    office.step("late_fee", 1, fee_minor=5_000, currency="NGN")
    office.step("throttle", 1)
    subscription, run_id = posted(office)
    # The last days its messages are late, and everything waits for them.
    office.walk(5)
    assert office.kinds() == []
    assert not throttled(office, subscription)
    assert db.session.scalars(select(LateFee).where(LateFee.business_id == office.id)).all() == []
    while run_sending.send_next(office.id, run_id, now=office.now, by_job=False):
        pass
    db.session.remove()
    office.walk(1)
    assert office.kinds()[0] == "invoice"
    assert "reminder_overdue" in office.kinds()
    assert throttled(office, subscription)


def test_days_are_counted_from_the_day_on_which_a_run_is_sent(office):
    office.step("throttle", 1)
    subscription, run_id = posted(office)
    office.pass_by(3)
    while run_sending.send_next(office.id, run_id, now=office.now, by_job=False):
        pass
    db.session.remove()
    office.sweep()
    assert not throttled(office, subscription)
    office.walk(1)
    assert throttled(office, subscription)


def test_a_run_that_is_reversed_takes_the_late_fees_on_it_back(office):
    office.step("late_fee", 1, fee_minor=5_000, currency="NGN")
    _, run_id = posted(office, sends=False)
    office.walk(2)
    [fee] = db.session.scalars(select(LateFee).where(LateFee.business_id == office.id))
    fee_id = fee.fee_invoice_id
    db.session.remove()
    service.reverse(office.story.owner, run_id, "Wrong prices", now=office.now)
    while run_reversing.reverse_next(office.id, run_id, now=office.now, by_job=False):
        pass
    db.session.remove()
    fee = db.session.get_one(Invoice, (office.id, fee_id))
    assert (fee.balance_minor, fee.credited_minor) == (0, 5_000)
    assert {
        one.balance_minor for one in db.session.scalars(select(Invoice).where(Invoice.business_id == office.id))
    } == {0}
