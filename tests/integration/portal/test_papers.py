"""What a customer keeps: the receipt of what was paid, and what a credit note took back."""

from __future__ import annotations

import io
import re
import uuid

import pytest
from pypdf import PdfReader

from app import clock
from app.jobs import run_all
from app.money import Money
from app.payments import service as payments
from tests.integration.money.reading import whole
from tests.integration.portal.conftest import Customer
from tests.support.story import Story

DAY = clock.today("Africa/Lagos")


def links(customer: Customer, kind: str) -> list[str]:
    """The addresses of papers on the page, below the customer's own."""
    found = customer.open().text.split(f"{customer.url}{kind}/")[1:]
    return [f"{kind}/{rest[:36]}/" for rest in found]


def words(customer: Customer, path: str) -> str:
    customer.open(path)
    run_all()
    answer = customer.open(path)
    assert answer.mimetype == "application/pdf", answer.text
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())


@pytest.mark.drawn
def test_a_payment_online_has_its_hour_and_its_receipt(customer: Customer) -> None:
    customer.pay()
    customer.story.pay_at_bank(customer.attempts()[0])
    customer.browser.get("/payment/callback/", query_string={"reference": customer.attempts()[0].reference})
    page = customer.open().text
    assert "Demo bank" in page
    assert re.search(r"<dt>Paid</dt><dd>[^<]*\d\d:\d\d", page)
    (path,) = links(customer, "receipts")
    said = words(customer, path)
    assert "3,225.00" in said
    assert str(customer.invoice().number) in said


def test_what_staff_wrote_down_for_themselves_is_not_shown(customer: Customer) -> None:
    story, money = customer.story, Money(322_500, "NGN")
    said = {"note": "he shouted"}
    payments.record_payment(story.owner, customer.invoice_id, money, "cash", DAY, now=clock.now(), **said)
    page = customer.open().text
    assert "Paid. Thank you." in page
    assert "he shouted" not in page
    assert len(links(customer, "receipts")) == 1


def test_a_receipt_that_names_other_invoices_is_not_behind_the_link_of_one(harmattan: Story) -> None:
    first, second = harmattan.issued(), harmattan.issued()
    told = payments.Told(Money(645_000, "NGN"), "transfer", DAY)
    payment = payments.record_money(harmattan.owner, {first: 322_500, second: 322_500}, told, now=clock.now()).id
    customer = Customer(harmattan, first, harmattan.link(first))
    assert not links(customer, "receipts")
    assert customer.open(f"receipts/{payment}/").status_code == 404


def test_papers_of_other_invoices_are_not_found(customer: Customer) -> None:
    other = customer.story.issued()
    payment, note = customer.story.payment(other), customer.story.credited()
    assert customer.open(f"receipts/{payment}/").status_code == 404
    assert customer.open(f"credit-notes/{note}/").status_code == 404
    assert customer.open(f"receipts/{uuid.uuid4()}/").status_code == 404


def test_a_payment_that_was_undone_has_no_receipt(customer: Customer) -> None:
    payment = customer.story.payment(customer.invoice_id)
    assert customer.open(f"receipts/{payment}/").status_code in (200, 202)
    payments.reverse_payment(customer.story.owner, payment, "Another's money", now=clock.now())
    assert customer.open(f"receipts/{payment}/").status_code == 404


@pytest.mark.drawn
def test_a_credit_note_can_be_read_by_its_customer(customer: Customer) -> None:
    story, sold = customer.story, customer.invoice_id
    note = payments.credit_invoice(story.owner, sold, whole(story, sold), "Returned", now=clock.now()).id
    assert "Paid. Thank you." not in customer.open().text
    (path,) = links(customer, "credit-notes")
    assert str(note) in path
    assert "Credit note" in words(customer, path)
