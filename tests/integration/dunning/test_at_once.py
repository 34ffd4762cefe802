"""However many go through a batch or make a promise at once, each thing is done once."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import func, select

from app import database
from app.auth.rules import Actor
from app.billing.errors import PromiseRefused
from app.billing.models import LateFee, ServiceAction
from app.billing.queries.promises import record_of
from app.billing.service.cutting import carry_out
from app.billing.service.promising import promise
from app.extensions import db
from app.reminders.models import Hold
from app.reminders.service.daily import sweep_and_go_on

pytestmark = pytest.mark.engines("postgresql")
MANY = 6


def at_once(app, work):
    """The same in so many threads at once; whatever each of them raised."""
    start, raised = threading.Barrier(MANY), []

    def run():
        with app.app_context():
            start.wait()
            try:
                work()
            except Exception as error:
                raised.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_batch_that_several_go_through_cuts_each_service_once(app, office):
    office.step("suspend", 10)
    services = [office.customer()[1] for _ in range(3)]
    office.walk(12)
    office.pass_by(1)
    sweep_and_go_on(office.id, office.now, "")
    [batch_id] = [batch.id for batch in office.batches()]
    db.session.remove()
    assert at_once(app, lambda: carry_out(office.id, batch_id, office.now)) == []
    count = select(func.count()).select_from(ServiceAction).where(ServiceAction.business_id == office.id)
    assert db.session.scalar(count) == len(services)
    assert office.cuts() == [("suspend", "done")] * 3


def test_sweeps_at_once_charge_one_fee(app, office):
    office.step("late_fee", 5, fee_minor=10_000, currency="NGN")
    office.customer()
    office.pass_by(5)
    assert at_once(app, lambda: sweep_and_go_on(office.id, office.now, "")) == []
    assert db.session.scalar(select(func.count()).select_from(LateFee).where(LateFee.business_id == office.id)) == 1


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "lock off"])
def test_a_customer_who_promises_many_times_at_once_has_promised_once(app, office, locked, monkeypatch):
    def slowly(*asked):
        found = record_of(*asked)
        time.sleep(0.2 if locked else 2)
        return found

    monkeypatch.setattr(database, "LOCKS", locked)
    monkeypatch.setattr("app.billing.service.promising.record_of", slowly)
    _, _, invoice = office.customer()
    office.pass_by(2)
    db.session.remove()
    customer = Actor.customer(office.id, "")
    raised = at_once(app, lambda: promise(customer, office.today, now=office.now, invoice_id=invoice))
    made = select(func.count()).select_from(Hold).where(Hold.business_id == office.id, Hold.kind == "promise")
    count = db.session.scalar(made)
    assert all(isinstance(error, PromiseRefused) for error in raised)
    if locked:
        assert (count, len(raised)) == (1, MANY - 1)
    else:
        assert count > 1
