"""Accounts and entries of double-entry book-keeping. Debits are positive, credits negative, in minor units."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.errors import DuelyError
from app.money import Money

RECEIVABLE = "receivable"
CLIENT_CREDIT = "client_credit"
REVENUE = "revenue"
TAX = "tax"
DISCOUNTS = "discounts"
ROUNDING = "rounding"
BAD_DEBT = "bad_debt"
FEES = "fees"

METHODS = ("cash", "transfer", "cheque", "card_terminal", "mobile_money", "gateway", "other")


class Unbalanced(DuelyError):
    """A posting does not balance, so it was not made. Nothing was lost; please tell us the reference."""


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a posting: what moves into (positive) or out of (negative) an account."""

    account: str
    money: Money
    client_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one document or payment adds to the total of a kind on a day; amounts in minor units."""

    kind: str
    currency: str
    day: date
    total_minor: int
    balance_minor: int = 0


def cash(method: str) -> str:
    """The account that money received by a method lies in. Raises ValueError for an unknown method."""
    if method not in METHODS:
        raise ValueError(method)
    return f"cash:{method}"


def balanced(lines: Sequence[Line]) -> list[Line]:
    """The lines that are not zero. Raises Unbalanced unless they sum to zero in each currency."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.money.currency] += line.money.minor
    if any(sums.values()):
        raise Unbalanced
    return [line for line in lines if line.money.minor]
