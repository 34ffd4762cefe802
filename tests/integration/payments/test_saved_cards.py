"""A saved card is charged once, tried again on its days, and never beside a customer who pays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.database import writing
from app.extensions import db
from app.jobs.models import Job
from app.money import Money
from app.payments import service as payments
from app.payments.errors import CannotCharge, NotPayable
from app.payments.models import Attempt, SavedCard
from app.payments.service import charging
from app.payments.service.sweeping import due_charges, plan_charges
from tests.integration.payments.kept import (
    all_due,
    charged,
    invoice,
    keep,
    next_invoice,
    noon,
    rows,
    sweep,
    verbs,
    work,
)
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations
from tests.support.story import a_business, charge_saved_cards

DUE = 322_500


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


def test_it_is_charged_on_the_due_date_with_the_exact_address_and_booked_like_any_payment(offered, paystack, card):
    invoice_id = next_invoice(offered)
    sweep(offered)
    [asked] = charged(paystack)
    assert (asked["email"], asked["authorization_code"], asked["amount"]) == (card.email, card.code, DUE)
    assert invoice(offered, invoice_id).balance_minor == 0
    assert [payment.amount_minor for payment in offered.payments()] == [DUE, DUE]
    attempt = offered.attempts()[-1]
    assert (attempt.state, attempt.charge_step, attempt.reference) == ("paid", 0, asked["reference"])
    assert verbs(offered, "invoice", invoice_id)[-2:] == ["card_charged", "payment_recorded"]
    sweep(offered)
    all_due()
    assert len(charged(paystack)) == 1


@pytest.mark.parametrize("when", ["off", "due"])
def test_it_is_not_charged_before_the_day_or_when_switched_off(offered, paystack, card, when):
    offered.story.issued()
    charge_saved_cards(offered.story, when)
    sweep(offered)
    assert charged(paystack) == []


def test_it_is_charged_on_issue_if_the_business_says_so(offered, paystack, card):
    charge_saved_cards(offered.story, "issue")
    offered.story.issued()
    sweep(offered)
    assert len(charged(paystack)) == 1


def test_invoices_from_before_the_consent_and_of_others_are_left_alone(offered, paystack):
    next_invoice(offered)
    keep(offered, paystack)
    other = a_business(offered.story.app, "Other")
    charge_saved_cards(other, "issue")
    other.issued()
    sweep(offered)
    plan_charges(other.business_id, noon())
    work()
    assert charged(paystack) == []


def test_nobody_is_charged_at_night(offered, paystack, card):
    next_invoice(offered)
    assert not list(due_charges(offered.story.business_id, noon().replace(hour=2)))
    assert list(due_charges(offered.story.business_id, noon()))


def test_the_clock_looks_into_every_business_that_charges_cards(offered, paystack, card):
    from app.payments.service.sweeping import sweep as all_businesses

    next_invoice(offered)
    assert all_businesses(noon()) == 1
    assert all_businesses(noon()) == 1
    db.session.rollback()
    planned = select(Job.id).where(Job.task == "payments.charge_cards")
    assert len(list(db.session.scalars(planned))) == 1
    assert list(db.session.scalars(select(Business.id).where(Business.charge_cards == "due")))


def test_a_declined_card_is_tried_after_two_and_five_days_and_then_given_up(offered, paystack, card):
    card.again = "failed"
    invoice_id = next_invoice(offered)
    told = []
    for day in (0, 1, 2, 3, 4, 5, 6, 9, 30):
        sweep(offered, day)
        told.append(len(charged(paystack)))
    assert told == [1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert len({body["reference"] for body in charged(paystack)}) == 3
    assert invoice(offered, invoice_id).balance_minor == DUE
    assert verbs(offered, "invoice", invoice_id).count("payment_failed") == 3
    assert [card.status for card in rows(SavedCard, offered)] == ["active"]


def test_a_second_try_that_works_pays_once(offered, paystack, card):
    card.again = "failed"
    invoice_id = next_invoice(offered)
    sweep(offered)
    card.again = "success"
    sweep(offered, 2)
    sweep(offered, 5)
    all_due()
    assert len(charged(paystack)) == 2
    assert invoice(offered, invoice_id).balance_minor == 0
    assert len(offered.payments()) == 2


def test_a_card_that_must_rest_is_left_alone_until_then(offered, paystack, card):
    card.again = "regulated"
    next_invoice(offered)
    sweep(offered)
    attempt = offered.attempts()[-1]
    assert attempt.state == "failed"
    assert attempt.retry_at > clock.now() + timedelta(minutes=80)
    with writing():
        held = clock.now() + timedelta(days=4)
        db.session.execute(update(Attempt).where(Attempt.id == attempt.id).values(retry_at=held))
    card.again = "success"
    sweep(offered, 2)
    assert len(charged(paystack)) == 1
    sweep(offered, 6)
    assert len(charged(paystack)) == 2


def test_a_refusal_for_good_stops_at_once_and_marks_the_card(offered, paystack, card):
    card.active = False
    invoice_id = next_invoice(offered)
    for day in (0, 2, 5):
        sweep(offered, day)
    assert len(charged(paystack)) == 1
    [kept] = rows(SavedCard, offered)
    assert kept.status == "refused"
    assert "customer has to pay once more" in kept.end_reason
    page = offered.story.visitor("viewer").get(f"/invoices/{invoice_id}/").text
    assert "Can no longer be charged" in page
    assert "Keep this card" in Customer(offered.story, invoice_id, offered.story.link(invoice_id)).open().text


@pytest.mark.parametrize("failure", ["500", "accept-and-500", "accept-and-close", "bad-json"])
def test_an_answer_that_was_lost_is_looked_up_and_never_sent_again(offered, paystack, card, failure):
    invoice_id = next_invoice(offered)
    paystack.fail_next(failure, on="/transaction/charge_authorization")
    sweep(offered)
    assert offered.attempts()[-1].state == "started"
    for day in (0, 1, 2):
        sweep(offered, day)
    assert len(charged(paystack)) == 1
    all_due()
    if failure.startswith("accept"):
        assert invoice(offered, invoice_id).balance_minor == 0
        assert len(offered.payments()) == 2
    assert len(charged(paystack)) == 1


def test_a_charge_that_never_got_there_is_given_up_after_an_hour_and_tried_on_its_next_day(offered, paystack, card):
    next_invoice(offered)
    paystack.fail_next("500", on="/transaction/charge_authorization")
    sweep(offered)
    all_due()
    attempt = offered.attempts()[-1]
    assert attempt.state == "started"
    with writing():
        ago = clock.now() - timedelta(hours=2)
        db.session.execute(update(Attempt).where(Attempt.id == attempt.id).values(created_at=ago))
    all_due()
    assert offered.attempts()[-1].reason == charging.NEVER_ASKED
    sweep(offered, 2)
    assert len(charged(paystack)) == 2
    assert len(offered.payments()) == 2


@pytest.mark.parametrize("asked_before", [True, False], ids=["after asking", "before asking"])
def test_a_worker_that_died_in_the_middle_charges_once(offered, paystack, card, asked_before):
    invoice_id = next_invoice(offered)
    payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    attempt_id = offered.attempts()[-1].id
    with writing():
        prepared = charging.prepare(offered.story.business_id, attempt_id, clock.now())
    if asked_before:
        charging.ask(prepared)
    work()
    assert len(charged(paystack)) == 1
    assert invoice(offered, invoice_id).balance_minor == 0


def test_one_that_waits_is_found_by_the_questions_that_follow(offered, paystack, card):
    card.again = "pending"
    invoice_id = next_invoice(offered)
    sweep(offered)
    sweep(offered, 2)
    assert len(charged(paystack)) == 1
    paystack.finish(offered.attempts()[-1].reference, "success")
    all_due()
    assert invoice(offered, invoice_id).balance_minor == 0


def test_a_paused_charge_waits_for_the_customer_and_both_sides_see_it(offered, paystack, card):
    card.again = "paused"
    invoice_id = next_invoice(offered)
    sweep(offered)
    attempt = offered.attempts()[-1]
    assert attempt.state == "paused"
    url, reference = attempt.checkout_url, attempt.reference
    assert url.startswith("https://checkout.paystack.com/")
    staff = offered.story.visitor("staff").get(f"/invoices/{invoice_id}/").text
    assert "The bank wants the customer to confirm" in staff
    assert url in staff
    other = Customer(offered.story, invoice_id, offered.story.link(invoice_id))
    page = other.open().text
    assert "Your bank wants you to confirm" in page
    assert url in page
    for day in (2, 5):
        sweep(offered, day)
    with pytest.raises(CannotCharge):
        payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    assert len(charged(paystack)) == 1
    paystack.finish(reference, "success")
    all_due()
    assert invoice(offered, invoice_id).balance_minor == 0
    assert "card_paused" in verbs(offered, "invoice", invoice_id)


def test_staff_charge_it_now_after_being_asked(offered, paystack, card):
    invoice_id = next_invoice(offered)
    staff = offered.story.visitor("staff")
    page = staff.get(f"/invoices/{invoice_id}/charge/").text
    assert "Visa ending in 4081" in page
    assert charged(paystack) == []
    key = re.search(r'name="csrf_token" value="([^"]+)"', page)
    answer = staff.post(f"/invoices/{invoice_id}/charge/", data={"csrf_token": key[1]})
    assert answer.status_code == 303
    assert staff.post(f"/invoices/{invoice_id}/charge/", data={"csrf_token": key[1]}).status_code == 409
    work()
    assert len(charged(paystack)) == 1
    assert invoice(offered, invoice_id).balance_minor == 0
    assert offered.story.visitor("viewer").post(f"/invoices/{invoice_id}/charge/").status_code in (400, 403)


def test_who_pays_by_hand_is_not_charged_as_well(offered, paystack, card):
    invoice_id = next_invoice(offered)
    payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    offered.story.payment(invoice_id, DUE)
    work()
    assert charged(paystack) == []
    assert offered.attempts()[-1].reason == charging.NOT_DUE


def test_the_card_and_the_customer_wait_for_each_other(offered, paystack, card):
    first, second = next_invoice(offered), next_invoice(offered)
    payments.charge_now(offered.story.owner, first, now=clock.now())
    paying = Customer(offered.story, first, offered.story.link(first))
    assert "Your saved card is being charged" in paying.open().text
    link = paying.token
    from app.auth.service import links

    with pytest.raises(NotPayable, match="being charged"):
        payments.start_checkout(
            links.find_link(link, "invoice", clock.now()), "a@b.example", now=clock.now(), amount=Money(DUE, "NGN")
        )
    Customer(offered.story, second, offered.story.link(second)).pay()
    with pytest.raises(CannotCharge, match="under way"):
        payments.charge_now(offered.story.owner, second, now=clock.now())


def test_money_that_went_back_is_not_charged_again_by_itself(offered, paystack, card):
    from app.payments.service.refunding import GivenBack

    invoice_id = next_invoice(offered)
    by_hand = offered.story.payment(invoice_id, DUE)
    told = GivenBack(Money(DUE, "NGN"), "cash", clock.today("Africa/Lagos"), "Line was down")
    payments.refund(offered.story.owner, "payment", by_hand, told, now=clock.now())
    assert invoice(offered, invoice_id).balance_minor == DUE
    sweep(offered)
    assert charged(paystack) == []
