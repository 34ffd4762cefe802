"""Invoices that say the same but for their client, number and dates: added up once, written down many times."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.bulk import Tail, rest, tail, values
from app.catalog.models import Tax
from app.invoices.figures import component_columns, keep_line_totals, keep_totals, stored_totals, typed_rows
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.invoices.rules import Totals
from app.invoices.values import DraftValues

LINE = rest(InvoiceLine, "id", "invoice_id")
LINE_TAX = rest(LineTax, "id", "invoice_id", "line_id")
FIGURE = rest(InvoiceFigure, "id", "invoice_id", "line_id")


@dataclass(frozen=True, slots=True)
class Stencil:
    """The rows of what was typed, without ids: LINE, LINE_TAX and FIGURE; the latter two after their line's place."""

    totals: Totals
    lines: tuple[Tail, ...]
    taxes: tuple[tuple[int, Tail], ...]
    figures: tuple[tuple[int | None, Tail], ...]


def cut(document: Invoice, typed: DraftValues, taxes: Mapping[uuid.UUID, Tax]) -> Stencil:
    """The rows of a document with those lines, its figures kept on it; it is not stored. Raises Invalid."""
    lines, chosen = typed_rows(document, typed, taxes)
    totals = stored_totals(document, lines, chosen)
    keep_totals(document, totals)
    keep_line_totals(lines, totals)
    return Stencil(totals, *_rows(lines, chosen, totals))


def _rows(
    lines: Sequence[InvoiceLine], taxes: Sequence[LineTax], totals: Totals
) -> tuple[tuple[Tail, ...], tuple[tuple[int, Tail], ...], tuple[tuple[int | None, Tail], ...]]:
    places = {line.id: place for place, line in enumerate(lines)}
    figures = (
        (part.line, tail(values(InvoiceFigure(**component_columns(position, part)), FIGURE)))
        for position, part in enumerate(totals.components)
    )
    return (
        tuple(tail(values(line, LINE)) for line in lines),
        tuple((places[tax.line_id], tail(values(tax, LINE_TAX))) for tax in taxes),
        tuple(figures),
    )
