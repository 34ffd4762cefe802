"""Long documents: the head repeats, totals are carried, and the planned number of pages is the drawn one."""

import gc

import pytest

from app.invoices.pdf import fonts
from app.invoices.pdf.render import PAGE, draw, render
from app.invoices.pdf.view import view
from tests.integration.invoices_pdf import sample_documents as samples


def test_sixty_lines_repeat_the_head_and_carry_the_total(read):
    pages = read(render(samples.long_invoice(60), strict=True))
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Unit price" in text
        assert "INV-2026-0115" in text
        assert ("Brought forward" in text) == (number > 1)
        assert ("Carried forward" in text) == (number < len(pages))
    assert all(f"site {n}" in "".join(pages) for n in range(1, 61))
    assert "₦1,685,062.50" in pages[-1]


KINDS = {
    "a4": samples.long_invoice,
    "letter": lambda n: samples.long_invoice(n, paper="letter"),
    "paid": lambda n: samples.long_invoice(n, status="paid"),
    "arabic": samples.arabic,
}


def _assert_planned_is_drawn(kind: str, count: int) -> None:
    doc = KINDS[kind](count)
    fonts.prepare()
    assert draw(doc).pdf.count(PAGE) == view(doc)["pages"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 9, 10, 11, 12, 14, 15, 38])
def test_the_plan_holds_where_pages_turn(kind, count):
    _assert_planned_is_drawn(kind, count)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", range(1, 41))
def test_the_plan_holds_for_one_to_forty_lines(kind, count):
    _assert_planned_is_drawn(kind, count)


def test_a_receipt_for_many_invoices_goes_over_several_pages(read):
    doc = samples.receipt()
    one = doc["received"]["allocations"][0]
    doc["received"]["allocations"] = [one | {"number": f"INV-{n:04}"} for n in range(50)]
    pages = read(render(doc, strict=True))
    assert len(pages) == 3
    assert all("Still due" in page for page in pages[:2])
    assert "INV-0049" in "".join(pages)


@pytest.mark.long
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)  # the library spills to a file it leaves open
def test_a_document_of_two_hundred_pages_is_drawn(read):
    doc = samples.invoice(lines=[samples.line("Long story", detail="so it goes\n" * 40)] * 205)
    assert len(read(render(doc))) > 200
    gc.collect()  # so that its file is found to be open now, and not in the middle of another test
