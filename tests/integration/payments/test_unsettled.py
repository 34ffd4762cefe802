"""Online payments that came to no end by themselves are shown to people, who ask anew or say that nothing came."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select, update
from werkzeug.test import TestResponse

from app import clock
from app.auth.models import AuditEvent
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.payments import service as payments
from app.payments.errors import NotUnsettled
from app.payments.models import Attempt
from app.payments.queries.unsettled import list_unsettled
from app.payments.rules import LEFT, NOT_CONFIRMED
from app.reports.queries import attention
from tests.contracts.fake_paystack import FakePaystack
from tests.integration.payments.kept import all_due, charged, invoice, next_invoice, sweep, verbs, work
from tests.integration.portal.conftest import Customer
from tests.support.program import Program
from tests.support.sound import violations
from tests.support.story import a_business

DUE = 322_500
PAGE = "/payments/unsettled/"


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


def days_pass() -> None:
    """All questions that were planned are asked."""
    for _ in range(9):
        all_due()


def went_silent(customer: Customer, paystack: FakePaystack, status: str = "pending") -> Attempt:
    """The customer went to pay, and for five days nobody says what became of it."""
    customer.pay()
    attempt = customer.attempts()[-1]
    paystack.finish(attempt.reference, status)
    days_pass()
    return last(customer)


def last(customer: Customer) -> Attempt:
    """The newest try to pay as it stands, to be read whatever else is asked."""
    db.session.remove()
    attempt = customer.attempts()[-1]
    db.session.expunge(attempt)
    return attempt


def listed(customer: Customer) -> list[str]:
    """What the page says happened, one by one."""
    db.session.rollback()
    rows = list_unsettled(customer.story.business_id, clock.now(), None).items
    return [row.title for row in rows]


def press(visitor: FlaskClient, customer: Customer, verb: str) -> TestResponse:
    """Press one of the two buttons, with the page's CSRF key."""
    url = f"{PAGE}{last(customer).id}/{verb}/"
    key = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(PAGE).text)
    assert key
    return visitor.post(url, data={"csrf_token": key[1]})


def test_what_stays_unclear_is_shown_where_people_look(customer, paystack):
    attempt = went_silent(customer, paystack)
    assert attempt.state == "unclear"
    reference, invoice_id = attempt.reference, attempt.invoice_id
    staff, viewer = customer.story.visitor("staff"), customer.story.visitor("viewer")
    page = staff.get(PAGE).text
    for words in ("Nobody knows whether this was paid", "on its way", "3,225", reference, "Paystack"):
        assert words in page
    assert f"/invoices/{invoice_id}/" in page
    assert f"{PAGE}{attempt.id}/not-paid/" in page
    assert "not-paid" not in viewer.get(PAGE).text
    dashboard = viewer.get("/").text
    assert "An online payment needs you" in dashboard
    assert PAGE in dashboard
    assert PAGE in viewer.get("/payments/").text
    invoices.void(customer.story.owner, invoice_id, "Typed twice", now=clock.now())
    assert len(listed(customer)) == 1


def test_without_any_nothing_leads_there(customer, paystack):
    customer.pay()
    for url in ("/", "/payments/"):
        assert PAGE not in customer.story.visitor().get(url).text
    assert "Nothing needs you" in customer.story.visitor("viewer").get(PAGE).text


def test_who_only_left_the_checkout_needs_nobody_and_may_still_pay(customer, paystack):
    attempt = went_silent(customer, paystack, "abandoned")
    assert (attempt.state, attempt.reason) == ("failed", LEFT)
    assert listed(customer) == []
    paystack.finish(attempt.reference, "success")
    payments.verify_now(customer.story.business_id, attempt.id, now=clock.now())
    assert customer.invoice().balance_minor == 0


@pytest.mark.parametrize(
    "status, state, shown",
    [("success", "paid", 0), ("failed", "failed", 0), ("abandoned", "failed", 0), ("pending", "unclear", 1)],
)
def test_asking_again_settles_what_is_known_by_now(customer, paystack, status, state, shown):
    attempt = went_silent(customer, paystack)
    paystack.finish(attempt.reference, status)
    staff = customer.story.visitor("staff")
    for _ in range(2):
        answer = press(staff, customer, "ask")
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert last(customer).state == "unclear"
    work()
    assert (last(customer).state, len(listed(customer))) == (state, shown)
    assert customer.invoice().balance_minor == (0 if status == "success" else DUE)
    assert len(customer.payments()) == (status == "success")


def test_said_to_be_not_paid_it_is_over_and_says_who_said_so(customer, paystack):
    attempt = went_silent(customer, paystack)
    staff = customer.story.visitor("staff")
    asked = staff.get(f"{PAGE}{attempt.id}/not-paid/").text
    assert attempt.reference in asked
    assert last(customer).state == "unclear"
    assert "Your name is noted" in asked
    for _ in range(2):
        assert press(staff, customer, "not-paid").status_code == 303
    attempt = last(customer)
    assert attempt.state == "failed"
    assert attempt.reason.startswith("Said to be not paid by ")
    assert listed(customer) == []
    told = select(AuditEvent).where(AuditEvent.verb == "said_not_paid", AuditEvent.object_id == customer.invoice_id)
    [noted] = db.session.scalars(told)
    assert noted.actor_name in attempt.reason
    assert noted.facts["reference"] == attempt.reference
    page = customer.story.visitor("viewer").get(f"/invoices/{customer.invoice_id}/").text
    assert "Said to be not paid: ₦3,225.00" in page
    assert attempt.reason not in customer.open(f"pay/{attempt.id}/").text


