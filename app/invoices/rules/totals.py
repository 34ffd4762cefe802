"""The one engine that adds up a document: for the page, the PDF, the API and every export.

In this order: quantity times price, rounded to the minor unit (it is printed, so it is a figure); the line's discount;
the document's discount, spread over the lines by largest remainder; taxes (see `taxes`). All rounding is half up.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from app.errors import Invalid
from app.invoices.rules.checks import check_document, check_reach
from app.invoices.rules.documents import (
    Component,
    Discount,
    DocumentInput,
    LineInput,
    LineTotals,
    TaxRate,
    TaxSummary,
    Totals,
)
from app.invoices.rules.remainders import remainders
from app.invoices.rules.taxes import TaxedLine, tax_document, tax_line
from app.money import exponent, round_half_up, split


def compute(document: DocumentInput) -> Totals:
    """Every figure of a document in minor units. A document without lines is zero; the order of lines changes nothing.

    Raises Invalid naming the field: a negative or unstorable number, a discount larger than what it is taken from, an
    amount beyond MAX_MINOR (`total` when only the sum is).
    """
    check_document(document)
    lines = document.lines
    gross = _gross(document)
    line_discounts = _line_discounts(lines, gross)
    after = [amount - discount for amount, discount in zip(gross, line_discounts, strict=True)]
    discount = _document_discount(document.discount, sum(after))
    shares = _spread(discount, after, lines)
    prices = [amount - share for amount, share in zip(after, shares, strict=True)]
    taxed = _taxed(document, prices)
    line_totals = tuple(map(_line_totals, gross, line_discounts, shares, taxed))
    total = sum(line.total_minor for line in line_totals)
    check_reach(total, "total")
    return Totals(
        currency=document.currency,
        subtotal_minor=sum(gross),
        line_discount_minor=sum(line_discounts),
        document_discount_minor=discount,
        net_minor=sum(line.net_minor for line in line_totals),
        tax_minor=sum(line.tax_minor for line in line_totals),
        total_minor=total,
        lines=line_totals,
        components=(
            *_discounts(document, gross, line_discounts, sum(after), discount),
            *_discount_remainders(document, discount, after, shares),
            *_taxes(lines, taxed),
        ),
        taxes=_summaries(lines, taxed),
    )


def _gross(document: DocumentInput) -> list[int]:
    """Quantity times unit price of every line, rounded half up to minor units."""
    scale = 10 ** exponent(document.currency)
    gross = [round_half_up(Fraction(line.quantity) * Fraction(line.unit_price) * scale) for line in document.lines]
    for index, amount in enumerate(gross):
        check_reach(amount, f"lines.{index}.unit_price")
    check_reach(sum(gross), "total")
    return gross


def _discount_amount(discount: Discount | None, base_minor: int) -> int:
    """A discount in minor units, not yet compared with its base."""
    if discount is None:
        return 0
    if discount.kind == "amount":
        return int(discount.value)
    return round_half_up(base_minor * Fraction(discount.value) / 100)


def _line_discounts(lines: Sequence[LineInput], gross: Sequence[int]) -> list[int]:
    amounts = [_discount_amount(line.discount, base) for line, base in zip(lines, gross, strict=True)]
    too_large = {
        f"lines.{index}.discount": ["The discount is larger than the line."]
        for index, (amount, base) in enumerate(zip(amounts, gross, strict=True))
        if amount > base
    }
    if too_large:
        raise Invalid(too_large)
    return amounts


def _document_discount(discount: Discount | None, base_minor: int) -> int:
    amount = _discount_amount(discount, base_minor)
    if amount > base_minor:
        raise Invalid("discount", "The discount is larger than the lines together.")
    return amount


def _spread(discount_minor: int, after: Sequence[int], lines: Sequence[LineInput]) -> list[int]:
    """The document discount on each line, by largest remainder.

    Equal remainders are settled by the lines' content before their position: otherwise dragging a line with another
    tax to the top would move a cent of discount and change the document's tax.
    """
    order = sorted(range(len(after)), key=lambda i: (-after[i], [_tax_order(tax) for tax in lines[i].taxes]))
    shares = [0] * len(after)
    for index, share in zip(order, split(discount_minor, [after[i] for i in order]), strict=True):
        shares[index] = share
    return shares


def _tax_order(tax: TaxRate) -> tuple[str, Decimal, bool, bool]:
    return (tax.key, tax.rate, tax.inclusive, tax.compound)


def _taxed(document: DocumentInput, prices: Sequence[int]) -> list[TaxedLine]:
    stacks = [line.taxes for line in document.lines]
    if document.rounding == "document":
        return tax_document(prices, stacks)
    return [tax_line(price, stack) for price, stack in zip(prices, stacks, strict=True)]


def _line_totals(gross: int, line_discount: int, document_discount: int, taxed: TaxedLine) -> LineTotals:
    tax = sum(amount for _, amount in taxed.taxes)
    return LineTotals(gross, line_discount, document_discount, taxed.net_minor, tax, taxed.net_minor + tax)


def _discounts(
    document: DocumentInput,
    gross: Sequence[int],
    line_discounts: Sequence[int],
    after_minor: int,
    discount_minor: int,
) -> list[Component]:
    """Every discount as its own row, in the order they were taken."""
    rows = [
        Component("line_discount", index, "Discount", _percent(line.discount), gross[index], line_discounts[index])
        for index, line in enumerate(document.lines)
        if line_discounts[index]
    ]
    if discount_minor:
        rate = _percent(document.discount)
        rows.append(Component("document_discount", None, "Discount", rate, after_minor, discount_minor))
    return rows


def _discount_remainders(
    document: DocumentInput, discount_minor: int, after: Sequence[int], shares: Sequence[int]
) -> list[Component]:
    """What of the document discount a line got because it was left over."""
    if not discount_minor:
        return []
    rate = _percent(document.discount)
    return [
        Component("rounding", index, "Discount", rate, discount_minor, units)
        for index, units in enumerate(remainders(discount_minor, after, shares))
        if units
    ]


def _taxes(lines: Sequence[LineInput], taxed: Sequence[TaxedLine]) -> list[Component]:
    """Every tax of every line, and after a line's taxes what of them it got because it was left over."""
    rows: list[Component] = []
    for index, (line, own) in enumerate(zip(lines, taxed, strict=True)):
        rows += [
            Component("tax", index, tax.name, tax.rate, base, amount, tax.key, tax.inclusive)
            for tax, (base, amount) in zip(line.taxes, own.taxes, strict=True)
        ]
        for place, whole, units in own.remainders:
            tax = line.taxes[place]
            rows.append(Component("rounding", index, tax.name, tax.rate, whole, units, tax.key, tax.inclusive))
    return rows


def _percent(discount: Discount | None) -> Decimal | None:
    return discount.value if discount and discount.kind == "percent" else None


def _summaries(lines: Sequence[LineInput], taxed: Sequence[TaxedLine]) -> tuple[TaxSummary, ...]:
    """Each tax over all lines, in the order of first appearance."""
    sums: dict[TaxRate, tuple[int, int]] = {}
    for line, own in zip(lines, taxed, strict=True):
        for tax, (base, amount) in zip(line.taxes, own.taxes, strict=True):
            bases, amounts = sums.get(tax, (0, 0))
            sums[tax] = (bases + base, amounts + amount)
    return tuple(
        TaxSummary(tax.key, tax.name, tax.rate, tax.inclusive, base, amount) for tax, (base, amount) in sums.items()
    )
