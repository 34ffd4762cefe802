"""An invoice that credit from elsewhere settled is paid; only credit notes over it take it back."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app import clock
from app.auth.queries import get_business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import CreditNote
from app.invoices.printing import printed
from app.invoices.queries import document_view
from app.invoices.service.letters import write_email
from app.invoices.service.revising import begin_revision
from app.payments import service as payments
from tests.integration.money.reading import invoice, issue, lines, whole
from tests.support.story import Story


def replaced(story: Story) -> tuple[uuid.UUID, uuid.UUID]:
    """A paid invoice, and the one that takes its place, settled with what was paid."""
    old = issue(story, "1000")
    story.payment(old, 107_500)
    draft = begin_revision(story.owner, old, "Wrong name", now=clock.now())
    return old, invoices.issue(story.owner, draft, now=clock.now()).id


def notes_of(story: Story, invoice_id: uuid.UUID) -> list[uuid.UUID]:
    return list(db.session.scalars(select(CreditNote.id).where(CreditNote.invoice_id == invoice_id)))


def customers_page(story: Story, invoice_id: uuid.UUID) -> str:
    return story.app.test_client().get(f"/i/{story.link(invoice_id)}/").text


@pytest.mark.engines("sqlite", "postgresql")
def test_one_that_the_credit_of_another_settled_is_paid_and_not_taken_back(story):
    _, new = replaced(story)
    shown = document_view(story.business_id, new, clock.now())
    assert (shown.state, shown.credited_whole, shown.from_credit) == ("paid", False, True)
    assert (shown.paid.minor, shown.credited.minor) == (107_500, 0)
    paper = printed(shown, None, None)
    assert paper["status"] == "paid"
    assert paper["payments"][0]["label"].startswith("Credit on account CN-")


def test_it_can_be_sent_and_says_that_it_is_paid(story):
    _, new = replaced(story)
    page = story.visitor("staff").get(f"/invoices/{new}/").text
    assert f'action="/invoices/{new}/send/"' in page or f'href="/invoices/{new}/send/"' in page
    assert "Credited" not in page
    letter = write_email(document_view(story.business_id, new, clock.now()), "https://duely.example/i/x/", None)
    assert "₦1,075.00 paid in full" in letter.subject
    assert "Already paid?" not in letter.text


def test_its_customer_reads_that_it_is_paid_from_credit(story):
    _, new = replaced(story)
    page = customers_page(story, new)
    assert "Paid from your credit" in page
    assert "Your credit from CN-" in page
    assert "taken back" not in page


def test_one_that_the_rest_of_a_payment_settled_is_paid_from_credit(story):
    story.payment(issue(story, "100"), 21_500)
    with writing():
        get_business(story.business_id).apply_credit = True
    later = issue(story, "100")
    assert invoice(story, later).balance_minor == 0
    assert "Paid from your credit" in customers_page(story, later)


def test_one_that_a_credit_note_over_it_took_back_whole_still_says_so(story):
    sold = issue(story, "100")
    payments.credit_invoice(story.owner, sold, whole(story, sold), "Cancelled", now=clock.now())
    assert "taken back by a credit note" in customers_page(story, sold)
    assert "Credited" in story.visitor("viewer").get(f"/invoices/{sold}/").text


def test_one_that_is_partly_credited_and_paid_for_the_rest_is_paid(story):
    sold = issue(story, "100", "50")
    first, _ = lines(story, sold)
    payments.credit_invoice(story.owner, sold, {first.id: 10_750}, "Cancelled", now=clock.now())
    story.payment(sold, 5_375)
    page = customers_page(story, sold)
    assert "Paid. Thank you." in page


def test_while_something_is_owed_the_customer_reads_what_is_paid_and_what_is_credited(story):
    sold = issue(story, "200")
    (line,) = lines(story, sold)
    payments.credit_invoice(story.owner, sold, {line.id: 2_150}, "One day less", now=clock.now())
    assert "₦21.50 of ₦215.00 is credited." in customers_page(story, sold)
    story.payment(sold, 10_000)
    page = customers_page(story, sold)
    assert "₦100.00 of ₦215.00 is paid. Thank you. ₦21.50 is credited." in page
    assert [page.count(f"<dt>{row}</dt>") for row in ("Paid", "Credited", "Still to pay")] == [1, 1, 1]


def test_the_one_that_was_replaced_says_so_wherever_it_is_shown(story):
    old, new = replaced(story)
    number = invoice(story, new).number
    shown = document_view(story.business_id, old, clock.now())
    assert (shown.replaced_by, shown.gone, shown.state) == (number, "Replaced", "paid")
    paper = printed(shown, None, None)
    assert (paper["status"], paper["replaced_by"]) == ("replaced", number)
    viewer = story.visitor("viewer")
    page = viewer.get(f"/invoices/{old}/").text
    assert f'by <a class="link" href="/invoices/{new}/">{number}</a>' in page
    assert f"{number} takes its place." in page
    assert viewer.get("/invoices/").text.count("Replaced") == 1
    customer = customers_page(story, old)
    assert f'Replaced by <span class="num">{number}</span>' in customer
    assert "Thank you" not in customer


def test_one_that_is_owed_again_is_not_called_replaced(story):
    old = issue(story, "1000")
    draft = begin_revision(story.owner, old, "Wrong name", now=clock.now())
    assert document_view(story.business_id, old, clock.now()).gone == ""
    invoices.issue(story.owner, draft, now=clock.now())
    (made,) = notes_of(story, old)
    payments.void_note(story.owner, made, "Mistake", now=clock.now())
    shown = document_view(story.business_id, old, clock.now())
    assert (shown.gone, shown.state) == ("", "open")
