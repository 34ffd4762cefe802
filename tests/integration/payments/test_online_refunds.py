"""Refunds through Paystack: asked for once, whatever becomes of the answer, and credit again when they fail."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import clock
from app.database import writing
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.jobs import run_all
from app.jobs.models import Job
from app.money import Money
from app.payments import service as payments
from app.payments.errors import NotUndoable
from app.payments.models import Payment, Refund
from app.payments.queries import held
from app.payments.service import sending_back
from app.payments.service.refunding import GivenBack
from app.reports.queries import attention
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations
from tests.support.story import a_business

DUE = 322_500


@pytest.fixture
def paid(customer: Customer, paystack: FakePaystack) -> Payment:
    """The invoice, paid online; the books are sound whatever a test did."""
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    return customer.payments()[0]


@pytest.fixture(autouse=True)
def sound(customer: Customer):
    yield
    assert violations(customer.story.business_id) == []


def send_back(customer: Customer, payment_id: uuid.UUID, minor: int) -> uuid.UUID:
    """Ask for a refund over that payment, and let the job do it."""
    told = GivenBack(
        Money(minor, "NGN"), "gateway", clock.today("Africa/Lagos"), "Line was down", through_id=payment_id
    )
    refund_id = payments.refund(customer.story.owner, "payment", payment_id, told, now=clock.now()).id
    work()
    return refund_id


def work() -> None:
    """Do what is due, as a worker sees it that looks now."""
    db.session.remove()
    run_all()
    db.session.remove()


def row(customer: Customer, refund_id: uuid.UUID) -> Refund:
    db.session.rollback()
    return db.session.get_one(Refund, (customer.story.business_id, refund_id), populate_existing=True)


def later(customer: Customer, minutes: int = 6) -> None:
    """Time passes: what was planned is due, and the refund was asked for some minutes ago."""
    with writing():
        db.session.execute(update(Job).where(Job.state == "ready").values(due_at=clock.now()))
        ago = clock.now() - timedelta(minutes=minutes)
        mine = Refund.business_id == customer.story.business_id
        db.session.execute(update(Refund).where(mine, Refund.created_at > ago).values(created_at=ago))
    work()


def asked(paystack: FakePaystack) -> int:
    """How often Paystack was asked to give money back."""
    return sum(call.method == "POST" and call.path == "/refund" for call in paystack.journal)


def test_a_part_goes_back_over_the_payment_and_arrives(customer, paystack, paid, notify):
    payment_id, reference = paid.id, paid.gateway_reference
    refund_id = send_back(customer, payment_id, 100_000)
    assert row(customer, refund_id).state == "pending"
    assert customer.invoice().balance_minor == 100_000
    [known] = paystack.books.refunds
    assert (known.amount, known.merchant_note) == (100_000, str(refund_id))
    paystack.move_refund(known.id, "processed")
    assert notify(*paystack.refund_notice(known)) == 200
    work()
    assert row(customer, refund_id).state == "done"
    assert paystack.books.refunded(reference, TEST_KEY) == 100_000


@pytest.mark.parametrize("failure", ["500", "accept-and-500", "accept-and-close", "bad-json"])
def test_a_lost_answer_is_looked_up_and_not_asked_for_again_at_once(customer, paystack, paid, failure):
    paystack.fail_next(failure, on="/refund")
    refund_id = send_back(customer, paid.id, 50_000)
    assert row(customer, refund_id).state == "new"
    assert asked(paystack) == 1
    later(customer, minutes=1)
    assert asked(paystack) == 1
    later(customer)
    assert row(customer, refund_id).state == "pending"
    assert len(paystack.books.refunds) == 1


def test_a_worker_that_died_after_asking_looks_it_up(customer, paystack, paid):
    told = GivenBack(Money(50_000, "NGN"), "gateway", clock.today("Africa/Lagos"), "Line was down", through_id=paid.id)
    refund_id = payments.refund(customer.story.owner, "payment", paid.id, told, now=clock.now()).id
    with writing():
        asking = sending_back.prepare(customer.story.business_id, refund_id, clock.now())
    sending_back.ask(asking)
    work()
    assert row(customer, refund_id).state == "pending"
    assert asked(paystack) == 1


def test_a_refusal_settles_the_invoice_again_and_says_why(customer, paystack, paid):
    paystack.balance_is_low = True
    payment_id = paid.id
    refund_id = send_back(customer, payment_id, 50_000)
    refused = row(customer, refund_id)
    assert refused.state == "failed"
    assert "Insufficient balance" in refused.state_reason
    payment = db.session.get_one(Payment, (customer.story.business_id, payment_id))
    assert (payment.refunded_minor, payment.unallocated_minor) == (0, 0)
    assert customer.invoice().balance_minor == 0


def test_one_that_fails_later_is_credit_again_and_one_that_needs_somebody_says_so(customer, paystack, paid, notify):
    payment_id = paid.id
    first, second = send_back(customer, payment_id, 50_000), send_back(customer, payment_id, 20_000)
    failed, stuck = paystack.books.refunds
    paystack.move_refund(failed.id, "failed")
    paystack.move_refund(stuck.id, "needs-attention")
    for one in (failed, stuck, failed, stuck):
        notify(*paystack.refund_notice(one))
    work()
    assert (row(customer, first).state, row(customer, second).state) == ("failed", "needs_attention")
    payment = db.session.get_one(Payment, (customer.story.business_id, payment_id), populate_existing=True)
    assert (payment.refunded_minor, payment.unallocated_minor) == (20_000, 0)
    assert customer.invoice().balance_minor == 20_000
    page = customer.story.visitor("viewer").get(f"/payments/{payment_id}/").text
    assert "Needs you at the payment company" in page


def test_what_was_paid_meanwhile_is_not_settled_twice_and_the_rest_is_credit(customer, paystack, paid, notify):
    payment_id = paid.id
    refund_id = send_back(customer, payment_id, 50_000)
    customer.story.payment(customer.invoice_id, 30_000)
    [known] = paystack.books.refunds
    paystack.move_refund(known.id, "failed")
    for _ in range(3):
        notify(*paystack.refund_notice(known))
        work()
    assert row(customer, refund_id).state == "failed"
    payment = db.session.get_one(Payment, (customer.story.business_id, payment_id), populate_existing=True)
    assert (payment.refunded_minor, payment.unallocated_minor) == (0, 30_000)
    assert (customer.invoice().balance_minor, customer.invoice().paid_at is None) == (0, False)
    page = customer.story.visitor("viewer").get(f"/invoices/{customer.invoice_id}/").text
    assert page.count("Settled again: ₦200.00") == 1


def test_nothing_settles_an_invoice_again_that_was_written_off_meanwhile(customer, paystack, paid, notify):
    payment_id = paid.id
    send_back(customer, payment_id, 50_000)
    invoices.write_off(customer.story.owner, customer.invoice_id, "Gone", now=clock.now())
    [known] = paystack.books.refunds
    paystack.move_refund(known.id, "failed")
    notify(*paystack.refund_notice(known))
    work()
    payment = db.session.get_one(Payment, (customer.story.business_id, payment_id), populate_existing=True)
    assert payment.unallocated_minor == 50_000


def test_a_failed_one_wants_attention_until_it_is_tried_again_or_a_month_went_by(customer, paystack, paid):
    business_id, payment_id, today = customer.story.business_id, paid.id, clock.today("Africa/Lagos")

    def said(after: int = 0) -> list[tuple[str, str]]:
        found = attention(business_id, today, clock.now() + timedelta(days=after))
        return [(one.title, one.href) for one in found if "refund" in one.title]

    paystack.balance_is_low = True
    send_back(customer, payment_id, 50_000)
    assert said() == [("A refund failed", f"/payments/{payment_id}/")]
    assert said(31) == []
    send_back(customer, payment_id, 50_000)
    assert said() == [("A refund failed", f"/payments/{payment_id}/")]
    paystack.balance_is_low = False
    send_back(customer, payment_id, 50_000)
    assert said() == []


def test_one_made_on_the_dashboard_is_shown_and_not_booked(customer, paystack, paid, notify: Callable[..., int]):
    made = paystack.refund_on_dashboard(paid.gateway_reference, 30_000)
    notify(*paystack.refund_notice(made))
    work()
    [shown] = held(customer.story.business_id)
    assert (shown.amount_minor, "not from here" in shown.reason) == (30_000, True)
    assert customer.invoice().balance_minor == 0


def test_no_more_goes_back_over_a_payment_than_came_and_it_is_not_undone_here(customer, paystack, paid):
    payment_id = paid.id
    refund_id = send_back(customer, payment_id, DUE)
    with pytest.raises(Invalid):
        send_back(customer, payment_id, 1)
    with pytest.raises(NotUndoable):
        payments.undo_refund(customer.story.owner, refund_id, "Typed twice", now=clock.now())
    assert paystack.books.refunds[0].amount == DUE


def test_money_goes_back_over_ones_own_payments_only(customer, paid):
    other = a_business(customer.story.app, "Other")
    mine = other.payment(other.issued(), 50_000)
    told = GivenBack(Money(1_000, "NGN"), "gateway", clock.today("Africa/Lagos"), "Mine", through_id=paid.id)
    with pytest.raises(NotFound):
        payments.refund(other.owner, "payment", mine, told, now=clock.now())
    by_hand = customer.story.payment(customer.story.issued(), 50_000)
    told = GivenBack(Money(1_000, "NGN"), "gateway", clock.today("Africa/Lagos"), "Mine", through_id=by_hand)
    with pytest.raises(NotFound):
        payments.refund(customer.story.owner, "payment", by_hand, told, now=clock.now())


def test_staff_choose_the_way_back_on_the_page(customer, paid):
    payment_id = paid.id
    staff = customer.story.visitor("staff")
    page = staff.get(f"/payments/{payment_id}/refund/").text
    assert "Back through Paystack, payment of" in page
    assert f"through:{payment_id}" in page
