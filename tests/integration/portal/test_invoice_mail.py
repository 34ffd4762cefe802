"""The e-mail that brings an invoice: what was sold, what is due, and how to pay it without opening anything."""

from __future__ import annotations

import html
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from app import clock
from app.auth.queries import get_business
from app.auth.service import business
from app.invoices import service as invoices
from app.invoices.values import LineValues
from app.jobs import run_all
from app.messages.registry import mailbox
from tests.support.story import Story

BANK = [{"label": "Bank", "value": "Zenith Bank"}, {"label": "Account", "value": "1014 228 873"}]


@pytest.fixture
def letter(app: Flask, harmattan: Story):
    """Sends an invoice of these lines and gives what its reader gets."""

    def send(*lines: LineValues, paid: int = 0, **values: object):
        version = get_business(harmattan.business_id).version
        business.change_settings(
            harmattan.owner, {"bank_details": BANK, "send_receipts": False, **values}, version, clock.now()
        )
        draft = invoices.create_draft(harmattan.owner, replace(harmattan.draft_values(), lines=lines), now=clock.now())
        invoices.issue(harmattan.owner, draft.id, now=clock.now())
        if paid:
            harmattan.payment(draft.id, paid)
        invoices.send(harmattan.owner, draft.id, now=clock.now())
        run_all()
        box = mailbox(app.config["DUELY"])
        assert box is not None
        return box.get(box.list()[0].id)

    return send


def test_a_line_says_how_it_comes_to_its_amount_and_a_tax_its_rate(letter, harmattan):
    many = LineValues("Static IP", Decimal(4), Decimal("10000"), unit="pcs", tax_ids=(harmattan.tax_id,))
    text = letter(
        many, LineValues("Set up", Decimal(1), Decimal("500")), LineValues("Hours", Decimal("1.5"), Decimal(2))
    ).text.replace("\N{NO-BREAK SPACE}", " ")
    for row in (
        "Static IP, 4 pcs × ₦10,000.00: ₦40,000.00",
        "Set up: ₦500.00",
        "Hours, 1.5 × ₦2.00: ₦3.00",
        "VAT 7.5%: ₦3,000.00",
    ):
        assert row in text


def test_a_line_names_the_discount_that_makes_its_amount_smaller(letter):
    off, flat = ("percent", Decimal(10)), ("amount", Decimal(50))
    mail = letter(
        LineValues("Cable", Decimal("2.5"), Decimal("1234.5"), discount=off),
        LineValues("Set up", Decimal(1), Decimal(500), discount=flat),
    )
    for face in (mail.text, mail.html):
        said = html.unescape(face).replace("\N{NO-BREAK SPACE}", " ")
        assert "Cable, 2.5 × ₦1,234.50, Discount 10% −₦308.63" in said
        assert "Set up, 1 × ₦500.00, Discount −₦50.00" in said


def test_bank_details_stand_one_below_the_other_with_the_reference(letter):
    mail = letter(LineValues("Set up", Decimal(1), Decimal("500")))
    assert "Or pay by transfer:\nBank: Zenith Bank\nAccount: 1014 228 873\nReference: INV-" in "\n".join(
        mail.text.splitlines()
    )
    assert "1014 228 873</td>" in mail.html


def test_the_reader_learns_why_the_mail_came(letter):
    mail = letter(LineValues("Set up", Decimal(1), Decimal("500")))
    for face in (mail.text, mail.html):
        assert "You get this because invoices for Lekki Hub are sent to this address." in face


def test_a_paid_invoice_asks_for_no_transfer(letter):
    mail = letter(LineValues("Set up", Decimal(1), Decimal("500")), paid=50_000)
    assert "transfer" not in mail.text
