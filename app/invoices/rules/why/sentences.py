"""The words of an explanation, one function for each sentence. Amounts are minor units, rates percent."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.invoices.rules.why.steps import Manner, SectionName

MOST_ADDED = 4
"""So many amounts are written out in a sum; of more only the number is said."""


# --- labels -----------------------------------------------------------------------------------------------------------


def line_label(line: int, title: str) -> str:
    """The title of a line, or which it is."""
    return title or f"Line {line}"


def line_discount_label(line: int) -> str:
    return f"Discount on line {line}"


def share_label(line: int) -> str:
    return f"On line {line}"


def net_label(line: int, discounted: bool, inclusive: bool) -> str:
    """What was taken from a line to come to its net."""
    if discounted and inclusive:
        return f"Line {line} after discounts, without its tax"
    return f"Line {line} after discounts" if discounted else f"Line {line} without its tax"


def tax_label(name: str, line: int, inclusive: bool) -> str:
    return f"{name} inside line {line}" if inclusive else f"{name} on line {line}"


def taxes_label(line: int) -> str:
    return f"Taxes on line {line}"


RESULT_LABELS = {
    "credited": "Credit",
    "subtotal": "Subtotal",
    "discounts": "Discounts",
    "net": "Net, before tax",
    "tax": "Tax",
    "total": "Total",
    "balance": "Still to pay",
    "untaxed": "Net, before tax",
}
SECTION_LABELS: Mapping[SectionName, str] = {
    "lines": "Lines",
    "discounts": "Discounts",
    "inside": "Tax inside the prices",
    "net": "Net",
    "tax": "Tax",
    "total": "Total",
    "balance": "Balance",
}
DOCUMENT_DISCOUNT = "Discount on everything"
PAID, CREDIT_USED, WRITTEN_OFF, TAKEN_BACK = "Paid", "Credit used", "Written off", "Taken back"


# --- lines and discounts ----------------------------------------------------------------------------------------------


def times(say: Manner, quantity: Decimal, price: Decimal, exact: Fraction, amount: int) -> str:
    """3 × ₦18,500.00 = ₦55,500.00"""
    return f"{say.number(quantity)} × {say.price(price)} = {say.money(amount)}{_half_up(say, exact, amount)}"


def percent_of(say: Manner, rate: Decimal, base: int, exact: Fraction, amount: int) -> str:
    """10 % of ₦55,500.00 = ₦5,550.00"""
    return f"{say.rate(rate)} of {say.money(base)} = {say.money(amount)}{_half_up(say, exact, amount)}"


def amount_off(say: Manner, amount: int, base: int) -> str:
    """₦9.99 off ₦99.99"""
    return f"{say.money(amount)} off {say.money(base)}"


def share_of_discount(say: Manner, whole: int, exact: Fraction, share: int, remainder: int) -> str:
    """Share of the document's discount of ₦10.00: ₦3.34, of which ₦0.01 is the remainder (largest remainder)"""
    text = f"Share of the document's discount of {say.money(whole)}: {say.money(share)}"
    return text + _shared(say, exact, share, remainder)


def less(say: Manner, start: int, taken: Sequence[int], left: int) -> str:
    """₦1,000.00 − ₦100.00 − ₦45.00 = ₦855.00"""
    return f"{' − '.join(map(say.money, [start, *taken]))} = {say.money(left)}"


# --- taxes ------------------------------------------------------------------------------------------------------------


def compound_tax(
    say: Manner, rate: Decimal, base: int, net: int, earlier: Sequence[tuple[str, int]], exact: Fraction, amount: int
) -> str:
    """9.975 % of ₦105.00 (₦100.00 + GST ₦5.00) = ₦10.47, rounded half up from ₦10.47375"""
    made = " + ".join([say.money(net), *(f"{name} {say.money(minor)}" for name, minor in earlier)])
    return f"{say.rate(rate)} of {say.money(base)} ({made}) = {say.money(amount)}{_half_up(say, exact, amount)}"


def tax_inside(
    say: Manner,
    rate: Decimal,
    earlier: Sequence[str],
    price: int,
    multiple: Fraction,
    contained: Fraction,
    exact: Fraction,
    amount: int,
    once: bool = False,
) -> str:
    """Inclusive: 7.5 % in ₦1,075.00 = 1,075.00 × 7.5 / 107.5 = ₦75.00

    `multiple` and `contained`: this tax, and all that the price contains, as multiples of the net.
    """
    taken = f"{say.rate(rate)} of the net and {_listed(earlier)} ({say.ratio(multiple * 100)} % of the net)"
    sum_ = f"{say.plain(price)} × {say.ratio(multiple * 100)} / {say.ratio(100 + contained * 100)}"
    what = taken if earlier else say.rate(rate)
    return f"Inclusive: {what} in {say.money(price)} = {sum_} = {say.money(amount)}{_half_up(say, exact, amount, once)}"


