"""What the PDFs of credit notes and receipts say."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from app import clock
from app.invoices.queries import document_view
from app.money import Money
from app.payments import service as payments
from app.payments.queries import payments_of
from app.payments.service.printing import Paper, canonical, ensure_paper, find_paper
from app.payments.service.refunding import GivenBack
from tests.integration.money.reading import invoice, issue, lines, note, payment, today
from tests.support.story import Story

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def part_credited(story: Story) -> tuple[object, object]:
    sold = issue(story, "1000", "250")
    first, _ = lines(story, sold)
    made = payments.credit_invoice(story.owner, sold, {first.id: 53_750}, "Line was down", now=clock.now())
    return sold, made.id


def test_a_credit_note_says_what_it_takes_back_and_what_it_corrects(story):
    sold, made = part_credited(story)
    paper = canonical(Paper(story.business_id, "credit_note", made))
    assert (paper["kind"], paper["corrects"], paper["number"]) == (
        "credit_note",
        invoice(story, sold).number,
        note(story, made).number,
    )
    assert [(tax["label"], tax["base_minor"], tax["amount_minor"]) for tax in paper["taxes"]] == [
        ("VAT 7.5%", 50_000, 3_750)
    ]
    assert (paper["subtotal_minor"], paper["total_minor"], paper["notes"]) == (50_000, 53_750, "Line was down")


def test_a_receipt_says_what_was_paid_what_is_left_and_what_is_credit(story):
    sold = issue(story, "100")
    paid = story.payment(sold, 15_750)
    paper = canonical(Paper(story.business_id, "receipt", paid))
    received = paper["received"]
    assert (received["amount_minor"], received["allocated_minor"], received["credit_minor"]) == (15_750, 10_750, 5_000)
    assert [(one["number"], one["paid_minor"], one["left_minor"]) for one in received["allocations"]] == [
        (invoice(story, sold).number, 10_750, 0)
    ]
    payments.reverse_payment(story.owner, paid, "Bounced", now=clock.now())
    void = canonical(Paper(story.business_id, "receipt", paid))
    assert (void["status"], void["received"]["credit_minor"], void["received"]["allocations"]) == ("void", 0, [])


def test_a_receipt_says_what_went_back_and_calls_only_that_credit_which_is(story):
    sold = issue(story, "100")
    paid = story.payment(sold, 15_750)
    told = GivenBack(Money(7_000, "NGN"), "transfer", today(story), "Asked for it back")
    wrong = payments.refund(story.owner, "payment", paid, replace(told, amount=Money(1_000, "NGN")), now=clock.now())
    payments.undo_refund(story.owner, wrong.id, "Typed twice", now=clock.now())
    payments.refund(story.owner, "payment", paid, told, now=clock.now())
    received = canonical(Paper(story.business_id, "receipt", paid))["received"]
    assert (received["allocated_minor"], received["credit_minor"]) == (8_750, 0)
    assert [(one["label"], one["amount_minor"]) for one in received["sent_back"]] == [("Given back", 7_000)]


@pytest.mark.engines("sqlite")
@pytest.mark.drawn
def test_what_went_back_is_printed_on_the_receipt(story):
    paid = story.payment(issue(story, "100"), 15_750)
    told = GivenBack(Money(5_000, "NGN"), "transfer", today(story), "Asked for it back")
    payments.refund(story.owner, "payment", paid, told, now=clock.now())
    text = text_of(ensure_paper(Paper(story.business_id, "receipt", paid)))
    assert "Given back" in text
    assert "Kept as credit" not in text


@pytest.mark.engines("sqlite")
@pytest.mark.drawn
def test_both_are_drawn_once_and_found_again(story):
    _, made = part_credited(story)
    paid = story.payment(issue(story, "100"), 10_750)
    for paper, words in (
        (Paper(story.business_id, "credit_note", made), ("Credit note", "Line was down", "537.50")),
        (Paper(story.business_id, "receipt", paid), ("Receipt", "Bank transfer", "107.50")),
    ):
        assert find_paper(paper) is None
        pdf = ensure_paper(paper)
        assert find_paper(paper) == pdf
        assert all(word in text_of(pdf) for word in words), text_of(pdf)


def test_an_invoice_shows_what_was_credited_apart_from_what_was_paid(story):
    sold, made = part_credited(story)
    story.payment(sold, 20_000)
    shown = document_view(story.business_id, sold, clock.now())
    assert (shown.paid.minor, shown.credited.minor, shown.balance.minor) == (20_000, 53_750, 60_625)
    assert {row.credit_note for row in payments_of(story.business_id, sold)} == {"", note(story, made).number}
    assert payment(story, next(row.source_id for row in shown.payments if not row.credit_note)).amount_minor == 20_000
