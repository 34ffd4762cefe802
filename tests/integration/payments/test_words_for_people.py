"""How money came is said in the words of people: the name of the company or of the method, and what a number is."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app import clock
from app.auth.queries import get_business
from app.extensions import db
from app.money import Money
from app.payments import service as payments
from app.payments.gateways.base import Verification
from app.payments.queries import held
from app.payments.registry import title_of
from tests.support.story import Story, a_business


@pytest.fixture
def ours(app: Flask) -> Story:
    """A business without keys of its own, whose customers pay at the demo bank."""
    return a_business(app)


@pytest.fixture
def online(ours: Story) -> str:
    """The id of an invoice that was paid at the demo bank."""
    invoice_id = ours.issued()
    click = ours.attempt(invoice_id)
    ours.pay_at_bank(click)
    payments.verify_now(ours.business_id, click.id, now=clock.now())
    db.session.remove()
    return str(invoice_id)


def shown(ours: Story, path: str) -> str:
    """The words of a page, without its menus."""
    page = ours.visitor().get(path).text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_money_that_came_online_names_the_company_everywhere(ours, online):
    payment = re.search(r"/payments/[0-9a-f-]{36}/", ours.visitor().get("/payments/").text)
    for path in ("/payments/", payment[0], f"/invoices/{online}/", f"/invoices/{online}/panel/?part=payments"):
        words = shown(ours, path) if "panel" not in path else ours.visitor().get(path).text
        assert "Demo bank" in words, path
        assert "gateway" not in words.lower(), path


@pytest.mark.parametrize(("method", "said"), [("transfer", "bank transfer"), ("mobile_money", "mobile money")])
def test_a_reference_says_that_it_is_one(ours, method, said):
    invoice_id = ours.issued()
    today = clock.today(get_business(ours.business_id).timezone)
    payments.record_payment(
        ours.owner, invoice_id, Money(1000, "NGN"), method, today, reference="TRF 8841", now=clock.now()
    )
    db.session.remove()
    assert "ref. TRF 8841" in shown(ours, "/payments/")
    page = shown(ours, f"/invoices/{invoice_id}/")
    assert re.search(r"reference\s+TRF 8841", page)
    assert said in page


def test_held_money_names_the_company_and_its_reference(ours):
    answer = Verification("succeeded", amount_minor=1000, currency="NGN")
    payments.hold(ours.business_id, "demo", "abc123", answer, "Nobody knows this reference.", now=clock.now())
    assert held(ours.business_id)
    db.session.remove()
    assert "Demo bank, reference abc123" in shown(ours, "/payments/")


def test_every_company_has_a_name():
    assert [title_of(name) for name in ("paystack", "demo", None)] == ["Paystack", "Demo bank", ""]