def tax_inside_lines(say: Manner, rate: Decimal, lines: int, exact: Fraction, amount: int) -> str:
    """Inclusive: 7.5 %, taken out of 3 lines that contain different taxes = ₦2.99, rounded half up once ..."""
    text = f"Inclusive: {say.rate(rate)}, taken out of {lines} lines that contain different taxes = {say.money(amount)}"
    return text + _half_up(say, exact, amount, once=True)


def tax_once(
    say: Manner, rate: Decimal, base: Fraction, earlier: Sequence[str] | None, exact: Fraction, amount: int
) -> str:
    """7.5 % of ₦39.81 = ₦2.99, rounded half up once for the document from ₦2.98575

    `earlier`: the taxes in the base; None when they differ from line to line.
    """
    named = "the taxes before it" if earlier is None else _listed(earlier)
    made = f" (the net and {named}, before rounding)" if named else ""
    return f"{say.rate(rate)} of {say.exact(base)}{made} = {say.money(amount)}{_half_up(say, exact, amount, once=True)}"


def share_of_tax(say: Manner, name: str, whole: int, exact: Fraction, share: int, remainder: int) -> str:
    """Share of the document's VAT of ₦2.99: ₦0.99, rounded down from ₦0.9966…"""
    text = f"Share of the document's {name} of {say.money(whole)}: {say.money(share)}"
    return text + _shared(say, exact, share, remainder)


def as_stored(say: Manner, amount: int) -> str:
    """For a stored figure that no arithmetic of ours comes to."""
    return f"{say.money(amount)}, as it stands on the document"


# --- credit notes -----------------------------------------------------------------------------------------------------


def part_of_line(say: Manner, part: int, whole: int, before: int) -> str:
    """₦400.00 of ₦1,075.00 with tax, after ₦200.00 before"""
    what = "All" if part == whole else say.money(part)
    return f"{what} of {say.money(whole)} with tax" + (f", after {say.money(before)} before" if before else "")


def tax_of_part(say: Manner, upto: int, tax: int, total: int, exact: Fraction, earlier: int, amount: int) -> str:
    """₦600.00 × ₦75.00 / ₦1,075.00 = ₦41.86, rounded half up from ₦41.8604…, less ₦13.95 before = ₦27.91

    `upto` is all that was taken back of the line so far, `earlier` the tax in what was taken back before.
    """
    sum_ = f"{say.money(upto)} × {say.money(tax)} / {say.money(total)} = {say.money(amount + earlier)}"
    less_ = f", less {say.money(earlier)} of it before = {say.money(amount)}" if earlier else ""
    return sum_ + _half_up(say, exact, amount + earlier) + less_


def part_of_tax(say: Manner, share: int, tax: int, whole: int) -> str:
    """₦18.60 of it, as ₦50.00 is of the line's ₦75.00"""
    return f"{say.money(share)} of it, as {say.money(tax)} is of the line's {say.money(whole)}"


# --- results ----------------------------------------------------------------------------------------------------------


def added(say: Manner, amounts: Sequence[int]) -> str:
    """₦5.00 + ₦4.50, or how many there are; one alone needs no words."""
    if len(amounts) > MOST_ADDED:
        return f"{say.number(Decimal(len(amounts)))} amounts added up"
    return " + ".join(map(say.money, amounts)) if len(amounts) > 1 else ""


def net_of(say: Manner, subtotal: int, discounts: int, inside: int) -> str:
    """₦1,199.99 − ₦164.49 of discounts − ₦6.63 of tax inside the prices"""
    words = [say.money(subtotal)]
    words += [f"{say.money(discounts)} of discounts"] if discounts else []
    words += [f"{say.money(inside)} of tax inside the prices"] if inside else []
    return " − ".join(words) if len(words) > 1 else ""


def net_and_tax(say: Manner, net: int, tax: int) -> str:
    """₦1,028.87 + ₦84.00 of tax"""
    return f"{say.money(net)} + {say.money(tax)} of tax" if tax else ""


def paid_on(say: Manner, how: str, on: date, reference: str) -> str:
    """Bank transfer of 20 Nov 2026, reference 4711"""
    return f"{how} of {say.day(on)}, reference {reference}" if reference else f"{how} of {say.day(on)}"


NO_LINES = "There are no lines yet."
NO_DISCOUNTS = "There are no discounts."
NO_TAX = "There is no tax."
NOTHING_PAID = "Nothing was paid yet."
VOID = "The invoice is void, so nothing of it is owed."
GIVEN_UP = "What was left is not expected any more."
NOT_NAMED = "Other money that settled it."


# --- rounding ---------------------------------------------------------------------------------------------------------


def _half_up(say: Manner, exact: Fraction, amount: int, once: bool = False) -> str:
    """Where rounding did something."""
    if exact == amount:
        return ""
    return f", rounded half up {'once for the document ' if once else ''}from {say.exact(exact)}"


def _shared(say: Manner, exact: Fraction, share: int, remainder: int) -> str:
    """What sharing out to whole units did."""
    if remainder:
        return f", of which {say.money(remainder)} is the remainder (largest remainder)"
    return f", rounded down from {say.exact(exact)}" if exact != share else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
