"""Which ways to pay a customer finds on the page, and what a stranger who sees the link learns."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from app import clock, vault
from app.auth.queries import get_business
from app.auth.service import business
from app.database import new_id, writing
from app.extensions import db
from app.invoices import service as invoices
from app.payments.models import GatewayAccount
from tests.integration.portal.conftest import Customer
from tests.support.story import Story

BANK = [
    {"label": "Bank", "value": "Zenith Bank"},
    {"label": "Account", "value": "1014 228 873"},
    {"label": "IBAN", "value": "DE12 5001 0517 0648 4898 90"},
    {"label": "Branch", "value": "12 Allen Avenue, Ikeja 100281"},
]


def described(harmattan: Story, **values: object) -> None:
    """Change what stands on the letterhead of the business."""
    version = get_business(harmattan.business_id).version
    business.change_settings(harmattan.owner, values, version, clock.now())


def issued(harmattan: Story, **values: object) -> Customer:
    """The customer of an invoice whose draft had these values."""
    draft = invoices.create_draft(harmattan.owner, replace(harmattan.draft_values(), **values), now=clock.now())
    invoices.issue(harmattan.owner, draft.id, now=clock.now())
    return Customer(harmattan, draft.id, harmattan.link(draft.id))


def in_euro(harmattan: Story) -> Customer:
    """The customer of an invoice in a currency that the business's payment company does not take."""
    with writing():
        row = GatewayAccount(business_id=harmattan.business_id, id=new_id(), gateway="paystack", created_at=clock.now())
        row.secret_encrypted = vault.seal("sk_test_0123456789")
        db.session.add(row)
    return issued(harmattan, currency="EUR")


def copied(page: str) -> dict[str, str]:
    """What each Copy button of a page puts on the clipboard."""
    found = re.findall(r'data-copy="([^"]*)" aria-label="Copy ([^"]*)"', page)
    return {unescape(label): unescape(value) for value, label in found}


def test_a_transfer_can_be_made_by_pasting_account_amount_and_reference(harmattan: Story):
    described(harmattan, bank_details=BANK)
    customer = issued(harmattan)
    page = customer.open().text
    assert copied(page) == {
        "Account": "1014228873",
        "IBAN": "DE12500105170648489890",
        "Branch": "12 Allen Avenue, Ikeja 100281",
        "Amount": "3225.00",
        "Reference": customer.invoice().number,
    }
    assert "1014 228 873" in page, "a person reads it in groups"
    assert page.count("<script") == 1


def test_what_was_paid_already_is_not_asked_for_in_the_transfer(harmattan: Story):
    described(harmattan, bank_details=BANK)
    customer = issued(harmattan)
    harmattan.payment(customer.invoice_id, 100_000)
    assert copied(customer.open().text)["Amount"] == "2225.00"


def test_without_online_payment_the_bank_details_stand_open(harmattan: Story):
    described(harmattan, bank_details=BANK)
    page = in_euro(harmattan).open().text
    assert "<details open>" in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("phone", "leads_to"), [("+2348035550199", "https://wa.me/2348035550199?"), ("", "mailto:owner-")]
)
def test_who_cannot_pay_in_any_way_is_led_to_somebody_to_ask(harmattan: Story, phone: str, leads_to: str):
    described(harmattan, phone=phone)
    page = in_euro(harmattan).open().text
    asks = re.search(r'<a class="btn pay" href="([^"]+)"', page)
    assert asks
    assert asks[1].startswith(leads_to)
    assert "Ask how to pay" in page


@pytest.mark.parametrize(("language", "suggested"), [("en", "1,612.50"), ("de", "1612.50")])
def test_the_suggested_part_is_written_as_the_field_reads_it(harmattan: Story, language: str, suggested: str):
    described(harmattan, language=language)
    customer = issued(harmattan)
    assert f'value="{suggested}"' in customer.open().text
    assert customer.pay_part(suggested).status_code == 303


def test_a_preview_in_a_chat_names_neither_amount_nor_customer(customer: Customer):
    head = customer.open(headers={"User-Agent": "WhatsApp/2.23.20.0 A"}).text.partition("<body")[0]
    shown = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', head))
    assert shown["title"] == f"Invoice {customer.invoice().number} from Harmattan Fibre"
    assert shown["description"]
    assert "image" not in shown
    assert "3,225" not in head
    assert "Lekki" not in head
    assert '<meta name="robots" content="noindex">' in head


def test_a_paid_invoice_offers_its_pdf_before_the_details(customer: Customer):
    customer.story.payment(customer.invoice_id, 322_500)
    page = customer.open().text
    assert page.index(f'{customer.url}pdf/"') < page.index("What it is for")
    assert page.count(f'{customer.url}pdf/"') == 1


def test_dates_and_the_customer_s_own_reference_stand_on_the_page(harmattan: Story):
    page = issued(harmattan, po_number="PO-88/b").open().text
    assert re.search(r"Issued <bdi>\d+ \w+ \d{4}</bdi>, due <bdi>\d+ \w+ \d{4}</bdi>", page)
    assert "Your reference <bdi>PO-88/b</bdi>" in page


def test_the_imprint_carries_the_legal_name(harmattan: Story):
    described(harmattan, legal_name="Harmattan Fibre Networks Ltd", address="14 Awolowo Avenue\nIbadan")
    page = issued(harmattan).open().text
    assert '<b dir="auto">Harmattan Fibre</b>' in page
    assert "Harmattan Fibre Networks Ltd, 14 Awolowo Avenue, Ibadan" in page
