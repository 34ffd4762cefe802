"""Why an amount, for credit notes: every figure from stored rows, the arithmetic in words, the sums to the unit."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from decimal import Decimal

from bs4 import BeautifulSoup
from sqlalchemy import select

from app import clock
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.database import new_id
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import CreditNote
from app.invoices.queries.creditable import creditable_lines, newest_open_note
from app.invoices.queries.why_credited import why_credited
from app.invoices.rules.why import Manner
from app.invoices.values import LineValues
from app.payments import service as payments
from tests.support.story import Story


def manner(currency: str) -> Manner:
    return Manner(currency, "en", lambda value: f"{value.normalize():f}", lambda rate: f"{rate:f} %", str)


def two_taxes(story: Story) -> uuid.UUID:
    levy = catalog.create_tax(story.owner, TaxValues("Levy", Decimal("2.5")), clock.now()).id
    lines = (
        LineValues("Fibre", Decimal(3), Decimal("33.335"), tax_ids=(story.tax_id, levy)),
        LineValues("Visit", Decimal(1), Decimal("13.27"), tax_ids=(story.tax_id,)),
    )
    made = invoices.create_draft(story.owner, replace(story.draft_values(), lines=lines), now=clock.now()).id
    invoices.issue(story.owner, made, now=clock.now())
    return made


def credit(story: Story, sold: uuid.UUID, amounts: dict[uuid.UUID, int], note_id: uuid.UUID | None = None) -> uuid.UUID:
    return payments.credit_invoice(
        story.owner, sold, amounts, "Returned", now=clock.now(), note_id=note_id, settle=False
    ).id


def test_a_viewer_reads_how_the_second_part_of_a_line_comes_about(story: Story) -> None:
    sold = story.issued()
    (line,) = creditable_lines(story.business_id, sold)
    credit(story, sold, {line.id: 100_001})
    note_id = credit(story, sold, {line.id: 50_000})
    answer = story.visitor("viewer").get(f"/credit-notes/{note_id}/why/")
    assert answer.status_code == 200
    rows = BeautifulSoup(answer.text, "html.parser").select("#why tbody tr:has(td)")
    said = [" ".join(row.get_text(" ").split()) for row in rows]
    # 1,500.01 of 3,225.00 hold 1,500.01 × 225 / 3,225 = 104.6518… of tax, and 1,000.01 held 69.77 of it.
    assert said == [
        "Fibre, monthly ₦500.00 of ₦3,225.00 with tax, after ₦1,000.01 before ₦ 500 .00",
        "Credit ₦ 500 .00",
        "VAT on line 1 ₦1,500.01 × ₦225.00 / ₦3,225.00 = ₦104.65, rounded half up from ₦104.6518…, "
        "less ₦69.77 of it before = ₦34.88 ₦ 34 .88",
        "Tax ₦ 34 .88",
        "Net, before tax ₦500.00 − ₦34.88 = ₦465.12 ₦ 465 .12",
    ]
    part = story.visitor("viewer").get(f"/credit-notes/{note_id}/why/", headers={"HX-Request": "true"})
    assert "<html" not in part.text


def test_every_result_is_the_sum_of_the_steps_it_names_however_lines_are_cut(story: Story) -> None:
    sold, dice = two_taxes(story), random.Random(11)
    for _ in range(6):
        left = {one.id: one.left_minor for one in creditable_lines(story.business_id, sold)}
        amounts = {key: dice.randint(0, rest) for key, rest in left.items()}
        if not any(amounts.values()):
            continue
        found = why_credited(story.business_id, credit(story, sold, amounts), manner)
        by_key = {step.key: step for step in found.steps}
        for step in found.steps:
            if step.sum_of:
                assert step.amount_minor == sum(by_key[key].amount_minor for key in step.sum_of), step
            assert "as it stands" not in step.words
        stored = db.session.scalars(select(CreditNote).where(CreditNote.id == found.document_id)).one()
        assert by_key["credited"].amount_minor == stored.total_minor
        assert by_key["tax"].amount_minor == stored.tax_minor
        assert by_key["credited"].amount_minor - by_key["tax"].amount_minor == stored.net_minor


def test_the_newest_note_is_the_one_issued_last_whenever_its_form_was_opened(story: Story) -> None:
    """A form brings its own id. One that was opened first and sent last makes the note that has to be voided first."""
    sold = story.issued()
    (line,) = creditable_lines(story.business_id, sold)
    opened_first = new_id()
    credit(story, sold, {line.id: 100})
    late = credit(story, sold, {line.id: 200}, opened_first)
    assert newest_open_note(story.business_id, sold) == late
    assert "after ₦1.00 before" in why_credited(story.business_id, late, manner).steps[0].words
