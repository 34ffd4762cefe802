"""What cannot be paid is refused beside the field, and what was typed is kept."""

from __future__ import annotations

import pytest

from app import clock
from app.auth.service import links
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices import service as invoices
from tests.integration.portal.conftest import Customer
from tests.support.story import Story


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an amount."),
        ("0", "Enter an amount above zero."),
        ("-5", "negative"),
        ("NaN", "Enter a number"),
        ("1e999", "Enter a number"),
        ("1_000", "Enter a number"),
        ("١٢٣", "Enter a number"),
        ("9" * 30, "too large"),
        ("12.345", "decimals"),
        ("3225.01", "Only ₦3,225.00 is due."),
        ("1\x00", "characters"),
        ("5" * 10_000, "at most"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused_beside_its_field(customer: Customer, typed: str, sentence: str):
    answer = customer.pay_part(typed)
    assert answer.status_code == 422
    assert 'id="part-err"' in answer.text
    assert sentence in answer.text
    if typed.isascii() and typed.isprintable():
        assert f'value="{typed}"' in answer.text
    assert customer.attempts() == []


def test_a_form_without_its_key_starts_nothing(customer: Customer):
    assert customer.browser.post(customer.url + "pay/", data={"what": "whole"}).status_code == 400
    assert customer.attempts() == []


def test_paying_what_was_paid_meanwhile_leads_back_with_a_word(customer: Customer):
    page = customer.open().text
    assert "Pay ₦" in page
    invoices.void(customer.story.owner, customer.invoice_id, "Sent twice", now=clock.now())
    key = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = customer.browser.post(customer.url + "pay/", data={"csrf_token": key, "what": "whole"})
    assert (answer.status_code, answer.location) == (303, customer.url)
    assert "Nothing is due on this invoice any more." in customer.open().text


@pytest.fixture
def unknown(harmattan: Story) -> Customer:
    """The customer of a client without any e-mail address."""
    from dataclasses import replace

    client = create_client(harmattan.owner, ClientValues(name="Baba Ṣọlá"), now=clock.now()).id
    invoice_id = replace(harmattan, client_id=client).issued()
    return Customer(harmattan, invoice_id, harmattan.link(invoice_id))


@pytest.mark.parametrize("typed", ["", "x@", "a b@c.de"])
def test_an_address_is_asked_for_when_none_is_known(unknown: Customer, typed: str):
    answer = unknown.pay(email=typed)
    assert answer.status_code == 422
    assert 'id="email-err"' in answer.text
    assert unknown.attempts() == []


def test_the_typed_address_goes_to_the_gateway(unknown: Customer):
    assert unknown.pay(email="baba@example.com").status_code == 303
    assert unknown.attempts()[0].email == "baba@example.com"


def test_another_address_is_another_try(unknown: Customer):
    unknown.pay(email="baba@example.con")
    unknown.pay(email="baba@example.com")
    assert [attempt.email for attempt in unknown.attempts()] == ["baba@example.con", "baba@example.com"]


def test_no_address_is_asked_for_when_one_is_known(customer: Customer):
    assert 'name="email"' not in customer.open().text
    customer.pay()
    db.session.rollback()
    assert customer.attempts()[0].email.startswith("amaka")


def test_a_refused_form_loaded_again_is_the_invoice(customer: Customer):
    answer = customer.open("pay/")
    assert (answer.status_code, answer.location) == (303, customer.url)


def test_a_try_of_another_link_is_not_shown(customer: Customer, harmattan: Story):
    customer.pay()
    other = harmattan.issued()
    attempt = customer.attempts()[0]
    assert customer.browser.get(f"/i/{harmattan.link(other)}/pay/{attempt.id}/").status_code == 404


def test_who_had_the_closed_link_does_not_come_to_the_new_one_through_an_old_try(customer: Customer, harmattan: Story):
    customer.pay()
    reference = customer.attempts()[0].reference
    links.revoke_link(harmattan.owner, "invoice", customer.invoice_id, now=clock.now())
    fresh = harmattan.link(customer.invoice_id)
    db.session.rollback()
    answer = customer.browser.get("/payment/callback/", query_string={"reference": reference})
    assert answer.status_code == 200
    assert "ask the business for a new one" in answer.text
    assert fresh not in answer.text + str(answer.headers)
