"""What happens in the demo business and when: a plan of fourteen months, the same for the same day. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from app.demo.material import ABROAD, COMPANIES, PERSONS, PRODUCTS, VOID_REASONS

INVOICES = 200
DAYS = 425

Fate = Literal["draft", "void", "open", "part", "paid", "over", "returned"]
DRAFTS = (168, 181, 188, 193, 197, 199)
VOID = (60, 120, 150, 171, 184)
OVERPAID = (140, 178)
RETURNED = 165
# The number in the plan, and the client whose invoice it is: foreign currencies have something open, too.
ABROAD_AND_OPEN = {160: 22, 186: 22, 189: 23, 191: 24}
METHODS = ("transfer",) * 11 + ("gateway",) * 5 + ("cash",) * 2 + ("card_terminal", "mobile_money", "cheque")


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line: the product's position in its list, and how much of it."""

    product: int
    quantity: Decimal
    percent_off: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One invoice: for whom, on which day, and what becomes of it. `after` is days from issue to the payment."""

    client: int
    on: date
    fate: Fate
    lines: tuple[PlannedLine, ...]
    terms_days: int
    after: int = 0
    method: str = "transfer"
    mailed: bool = False
    reason: str = ""
    po_number: str = ""
    percent_off: int = 0
    minute: int = field(default=0)


def plan(today: date) -> list[Planned]:
    """Every invoice of the demo, oldest first."""
    chance = random.Random(20260117)  # noqa: S311  (a plan that is always the same, not a secret)
    planned = []
    for number in range(INVOICES):
        share = number / (INVOICES - 1)
        planned.append(_one(chance, today - timedelta(days=round(DAYS * (1 - share**0.62))), today, number))
    return sorted(planned, key=lambda one: (one.on, one.minute))


def _one(chance: random.Random, on: date, today: date, number: int) -> Planned:
    client = ABROAD_AND_OPEN.get(number, chance.randrange(len(COMPANIES) + len(PERSONS)))
    company = COMPANIES[client] if client < len(COMPANIES) else None
    terms = company.terms_days if company and company.terms_days else 14
    age = (today - on).days
    fate, after = _fate(chance, age, terms)
    if number in DRAFTS:
        fate = "draft"
    elif number in ABROAD_AND_OPEN:
        fate = "open"
    elif number in VOID:
        fate = "void"
    elif number in OVERPAID:
        fate, after = "over", min(6, age)
    elif number == RETURNED:
        fate, after = "returned", min(5, age)
    method = chance.choice(METHODS)
    abroad = bool(company and company.currency)
    return Planned(
        client=client,
        on=on,
        fate=fate,
        lines=_lines(chance, company is not None, abroad),
        terms_days=terms,
        after=after,
        method="transfer" if abroad or fate in ("over", "returned") else method,
        mailed=age <= 24,
        reason=VOID_REASONS[number % len(VOID_REASONS)],
        po_number=f"PO-{chance.randrange(1000, 9999)}" if company and chance.random() < 0.2 else "",
        percent_off=5 if chance.random() < 0.06 else 0,
        minute=chance.randrange(8 * 60, 17 * 60),
    )


def _fate(chance: random.Random, age: int, terms: int) -> tuple[Fate, int]:
    """Most pay within their terms, some late, some half, a few not yet; nearly all of the old ones have paid."""
    luck = chance.random()
    settled = age > terms + 95
    if luck < 0.52:
        after = chance.randrange(7, terms + 7)
    elif luck < 0.76 or (settled and luck < 0.985):
        after = terms + chance.randrange(4, 45)
    elif luck < 0.87:
        after = chance.randrange(2, terms + 8)
        return ("part", after) if after < age else ("open", 0)
    else:
        return "open", 0
    return ("paid", after) if after <= age else ("open", 0)


def _lines(chance: random.Random, company: bool, abroad: bool) -> tuple[PlannedLine, ...]:
    if abroad:
        first = PlannedLine(0, Decimal(1))
        return (first, PlannedLine(1 + chance.randrange(len(ABROAD) - 1), Decimal(chance.randrange(2, 30)) / 2))
    by_code = {product.code: place for place, product in enumerate(PRODUCTS)}
    lines = [PlannedLine(by_code[chance.choice(("B100", "B100", "B250") if company else ("F20", "F50"))], Decimal(1))]
    if company and chance.random() < 0.3:
        lines.append(PlannedLine(by_code["IP"], Decimal(chance.randrange(1, 5))))
    if company and chance.random() < 0.12:
        lines.append(PlannedLine(by_code["D1"], Decimal(chance.choice((10, 20, 30)))))
    if chance.random() < 0.18:
        lines += [PlannedLine(by_code["INST"], Decimal(1)), PlannedLine(by_code["RTR"], Decimal(1), 10)]
    if chance.random() < 0.15:
        lines.append(PlannedLine(by_code["VISIT"], Decimal(chance.randrange(2, 10)) / 2))
    if chance.random() < 0.1:
        lines.append(PlannedLine(by_code["CAB"], Decimal(chance.randrange(20, 480)) / 4))
    return tuple(lines)
