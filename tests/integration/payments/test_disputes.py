"""Disputes: shown with their deadline, and a lost one booked once, in whatever order and however often it is told."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.jobs import run_all
from app.jobs.models import Job
from app.money import Money
from app.payments import service as payments
from app.payments.errors import NotUndoable
from app.payments.models import Dispute, Payment, Refund
from app.payments.rules import deadline_words
from app.payments.service.printing import Paper, canonical
from app.payments.service.refunding import GivenBack
from tests.contracts.fake_paystack import FakePaystack
from tests.contracts.fake_paystack.books import Dispute as Told
from tests.integration.portal.conftest import Customer
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.sound import violations

DUE = 322_500


@pytest.fixture
def paid(customer: Customer, paystack: FakePaystack) -> uuid.UUID:
    """The invoice, paid online."""
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    return customer.payments()[0].id


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


def opened(customer: Customer, paystack: FakePaystack, **changes: object) -> Told:
    soon = f"{clock.today('Africa/Lagos') + timedelta(days=4)}T12:00:00.000Z"
    return paystack.open_dispute(customer.attempts()[0].reference, dueAt=soon, **changes)


def work() -> None:
    db.session.remove()
    run_all()
    db.session.remove()


def all_due() -> None:
    with writing():
        db.session.execute(update(Job).where(Job.state == "ready").values(due_at=clock.now()))
    work()


def rows(model: type, customer: Customer) -> list:
    db.session.rollback()
    query = select(model).where(model.business_id == customer.story.business_id).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def payment(customer: Customer) -> Payment:
    return rows(Payment, customer)[0]


Notify = Callable[..., int]


def test_an_open_one_is_shown_with_its_deadline_where_people_look(customer, paystack, paid, notify: Notify):
    told = opened(customer, paystack)
    assert notify(*paystack.dispute_notice(told)) == 200
    work()
    [row] = rows(Dispute, customer)
    assert (row.state, row.amount_minor, row.payment_id, row.category) == ("awaiting_us", DUE, paid, "chargeback")
    visitor = customer.story.visitor("viewer")
    today = clock.today("Africa/Lagos")
    words = deadline_words(today + timedelta(days=4), today)
    for page in ("/payments/disputes/", "/payments/disputes/?show=open", f"/payments/{paid}/", "/"):
        assert words[1:] in visitor.get(page).text, page
    assert "https://dashboard.paystack.com/#/disputes" in visitor.get(f"/payments/{paid}/").text
    assert "Disputed by the customer" in visitor.get(f"/invoices/{customer.invoice_id}/").text
    assert "Disputes" in visitor.get("/payments/").text
    assert rows(Refund, customer) == []


@pytest.mark.parametrize(
    "due_on, words",
    [
        (date(2026, 12, 2), "answer by Wed 2 Dec, 4 days left"),
        (date(2026, 11, 29), "answer by Sun 29 Nov, 1 day left"),
        (date(2026, 11, 28), "answer by Sat 28 Nov, today"),
        (date(2026, 11, 27), "the answer was due on Fri 27 Nov"),
        (date(2027, 1, 4), "answer by Mon 4 Jan 2027, 37 days left"),
        (None, "waits for an answer"),
    ],
)
def test_the_deadline_in_words(engine_name, customer, due_on, words):
    assert deadline_words(due_on, date(2026, 11, 28)) == words


@pytest.mark.parametrize("resolution", ["merchant-accepted", "auto-accepted"])
def test_a_lost_one_is_money_that_went_back_and_the_invoice_owes_again(customer, paystack, paid, notify, resolution):
    told = opened(customer, paystack)
    notify(*paystack.dispute_notice(told))
    work()
    paystack.resolve_dispute(told.id, resolution)
    for _ in range(3):
        notify(*paystack.dispute_notice(told, "resolve"))
        work()
    all_due()
    [booked] = rows(Refund, customer)
    booked_id = booked.id
    assert (booked.kind, booked.state, booked.amount_minor, booked.payment_id) == ("dispute", "done", DUE, paid)
    assert customer.invoice().balance_minor == DUE
    assert (payment(customer).refunded_minor, payment(customer).unallocated_minor) == (DUE, 0)
    [row] = rows(Dispute, customer)
    assert (row.refund_id, row.problem) == (booked_id, "")
    visitor = customer.story.visitor("viewer")
    page = visitor.get(f"/payments/{paid}/").text
    assert "Taken back by the bank" in page
    assert "Taken back: see below." in page
    assert ">Used<" not in page
    assert "Dispute lost" in visitor.get(f"/invoices/{customer.invoice_id}/").text
    assert "is disputed" not in visitor.get("/").text
    received = canonical(Paper(customer.story.business_id, "receipt", paid))["received"]
    went = [one["label"] for one in received["sent_back"]]
    assert (went, received["credit_minor"]) == (["Taken back by the bank"], 0)
    with pytest.raises(NotUndoable):
        payments.undo_refund(customer.story.owner, booked_id, "Typed twice", now=clock.now())


def test_one_that_is_won_changes_nothing_in_the_books(customer, paystack, paid, notify):
    told = opened(customer, paystack)
    paystack.resolve_dispute(told.id, "declined")
    for event in ("create", "resolve", "remind"):
        notify(*paystack.dispute_notice(told, event))
    work()
    assert rows(Refund, customer) == []
    assert customer.invoice().balance_minor == 0
    assert "Decided for you" in customer.story.visitor("viewer").get("/payments/disputes/").text


@pytest.mark.parametrize("order", list(itertools.permutations(["create", "remind", "resolve"])), ids="-".join)
@pytest.mark.parametrize("asked_between", [True, False], ids=["each worked on", "all at the end"])
def test_every_order_of_news_ends_the_same(customer, paystack, paid, notify, order, asked_between):
    told = opened(customer, paystack)
    notices = {event: paystack.dispute_notice(told, event) for event in ("create", "remind")}
    paystack.resolve_dispute(told.id, "merchant-accepted")
    notices["resolve"] = paystack.dispute_notice(told, "resolve")
    for event in (*order, *order):
        assert notify(*notices[event]) == 200
        if asked_between:
            work()
    work()
    assert [row.amount_minor for row in rows(Refund, customer)] == [DUE]
    assert [row.state for row in rows(Dispute, customer)] == ["resolved"]
    assert customer.invoice().balance_minor == DUE


def test_the_end_is_found_although_nobody_tells_of_it(customer, paystack, paid, notify):
    told = opened(customer, paystack)
    notify(*paystack.dispute_notice(told))
    work()
    paystack.resolve_dispute(told.id, "auto-accepted")
    all_due()
    assert len(rows(Refund, customer)) == 1


def test_what_was_given_back_before_is_not_lost_twice(customer, paystack, paid, notify):
    told_back = GivenBack(Money(100_000, "NGN"), "gateway", clock.today("Africa/Lagos"), "Sorry", through_id=paid)
    payments.refund(customer.story.owner, "payment", paid, told_back, now=clock.now())
    work()
    told = opened(customer, paystack)
    paystack.resolve_dispute(told.id, "merchant-accepted")
    notify(*paystack.dispute_notice(told, "resolve"))
    work()
    assert sorted(row.amount_minor for row in rows(Refund, customer)) == [100_000, DUE - 100_000]
    [row] = rows(Dispute, customer)
    assert "Only a part could be booked" in row.problem
    assert payment(customer).refunded_minor == DUE


def test_a_part_that_is_disputed_is_a_part_that_is_lost(customer, paystack, paid, notify):
    told = opened(customer, paystack, amount=22_500)
    paystack.resolve_dispute(told.id, "merchant-accepted")
    notify(*paystack.dispute_notice(told, "resolve"))
    work()
    assert customer.invoice().balance_minor == 22_500


def test_an_invoice_that_is_written_off_is_recovered_first_and_booked_the_next_day(customer, paystack, notify):
    customer.pay_part("1000.00")
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    invoices.write_off(customer.story.owner, customer.invoice_id, "Gone", now=clock.now())
    told = opened(customer, paystack)
    notify(*paystack.dispute_notice(told))
    paystack.resolve_dispute(told.id, "merchant-accepted")
    notify(*paystack.dispute_notice(told, "resolve"))
    work()
    assert rows(Refund, customer) == []
    assert "Recover it" in customer.story.visitor("viewer").get("/").text
    invoices.recover(customer.story.owner, customer.invoice_id, "They wrote", now=clock.now())
    all_due()
    assert [row.amount_minor for row in rows(Refund, customer)] == [100_000]
    assert rows(Dispute, customer)[0].problem == ""


def test_one_about_money_we_do_not_know_is_shown_and_not_booked(customer, paystack, paid, notify):
    told = opened(customer, paystack)
    told.transaction = type(told.transaction)(9, told.key, "elsewhere-1", DUE, "NGN", "a@b.example", {})
    notify(*paystack.dispute_notice(told))
    work()
    [row] = rows(Dispute, customer)
    assert row.payment_id is None
    assert "A payment Duely does not know" in customer.story.visitor("viewer").get("/payments/disputes/").text


def test_an_unclear_answer_is_asked_again(customer, paystack, paid, notify):
    told = opened(customer, paystack)
    paystack.fail_next("500", on="/dispute")
    notify(*paystack.dispute_notice(told))
    work()
    assert rows(Dispute, customer) == []
    all_due()
    assert [row.state for row in rows(Dispute, customer)] == ["awaiting_us"]


def test_programs_read_disputes_a_page_at_a_time(customer, paystack, paid, notify):
    program = Program.of(customer.story.app, customer.story, "viewer")
    told = [opened(customer, paystack), opened(customer, paystack)]
    for one in told:
        notify(*paystack.dispute_notice(one))
    work()
    at = "/api/billing/disputes/"
    first = program.get(at + "?limit=1&total=true&open=true")
    [row] = first["data"]
    assert (row["state"], row["words"], row["amount"]["minor"]) == ("awaiting_us", "Needs your answer", DUE)
    assert (row["payment_id"], row["due_on"]) == (
        str(paid),
        (clock.today("Africa/Lagos") + timedelta(days=4)).isoformat(),
    )
    assert first["pagination"]["total"] == 2
    rest = program.get(f"{at}?limit=1&open=true&cursor={first['pagination']['next']}")["data"]
    assert [one["id"] for one in (row, *rest)] == [str(one.id) for one in reversed(rows(Dispute, customer))]
    with customer.story.app.app_context(), counted() as asked:
        assert len(program.get(at)["data"]) == 2
    assert len(asked) <= 4, asked
    for one in told:
        paystack.resolve_dispute(one.id, "declined")
        notify(*paystack.dispute_notice(one, "resolve"))
    work()
    assert program.get(at + "?open=true")["data"] == []
    assert {one["words"] for one in program.get(at)["data"]} == {"Decided for you"}