@pytest.mark.parametrize("how", ["a notice", "the customer's return"])
def test_money_that_comes_after_all_is_booked(customer, paystack, notify, how):
    attempt = went_silent(customer, paystack)
    payments.say_not_paid(customer.story.owner, attempt.id, now=clock.now())
    paystack.finish(attempt.reference, "success")
    if how == "a notice":
        assert notify(*paystack.notice(attempt.reference)) == 200
        work()
    else:
        customer.browser.get("/payment/callback/", query_string={"reference": attempt.reference})
    assert customer.invoice().balance_minor == 0
    assert len(customer.payments()) == 1
    assert last(customer).state == "paid"
    with pytest.raises(NotUnsettled):
        payments.say_not_paid(customer.story.owner, last(customer).id, now=clock.now())
    with pytest.raises(NotUnsettled):
        payments.ask_anew(customer.story.owner, last(customer).id, now=clock.now())
    assert customer.invoice().balance_minor == 0


def test_why_it_is_over_stays_whatever_else_is_heard(customer, paystack):
    attempt = went_silent(customer, paystack)
    payments.say_not_paid(customer.story.owner, attempt.id, now=clock.now())
    for status in ("pending", "failed"):
        paystack.finish(attempt.reference, status)
        payments.verify_now(customer.story.business_id, attempt.id, now=clock.now())
        assert last(customer).reason == "Said to be not paid by Tolu Adé."
    assert "payment_failed" not in verbs(customer, "invoice", customer.invoice_id)


def test_others_find_nothing(customer, paystack):
    attempt = went_silent(customer, paystack)
    other = a_business(customer.story.app, "Other")
    for verb in ("ask", "not-paid"):
        assert press(other.visitor(), customer, verb).status_code == 404
        assert press(customer.story.visitor("viewer"), customer, verb).status_code == 403
    assert attempt.reference not in other.visitor().get(PAGE).text


# -- saved cards -------------------------------------------------------------------------------------------------------


def test_one_to_be_confirmed_is_shown_while_its_invoice_is_open(offered, paystack, card):
    card.again = "paused"
    invoice_id = next_invoice(offered)
    sweep(offered)
    assert listed(offered) == ["The bank wants the customer to confirm"]
    asked = press(offered.story.visitor("staff"), offered, "ask")
    assert asked.status_code == 303
    work()
    assert last(offered).state == "paused"
    invoices.void(offered.story.owner, invoice_id, "Typed twice", now=clock.now())
    assert listed(offered) == []


def test_one_that_nobody_confirms_is_given_up_and_not_tried_again(offered, paystack, card):
    card.again = "paused"
    next_invoice(offered)
    sweep(offered)
    days_pass()
    attempt = last(offered)
    assert (attempt.state, attempt.reason) == ("refused", NOT_CONFIRMED)
    assert listed(offered) == ["The saved card could not be charged"]
    for day in (2, 5):
        sweep(offered, day)
    assert len(charged(paystack)) == 1


@pytest.mark.parametrize("again", ["paused", "pending"])
def test_a_card_is_not_charged_again_by_itself_after_somebody_said_that_nothing_came(offered, paystack, card, again):
    """The bank's page for the first charge may still be open, and the customer would pay twice."""
    card.again = again
    next_invoice(offered)
    sweep(offered)
    if again == "pending":
        days_pass()
    asked = offered.story.visitor("staff").get(f"{PAGE}{last(offered).id}/not-paid/").text
    assert "not charged for this invoice again by itself" in asked
    assert press(offered.story.visitor("staff"), offered, "not-paid").status_code == 303
    card.again = "success"
    for day in (2, 5):
        sweep(offered, day)
    assert len(charged(paystack)) == 1
    assert last(offered).state == "refused"


def test_what_is_over_already_is_not_noted_a_second_time(customer, paystack):
    attempt = went_silent(customer, paystack)
    paystack.finish(attempt.reference, "failed")
    payments.verify_now(customer.story.business_id, attempt.id, now=clock.now())
    with pytest.raises(NotUnsettled):
        payments.say_not_paid(customer.story.owner, attempt.id, now=clock.now())


def test_a_declined_card_is_shown_when_it_is_given_up(offered, paystack, card):
    card.again = "failed"
    invoice_id = next_invoice(offered)
    shown = []
    for day in (0, 2, 5):
        sweep(offered, day)
        shown.append(len(listed(offered)))
    assert shown == [0, 0, 1]
    assert "not-paid" not in offered.story.visitor().get(PAGE).text
    Customer(offered.story, invoice_id, offered.story.link(invoice_id)).pay()
    assert listed(offered) == []


