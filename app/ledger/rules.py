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
EXCHANGE_DIFFERENCE = "exchange_difference"
UNCONVERTED = "unconverted"
"""The other side, in the base currency, of what settled a document that has no rate to it."""

BASE_KINDS = {"owed": "base_owed", "issued": "base_issued", "received": "base_came"}
"""Kinds of totals that are also kept in the base currency, for documents in others: the kind under which they are."""

METHODS = ("cash", "transfer", "cheque", "card_terminal", "mobile_money", "gateway", "other")


class Unbalanced(DuelyError):
    """A posting does not balance, so it was not made. Nothing was lost; please tell us the reference."""


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a posting: what moves into (positive) or out of (negative) an account.

    `base` is what it is worth in the base currency, None without a rate; a line may move that alone.
    """

    account: str
    money: Money
    client_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    base: Money | None = None


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
    """The lines that move anything. Raises Unbalanced unless they sum to zero in each currency and base currency."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        sums["own", line.money.currency] += line.money.minor
        if line.base is not None:
            sums["base", line.base.currency] += line.base.minor
    if any(sums.values()):
        raise Unbalanced
    return [line for line in lines if line.money.minor or (line.base and line.base.minor)]
