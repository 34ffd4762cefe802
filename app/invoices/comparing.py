"""What differs between two versions of one draft, in words, so that a person can choose between them. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.invoices.rules import due_date
from app.invoices.values import DiscountValue, DraftValues, LineValues


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions say differently."""

    label: str
    mine: str
    theirs: str


def compare(mine: DraftValues, theirs: DraftValues, clients: Mapping[uuid.UUID, str]) -> list[Difference]:
    """Every difference, in the order of the editor; `clients` maps ids to names. Equal drafts give an empty list."""
    ours, others = _facts(mine, clients), _facts(theirs, clients)
    return [Difference(label, ours[label], others[label]) for label in ours if ours[label] != others[label]] + _lines(
        mine.lines, theirs.lines
    )


def _facts(values: DraftValues, clients: Mapping[uuid.UUID, str]) -> dict[str, str]:
    due = values.due_date or due_date(values.issue_date, values.terms_days)
    return {
        "Client": clients.get(values.client_id, "another client") if values.client_id else "",
        "Currency": values.currency,
        "Rate": _plain(values.rate) if values.rate is not None else "",
        "Issue date": values.issue_date.isoformat(),
        "Due date": due.isoformat(),
        "PO number": values.po_number,
        "Note to the client": values.notes,
        "Discount on everything": _discount(values.discount),
        "Prices include tax": "yes" if values.prices_include_tax else "no",
    }


def _lines(mine: tuple[LineValues, ...], theirs: tuple[LineValues, ...]) -> list[Difference]:
    found = []
    for place in range(max(len(mine), len(theirs))):
        ours = mine[place] if place < len(mine) else None
        others = theirs[place] if place < len(theirs) else None
        if ours is None or others is None or _line(ours) != _line(others) or set(ours.tax_ids) != set(others.tax_ids):
            left, right = _line(ours), _line(others)
            note = " (taxes differ)" if left == right else ""
            found.append(Difference(f"Line {place + 1}{note}", left, right))
    return found


def _line(line: LineValues | None) -> str:
    if line is None:
        return ""
    unit = f" {line.unit}" if line.unit else ""
    less = f", less {_discount(line.discount)}" if line.discount else ""
    detail = f" ({line.detail})" if line.detail else ""
    return f"{line.title or 'no description'}{detail}: {_plain(line.quantity)}{unit} × {_plain(line.unit_price)}{less}"


def _discount(discount: DiscountValue | None) -> str:
    if discount is None:
        return ""
    kind, value = discount
    return f"{_plain(value)}%" if kind == "percent" else _plain(value)


def _plain(value: Decimal) -> str:
    """A number without idle zeros: 1500.00 as typed and 1500 as stored are the same."""
    return f"{value.normalize():f}"
