"""What holds for every document there could be."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, compute
from app.money import round_half_up

TAXES = [
    TaxRate(f"{name}{inclusive:d}{compound:d}", name, Decimal(rate), inclusive, compound)
    for name, rate in [("VAT", "7.5"), ("GST", "5"), ("QST", "9.975"), ("Zero", "0"), ("High", "27.123456")]
    for inclusive in (False, True)
    for compound in (False, True)
]
quantities = st.decimals(0, 1000, places=3)
prices = st.decimals(0, 10**5, places=4)
percents = st.builds(Discount, st.just("percent"), st.decimals(0, 100, places=2))
stacks = st.lists(st.sampled_from(TAXES), max_size=3, unique_by=lambda tax: tax.key).map(tuple)
lines = st.builds(LineInput, quantities, prices, st.none() | percents, stacks)
documents = st.builds(
    DocumentInput,
    st.sampled_from(["NGN", "JPY", "KWD"]),
    st.lists(lines, max_size=12).map(tuple),
    st.none() | percents,
    st.sampled_from(["line", "document"]),
)
FIGURES = [
    ("gross_minor", "subtotal_minor"),
    ("line_discount_minor", "line_discount_minor"),
    ("document_discount_minor", "document_discount_minor"),
    ("net_minor", "net_minor"),
    ("tax_minor", "tax_minor"),
    ("total_minor", "total_minor"),
]


@given(documents)
def test_lines_sum_to_the_totals_to_the_cent(document):
    totals = compute(document)
    for of_line, of_document in FIGURES:
        assert sum(getattr(line, of_line) for line in totals.lines) == getattr(totals, of_document)
    assert totals.total_minor == totals.net_minor + totals.tax_minor
    assert all(line.total_minor == line.net_minor + line.tax_minor for line in totals.lines)


@given(documents)
def test_the_rows_explain_every_figure(document):
    totals = compute(document)
    rows = {kind: [c for c in totals.components if c.kind == kind] for kind in ("line_discount", "document_discount")}
    taxes = [c for c in totals.components if c.kind == "tax"]
    assert sum(row.amount_minor for row in rows["line_discount"]) == totals.line_discount_minor
    assert sum(row.amount_minor for row in rows["document_discount"]) == totals.document_discount_minor
    assert sum(row.amount_minor for row in taxes) == sum(tax.amount_minor for tax in totals.taxes) == totals.tax_minor
    on_top = sum(row.amount_minor for row in taxes if not row.inclusive)
    discounts = totals.line_discount_minor + totals.document_discount_minor
    assert totals.total_minor == totals.subtotal_minor - discounts + on_top


@given(documents)
def test_a_remainder_is_one_unit_at_most_and_part_of_what_was_shared_out(document):
    totals = compute(document)
    given_out: dict[tuple[str | None, int], int] = {}
    for row in totals.components:
        if row.kind != "rounding":
            continue
        assert row.amount_minor == 1
        line = totals.lines[row.line]
        of_tax = [c for c in totals.components if c.kind == "tax" and (c.line, c.tax_key) == (row.line, row.tax_key)]
        assert (of_tax[0].amount_minor if row.tax_key else line.document_discount_minor) >= 1
        given_out[row.tax_key, row.base_minor] = given_out.get((row.tax_key, row.base_minor), 0) + 1
    assert all(units < len(totals.lines) for units in given_out.values())


@given(documents)
def test_no_figure_is_negative_and_no_discount_exceeds_its_line(document):
    for line in compute(document).lines:
        assert min(line.tax_minor, line.document_discount_minor, line.line_discount_minor) >= 0
        assert line.line_discount_minor + line.document_discount_minor <= line.gross_minor


@given(documents)
def test_an_exclusive_tax_is_its_rate_of_its_base_rounded_on_the_line(document):
    assume(document.rounding == "line")
    for row in compute(document).components:
        if row.kind == "tax" and not row.inclusive:
            assert row.amount_minor == round_half_up(row.base_minor * Fraction(row.rate) / 100)


@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_total(document, chance):
    shuffled = list(document.lines)
    chance.shuffle(shuffled)
    other = compute(DocumentInput(document.currency, tuple(shuffled), document.discount, document.rounding))
    totals = compute(document)
    assert all(getattr(totals, figure) == getattr(other, figure) for _, figure in FIGURES)
    assert {tax.key: tax.amount_minor for tax in totals.taxes} == {tax.key: tax.amount_minor for tax in other.taxes}


@given(st.integers(0, 10**12), st.decimals(0, 100, places=4))
def test_tax_put_on_top_and_taken_out_again_gives_the_same_net_and_tax(net_minor, rate):
    def one(price_minor, inclusive):
        tax = TaxRate("t", "T", rate, inclusive=inclusive)
        return compute(DocumentInput("JPY", (LineInput(Decimal(1), Decimal(price_minor), None, (tax,)),)))

    assume(net_minor * (1 + rate / 100) < 10**12 - 1)
    on_top = one(net_minor, inclusive=False)
    inside = one(on_top.total_minor, inclusive=True)
    assert (inside.net_minor, inside.tax_minor) == (on_top.net_minor, on_top.tax_minor)
    assert inside.total_minor == on_top.total_minor


@given(documents)
def test_a_tax_rounded_once_is_the_rate_of_the_whole_base(document):
    tax = TaxRate("vat", "VAT", Decimal("7.5"))
    taxed = tuple(LineInput(line.quantity, line.unit_price, line.discount, (tax,)) for line in document.lines)
    totals = compute(DocumentInput(document.currency, taxed, document.discount, "document"))
    assert totals.tax_minor == round_half_up(totals.net_minor * Fraction(tax.rate) / 100)
