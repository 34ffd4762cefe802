"""What becomes of every generated invoice: for whom, when, paid or not. The same for the same seed and day. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.demo.bulk.material import ABROAD_EVERY, METHODS, TERMS

DAYS = 1096
"""Three years, up to the day before the last one."""
GROWTH = 0.42
"""Below 1 the business grows: two and a half times as many invoices a month at the end as on average."""
DRAFTS_FOR = 45
NEVER = 10**6

Fate = Literal["draft", "void", "open", "part", "paid", "over"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One invoice. `second` is of the day, `after` days to the payment or to voiding, `basket` any large number."""

    client: int
    abroad: bool
    basket: int
    on: date
    second: int
    terms_days: int
    fate: Fate
    after: int
    method: str
    linked: bool
    po_number: str


def plan(count: int, clients: int, until: date, chance: random.Random) -> Iterator[Planned]:
    """`count` invoices, oldest first, of the three years before the day `until`."""
    first = until - timedelta(days=DAYS)
    for number in range(count):
        offset = DAYS * ((number + 1) / (count + 1)) ** GROWTH
        day = int(offset)
        second = 8 * 3600 + int((offset - day) * 9 * 3600)
        yield _one(first + timedelta(days=day), second, DAYS - day, clients, chance)


def _one(on: date, second: int, age: int, clients: int, chance: random.Random) -> Planned:
    client = int(clients * chance.random() ** 1.4)
    terms = TERMS[client % len(TERMS)]
    abroad = client % ABROAD_EVERY == ABROAD_EVERY - 1
    fate, after = _fate(age, terms, chance)
    method = "transfer" if abroad else METHODS[int(chance.random() * len(METHODS))]
    luck = chance.random()
    return Planned(
        client=client,
        abroad=abroad,
        basket=chance.getrandbits(30),
        on=on,
        second=second,
        terms_days=terms,
        fate=fate,
        after=after,
        method=method,
        linked=fate not in ("draft", "void") and (method == "gateway" or luck < 0.25),
        po_number=f"PO-{1000 + int(luck * 90_000)}" if luck > 0.8 else "",
    )


def _fate(age: int, terms: int, chance: random.Random) -> tuple[Fate, int]:
    """Most are paid about when they are due, a few late, half or never: about 88 of 100 are paid, 5 open, 4 overdue."""
    luck = chance.random()
    if luck < 0.01 and age > 1:
        return "void", 1
    if age <= DRAFTS_FOR and chance.random() < 0.1:
        return "draft", 0
    luck = chance.random()
    fate: Fate = "paid"
    if luck < 0.60:
        after = terms * 2 // 3 + int(chance.random() * (terms // 3 + 3))
    elif luck < 0.945:
        after = terms + 1 + int(chance.expovariate(1 / 9))
    elif luck < 0.955:
        after = terms + 40 + int(chance.random() * 90)
    elif luck < 0.967:
        fate, after = "part", 2 + int(chance.random() * (terms + 18))
    else:
        after = NEVER
    if luck < 0.002:
        fate = "over"
    return (fate, after) if after < age else ("open", 0)
