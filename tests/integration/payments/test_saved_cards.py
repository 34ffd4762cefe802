"""A card that a customer lets the business keep: never without consent, charged once, tried again, removed by both."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock, vault
from app.auth.models import AuditEvent, Business
from app.auth.queries import get_business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.jobs import run_all
from app.jobs.models import Job
from app.money import Money
from app.payments import service as payments
from app.payments.errors import CannotCharge, NotPayable
from app.payments.models import Attempt, Payment, SavedCard
from app.payments.queries.saved_cards import card_on_invoice
from app.payments.service import charging
from app.payments.service.sweeping import due_charges, plan_charges
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.books import Card
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations
from tests.support.story import a_business, charge_saved_cards

DUE = 322_500


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


@pytest.fixture
def offered(customer: Customer) -> Customer:
    """The business lets cards be kept."""
    charge_saved_cards(customer.story, "due")
    return customer


@pytest.fixture
def card(offered: Customer, paystack: FakePaystack) -> Card:
    """The invoice is paid, and its card kept: as Paystack has it."""
    return keep(offered, paystack)


def keep(customer: Customer, paystack: FakePaystack) -> Card:
    customer.pay(keep_card="y")
    reference = customer.attempts()[-1].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    found = paystack.transactions[(TEST_KEY, reference)].card
    assert found is not None
    db.session.rollback()
    return found


def rows(model: Any, customer: Customer) -> list[Any]:
    db.session.rollback()
    query = select(model).where(model.business_id == customer.story.business_id).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def noon(days: int = 0) -> datetime:
    """Midday at the business, so many days from today."""
    return clock.now().replace(hour=11, minute=0, second=0, microsecond=0) + timedelta(days=days)


def next_invoice(customer: Customer) -> uuid.UUID:
    """Another invoice, issued after the consent and due today."""
    story = customer.story
    values = dataclasses.replace(story.draft_values(), terms_days=0)
    invoice_id = invoices.create_draft(story.owner, values, now=clock.now()).id
    invoices.issue(story.owner, invoice_id, now=clock.now())
    return invoice_id


def sweep(customer: Customer, days: int = 0) -> None:
    """The hour strikes at noon, so many days from now; what was tried before was tried so many days earlier."""
    plan_charges(customer.story.business_id, noon(days))
    work()


def work() -> None:
    db.session.remove()
    run_all()
    db.session.remove()


def all_due() -> None:
    """Time passes: whatever is planned is due, and is done."""
    with writing():
        db.session.execute(update(Job).where(Job.state == "ready").values(due_at=clock.now()))
    work()


def invoice(customer: Customer, invoice_id: uuid.UUID) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, (customer.story.business_id, invoice_id), populate_existing=True)


def charged(paystack: FakePaystack) -> list[Any]:
    """What Paystack was asked to charge again."""
    return [call.body for call in paystack.journal if call.path == "/transaction/charge_authorization"]


def verbs(customer: Customer, kind: str, object_id: uuid.UUID) -> list[str]:
    mine = (AuditEvent.business_id == customer.story.business_id, AuditEvent.object_kind == kind)
    query = select(AuditEvent.verb).where(*mine, AuditEvent.object_id == object_id).order_by(AuditEvent.id)
    return list(db.session.scalars(query))


# -- consent -----------------------------------------------------------------------------------------------------------


def test_nothing_is_offered_while_it_is_switched_off_and_nothing_is_kept(customer, paystack):
    assert "Keep this card" not in customer.open().text
    keep(customer, paystack)
    assert rows(SavedCard, customer) == []
    assert customer.attempts()[0].consent == ""
    assert "custom_filters" not in str(paystack.journal[0].body)


def test_without_a_tick_nothing_is_kept(offered, paystack):
    page = offered.open().text
    assert "Keep this card and pay future invoices from Harmattan Fibre automatically" in page
    assert "checked" not in page
    offered.pay()
    reference = offered.attempts()[0].reference
    paystack.finish(reference, "success")
    offered.browser.get("/payment/callback/", query_string={"reference": reference})
    assert len(offered.payments()) == 1
    assert rows(SavedCard, offered) == []


def test_consent_is_stored_with_the_attempt_and_the_card_once_the_payment_is_verified(offered, paystack):
    offered.pay(keep_card="y")
    [attempt] = offered.attempts()
    assert attempt.consent.startswith("Keep this card and pay future invoices from Harmattan Fibre automatically.")
    assert (attempt.consented_at, attempt.consent_ip) == (attempt.created_at, "127.0.0.1")
    assert rows(SavedCard, offered) == []
    paystack.finish(attempt.reference, "success")
    for _ in range(3):
        offered.browser.get("/payment/callback/", query_string={"reference": attempt.reference})
    known = paystack.transactions[(TEST_KEY, attempt.reference)].card
    [kept] = rows(SavedCard, offered)
    assert vault.unseal(kept.code_encrypted) == known.code
    assert known.code not in kept.code_encrypted
    assert (kept.email, kept.last4, kept.brand, kept.status) == (known.email, "4081", "visa", "active")
    assert (kept.consent, kept.consented_at) == (attempt.consent, attempt.consented_at)
    assert paystack.journal[0].body["metadata"]["custom_filters"] == {"recurring": True}


def test_one_that_cannot_be_charged_again_is_not_kept(offered, paystack):
    offered.pay(keep_card="y")
    reference = offered.attempts()[0].reference
    paystack.finish(reference, "success", authorization={"authorization_code": "AUTH_once", "reusable": False})
    offered.browser.get("/payment/callback/", query_string={"reference": reference})
    assert len(offered.payments()) == 1
    assert rows(SavedCard, offered) == []


def test_a_client_whose_card_is_kept_is_not_asked_again_and_the_same_card_is_kept_once(offered, paystack, card):
    second = offered.story.issued()
    other = Customer(offered.story, second, offered.story.link(second))
    assert "Keep this card" not in other.open().text
    other.pay(keep_card="y")
    assert other.attempts()[-1].consent == ""
    assert len(rows(SavedCard, offered)) == 1


# -- charged by itself -------------------------------------------------------------------------------------------------


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


# -- by hand, and meanwhile --------------------------------------------------------------------------------------------


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


# -- removed -----------------------------------------------------------------------------------------------------------


def deactivated(paystack: FakePaystack) -> list[str]:
    path = "/customer/authorization/deactivate"
    return [call.body["authorization_code"] for call in paystack.journal if call.path == path]


@pytest.mark.parametrize("way", ["invoice", "account", "staff"])
def test_both_sides_remove_it_and_paystack_forgets_it(offered, paystack, card, way):
    from app.reports.service import statement_link

    kept_id = rows(SavedCard, offered)[0].id
    if way == "staff":
        visitor, page = offered.story.visitor("staff"), f"/clients/{offered.story.client_id}/"
        path = f"/cards/{kept_id}/remove/"
    else:
        visitor, page = offered.browser, offered.url
        if way == "account":
            url = statement_link(offered.story.owner, offered.story.client_id, now=clock.now())
            page = "/c/" + url.split("/c/")[1]
        path = f"{page}cards/{kept_id}/remove/"
    assert "Visa ending in 4081" in visitor.get(page).text
    asked = visitor.get(path).text
    key = re.search(r'name="csrf_token" value="([^"]+)"', asked)
    assert visitor.post(path, data={"csrf_token": key[1]}).status_code == 303
    assert "Visa ending in 4081" not in visitor.get(page).text
    paystack.fail_next("500", on="/customer/authorization")
    work()
    all_due()
    assert deactivated(paystack)[-1] == card.code
    [kept] = rows(SavedCard, offered)
    assert (kept.status, kept.code_encrypted) == ("removed", "")
    assert visitor.get(path).status_code == 404
    next_invoice(offered)
    sweep(offered)
    assert charged(paystack) == []
    assert "card_removed" in verbs(offered, "client", offered.story.client_id)


def test_nobody_removes_the_card_of_somebody_else(offered, paystack, card):
    [kept] = rows(SavedCard, offered)
    other = a_business(offered.story.app, "Other")
    invoice_id = other.issued()
    stranger = Customer(other, invoice_id, other.link(invoice_id))
    assert stranger.open(f"cards/{kept.id}/remove/").status_code == 404
    assert other.visitor("owner").get(f"/cards/{kept.id}/remove/").status_code == 404


def test_who_removes_a_card_before_it_is_charged_is_not_charged(offered, paystack, card):
    invoice_id = next_invoice(offered)
    payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    payments.remove_card(offered.story.owner, rows(SavedCard, offered)[0].id, now=clock.now())
    work()
    assert charged(paystack) == []
    assert card_on_invoice(invoice(offered, invoice_id)) is None


def test_the_setting_is_on_the_page_and_refuses_what_it_does_not_know(customer):
    owner = customer.story.visitor("owner")
    page = owner.get("/settings/payments/").text
    key = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    version = get_business(customer.story.business_id).version
    path = "/settings/payments/cards/"
    bad = owner.post(path, data={"csrf_token": key, "charge_cards": "always", "version": version})
    assert bad.status_code == 422
    assert "Choose when saved cards are charged." in bad.text
    assert owner.post(path, data={"csrf_token": key, "charge_cards": "due", "version": 0}).status_code == 409
    assert owner.post(path, data={"csrf_token": key, "charge_cards": "due", "version": version}).status_code == 303
    db.session.rollback()
    assert get_business(customer.story.business_id).charge_cards == "due"
    assert db.session.scalar(select(Payment.id)) is None
