"""A service is cut for what the facts say on that day, never without a warning, and never by surprise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.auth.models import AuditEvent
from app.billing.models import LateFee, ServiceAction, Subscription
from app.billing.rules.dunning import Terms
from app.billing.service.cutting import approve_batch, restore_all
from app.billing.service.dunning_policies import set_policy
from app.billing.service.gathering import close_day
from app.clock import day_in
from app.errors import NotFound
from app.extensions import db
from app.messages import service as messages
from app.messages.models import Message
from app.reminders import service as reminders
from app.reminders.rules import ActValues
from app.reminders.service import add_holiday
from tests.integration.dunning.conftest import MONDAY


@pytest.mark.engines("sqlite", "postgresql")
def test_a_service_is_suspended_after_a_warning_that_was_accepted(office):
    office.step("suspend", 10)
    _, service, invoice = office.customer()
    office.walk(9)
    assert office.kinds() == []
    assert not office.suspended(service)
    office.walk(1)
    assert office.kinds() == ["suspension_warning"]
    assert not office.suspended(service)
    office.walk(2)
    assert not office.suspended(service)
    office.walk(1)
    assert office.suspended(service)
    assert office.cuts() == [("suspend", "done")]
    action = db.session.scalars(select(ServiceAction).where(ServiceAction.subscription_id == service)).one()
    assert action.reason.startswith("13 days overdue on ")
    assert action.batch_id
    assert action.invoice_id == invoice
    office.walk(5)
    assert office.kinds() == ["suspension_warning"]
    assert office.cuts() == [("suspend", "done")]


@pytest.mark.engines("sqlite", "postgresql")
def test_what_was_overdue_when_it_was_issued_climbs_the_ladder_from_that_day(office):
    """Its months were missed, and each invoice bears the day it ought to have had."""
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.step("throttle", 7)
    office.step("suspend", 10)
    client_id = office.client()
    service = office.subscribe(client_id)
    office.pass_by(25)
    office.bill(client_id)
    office.sweep()
    office.walk(4)
    assert (office.kinds(), office.cuts()) == ([], [])
    office.walk(3)
    assert office.cuts() == [("throttle", "done")]
    assert office.kinds() == ["invoice"]
    office.walk(5)
    assert not office.suspended(service)
    office.walk(1)
    assert office.suspended(service)
    [fee] = db.session.scalars(select(LateFee).where(LateFee.business_id == office.id))
    assert day_in(fee.created_at, "UTC") == MONDAY.date() + timedelta(days=30)


def test_a_last_reminder_days_before_is_warning_enough(office):
    office.step("suspend", 10)
    reminders.add_step(office.story.owner, 5, "", "reminder_last", now=office.now)
    _, service, _ = office.customer()
    office.walk(10)
    assert office.kinds() == ["reminder_last"]
    assert office.suspended(service)


def test_a_warning_that_nobody_accepted_cuts_nobody(office):
    office.step("suspend", 10)
    _, service, _ = office.customer()
    for _ in range(30):
        office.pass_by(1)
        office.sweep()
    assert not office.suspended(service)
    message = db.session.scalars(select(Message).where(Message.kind == "suspension_warning")).one()
    messages.refused(office.id, message.id, "The mailbox is full.", True, office.now)
    office.walk(10)
    assert not office.suspended(service)


def test_the_warning_names_the_service_and_the_day(office):
    office.step("suspend", 10)
    office.customer()
    office.walk(10)
    message = db.session.scalars(select(Message).where(Message.kind == "suspension_warning")).one()
    assert "Home will be suspended on Sunday 15 March 2026" in message.subject
    assert "Home" in message.text


def test_who_wants_no_reminders_is_warned_and_cut_all_the_same(office):
    from sqlalchemy import update

    from app.clients.models import Client
    from app.database import writing

    office.step("suspend", 10)
    client, service, _ = office.customer()
    with writing():
        db.session.execute(update(Client).where(Client.id == client).values(no_reminders_at=office.now))
    office.walk(13)
    assert office.kinds() == ["suspension_warning"]
    assert office.suspended(service)


def test_what_is_paid_in_part_moves_the_count_to_the_next_invoice(office):
    office.step("suspend", 40)
    client, service, first = office.customer()
    office.walk(31)
    second = office.bill(client)
    office.walk(8)
    office.pay(first, 1_000_000)
    office.walk(20)
    assert not office.suspended(service)
    office.walk(15)
    assert office.suspended(service)
    action = db.session.scalars(select(ServiceAction).where(ServiceAction.subscription_id == service)).one()
    assert action.invoice_id == second


def test_what_is_paid_after_the_batch_was_made_is_left_alone(office):
    from app.reminders.service.daily import sweep_and_go_on

    office.step("suspend", 10)
    _, service, invoice = office.customer()
    office.walk(12)
    office.pass_by(1)
    sweep_and_go_on(office.id, office.now, "")
    office.pay(invoice, 1_000_000)
    [batch] = office.batches()
    from app.billing.service.cutting import carry_out

    carry_out(office.id, batch.id, office.now)
    assert not office.suspended(service)
    assert office.cuts() == [("suspend", "left")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"spared_tags": frozenset({"hospital"})}, "spared"),
        ({"least_owed": {"NGN": 1_000_001}}, "Less is overdue"),
        ({"grace_days": 60}, "of grace"),
        ({"quiet_days": "1234567"}, "day like this"),
        ({"enabled": False}, "off"),
    ],
    ids=["a tag", "a small sum", "grace", "quiet days", "switched off"],
)
def test_what_the_policy_spares_is_not_cut(office, change, why):
    office.step("suspend", 10)
    office.policy(**change)
    _, service, _ = office.customer("hospital")
    office.walk(30)
    assert not office.suspended(service)
    assert office.cuts() == []


def test_nobody_is_cut_on_a_friday_evening_nor_on_a_holiday(office):
    office.step("suspend", 8)
    office.policy(quiet_days="567")
    _, service, _ = office.customer()
    office.walk(13)
    assert office.today.isoweekday() == 7
    assert not office.suspended(service)
    add_holiday(office.story.owner, office.today + timedelta(days=1), "Founders", now=office.now)
    office.walk(1)
    assert not office.suspended(service)
    office.walk(1)
    assert office.today.isoweekday() == 2
    assert office.suspended(service)


def test_a_hold_holds_the_cut_as_well(office):
    office.step("suspend", 10)
    _, service, invoice = office.customer()
    office.walk(12)
    until = office.today + timedelta(days=10)
    reminders.hold(office.story.owner, until, "They wait for their salary", now=office.now, invoice_id=invoice)
    office.walk(10)
    assert not office.suspended(service)
    office.walk(1)
    assert office.suspended(service)


def test_the_mildest_step_comes_first_and_cancelling_needs_a_warning_of_its_own(office):
    office.step("throttle", 5)
    office.step("suspend", 6)
    office.step("cancel", 7)
    _, service, _ = office.customer()
    office.walk(5)
    assert office.cuts() == [("throttle", "done")]
    office.walk(4)
    assert office.cuts() == [("throttle", "done"), ("suspend", "done")]
    office.walk(1)
    assert office.kinds() == ["suspension_warning", "reminder_last"]
    office.walk(2)
    assert len(office.cuts()) == 2
    office.walk(1)
    assert office.cuts()[-1] == ("cancel", "done")
    row = db.session.get_one(Subscription, (office.id, service))
    assert row.cancelled_on == office.today + timedelta(days=1)


def test_a_step_put_up_later_does_not_reach_back(office):
    _, service, _ = office.customer()
    office.walk(30)
    office.step("suspend", 10)
    office.walk(20)
    assert not office.suspended(service)


def test_what_staff_restored_is_not_cut_again_for_the_same_invoice(office):
    office.step("suspend", 10)
    _client, service, _ = office.customer()
    office.walk(13)
    from app.billing.service.controlling import restore

    restore(office.story.owner, service, reason="They called", now=office.now)
    office.walk(10)
    assert not office.suspended(service)


def test_too_many_at_once_wait_for_a_person(office):
    office.step("suspend", 10)
    office.policy(breaker_percent=50, breaker_count=3)
    services = [office.customer()[1] for _ in range(5)]
    office.customer()
    office.walk(13)
    [batch] = office.batches()
    assert batch.state == "held"
    assert "more than 50 %" in batch.reason
    assert not any(map(office.suspended, services))
    assert "cuts_held" in office.kinds()
    approve_batch(office.story.owner, batch.id, now=office.now)
    from app.billing.service.cutting import carry_out

    carry_out(office.id, batch.id, office.now)
    assert all(map(office.suspended, services))
    assert office.batches()[0].state == "done"


def test_a_batch_that_nobody_approved_lapses_and_the_next_day_is_looked_at_anew(office):
    office.step("suspend", 10)
    office.policy(breaker_percent=50, breaker_count=3)
    paid = [office.customer()[2] for _ in range(5)]
    office.walk(13)
    for invoice in paid[:3]:
        office.pay(invoice, 1_000_000)
    office.walk(1)
    assert [batch.state for batch in office.batches()] == ["lapsed", "done"]
    assert [state for _, state in office.cuts()] == ["left"] * 5 + ["done"] * 2


def test_when_the_payment_company_went_silent_nobody_is_cut(office):
    office.step("suspend", 10)
    _, service, invoice = office.customer()
    others = [office.customer()[2] for _ in range(2)]
    office.walk(12)
    for one in (invoice, *others):
        office.story.attempt(one, office.now)
    from sqlalchemy import update

    from app.database import writing
    from app.payments.models import Attempt

    with writing():
        values = {"checkout_url": "https://pay.example/", "created_at": office.now}
        db.session.execute(update(Attempt).where(Attempt.business_id == office.id).values(**values))
    office.walk(1)
    [batch] = office.batches()
    assert batch.state == "held"
    assert "notices may be missing" in batch.reason
    assert not office.suspended(service)


def test_a_whole_batch_is_restored_and_takes_no_more_that_day(office):
    office.step("suspend", 10)
    services = [office.customer()[1] for _ in range(4)]
    office.walk(13)
    assert all(map(office.suspended, services))
    [batch] = office.batches()
    assert restore_all(office.story.owner, batch.id, now=office.now) == (4, 0)
    assert not any(map(office.suspended, services))
    close_day(office.id, office.now)
    office.walk(3)
    assert not any(map(office.suspended, services))


def test_each_cut_is_written_down_with_its_reason(office):
    office.step("suspend", 10)
    _, _, invoice = office.customer()
    office.walk(13)
    query = select(AuditEvent.verb).where(AuditEvent.business_id == office.id, AuditEvent.object_id == invoice)
    verbs = list(db.session.scalars(query.order_by(AuditEvent.id)))
    assert [verb for verb in verbs if verb in ("warned", "service_cut")] == ["warned", "service_cut"]


def test_a_plan_may_have_a_ladder_and_a_policy_of_its_own(office):
    office.step("suspend", 10)
    _, service, _ = office.customer()
    reminders.add_act(office.story.owner, ActValues("suspend", 20), now=office.now, plan_id=office.plan_id)
    office.walk(14)
    assert not office.suspended(service)
    strict = Terms(enabled=True, quiet_days="", warning_days=8)
    set_policy(office.story.owner, strict, 0, now=office.now, plan_id=office.plan_id)
    office.walk(13)
    assert not office.suspended(service)
    office.walk(1)
    assert office.suspended(service)


def test_another_business_is_not_touched(office, theirs):
    office.step("suspend", 10)
    _, mine, _ = office.customer()
    _, other, _ = theirs.customer()
    theirs.walk(20)
    office.walk(13)
    assert office.suspended(mine)
    assert not theirs.suspended(other)
    with pytest.raises(NotFound):
        restore_all(theirs.story.owner, office.batches()[0].id, now=office.now)
