"""A card is kept with consent only, stored with it, and removed by either side."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app import clock, vault
from app.auth.queries import get_business
from app.extensions import db
from app.payments import service as payments
from app.payments.models import Payment, SavedCard
from app.payments.queries.saved_cards import card_on_invoice
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.integration.payments.kept import all_due, charged, invoice, keep, next_invoice, rows, sweep, verbs, work
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations
from tests.support.story import a_business


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


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
    assert attempt.consent.startswith("Keep this card and pay future invoices from Harmattan Fibre automatically,")
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
