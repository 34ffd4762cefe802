"""What moved between a business and one client in a period, in one currency, with a running balance. Pure.

Amounts are minor units. What makes the client owe more is positive, what makes them owe less is negative; a balance
above zero is owed by the client, one below zero is the client's credit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.errors import Invalid
from app.reports import periods
from app.reports.periods import Period
from app.reports.rules import first_of_month

RECENT = "recent"
NAMED = ((RECENT, "Last 3 months"), *periods.NAMED)
RECENT_MONTHS = 3
AGES = (0, 30, 60, 90)
"""Days after the due date that end a class of age."""
AGE_WORDS = ("Not due yet", "1–30 days late", "31–60 days late", "61–90 days late", "Over 90 days late")

# (kind of entry, kind of its source), or the kind alone: what happened, to staff.
_EVENTS: dict[tuple[str, str] | str, str] = {
    "issue": "Invoice",
    ("void", "invoice"): "Invoice voided",
    "credit_note": "Credit note",
    "void_credit_note": "Credit note voided",
    "payment": "Payment received",
    "reversal": "Payment undone",
    "write_off": "Written off",
    "recovery": "Owed again",
    "refund": "Refund paid",
    "refund_failed": "Refund came back",
    "refund_reversed": "Refund undone",
    "dispute": "Dispute lost",
}
# The same to the client, where it reads otherwise: why something is not asked for is the business's own affair.
_TO_CLIENT: dict[tuple[str, str] | str, str] = {
    ("void", "invoice"): "Invoice withdrawn",
    "void_credit_note": "Credit note withdrawn",
    "refund_reversed": "Refund taken back",
    "write_off": "Closed unpaid",
    "dispute": "Taken back by the bank",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the journal as far as the client is concerned.

    `document` is the number of an invoice, the reference of a payment or what else names the source; `method` says how
    a payment came.
    """

    on_date: date
    kind: str
    source_kind: str
    source_id: uuid.UUID
    minor: int
    document: str = ""
    invoice_id: uuid.UUID | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A movement and the balance after it."""

    movement: Movement
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The balance before a period, every movement in it, and so the balance at its end."""

    period: Period
    currency: str
    opening: int
    rows: tuple[Row, ...]

    @property
    def closing(self) -> int:
        """The balance at the end of the last day."""
        return self.rows[-1].balance if self.rows else self.opening

    @property
    def charges(self) -> int:
        """All that made the client owe more."""
        return sum(row.movement.minor for row in self.rows if row.movement.minor > 0)

    @property
    def credits(self) -> int:
        """All that made the client owe less, as a negative amount."""
        return sum(row.movement.minor for row in self.rows if row.movement.minor < 0)


@dataclass(frozen=True, slots=True)
class Latest:
    """The end of a long statement: how many rows came before, the balance after those, and the rows themselves."""

    before: int
    balance: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice on which something is owed today."""

    id: uuid.UUID
    number: str
    due_date: date
    minor: int

    def late(self, today: date) -> int:
        """Days since it was due; zero and below while it is not late."""
        return (today - self.due_date).days


def chosen_period(name: str, today: date) -> Period:
    """The period of this name, never later than today; the last three months when there is no such name.

    A statement says what is owed on a day, and nobody knows that of a day to come.
    """
    if name not in dict(periods.NAMED):
        return Period(first_of_month(today, RECENT_MONTHS - 1), today, RECENT)
    period = periods.named_period(name, today)
    return replace(period, last=min(period.last, today))


def typed_period(first: str, last: str) -> Period:
    """A period of two dates as they stand in an address. Raises Invalid."""
    try:
        return periods.own_period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise Invalid("from", "These dates make no period: choose one below.") from None


def balanced(period: Period, currency: str, opening: int, movements: Iterable[Movement]) -> Statement:
    """The statement of movements in the order of their days. What moves nothing for the client is no line of it."""
    rows, balance = [], opening
    for movement in movements:
        if movement.minor:
            balance += movement.minor
            rows.append(Row(movement, balance))
    return Statement(period, currency, opening, tuple(rows))


def latest(statement: Statement, most: int) -> Latest:
    """At most so many rows from the end."""
    before = max(0, len(statement.rows) - most)
    balance = statement.rows[before - 1].balance if before else statement.opening
    return Latest(before, balance, statement.rows[before:])


def ages(invoices: Sequence[OpenInvoice], today: date) -> list[int]:
    """What is owed by how late it is, one amount for each of AGE_WORDS."""
    found = [0] * len(AGE_WORDS)
    for invoice in invoices:
        found[sum(invoice.late(today) > days for days in AGES)] += invoice.minor
    return found


def event_words(movement: Movement, *, to_client: bool) -> str:
    """What happened. A kind that nobody has named yet is called what the books call it."""
    kind, source = movement.kind, movement.source_kind
    for table in (_TO_CLIENT, _EVENTS) if to_client else (_EVENTS,):
        found = table.get((kind, source)) or table.get(kind)
        if found:
            return found
    return " ".join(f"{source if source not in kind else ''} {kind}".replace("_", " ").split()).capitalize()
