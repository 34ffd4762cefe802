"""What a customer reads on the PDF about paying: until when, and with what reference."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from app import clock
from app.auth.queries import get_business
from app.auth.service import business
from app.invoices import service as invoices
from app.jobs import run_all
from tests.integration.portal.conftest import Customer
from tests.support.story import Story

BANK = [{"label": "Account", "value": "1014 228 873"}]


def printed(harmattan: Story, days: int) -> tuple[Customer, str]:
    """The words of the PDF of an invoice that is due so many days after its issue, set by hand."""
    version = get_business(harmattan.business_id).version
    business.change_settings(harmattan.owner, {"bank_details": BANK}, version, clock.now())
    values = harmattan.draft_values()
    values = replace(values, due_date=values.issue_date + timedelta(days=days))
    draft = invoices.create_draft(harmattan.owner, values, now=clock.now())
    invoices.issue(harmattan.owner, draft.id, now=clock.now())
    customer = Customer(harmattan, draft.id, harmattan.link(draft.id))
    run_all()
    pages = PdfReader(io.BytesIO(customer.open("pdf/").data)).pages
    return customer, " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("days", "said"), [(0, "On receipt"), (1, "Within 1 day of issue"), (30, "Within 30 days of issue")]
)
@pytest.mark.drawn
def test_the_term_fits_the_date_beside_it_also_when_that_was_set_by_hand(harmattan: Story, days: int, said: str):
    _, text = printed(harmattan, days)
    assert said in text
    assert "14 days" not in text


@pytest.mark.drawn
def test_a_transfer_carries_the_number_as_its_reference(harmattan: Story):
    customer, text = printed(harmattan, 14)
    assert f"Account Reference 1014 228 873 {customer.invoice().number}" in text, "one column after the other"
