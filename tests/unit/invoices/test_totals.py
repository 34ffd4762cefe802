"""A document's totals, worked by hand: every case carries its arithmetic."""

from decimal import Decimal

import pytest

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, compute

VAT = TaxRate("vat", "VAT", Decimal("7.5"))
VAT_IN = TaxRate("vat", "VAT", Decimal("7.5"), inclusive=True)
GST = TaxRate("gst", "GST", Decimal("5"))
QST = TaxRate("qst", "QST", Decimal("9.975"), compound=True)
VAT20_IN = TaxRate("vat20", "VAT 20%", Decimal("20"), inclusive=True)
LEVY = TaxRate("levy", "Levy", Decimal("2.5"))
ZERO = TaxRate("zero", "Zero rated", Decimal("0"))


def line(quantity, price, *taxes, discount=None):
    return LineInput(Decimal(quantity), Decimal(price), discount, taxes)


def document(*lines, currency="NGN", discount=None, rounding="line"):
    return compute(DocumentInput(currency, lines, discount, rounding))


def percent(value):
    return Discount("percent", Decimal(value))


def amount(minor):
    return Discount("amount", Decimal(minor))


def figures(totals):
    """subtotal, line discounts, document discount, net, tax, total"""
    return (
        totals.subtotal_minor,
        totals.line_discount_minor,
        totals.document_discount_minor,
        totals.net_minor,
        totals.tax_minor,
        totals.total_minor,
    )


def test_a_document_without_lines_is_zero():
    totals = document()
    assert figures(totals) == (0, 0, 0, 0, 0, 0)
    assert totals.lines == totals.components == totals.taxes == ()


def test_quantity_times_price_is_rounded_half_up_on_each_line():
    # 3 x 0.335 = 1.005 -> 1.01; 0.5 x 0.01 = 0.005 -> 0.01; 1.5 x 100 = 150.00
    totals = document(line("3", "0.335"), line("0.5", "0.01"), line("1.5", "100"))
    assert [own.gross_minor for own in totals.lines] == [101, 1, 15000]
    assert totals.total_minor == 15102


def test_one_exclusive_tax():
    # 2 x 1,250.00 = 2,500.00; 7.5% = 187.50; together 2,687.50
    assert figures(document(line("2", "1250", VAT))) == (250000, 0, 0, 250000, 18750, 268750)


def test_an_inclusive_tax_is_taken_out_of_the_price():
    # 107.50 contains 107.50 x 7.5/107.5 = 7.50
    assert figures(document(line("1", "107.50", VAT_IN))) == (10750, 0, 0, 10000, 750, 10750)
    # 100.00 contains 100 x 7.5/107.5 = 6.9767 -> 6.98, leaving 93.02
    assert figures(document(line("1", "100", VAT_IN))) == (10000, 0, 0, 9302, 698, 10000)


def test_a_compound_tax_is_taken_on_the_base_plus_the_taxes_before_it():
    # GST 5% of 100.00 = 5.00; QST 9.975% of 105.00 = 10.47375 -> 10.47
    totals = document(line("1", "100", GST, QST))
    assert figures(totals) == (10000, 0, 0, 10000, 1547, 11547)
    gst, qst = totals.components
    assert (gst.base_minor, gst.amount_minor) == (10000, 500)
    assert (qst.base_minor, qst.amount_minor) == (10500, 1047)


def test_compounding_depends_on_the_stated_order():
    # QST first: 9.975% of 100.00 = 9.975 -> 9.98 (nothing before it); GST 5.00
    assert document(line("1", "100", QST, GST)).tax_minor == 1498


def test_an_exclusive_tax_beside_an_inclusive_one_is_taken_on_the_net():
    # 120.00 contains 20.00 VAT, net 100.00; levy 2.5% of 100.00 = 2.50 comes on top: 122.50
    assert figures(document(line("1", "120", VAT20_IN, LEVY))) == (12000, 0, 0, 10000, 2250, 12250)


def test_a_compound_inclusive_tax_contains_the_tax_before_it():
    # net N, 10% of N, then 5% of 1.1 N: 1.155 N = 115.50, so N = 100.00, taxes 10.00 and 5.50
    first = TaxRate("a", "A", Decimal(10), inclusive=True)
    second = TaxRate("b", "B", Decimal(5), inclusive=True, compound=True)
    totals = document(line("1", "115.50", first, second))
    assert [(row.base_minor, row.amount_minor) for row in totals.components] == [(10000, 1000), (11000, 550)]
    assert figures(totals) == (11550, 0, 0, 10000, 1550, 11550)


