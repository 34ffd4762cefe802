"""What can be said about a document with pencil and paper: totals, states, numbers, terms. Pure functions only."""

from app.invoices.rules.crediting import LineFigures, credited_part, total_of_quantity
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
from app.invoices.rules.numbers import InvalidPattern, check_pattern, format_number, period_key
from app.invoices.rules.states import (
    MOVES,
    STATUSES,
    Move,
    PaymentState,
    State,
    Status,
    WrongState,
    is_overdue,
    move,
    payment_state,
    refuse_written_off,
    stage,
    state,
    write_off_move,
)
from app.invoices.rules.terms import MAX_TERM_DAYS, TERM_CHOICES, due_date, term_label
from app.invoices.rules.totals import compute

__all__ = [
    "MAX_TERM_DAYS",
    "MOVES",
    "STATUSES",
    "TERM_CHOICES",
    "Component",
    "Discount",
    "DocumentInput",
    "InvalidPattern",
    "LineFigures",
    "LineInput",
    "LineTotals",
    "Move",
    "PaymentState",
    "State",
    "Status",
    "TaxRate",
    "TaxSummary",
    "Totals",
    "WrongState",
    "check_pattern",
    "compute",
    "credited_part",
    "due_date",
    "format_number",
    "is_overdue",
    "move",
    "payment_state",
    "period_key",
    "refuse_written_off",
    "stage",
    "state",
    "term_label",
    "total_of_quantity",
    "write_off_move",
]
