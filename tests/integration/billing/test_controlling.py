"""Services are suspended, throttled and restored: decided once, written down, and carried out on the network."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.auth.queries import timeline
from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.models import ServiceAction
from app.billing.rules import Span
from app.billing.rules.states import WrongMove
from app.billing.service.billing import bill_client
from app.billing.service.controlling import reactivate_all
from app.billing.service.subscriptions import state_of
from app.database import new_id, writing
from app.errors import Forbidden, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.service import void, write_off
from app.jobs import enqueue, run_due
from app.jobs.models import Job
from app.money import Money
from app.payments.service import record_payment
from tests.integration.billing.services import (
    NOW,
    START,
    a_router,
    client_of,
    connected,
    log,
    network,
    on_router,
    row_of,
    subscribed,
    work,
)
from tests.support.tenants import Tenant

LATER = datetime(2026, 4, 10, 9, tzinfo=UTC)


def billed(tenant: Tenant, client_id: uuid.UUID) -> Invoice:
    """The first invoice, due on 27 March."""
    [invoice] = bill_client(tenant.owner, client_id, START, send=False, now=NOW)
    return invoice


def pay(tenant: Tenant, invoice: Invoice, minor: int) -> None:
    record_payment(tenant.owner, invoice.id, Money(minor, "NGN"), "cash", LATER.date(), now=LATER)


def suspended_for(tenant: Tenant, subscription_id: uuid.UUID, invoice: Invoice) -> None:
    """As the sweep does it: by the system, for an invoice."""
    system = Actor.system(tenant.business_id)
    service.suspend(system, subscription_id, reason="Unpaid", now=LATER, invoice_id=invoice.id)
    work()


def test_what_is_suspended_is_off_on_its_router_and_the_page_tells_why(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Asked for it", now=NOW)
    row = row_of(harmattan, subscription_id)
    assert (row.suspended_at, row.suspend_reason, row.until_paid) == (NOW, "Asked for it", False)
    assert state_of(row, START) == "suspended"
    assert (network(harmattan, subscription_id), log(harmattan, subscription_id)) == ("active", [("suspend", "wanted")])
    work()
    assert (network(harmattan, subscription_id), log(harmattan, subscription_id)) == (
        "suspended", [("suspend", "done")],
    )  # fmt: skip
    record = queries.record_of(harmattan.business_id, subscription_id)
    assert record is not None
    assert record.network_state == "suspended"
    [event, *_] = timeline(harmattan.business_id, "subscription", subscription_id)
    assert (event.verb, event.facts["reason"]) == ("suspended", "Asked for it")


def test_what_is_restored_runs_again(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.throttle(harmattan.owner, subscription_id, reason="Slow first", now=NOW)
    work()
    assert network(harmattan, subscription_id) == "throttled"
    service.suspend(harmattan.owner, subscription_id, reason="Then off", now=NOW)
    work()
    assert network(harmattan, subscription_id) == "suspended"
    service.restore(harmattan.owner, subscription_id, reason="Good again", now=NOW)
    work()
    assert network(harmattan, subscription_id) == "active"
    row = row_of(harmattan, subscription_id)
    assert (row.suspended_at, row.throttled_at, row.suspend_reason) == (None, None, "")
    assert log(harmattan, subscription_id) == [("restore", "done"), ("suspend", "done"), ("throttle", "done")]


def test_what_was_wanted_last_wins(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    service.restore(harmattan.owner, subscription_id, reason="On", now=NOW)
    service.suspend(harmattan.owner, subscription_id, reason="Off again", now=NOW)
    work()
    assert log(harmattan, subscription_id) == [("suspend", "done"), ("restore", "superseded"),
                                               ("suspend", "superseded")]  # fmt: skip
    assert network(harmattan, subscription_id) == "suspended"


def test_a_subscription_on_no_router_is_suspended_all_the_same(harmattan: Tenant) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    assert log(harmattan, subscription_id) == [("suspend", "done")]
    assert row_of(harmattan, subscription_id).suspended_at == NOW


def test_what_makes_no_sense_is_refused(harmattan: Tenant, savannah: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    with pytest.raises(WrongMove, match="neither suspended nor throttled"):
        service.restore(harmattan.owner, subscription_id, reason="", now=NOW)
    service.throttle(harmattan.owner, subscription_id, reason="Slow", now=NOW)
    with pytest.raises(WrongMove, match="throttled already"):
        service.throttle(harmattan.owner, subscription_id, reason="Slow", now=NOW)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    with pytest.raises(WrongMove, match="is suspended, so it cannot be suspended"):
        service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    with pytest.raises(Forbidden):
        service.restore(harmattan.actor("viewer"), subscription_id, reason="", now=NOW)
    with pytest.raises(NotFound):
        service.restore(savannah.owner, subscription_id, reason="", now=NOW)


def test_only_whole_days_without_service_count(harmattan: Tenant) -> None:
    """Suspended at ten in the evening in Lagos on the 20th and back at one in the night of the 23rd: two days."""
    subscription_id, _ = connected(harmattan)
    late, night = datetime(2026, 3, 20, 21, tzinfo=UTC), datetime(2026, 3, 23, 0, tzinfo=UTC)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=late)
    db.session.rollback()
    assert queries.suspended_spans(harmattan.business_id, [subscription_id]) == {
        subscription_id: [Span(date(2026, 3, 21), None)]
    }
    service.restore(harmattan.owner, subscription_id, reason="On", now=night)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=night + timedelta(hours=1))
    service.restore(harmattan.owner, subscription_id, reason="On", now=night + timedelta(hours=2))
    db.session.rollback()
    assert queries.suspended_spans(harmattan.business_id, [subscription_id]) == {
        subscription_id: [Span(date(2026, 3, 21), date(2026, 3, 23))]
    }


def test_a_batch_is_restored_as_a_whole_but_not_what_was_decided_on_since(harmattan: Tenant) -> None:
    router_id, batch = a_router(harmattan), new_id()
    system = Actor.system(harmattan.business_id)
    ids = [subscribed(harmattan, client_of(harmattan, name), name) for name in ("Ada", "Bola", "Chidi", "Dayo")]
    for number, one in enumerate(ids):
        on_router(harmattan, one, router_id, f"user{number}")
    for one in ids[:3]:
        service.suspend(system, one, reason="Unpaid", now=NOW, batch_id=batch)
    service.suspend(system, ids[3], reason="Unpaid", now=NOW, batch_id=new_id())
    service.restore(harmattan.owner, ids[0], reason="Paid in cash", now=NOW)
    service.restore(harmattan.owner, ids[1], reason="Paid in cash", now=NOW)
    service.suspend(harmattan.owner, ids[1], reason="Abuse", now=NOW)
    work()
    done = service.restore_batch(harmattan.owner, batch, NOW)
    assert [one.subscription_id for one in done] == [ids[2]]
    work()
    assert [network(harmattan, one) for one in ids] == ["active", "suspended", "active", "suspended"]


def test_a_payment_restores_what_was_suspended_for_it(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    client_id = row_of(harmattan, subscription_id).client_id
    invoice = billed(harmattan, client_id)
    suspended_for(harmattan, subscription_id, invoice)
    pay(harmattan, invoice, invoice.total_minor - 1)
    work()
    assert network(harmattan, subscription_id) == "suspended", "a part does not restore it"
    pay(harmattan, invoice, 1)
    work()
    assert network(harmattan, subscription_id) == "active"
    [action] = db.session.scalars(select(ServiceAction).where(ServiceAction.verb == "restore")).all()
    assert (action.reason, action.actor_kind) == ("What was owed is paid", "system")


def test_it_is_restored_before_hundreds_of_messages_that_wait_are_out(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
    suspended_for(harmattan, subscription_id, invoice)
    waiting = 300
    with writing():
        for number in range(waiting):
            enqueue("messages.deliver", f"{number}", {"message_id": str(new_id())}, business_id=harmattan.business_id)
    pay(harmattan, invoice, invoice.total_minor)
    run_due(limit=2)
    assert network(harmattan, subscription_id) == "active"
    messages = select(func.count()).where(Job.task == "messages.deliver", Job.state == "ready")
    assert db.session.scalar(messages) >= waiting


def test_what_is_written_off_or_void_is_no_reason_any_more(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
    suspended_for(harmattan, subscription_id, invoice)
    write_off(harmattan.owner, invoice.id, "Goodwill", now=LATER)
    work()
    assert network(harmattan, subscription_id) == "active"
    other = subscribed(harmattan, client_of(harmattan, "Ada"))
    invoice = billed(harmattan, row_of(harmattan, other).client_id)
    suspended_for(harmattan, other, invoice)
    void(harmattan.owner, invoice.id, "Mistake", now=LATER)
    work()
    assert row_of(harmattan, other).suspended_at is None


def test_what_a_person_suspended_stays_so_unless_they_said_until_it_is_paid(harmattan: Tenant) -> None:
    for until_paid in (False, True):
        subscription_id = subscribed(harmattan, client_of(harmattan, f"Client {until_paid}"))
        invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
        service.suspend(harmattan.owner, subscription_id, reason="Abuse", now=LATER, until_paid=until_paid)
        pay(harmattan, invoice, invoice.total_minor)
        work()
        assert (row_of(harmattan, subscription_id).suspended_at is None) is until_paid


def test_what_a_person_made_slow_is_slow_again_once_what_was_suspended_on_top_is_paid(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
    service.throttle(harmattan.owner, subscription_id, reason="Sends spam", now=NOW)
    suspended_for(harmattan, subscription_id, invoice)
    pay(harmattan, invoice, invoice.total_minor)
    work()
    row = row_of(harmattan, subscription_id)
    assert row.suspended_at is None
    assert row.throttled_at is not None
    assert (row.suspend_reason, row.until_paid) == ("Sends spam", False)
    assert network(harmattan, subscription_id) == "throttled"
    service.restore(harmattan.owner, subscription_id, reason="Clean again", now=LATER)
    assert row_of(harmattan, subscription_id).throttled_at is None


def test_what_the_sweep_made_slow_and_then_suspended_comes_back_wholly(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
    system = Actor.system(harmattan.business_id)
    service.throttle(system, subscription_id, reason="Unpaid", now=NOW, invoice_id=invoice.id)
    suspended_for(harmattan, subscription_id, invoice)
    pay(harmattan, invoice, invoice.total_minor)
    work()
    row = row_of(harmattan, subscription_id)
    assert (row.suspended_at, row.throttled_at) == (None, None)
    assert network(harmattan, subscription_id) == "active"


def test_what_was_suspended_for_an_invoice_of_something_else_waits_for_that(harmattan: Tenant) -> None:
    """A client owes for one thing and loses another: both of its invoices have to be paid."""
    subscription_id, _ = connected(harmattan)
    client_id = row_of(harmattan, subscription_id).client_id
    own = billed(harmattan, client_id)
    another = subscribed(harmattan, client_id, "Office")
    [other] = bill_client(harmattan.owner, client_id, START, send=False, now=NOW)
    suspended_for(harmattan, subscription_id, other)
    assert row_of(harmattan, another).suspended_at is None
    pay(harmattan, own, own.total_minor)
    work()
    assert network(harmattan, subscription_id) == "suspended"
    pay(harmattan, other, other.total_minor)
    work()
    assert network(harmattan, subscription_id) == "active"


def test_what_nobody_told_of_is_found_within_the_hour(harmattan: Tenant) -> None:
    """The net below: only who has paid comes back, and only what waits for a payment."""
    ids = [subscribed(harmattan, client_of(harmattan, name), name) for name in ("Ada", "Bola", "Chidi")]
    owing = billed(harmattan, row_of(harmattan, ids[0]).client_id)
    suspended_for(harmattan, ids[0], owing)
    service.suspend(Actor.system(harmattan.business_id), ids[1], reason="Unpaid", now=LATER)
    service.suspend(harmattan.owner, ids[2], reason="Abuse", now=LATER)
    reactivate_all()
    work()
    assert [row_of(harmattan, one).suspended_at is None for one in ids] == [False, True, False]


def test_another_business_is_left_alone(harmattan: Tenant, savannah: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    invoice = billed(harmattan, row_of(harmattan, subscription_id).client_id)
    suspended_for(harmattan, subscription_id, invoice)
    client_id = row_of(harmattan, subscription_id).client_id
    assert service.reactivate(savannah.business_id, client_id, now=LATER) == []
    assert queries.suspended_spans(savannah.business_id, [subscription_id]) == {}