def test_mixed_taxes_line_discount_and_document_discount():
    # line 0: 4 x 250.00 = 1,000.00, less 10% = 900.00
    # line 1: 1 x 100.00, no discount; line 2: 3 x 33.33 = 99.99, less 9.99 = 90.00
    # after line discounts 1,090.00; document discount 5% = 54.50, spread by 900 : 100 : 90
    #   54.50 x 900/1090 = 45.00; x 100/1090 = 5.00; x 90/1090 = 4.50
    # line 0: 855.00, VAT 7.5% = 64.125 -> 64.13
    # line 1: 95.00 with VAT inside: 95 x 7.5/107.5 = 6.6279 -> 6.63, net 88.37
    # line 2: 85.50, GST 5% = 4.275 -> 4.28; QST 9.975% of 89.78 = 8.955555 -> 8.96
    totals = document(
        line("4", "250", VAT, discount=percent("10")),
        line("1", "100", VAT_IN),
        line("3", "33.33", GST, QST, discount=amount(999)),
        discount=percent("5"),
    )
    assert [own.document_discount_minor for own in totals.lines] == [4500, 500, 450]
    assert [own.net_minor for own in totals.lines] == [85500, 8837, 8550]
    assert [own.tax_minor for own in totals.lines] == [6413, 663, 428 + 896]
    # subtotal 1,199.99; discounts 109.99 and 54.50; net 1,028.87; tax 84.00; total 1,112.87
    assert figures(totals) == (119999, 10999, 5450, 102887, 8400, 111287)


def test_an_odd_document_discount_is_spread_to_the_cent():
    # 10.00 over three lines of 33.33: 3.33 1/3 each; the cent left over goes to the first
    totals = document(*[line("1", "33.33")] * 3, discount=amount(1000))
    assert [own.document_discount_minor for own in totals.lines] == [334, 333, 333]
    assert totals.total_minor == 8999


def remainders(totals):
    """line, label, what was shared out, units by remainder, tax"""
    rows = [row for row in totals.components if row.kind == "rounding"]
    return [(row.line, row.label, row.base_minor, row.amount_minor, row.tax_key) for row in rows]


def test_what_largest_remainder_gives_is_a_row_of_its_own():
    # 10.00 over three lines: 3.33 each, and one cent is left over; 2 x 33.33 and 66.66: 2.50, 2.50, 5.00, nothing left
    odd = document(*[line("1", "33.33")] * 3, discount=amount(1000))
    assert remainders(odd) == [(0, "Discount", 1000, 1, None)]
    assert remainders(document(*[line("1", "33.33")] * 2, line("1", "66.66"), discount=amount(1000))) == []


def test_a_tax_that_is_rounded_once_says_which_lines_got_the_units_left_over():
    # 2.99 over three equal lines: 0.99 each, two units are left over; rounded on each line, nothing is shared out
    lines = [line("1", "13.27", VAT)] * 3
    assert remainders(document(*lines, rounding="document")) == [(0, "VAT", 299, 1, "vat"), (1, "VAT", 299, 1, "vat")]
    assert remainders(document(*lines)) == []


def test_a_free_line_takes_no_discount():
    # 5.00 over 0.00 and 20.00
    totals = document(line("1", "0"), line("1", "20"), discount=amount(500))
    assert [own.document_discount_minor for own in totals.lines] == [0, 500]


def test_a_discount_may_take_everything():
    totals = document(line("1", "10", VAT, discount=percent("100")), line("1", "5", VAT), discount=amount(500))
    assert figures(totals) == (1500, 1000, 500, 0, 0, 0)


@pytest.mark.parametrize(
    "rounding, tax, per_line",
    [
        ("line", 300, [100, 100, 100]),  # 7.5% of 13.27 = 0.99525 -> 1.00, three times
        ("document", 299, [100, 100, 99]),  # 2.98575 -> 2.99 once; the unit short is the last line's
    ],
)
def test_tax_is_rounded_per_line_or_once_for_the_document(rounding, tax, per_line):
    totals = document(*[line("1", "13.27", VAT)] * 3, rounding=rounding)
    assert totals.tax_minor == totals.taxes[0].amount_minor == tax
    assert [own.tax_minor for own in totals.lines] == per_line
    assert totals.total_minor == 3981 + tax


