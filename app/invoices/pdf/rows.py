"""The lines of an invoice as rows on paper, measured; a row is never taller than half a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.invoices.pdf.document import Line
from app.invoices.pdf.figures import Figures
from app.invoices.pdf.fonts import clip, count, widest, wrap
from app.invoices.pdf.text import lines_of

TITLE, SMALL = 8.8, 7.8
TITLE_LEADING, SMALL_LEADING, PADDING = 12.6, 11.0, 10.6
TALLEST = 26
"""Printed lines in one row; the layout engine cannot break inside a row, so a longer text continues in the next."""


@dataclass(frozen=True)
class Columns:
    """Widths in points; what is left is the description's. A tax width of 0 means no such column."""

    text: float
    quantity: float
    price: float
    tax: float
    amount: float


@dataclass
class Row:
    """One row. `more` says that the text goes on in the next row and no rule is drawn between them."""

    title: list[str]
    small: list[str]
    quantity: str = ""
    price: str = ""
    tax: str = ""
    amount: str = ""
    amount_minor: int = 0
    more: bool = False
    height: float = field(default=0.0, compare=False)


def columns(rows: Sequence[Row], room: float, tax_column: bool, totals: Sequence[str]) -> Columns:
    """Widths for these rows; the figures decide, and the description keeps at least a third."""
    quantity = min(max(44.0, widest([r.quantity for r in rows], TITLE) + 10), 110.0)
    price = min(max(76.0, widest([r.price for r in rows], TITLE) + 12), 110.0)
    amount = min(max(84.0, widest([*(r.amount for r in rows), *totals], TITLE) + 12), 110.0)
    tax = min(max(44.0, widest([r.tax for r in rows], TITLE) + 10), 80.0) if tax_column else 0.0
    text = max(room - quantity - price - tax - amount, room / 3)
    squeeze = min(1.0, (room - text) / (quantity + price + tax + amount))
    return Columns(text, *(round(x * squeeze, 1) for x in (quantity, price, tax, amount)))


def row_of(line: Line, figures: Figures, say: Callable[[str], str], untaxed: str) -> Row:
    """The row of one line, not yet measured; `untaxed` is said of a line without tax where no column shows it."""
    small = lines_of(line["detail"])
    if line["discount_label"] or line["discount_minor"]:
        base = f"{line['discount_label']} {say('on')} {figures.plain(line['gross_minor'])}"
        small.append(f"{base.strip()}: {figures.plain(-line['discount_minor'])}")
    if untaxed and not line["tax"]:
        small = [*small[:-1], f"{small[-1]} \u00b7 {untaxed}"] if small else [untaxed]
    return Row(
        title=lines_of(line["title"]),
        small=small,
        quantity=f"{figures.quantity(line['quantity'])} {line['unit']}".strip(),
        price=figures.price(line["unit_price"]),
        tax=line["tax"] or "\u2014",
        amount=figures.plain(line["amount_minor"]),
        amount_minor=line["amount_minor"],
    )


def measured(row: Row, cols: Columns) -> list[Row]:
    """The row with its height, or several where its text is very long."""
    bold = sum(count(text, TITLE, cols.text, bold=True) for text in row.title)
    small = sum(count(text, SMALL, cols.text) for text in row.small)
    if bold + small > TALLEST:
        return _split(row, cols)
    row.quantity, row.price = clip(row.quantity, TITLE, cols.quantity, 3), clip(row.price, TITLE, cols.price, 3)
    row.tax = clip(row.tax, TITLE, cols.tax, 3) if cols.tax else ""
    cells = ((row.quantity, cols.quantity), (row.price, cols.price), (row.tax, cols.tax), (row.amount, cols.amount))
    figures = max([1] + [count(text, TITLE, room) for text, room in cells if room])
    row.height = PADDING + max(
        TITLE_LEADING * max(bold, 0 if small else 1) + SMALL_LEADING * small, TITLE_LEADING * figures
    )
    return [row]


def _split(row: Row, cols: Columns) -> list[Row]:
    bold = [(True, x) for text in row.title for x in wrap(text, TITLE, cols.text, bold=True)]
    small = [(False, x) for text in row.small for x in wrap(text, SMALL, cols.text)]
    lines, parts = bold + small, []
    for start in range(0, len(lines), TALLEST):
        chunk = lines[start : start + TALLEST]
        titles, smalls = [x for b, x in chunk if b], [x for b, x in chunk if not b]
        height = PADDING + TITLE_LEADING * len(titles) + SMALL_LEADING * len(smalls)
        part = Row(titles, smalls, more=start + TALLEST < len(lines), height=height)
        if not start:
            part.quantity, part.price, part.tax = row.quantity, row.price, row.tax
            part.amount, part.amount_minor = row.amount, row.amount_minor
        parts.append(part)
    return parts
