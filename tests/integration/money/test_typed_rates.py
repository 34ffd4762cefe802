"""The exchange rate typed with a payment: asked for where it matters, kept, and refused beside the field."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from app.database import new_id
from app.extensions import db
from app.payments.models import Payment
from tests.integration.money.converting import based, bill
from tests.support.story import Story


@pytest.fixture
def story(story: Story) -> Story:
    """Forms need no key here."""
    story.app.config["WTF_CSRF_ENABLED"] = False
    return story


def form(invoice_id: uuid.UUID, rate: str) -> dict[str, str]:
    """The form for 100 dollars."""
    typed = {"amount": "100.00", "method": "cash", "received_on": "2026-01-05", "rate": rate}
    # The day lies long before the invoice, and that was asked about.
    typed["accept"] = "10000 2026-01-05"
    return {"payment_id": str(new_id()), "invoice": str(invoice_id)} | typed


def test_a_typed_rate_is_what_the_money_counts_at_and_what_its_page_says(story: Story) -> None:
    sold, visitor = bill(story, typed="1500"), story.visitor()
    assert "What 1 USD was worth in NGN" in visitor.get(f"/payments/new/?invoice={sold}").text
    typed = form(sold, "1,525.25")
    assert visitor.post("/payments/new/", data=typed).status_code == 303
    db.session.rollback()
    payment = db.session.get_one(Payment, (story.business_id, uuid.UUID(typed["payment_id"])))
    # 100 dollars at 1,525.25 are 152,525.00 naira; the invoice took 150,000.00 of them, and 2,525.00 are a gain.
    assert (payment.rate_to_base, payment.base_minor) == (Decimal("1525.25"), 15_252_500)
    assert based(story)["exchange_difference"] == -252_500
    page = BeautifulSoup(visitor.get(f"/payments/{payment.id}/").text, "html.parser")
    assert "1 USD = 1,525.25 NGN" in " ".join(page.get_text(" ").split())


@pytest.mark.parametrize("rate", ["0", "-3", "dollars", "1" * 20])
def test_a_rate_that_is_none_is_said_beside_the_field_and_nothing_is_booked(story: Story, rate: str) -> None:
    sold, visitor = bill(story, typed="1500"), story.visitor()
    answer = visitor.post("/payments/new/", data=form(sold, rate))
    assert answer.status_code == 422
    field = BeautifulSoup(answer.text, "html.parser").select_one("#rate")
    assert field is not None
    assert (field["aria-invalid"], field["value"]) == ("true", rate)
    db.session.rollback()
    assert not db.session.query(Payment).filter_by(business_id=story.business_id).count()


def test_money_in_the_business_s_own_currency_has_no_rate(story: Story) -> None:
    assert 'name="rate"' not in story.visitor().get(f"/payments/new/?invoice={story.issued()}").text


def test_one_payment_over_many_invoices_takes_the_typed_rate(story: Story) -> None:
    first, second = bill(story, typed="1500"), bill(story, typed="1600")
    visitor = story.visitor()
    page = visitor.get(f"/payments/many/?client={story.client_id}&currency=USD").text
    assert "What 1 USD was worth in NGN" in page
    typed = form(first, "1550") | {"client": str(story.client_id), "currency": "USD", "amount": "200.00"}
    typed |= {"shares-0-invoice": str(first), "shares-0-amount": "100.00"}
    typed |= {"shares-1-invoice": str(second), "shares-1-amount": "100.00", "accept": "20000 2026-01-05"}
    assert visitor.post("/payments/many/", data=typed).status_code == 303
    # 155,000 + 155,000 naira came for what stood at 150,000 + 160,000: nothing is gained or lost on the whole.
    assert "exchange_difference" not in based(story)