def test_inclusive_tax_rounded_once_leaves_the_price_alone():
    # three times 1.00 with 7.5% inside: 0.0697674 each, 0.2093 -> 0.21 in all; per line 0.07 each, also 0.21
    # ten times: 0.69767 -> 0.70; per line 0.07 each = 0.70. With 0.10: 0.0069767 -> 0.01 each = 0.10 against 0.07
    per_line = document(*[line("1", "0.10", VAT_IN)] * 10)
    once = document(*[line("1", "0.10", VAT_IN)] * 10, rounding="document")
    assert (per_line.tax_minor, once.tax_minor) == (10, 7)
    assert per_line.total_minor == once.total_minor == 100
    assert [own.tax_minor for own in once.lines] == [1] * 7 + [0] * 3


def test_yen_have_no_decimals():
    # 3 x 333.5 = 1000.5 -> 1001; 10% = 100.1 -> 100
    tax = TaxRate("ct", "Consumption tax", Decimal(10))
    assert figures(document(line("3", "333.5", tax), currency="JPY")) == (1001, 0, 0, 1001, 100, 1101)


def test_dinars_have_three_decimals():
    # 1.5 x 2.345 = 3.5175 -> 3.518; 5% = 0.1759 -> 0.176
    assert figures(document(line("1.5", "2.345", GST), currency="KWD")) == (3518, 0, 0, 3518, 176, 3694)


def test_every_discount_and_tax_is_a_row_of_its_own():
    totals = document(
        line("1", "100", VAT, discount=percent("10")), line("1", "50", VAT_IN), discount=amount(1400), rounding="line"
    )
    # 90.00 + 50.00 = 140.00, less 14.00 = 10%: 81.00 and 45.00
    # 7.5% of 81.00 = 6.075 -> 6.08; 45 x 7.5/107.5 = 3.1395 -> 3.14 inside
    rows = [(c.kind, c.line, c.label, c.rate, c.base_minor, c.amount_minor, c.inclusive) for c in totals.components]
    assert rows == [
        ("line_discount", 0, "Discount", Decimal("10"), 10000, 1000, False),
        ("document_discount", None, "Discount", None, 14000, 1400, False),
        ("tax", 0, "VAT", Decimal("7.5"), 8100, 608, False),
        ("tax", 1, "VAT", Decimal("7.5"), 4186, 314, True),
    ]


def test_each_tax_is_summed_for_the_totals_block_in_the_order_it_appears():
    totals = document(line("1", "100", VAT, LEVY), line("2", "10", LEVY), line("1", "7", ZERO))
    rows = [(tax.name, tax.base_minor, tax.amount_minor) for tax in totals.taxes]
    # VAT 7.50 of 100.00; levy 2.50 of 100.00 and 0.50 of 20.00; zero rated still shows what it was zero on
    assert rows == [("VAT", 10000, 750), ("Levy", 12000, 300), ("Zero rated", 700, 0)]


def test_a_tax_inside_one_price_and_on_top_of_another_is_two_rows():
    totals = document(line("1", "107.50", VAT_IN), line("1", "100", VAT))
    assert [(tax.key, tax.inclusive, tax.amount_minor) for tax in totals.taxes] == [
        ("vat", True, 750),
        ("vat", False, 750),
    ]


@pytest.mark.parametrize(
    "one, other, discount, tax",
    [
        # one unit off two equal lines with different taxes: half a unit each, and the same line gets it either way
        (line("1", "0.10", TaxRate("t", "T", Decimal(100))), line("1", "0.10"), 1, 10),
        # two units off 0.01 and 0.03: half and one and a half, the larger rounds up; 50% of 0.01 is 0.01, twice
        (line("1", "0.01", TaxRate("t", "T", Decimal(50))), line("1", "0.03", TaxRate("t", "T", Decimal(50))), 2, 2),
    ],
)
def test_moving_a_line_moves_no_cent(one, other, discount, tax):
    assert document(one, other, discount=amount(discount)).tax_minor == tax
    assert document(other, one, discount=amount(discount)).tax_minor == tax
