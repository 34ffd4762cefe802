"""From stored or typed lines to the totals engine and back: the one bridge between rows and arithmetic."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.catalog.models import Tax
from app.database import new_id
from app.invoices.models import Invoice, InvoiceLine, LineTax
from app.invoices.rules import Component, Discount, DocumentInput, LineInput, LineTotals, TaxRate, Totals, compute
from app.invoices.values import DiscountValue, DraftValues, LineValues, StoredInvoice, StoredLine, StoredTax
from app.money import exponent

AnyInvoice = Invoice | StoredInvoice
AnyLine = InvoiceLine | StoredLine
AnyTax = LineTax | StoredTax


def engine_discount(kind: str | None, value: Decimal | None, currency: str) -> Discount | None:
    """A stored discount (percent, or an amount in major units) as the engine takes it (amounts in minor units)."""
    if kind is None or value is None or not value:
        return None
    return Discount("amount", value.scaleb(exponent(currency))) if kind == "amount" else Discount("percent", value)


def is_inclusive(tax: Tax, prices_include_tax: bool) -> bool:
    """Whether a tax is inside the price on a document of that kind."""
    return prices_include_tax if tax.pricing == "document" else tax.pricing == "inclusive"


def typed_totals(values: DraftValues, taxes: Mapping[uuid.UUID, Tax], rounding: str) -> Totals:
    """The figures of what somebody is typing. Raises Invalid naming the field."""
    inputs = [
        LineInput(
            line.quantity,
            line.unit_price,
            _typed_discount(line.discount, values.currency),
            tuple(
                TaxRate(str(tax.id), tax.name, tax.rate, is_inclusive(tax, values.prices_include_tax), tax.compound)
                for tax in (taxes[tax_id] for tax_id in line.tax_ids)
            ),
        )
        for line in values.lines
    ]
    discount = _typed_discount(values.discount, values.currency)
    return compute(DocumentInput(values.currency, tuple(inputs), discount, rounding))  # type: ignore[arg-type]


def stored_totals(invoice: AnyInvoice, lines: Sequence[AnyLine], taxes: Sequence[AnyTax]) -> Totals:
    """The figures of a document as its rows stand. Raises Invalid naming the field."""
    return compute(stored_input(invoice, lines, taxes))


def stored_input(invoice: AnyInvoice, lines: Sequence[AnyLine], taxes: Sequence[AnyTax]) -> DocumentInput:
    """The rows of a document as the engine takes them."""
    by_line: dict[uuid.UUID, list[AnyTax]] = {}
    for tax in sorted(taxes, key=lambda tax: tax.position):
        by_line.setdefault(tax.line_id, []).append(tax)
    inputs = [
        LineInput(
            line.quantity,
            line.unit_price,
            engine_discount(line.discount_kind, line.discount_value, invoice.currency),
            tuple(
                TaxRate(str(tax.tax_id), tax.name, tax.rate, tax.inclusive, tax.compound)
                for tax in by_line.get(line.id, ())
            ),
        )
        for line in lines
    ]
    discount = engine_discount(invoice.discount_kind, invoice.discount_value, invoice.currency)
    return DocumentInput(invoice.currency, tuple(inputs), discount, invoice.tax_rounding)  # type: ignore[arg-type]


def keep_totals(invoice: Invoice, totals: Totals) -> None:
    """Write the figures onto a draft."""
    invoice.subtotal_minor = totals.subtotal_minor
    invoice.discount_minor = totals.line_discount_minor + totals.document_discount_minor
    invoice.net_minor = totals.net_minor
    invoice.tax_minor = totals.tax_minor
    invoice.total_minor = totals.total_minor


def keep_line_totals(lines: Sequence[InvoiceLine], totals: Totals) -> None:
    """Write the figures onto lines that are not stored yet."""
    for line, figures in zip(lines, totals.lines, strict=True):
        for name, minor in line_figures(figures).items():
            setattr(line, name, minor)


def line_figures(figures: LineTotals) -> dict[str, int]:
    """The figures of one line by the columns that keep them, in minor units."""
    return {
        "gross_minor": figures.gross_minor,
        "discount_minor": figures.line_discount_minor,
        "net_minor": figures.net_minor,
        "tax_minor": figures.tax_minor,
        "total_minor": figures.total_minor,
    }


def component_columns(position: int, part: Component) -> dict[str, Any]:
    """Where a figure comes from, by the columns of `InvoiceFigure` that say so; the line it belongs to is not among
    them."""
    return {
        "position": position,
        "kind": part.kind,
        "label": part.label,
        "rate": part.rate,
        "base_minor": part.base_minor,
        "amount_minor": part.amount_minor,
        "tax_id": uuid.UUID(part.tax_key) if part.tax_key else None,
        "inclusive": part.inclusive,
    }


def typed_rows(
    invoice: Invoice, values: DraftValues, taxes: Mapping[uuid.UUID, Tax]
) -> tuple[list[InvoiceLine], list[LineTax]]:
    """The rows of typed lines, in their order, with the taxes chosen on each copied in; nothing is stored here."""
    lines: list[InvoiceLine] = []
    chosen: list[LineTax] = []
    for position, line in enumerate(values.lines):
        row = _line_row(invoice, position, line)
        lines.append(row)
        chosen += [_tax_row(invoice, row, n, taxes[tax_id]) for n, tax_id in enumerate(line.tax_ids)]
    return lines, chosen


def _line_row(invoice: Invoice, position: int, line: LineValues) -> InvoiceLine:
    kind, value = line.discount or (None, None)
    return InvoiceLine(
        business_id=invoice.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        position=position,
        item_id=line.item_id,
        title=line.title,
        detail=line.detail,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_kind=kind,
        discount_value=value,
    )


def _tax_row(invoice: Invoice, row: InvoiceLine, position: int, tax: Tax) -> LineTax:
    return LineTax(
        business_id=invoice.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        line_id=row.id,
        tax_id=tax.id,
        position=position,
        name=tax.name,
        rate=tax.rate,
        inclusive=is_inclusive(tax, invoice.prices_include_tax),
        compound=tax.compound,
    )


def _typed_discount(discount: DiscountValue | None, currency: str) -> Discount | None:
    return engine_discount(discount[0], discount[1], currency) if discount else None
