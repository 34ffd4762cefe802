"""What cannot be added up is refused with the path of its field, and never with a crash."""

from decimal import Decimal

import pytest

from app.errors import Invalid
from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, compute

D = Decimal


def plain(quantity="1", price="10", discount=None, taxes=()):
    return LineInput(D(quantity), D(price), discount, taxes)


def tax(rate, key="t"):
    return TaxRate(key, "T", D(rate))


@pytest.mark.parametrize(
    "lines, discount, path, sentence",
    [
        ([plain("-1")], None, "lines.0.quantity", "cannot be negative"),
        ([plain(), plain(price="-0.01")], None, "lines.1.unit_price", "cannot be negative"),
        ([plain("NaN")], None, "lines.0.quantity", "must be a number"),
        ([plain(price="Infinity")], None, "lines.0.unit_price", "must be a number"),
        ([plain(price="sNaN")], None, "lines.0.unit_price", "must be a number"),
        ([plain("1E+999999")], None, "lines.0.quantity", "12 digits"),
        ([plain("1000000000000")], None, "lines.0.quantity", "12 digits"),
        ([plain("0.0000001")], None, "lines.0.quantity", "6 decimals"),
        ([plain("1.0000001")], None, "lines.0.quantity", "6 decimals"),
        ([plain("1E-999999")], None, "lines.0.quantity", "6 decimals"),
        ([plain("999999999999", "999999999999")], None, "lines.0.unit_price", "too large"),
        ([plain("6", "999999999999")] * 2, None, "total", "too large"),
        ([plain(taxes=(tax("-1"),))], None, "lines.0.taxes", "cannot be negative"),
        ([plain(taxes=(tax("NaN"),))], None, "lines.0.taxes", "must be a number"),
        ([plain(taxes=(tax("1"), tax("2")))], None, "lines.0.taxes", "twice"),
        ([plain("9", "999999999999", taxes=(tax("50"),))], None, "total", "too large"),
        ([plain(discount=Discount("amount", D(1001)))], None, "lines.0.discount", "larger than the line"),
        ([plain(discount=Discount("percent", D("100.01")))], None, "lines.0.discount", "at most 100"),
        ([plain(discount=Discount("percent", D("-1")))], None, "lines.0.discount", "cannot be negative"),
        ([plain(discount=Discount("percent", D("NaN")))], None, "lines.0.discount", "must be a number"),
        ([plain(discount=Discount("amount", D("-1")))], None, "lines.0.discount", "cannot be negative"),
        ([plain(discount=Discount("amount", D("0.5")))], None, "lines.0.discount", "more decimals"),
        ([plain(discount=Discount("amount", D("1E+999999")))], None, "lines.0.discount", "too large"),
        ([plain(discount=Discount("amount", D("Infinity")))], None, "lines.0.discount", "must be a number"),
        ([plain("20", "500000000000", Discount("amount", D(10**14)))], None, "lines.0.discount", "12 digits"),
        ([plain("20", "500000000000")], Discount("amount", D(10**15)), "discount", "12 digits"),
        ([plain()], Discount("amount", D(1001)), "discount", "larger than the lines"),
        ([plain()], Discount("percent", D(101)), "discount", "at most 100"),
        ([], Discount("amount", D(1)), "discount", "larger than the lines"),
    ],
)
@pytest.mark.parametrize("rounding", ["line", "document"])
def test_a_figure_that_cannot_stand_is_refused_at_its_field(lines, discount, path, sentence, rounding):
    with pytest.raises(Invalid) as refused:
        compute(DocumentInput("NGN", tuple(lines), discount, rounding))
    assert list(refused.value.errors) == [path]
    assert sentence in refused.value.errors[path][0]


def test_an_unknown_currency_is_refused():
    with pytest.raises(Invalid) as refused:
        compute(DocumentInput("???", (plain(),)))
    assert list(refused.value.errors) == ["currency"]


def test_all_problems_are_named_at_once():
    with pytest.raises(Invalid) as refused:
        compute(DocumentInput("NGN", (plain("-1", "NaN"), plain(), plain(price="-1")), Discount("percent", D(200))))
    assert set(refused.value.errors) == {"lines.0.quantity", "lines.0.unit_price", "lines.2.unit_price", "discount"}


def test_the_largest_storable_document_is_added_up():
    # 10,000 x 1,000,000,000.00 = 10^15 minor units, exactly what can be stored
    assert compute(DocumentInput("NGN", (plain("10000", "1000000000"),))).total_minor == 10**15


def test_the_largest_discount_is_as_large_as_a_price_can_be():
    largest = Discount("amount", D(10**14 - 1))
    totals = compute(DocumentInput("NGN", (plain("20", "500000000000", largest),)))
    assert totals.total_minor == 10**15 - (10**14 - 1)