@pytest.mark.parametrize("settled", ["paid by hand", "void", "written off"])
def test_a_charge_that_was_given_up_leaves_the_list_with_the_debt(offered, paystack, card, settled):
    card.again = "failed"
    invoice_id = next_invoice(offered)
    payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    work()
    assert len(listed(offered)) == 1
    if settled == "paid by hand":
        offered.story.payment(invoice_id, DUE)
    elif settled == "void":
        invoices.void(offered.story.owner, invoice_id, "Typed twice", now=clock.now())
    else:
        invoices.write_off(offered.story.owner, invoice_id, "Gone", now=clock.now())
    assert listed(offered) == []


def test_one_refused_for_good_is_shown_and_stays_refused(offered, paystack, card):
    card.active = False
    invoice_id = next_invoice(offered)
    sweep(offered)
    all_due()
    assert last(offered).state == "refused"
    assert listed(offered) == ["The saved card could not be charged"]
    assert invoice(offered, invoice_id).balance_minor == DUE


# -- many --------------------------------------------------------------------------------------------------------------


def many(customer: Customer, number: int, state: str = "unclear") -> None:
    """So many attempts, a minute apart, the last of them two months old."""
    now = clock.now()
    moments = [now - timedelta(minutes=place) for place in range(number - 1)] + [now - timedelta(days=61)]
    fixed = {"business_id": customer.story.business_id, "invoice_id": customer.invoice_id, "gateway": "paystack"}
    fixed |= {"mode": "test", "currency": "NGN", "amount_minor": 1_000, "state": state}
    made = [
        fixed | {"id": uuid.uuid4(), "reference": f"{state[:4]}{place:022}", "created_at": moment}
        for place, moment in enumerate(moments)
    ]
    with writing():
        db.session.execute(insert(Attempt), made)


def test_there_are_pages_of_them_and_none_is_older_than_two_months(customer):
    many(customer, 31)
    viewer = customer.story.visitor("viewer")
    first = viewer.get(PAGE).text
    following = re.search(r'href="([^"]*cursor=[^"]+)"', first)
    assert following
    second = viewer.get(following[1].replace("&amp;", "&")).text
    references = [re.findall(r"uncl\d{22}", page) for page in (first, second)]
    assert [len(found) for found in references] == [25, 5]
    assert "30 online payments need you" in viewer.get("/").text
    assert "30 need you" in viewer.get("/payments/").text


def test_few_rows_are_read_for_it_however_many_payments_there_were(customer, engine_name):
    """The index of what needs a person serves the page, the count beside the list and the dashboard."""
    many(customer, 40)
    many(customer, 4_000, "failed")
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "refused" in statement:
            asked.append((statement, parameters))

    business_id, now = customer.story.business_id, clock.now()
    customer.story.visitor("viewer").get("/payments/")
    event.listen(db.engine, "before_cursor_execute", note)
    list_unsettled(business_id, now, None)
    customer.story.visitor("viewer").get("/payments/")
    attention(business_id, clock.today("Africa/Lagos"), now)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) == 3
    connection = db.session.connection()
    connection.exec_driver_sql("ANALYZE attempt")
    for statement, parameters in asked:
        explain = "EXPLAIN QUERY PLAN " if engine_name == "sqlite" else "EXPLAIN "
        plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))
        assert "ix_attempt_needs_you" in plan, plan
    db.session.rollback()


def test_the_newest_is_told_on_the_dashboard(offered, paystack, card):
    card.again = "paused"
    next_invoice(offered)
    sweep(offered)
    [one] = [
        one
        for one in attention(offered.story.business_id, clock.today("Africa/Lagos"), clock.now())
        if one.href == PAGE
    ]
    assert one.title == "An online payment needs you"
    assert one.text.endswith(": the bank wants the customer to confirm")
    with writing():
        long_ago = clock.now() - timedelta(days=61)
        db.session.execute(update(Attempt).values(created_at=long_ago))
    assert listed(offered) == []


def test_programs_list_them_ask_anew_and_say_that_nothing_came(customer, paystack):
    app = customer.story.app
    went_silent(customer, paystack)
    program, at = Program.of(app, customer.story), "/api/billing/unsettled/"
    found = program.get(at + "?total=true")
    [row] = found["data"]
    assert (row["state"], row["open"], row["amount"]["minor"], row["saved_card"]) == ("unclear", True, DUE, False)
    assert (row["invoice_id"], found["pagination"]["total"]) == (str(customer.invoice_id), 1)
    one = f"{at}{row['id']}/"
    assert program.post(one + "ask/", None, 202)["data"] is None
    viewer = Program.of(app, customer.story, "viewer")
    stranger = Program.of(app, a_business(app, "Savannah", "Koko"))
    assert stranger.get(at)["data"] == []
    for verb in ("ask/", "not-paid/"):
        viewer.post(one + verb, None, 403)
        stranger.post(one + verb, None, 404)
    for _ in range(2):
        assert program.post(one + "not-paid/")["data"] is None
    assert program.post(one + "ask/", None, 409)["code"] == "conflict"
    assert program.get(at)["data"] == []
    assert last(customer).state == "failed"
