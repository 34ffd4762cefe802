"""Why an amount: the page that explains an invoice from its stored rows."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import delete, select

from app import clock
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.database import writing
from app.extensions import db
from app.invoices import checks
from app.invoices import service as invoices
from app.invoices.models import Invoice, InvoiceFigure
from app.invoices.queries.why import why
from app.invoices.rules.why import Manner
from app.invoices.values import LineValues
from tests.support.story import Story

HTMX = {"HX-Request": "true"}


def manner(currency: str) -> Manner:
    return Manner(currency, "en", lambda value: f"{value.normalize():f}", lambda rate: f"{rate:f} %", str)


def busy(story: Story, *, rounding: str = "document", issue: bool = True) -> uuid.UUID:
    """Three lines with every kind of discount and tax, so that sharing out leaves a remainder."""
    now = clock.now()
    levy = catalog.create_tax(story.owner, TaxValues("Levy", Decimal("2.5"), compound=True), now).id
    inside = catalog.create_tax(story.owner, TaxValues("City", Decimal(5), pricing="inclusive"), now).id
    lines = (
        LineValues(
            "Fibre", Decimal(3), Decimal("33.335"), discount=("percent", Decimal(10)), tax_ids=(story.tax_id, levy)
        ),
        LineValues(
            "Router", Decimal(1), Decimal("33.33"), discount=("amount", Decimal("1.11")), tax_ids=(inside, levy)
        ),
        LineValues("Visit", Decimal(1), Decimal("13.27"), tax_ids=(story.tax_id,)),
    )
    values = replace(story.draft_values(), lines=lines, discount=("amount", Decimal("10.01")))
    made = invoices.create_draft(story.owner, values, now=now).id
    with writing() as session:
        session.get_one(Invoice, (story.business_id, made)).tax_rounding = rounding
    if issue:
        invoices.issue(story.owner, made, now=now)
    db.session.remove()
    return made


def read(page: str) -> list[tuple[str, str]]:
    """(label with its words, amount) of every row on a page."""
    rows = BeautifulSoup(page, "html.parser").select("#why tbody tr:has(td)")
    return [
        (
            f"{row.th.get_text()} {row.select_one('.words').get_text()}".strip(),
            row.select_one(".num").get_text(strip=True),
        )
        for row in rows
    ]


def test_a_viewer_reads_every_step_on_a_page_of_its_own(ours):
    invoice_id = ours.issued()
    ours.payment(invoice_id, 100_000)
    page = ours.visitor("viewer").get(f"/invoices/{invoice_id}/why/")
    assert page.status_code == 200
    rows = [(text.replace("\u00a0", " "), amount) for text, amount in read(page.text)]
    assert rows[:5] == [
        ("Fibre, monthly 2 × ₦1,500.00 = ₦3,000.00", "₦3,000.00"),
        ("Subtotal", "₦3,000.00"),
        ("VAT on line 1 7.5 % of ₦3,000.00 = ₦225.00", "₦225.00"),
        ("Tax", "₦225.00"),
        ("Total ₦3,000.00 + ₦225.00 of tax", "₦3,225.00"),
    ]
    assert rows[5][0].startswith("Paid Bank transfer of ")
    assert rows[5][1] == "−₦1,000.00"
    assert rows[6] == ("Still to pay ₦3,225.00 − ₦1,000.00 = ₦2,225.00", "₦2,225.00")


def test_the_invoice_opens_the_same_part_in_place_by_a_real_link(ours):
    invoice_id = ours.issued()
    url = f"/invoices/{invoice_id}/why/"
    browser = ours.visitor()
    page = BeautifulSoup(browser.get(f"/invoices/{invoice_id}/").text, "html.parser")
    [link] = page.select(f'a[href="{url}"]')
    assert link.get_text(strip=True) == "Why this amount"
    assert link["hx-get"] == url
    assert page.select_one(link["hx-target"]) is not None
    part = browser.get(url, headers=HTMX)
    assert part.text.lstrip().startswith("<section")
    assert "HX-Request" in part.headers["Vary"]
    assert read(part.text) == read(browser.get(url).text)


def test_a_draft_is_explained_as_it_was_saved(ours):
    invoice_id = busy(ours, issue=False)
    page = ours.visitor().get(f"/invoices/{invoice_id}/why/").text
    assert "A draft can still change" in page
    assert "Still to pay" not in page
    assert f'href="/invoices/{invoice_id}/why/"' in ours.visitor().get(f"/invoices/{invoice_id}/edit/").text


def test_a_void_invoice_says_that_nothing_is_owed(ours):
    invoice_id = ours.issued()
    invoices.void(ours.owner, invoice_id, "typed twice", now=clock.now())
    rows = read(ours.visitor().get(f"/invoices/{invoice_id}/why/").text)
    assert rows[-2:] == [
        ("Taken back The invoice is void, so nothing of it is owed.", "−₦3,225.00"),
        ("Still to pay ₦3,225.00 − ₦3,225.00 = ₦0.00", "₦0.00"),
    ]


def test_titles_are_text(ours):
    line = replace(ours.draft_values().lines[0], title="<b>Fibre</b>")
    values = replace(ours.draft_values(), lines=(line,))
    made = invoices.create_draft(ours.owner, values, now=clock.now()).id
    assert "&lt;b&gt;Fibre&lt;/b&gt;" in ours.visitor().get(f"/invoices/{made}/why/").text


@pytest.mark.parametrize("rounding", ["line", "document"])
def test_the_stored_rows_of_an_invoice_explain_it_like_the_engine_explained_its_draft(ours, rounding):
    invoice_id = busy(ours, rounding=rounding, issue=False)
    drafted = why(ours.business_id, invoice_id, manner).steps
    invoices.issue(ours.owner, invoice_id, now=clock.now())
    db.session.remove()
    issued = why(ours.business_id, invoice_id, manner).steps
    assert issued[: len(drafted)] == drafted
    assert [step.key for step in issued[len(drafted) :]] == ["balance"]
    by_key = {step.key: step for step in issued}
    assert all(s.amount_minor == sum(by_key[key].amount_minor for key in s.sum_of) for s in issued if s.sum_of)
    assert not [step for step in issued if "as it stands" in step.words]


def test_remainders_are_stored_at_issue_and_the_books_stay_sound(ours):
    invoice_id = busy(ours)
    rows = select(InvoiceFigure).where(InvoiceFigure.invoice_id == invoice_id, InvoiceFigure.kind == "rounding")
    stored = db.session.scalars(rows).all()
    assert {row.tax_id is None for row in stored} == {True, False}
    named = [step for step in why(ours.business_id, invoice_id, manner).steps if "largest remainder" in step.words]
    assert len(named) == len(stored)
    for check in checks.CHECKS:
        assert list(check(ours.business_id, clock.now())) == []


def test_an_invoice_from_before_remainders_were_stored_explains_itself_alike(ours):
    invoice_id = busy(ours)
    before = why(ours.business_id, invoice_id, manner).steps
    with writing() as session:
        session.execute(delete(InvoiceFigure).where(InvoiceFigure.kind == "rounding"))
    db.session.remove()
    assert why(ours.business_id, invoice_id, manner).steps == before
