"""What a change within days that are billed already gives back, and how its note says so. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.billing.rules.calendar import Period
from app.money import Money, plain, round_half_up

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Paid:
    """Days of one thing on a line of an invoice, up to and without `upto` when the rest was given back before.

    `total_minor` is what the line came to, with tax where it is `taxed`, `left_minor` what of it can still be credited.
    `id` is the row that names the days, None when there is none yet; `noted`: it names the line as well.
    """

    id: uuid.UUID | None
    noted: bool
    item_id: uuid.UUID
    claim_id: uuid.UUID | None
    days: Period
    upto: date
    invoice_id: uuid.UUID
    line_id: uuid.UUID
    number: str
    title: str
    currency: str
    total_minor: int
    left_minor: int
    taxed: bool = False


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Days from `since` on, up to and without `until`, that are not used after all, and what comes back for them."""

    paid: Paid
    since: date
    until: date
    minor: int
    why: str = "unused"

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until - self.since).days

    @property
    def money(self) -> Money:
        return Money(self.minor, self.paid.currency)

    def words(self, locale: str = "en") -> str:
        """The line, its days and the formula: Home: 14 of 30 days unused, 18,500.00 with tax × 14 ÷ 30."""
        paid = self.paid
        whole = paid.days.days
        if self.days == whole:
            return f"{paid.title}: {self.why}"
        total = plain(Money(paid.total_minor, paid.currency), locale) + (" with tax" if paid.taxed else "")
        return f"{paid.title}: {self.days} of {whole} days {self.why}, {total} × {self.days} ÷ {whole}"


def given_back(paid: Paid, on: date) -> GivenBack | None:
    """What comes back when the days from `on` on are not used; None when none of them are paid.

    Days up to the end of the line come to just what the formula says, rounded half up. Of a line that was given back
    in part before, it is the difference to that: so however a line is given back, the parts and what is kept come to
    the line. Never more than is left of it.
    """
    since = max(on, paid.days.start)
    if since >= paid.upto:
        return None
    return _back(paid, since, paid.upto)


def given_back_between(paid: Paid, since: date, until: date, why: str) -> GivenBack | None:
    """The same for days from `since` up to and without `until`, when those after them are used; `why` they were not."""
    since, until = max(since, paid.days.start), min(until, paid.upto)
    return _back(paid, since, until, why) if since < until else None


def reason_of(parts: list[GivenBack], locale: str = "en") -> str:
    """What a credit note over some lines says."""
    said = "; ".join(one.words(locale) for one in parts)
    return said if len(said) <= LONGEST_REASON else said[: LONGEST_REASON - 1] + "…"


def _back(paid: Paid, since: date, until: date, why: str = "unused") -> GivenBack:
    return GivenBack(paid, since, until, min(_unused(paid, since) - _unused(paid, until), paid.left_minor), why)


def _unused(paid: Paid, since: date) -> int:
    """What the days from `since` to the end of the line come to."""
    days = (paid.days.end - since).days
    return round_half_up(Fraction(paid.total_minor * days, paid.days.days))
