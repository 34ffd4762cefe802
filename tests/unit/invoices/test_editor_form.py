"""What the editor of an invoice takes, what it refuses beside which field, and what it shows again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from app.errors import Invalid
from app.invoices.forms import MAX_LINES, EditorForm, form_data
from app.invoices.values import DraftValues, LineValues

TAX = "0190b5a0-0000-7000-8000-000000000001"


def filled(*pairs: tuple[str, str], without: tuple[str, ...] = ()) -> EditorForm:
    """An editor with one good line, changed by `pairs`."""
    good = {
        "currency": "NGN",
        "issue_date": "2026-11-20",
        "terms": "14",
        "lines-0-title": "Fibre",
        "lines-0-quantity": "2",
        "lines-0-unit_price": "1,500.00",
    }
    good.update(dict(pairs))
    return EditorForm(MultiDict([(name, value) for name, value in good.items() if name not in without]))


def test_a_filled_editor_gives_a_draft():
    form = filled(("lines-0-taxes", TAX), ("lines-0-discount", "10%"), ("discount", "500"), ("po_number", " PO-1 "))
    assert form.validate()
    values = form.values()
    assert values.issue_date == date(2026, 11, 20)
    assert values.terms_days == 14
    assert values.due_date is None
    assert values.po_number == "PO-1"
    assert values.discount == ("amount", Decimal("500.00"))
    (line,) = values.lines
    assert (line.quantity, line.unit_price, line.discount) == (Decimal(2), Decimal("1500.00"), ("percent", Decimal(10)))
    assert [str(tax) for tax in line.tax_ids] == [TAX]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("lines-0-quantity", "-3"),
        ("lines-0-quantity", "NaN"),
        ("lines-0-quantity", "1e999"),
        ("lines-0-quantity", "1_000"),
        ("lines-0-quantity", "٣"),
        ("lines-0-quantity", "1" * 30),
        ("lines-0-unit_price", "-0.01"),
        ("lines-0-unit_price", "Infinity"),
        ("lines-0-unit_price", "1,50"),
        ("lines-0-unit_price", "0.1234567"),
        ("lines-0-discount", "101%"),
        ("lines-0-discount", "-5"),
        ("lines-0-discount", "12.345"),
        ("lines-0-discount", "%"),
        ("lines-0-title", "x" * 10_000),
        ("lines-0-title", "bell\x07"),
        ("lines-0-title", "null\x00"),
        ("lines-0-detail", "x" * 10_000),
        ("lines-0-item_id", "17"),
        ("lines-0-taxes", "not-a-tax"),
        ("discount", "ten"),
        ("currency", "XXZ"),
        ("currency", ""),
        ("issue_date", "9999-12-31"),
        ("issue_date", "2026-02-30"),
        ("issue_date", ""),
        ("terms", "400"),
        ("terms", "-1"),
        ("terms", "٣"),
        ("terms", ""),
        ("client_id", "1 or 1=1"),
        ("po_number", "line\nbreak"),
        ("notes", "x" * 10_000),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field_and_kept(field, typed):
    form = filled((field, typed))
    assert not form.validate()
    assert [problem[0] for problem in form.problems()] == [field]
    shown = form.lines.entries[0].form if field.startswith("lines-") else form
    again = shown._fields[field.rpartition("-")[2]]
    if field not in ("currency", "terms", "lines-0-taxes"):
        assert again._value() == typed


def test_an_amount_is_read_in_the_currency_of_the_document():
    yen = filled(("currency", "JPY"), ("lines-0-discount", "0.5"))
    assert not yen.validate()
    assert yen.problems()[0][2] == "JPY has no decimals."
    dinar = filled(("currency", "KWD"), ("lines-0-discount", "0.125"))
    assert dinar.validate()
    assert dinar.values().lines[0].discount == ("amount", Decimal("0.125"))


def test_a_wrong_currency_is_one_problem_and_not_one_in_every_amount():
    form = filled(("currency", "NOPE"), ("lines-0-discount", "5"), ("discount", "5"))
    assert not form.validate()
    assert [found[0] for found in form.problems()] == ["currency"]


def test_lines_stand_in_the_order_in_which_they_were_sent():
    names = [("lines-7-title", "last made, first sent"), ("lines-0-title", "first made"), ("lines-3-title", "third")]
    form = EditorForm(MultiDict([("currency", "NGN"), ("issue_date", "2026-11-20"), ("terms", "0"), *names]))
    assert form.validate()
    assert [line.title for line in form.values().lines] == ["last made, first sent", "first made", "third"]


def test_blank_lines_are_left_out_and_a_refusal_still_finds_its_line():
    form = filled(("lines-4-title", ""), ("lines-4-quantity", "1"), ("lines-9-title", "Router"))
    assert form.validate()
    assert len(form.values().lines) == 2
    form.refuse(Invalid("lines.1.discount", "The discount is larger than the line."))
    assert form.problems() == [("lines-9-discount", "Line 3, discount", "The discount is larger than the line.")]


@pytest.mark.parametrize(
    ("path", "where"),
    [("due_date", "due_date"), ("terms_days", "terms"), ("client_id", "client_id"), ("lines.0.taxes", "lines-0-taxes")],
)
def test_a_refusal_stands_beside_the_field_it_names(path, where):
    form = filled()
    assert form.validate()
    form.refuse(Invalid(path, "Not like this."))
    assert form.problems()[0][0] == where


@pytest.mark.parametrize("path", ["total", "lines", "lines.9.title"])
def test_a_refusal_of_no_field_stands_on_top(path):
    form = filled()
    assert form.validate()
    form.refuse(Invalid(path, "Not like this."))
    assert form.form_errors == ["Not like this."]
    assert form.problems() == []


@pytest.mark.parametrize(
    ("verb", "index", "order"),
    [
        ("up", 2, "acb"),
        ("down", 0, "bac"),
        ("up", 0, "abc"),
        ("down", 2, "abc"),
        ("remove", 1, "ac"),
        ("up", 99, "abc"),
    ],
)
def test_lines_can_be_moved_and_removed_without_a_script(verb, index, order):
    form = filled(*((f"lines-{n}-title", title) for n, title in enumerate("abc")))
    form.lines.rearrange(verb, index)
    assert "".join(entry.form.title._value() for entry in form.lines) == order


def test_more_lines_than_an_invoice_holds_are_refused():
    form = filled(*((f"lines-{n}-title", "x") for n in range(MAX_LINES + 1)))
    assert not form.validate()
    assert len(form.lines.entries) == MAX_LINES
    assert "at most 500" in form.form_errors[0]


@pytest.mark.parametrize(
    "name", ["lines-²-title", "lines-٣-title", "lines--title", "lines-999999999999-title", "lines-"]
)
def test_names_that_are_no_line_are_nothing(name):
    form = filled((name, "x"))
    assert form.validate()
    assert len(form.values().lines) == 1


def test_a_date_of_one_s_own_needs_the_date():
    assert [found[0] for found in _refused(filled(("terms", "custom"))).problems()] == ["due_date"]
    form = filled(("terms", "custom"), ("due_date", "2027-01-15"))
    assert form.validate()
    assert form.values().due_date == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("days", "due", "shown"),
    [(14, date(2026, 12, 4), "14"), (21, date(2026, 12, 11), "21"), (365, date(2028, 1, 1), "custom")],
)
def test_a_stored_draft_comes_back_as_it_was(days, due, shown):
    line = LineValues("Fibre", Decimal("2.5"), Decimal("0.0375"), "a\nb", "hour", ("percent", Decimal("12.5")))
    values = DraftValues("NGN", date(2026, 11, 20), days, due_date=due, notes="Thank you", lines=(line,))
    form = EditorForm(None, data=form_data(values))
    assert form.validate()
    assert form.terms.data == shown
    assert form.values().lines == (line,)
    assert form.values().notes == "Thank you"


def test_a_client_brings_their_currency_and_terms_along():
    form = filled()
    form.follow("EUR", 21)
    assert form.validate()
    assert (form.values().currency, form.values().terms_days) == ("EUR", 21)


def _refused(form: EditorForm) -> EditorForm:
    assert not form.validate()
    return form


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("61480", "61,480.00"),
        ("61480.000000", "61,480.00"),
        ("0.0375", "0.0375"),
        ("12.5", "12.50"),
        ("0", "0.00"),
        ("246913578.019999", "246,913,578.019999"),
        ("1E+3", "1,000.00"),
    ],
)
def test_a_price_stands_in_its_field_as_it_is_printed_and_reads_back_as_the_same(stored, shown):
    line = EditorForm(None, data={"lines": [{"unit_price": Decimal(stored)}]}).lines.entries[0].form
    assert line.unit_price._value() == shown
    again = filled(("lines-0-unit_price", shown))
    assert again.validate()
    assert again.values().lines[0].unit_price == Decimal(stored)
