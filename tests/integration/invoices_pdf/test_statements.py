"""Statements on paper: each line with its balance, carried over each page, and nothing asked for that is not owed."""

from __future__ import annotations

from typing import Any

import pytest

from app.invoices.pdf import BadDocument, content_key, fonts
from app.invoices.pdf.render import PAGE, draw, render
from app.invoices.pdf.statement import PrintedStatement
from app.invoices.pdf.view import view
from tests.integration.invoices_pdf import sample_documents as samples

OPENING = 12_000_000


def statement(count: int = 4, **fields: Any) -> PrintedStatement:
    """Invoices and payments in turn, a day each."""
    lines, balance = [], OPENING
    for number in range(count):
        charge, credit = (0, -8_000_000) if number % 2 else (8_600_000 + number, 0)
        balance += charge + credit
        lines.append(
            {
                "date": f"2026-{9 + number // 28 % 3:02}-{number % 28 + 1:02}",
                "title": "Payment received" if number % 2 else "Invoice",
                "detail": "Bank transfer, 000219384756" if number % 2 else f"INV-2026-{number:04}",
                "charge_minor": charge,
                "credit_minor": credit,
                "balance_minor": balance,
            }
        )
    plain = samples.invoice()
    base: dict[str, Any] = {name: plain[name] for name in ("currency", "rtl", "paper", "words", "business", "client")}
    base |= {
        "kind": "statement",
        "locale": "en_GB",
        "first": "2026-09-01",
        "last": "2026-11-27",
        "opening_minor": OPENING,
        "lines": lines,
        "charges_minor": sum(line["charge_minor"] for line in lines),
        "credits_minor": sum(line["credit_minor"] for line in lines),
        "closing_minor": balance,
        "ages": [
            {"label": "Not due yet", "amount_minor": balance - 3_000_000},
            {"label": "1–30 days late", "amount_minor": 3_000_000},
        ],
        "bank": plain["bank"][:3],
        "pay_url": "https://duely.example/c/u8Zr0pQx4LwYt2VbN6kHs3MdJf7GcEa1XoRiTyUqWv9/",
        "pay_label": "See what is open, and pay",
        "notes": "",
        "footer": plain["footer"],
    }
    return base | fields  # type: ignore[return-value]


def test_it_says_whose_days_lines_balances_and_what_is_late(read):
    [page] = read(render(statement(), strict=True))
    for said in ("Statement", "Mama Put Kitchens Ltd", "1 Sept 2026 – 27 Nov 2026", "Balance brought forward"):
        assert said in page
    assert "120,000.00" in page
    assert "Payment received Bank transfer, 000219384756" in page.replace("\n", " ")
    assert "INV-2026-0002" in page
    assert "1–30 days late" in page
    assert "Balance due" in page
    assert "₦132,000.02" in page
    assert "−160,000.00" in page
    assert "duely.example/c/" in page


def test_sixty_lines_carry_the_balance_over_each_page(read):
    pages = read(render(statement(60), strict=True))
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Balance NGN" in text
        assert ("Brought forward" in text) == (number > 1)
        assert ("Carried forward" in text) == (number < len(pages))
    carried = [text.split("Carried forward")[1].split()[0] for text in pages[:-1]]
    brought = [text.split("Brought forward")[1].split()[0] for text in pages[1:]]
    assert carried == brought
    assert all(f"INV-2026-{number:04}" in "".join(pages) for number in range(0, 60, 2))


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("count", [0, 1, 2, 13, 14, 15, 16, 17, 38])
def test_the_plan_holds_where_pages_turn(paper, count):
    doc = statement(count, paper=paper)
    fonts.prepare()
    assert draw(doc).pdf.count(PAGE) == view(doc)["pages"]


def test_credit_has_no_sign_and_nothing_is_asked_for(read):
    [page] = read(render(statement(closing_minor=-500_000), strict=True))
    assert "In your favour" in page
    assert "₦5,000.00" in page
    assert "Bank transfer\n" not in page
    assert "duely.example" not in page


def test_an_empty_period_stands_on_one_page(read):
    [page] = read(render(statement(0, closing_minor=0, opening_minor=0, ages=[]), strict=True))
    assert "Nothing is owed" in page


def test_from_right_to_left_it_is_drawn_without_complaints():
    assert draw(statement(30, rtl=True)).complaints == []


def test_what_is_far_too_long_is_cut_and_the_figures_stay(read):
    doc = statement(3)
    doc["lines"][0]["detail"] = "x" * 4000
    doc["lines"][1] |= {"credit_minor": -(10**16), "balance_minor": -(10**16)}
    pages = read(render(doc, strict=True))
    assert "−100,000,000,000,000.00" in pages[0].replace("\n", "")


def test_the_same_statement_is_the_same_file():
    assert render(statement()) == render(statement())
    assert content_key(statement()) == content_key(statement())
    assert content_key(statement()) != content_key(statement(closing_minor=1))


@pytest.mark.parametrize(
    "fields",
    [{"first": "yesterday"}, {"closing_minor": 1.5}, {"ages": [{"label": "x"}]}, {"paper": "a5"}, {"extra": 1}],
)
def test_a_statement_of_the_wrong_shape_is_refused_and_its_values_are_not_told(fields):
    with pytest.raises(BadDocument) as refused:
        render(statement(**fields))
    assert "yesterday" not in str(refused.value)
