"""Who lives through the year: subscribers with what they agreed on, how they pay, and what happens to them.

Everything follows from a subscriber's number, so that a small town and a large one hold the same kinds of people, and
every run the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
"""A leap year, so that the 29th of February is a day like any other."""
OPENED = date(2023, 12, 30)
TERMS = 7
"""Days after the invoice until it is due."""
REVERSED_ON = date(2024, 9, 30)
"""On this day the morning's billing is taken back before its messages leave; the next day it is approved anew."""
DEARER_FROM, TOLD_ON = date(2024, 7, 1), date(2024, 5, 20)
"""When Home 20 costs more for everybody, and when the business writes that down."""

Habit = Literal["prompt", "card", "transfer", "late", "parts", "too much", "never", "stops", "keeps", "breaks"]


class Offer(NamedTuple):
    """A plan, with its prices in major units: a period, once, and from DEARER_FROM on."""

    name: str
    unit: str
    count: int
    ahead: bool
    currency: str
    price: Decimal
    once: Decimal
    later: Decimal | None = None
    kind: str = "plan"


OFFERS = {
    "H20": Offer("Home 20", "month", 1, True, "NGN", Decimal("15000.00"), Decimal("5000.00"), Decimal("16499.99")),
    "H50": Offer("Home 50", "month", 1, True, "NGN", Decimal("27500.50"), Decimal(0)),
    "B100": Offer("Business 100", "month", 1, False, "NGN", Decimal("86000.00"), Decimal(0)),
    "QTR": Offer("Quarter", "month", 3, True, "NGN", Decimal("42000.00"), Decimal("2500.00")),
    "YEAR": Offer("Year", "year", 1, True, "NGN", Decimal("150000.00"), Decimal(0)),
    "WEEK": Offer("Fortnight", "week", 2, True, "NGN", Decimal("6900.00"), Decimal(0)),
    "USD": Offer("Abroad", "month", 1, True, "USD", Decimal("49.90"), Decimal("10.00")),
    "IP": Offer("Fixed address", "month", 1, True, "NGN", Decimal("6500.00"), Decimal(0), kind="addon"),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of subscriber. `lives` names what happens to them besides paying; `plans` more than one: of one client."""

    title: str
    plans: tuple[str, ...]
    habit: Habit
    life: str = ""
    stub: str = "now"
    trial_days: int = 0


ROLES = (
    Role("Home, pays on time", ("H20",), "prompt"),
    Role("Home, waits for whole months", ("H20",), "prompt", stub="next"),
    Role("Home, first days free", ("H20",), "prompt", stub="free"),
    Role("Home, saved card", ("H20",), "card"),
    Role("Fast home, pays on time", ("H50",), "prompt"),
    Role("Fast home, by transfer", ("H50",), "transfer"),
    Role("Home, pays late", ("H20",), "late"),
    Role("Fast home, pays in parts", ("H50",), "parts"),
    Role("Home, pays too much", ("H20",), "too much"),
    Role("Business in arrears, by transfer", ("B100",), "transfer"),
    Role("Business in arrears, pays late", ("B100",), "late"),
    Role("By the quarter, pays on time", ("QTR",), "prompt"),
    Role("By the quarter, saved card", ("QTR",), "card"),
    Role("By the year", ("YEAR",), "prompt"),
    Role("By the fortnight, saved card", ("WEEK",), "card"),
    Role("Abroad, in dollars", ("USD",), "transfer"),
    Role("Home with a fixed address", ("H20+IP",), "prompt"),
    Role("Home after a trial", ("H20",), "prompt", trial_days=14),
    Role("Two services, one invoice", ("H20", "H50"), "prompt"),
    Role("Home, never pays", ("H20",), "never"),
    Role("Fast home, stops paying", ("H50",), "stops"),
    Role("Home, keeps promises", ("H20",), "keeps"),
    Role("Home, breaks promises", ("H20",), "breaks"),
    Role("Home, away for a while", ("H20",), "prompt", "away"),
    Role("Fast home, away in a paid month", ("H50",), "prompt", "away in a paid month"),
    Role("Home, away without an end, then back", ("H20",), "prompt", "away and back"),
    Role("Home, travels and does not", ("H20",), "prompt", "travels and does not"),
    Role("Home, leaves at once", ("H20",), "prompt", "leaves at once"),
    Role("Home, leaves at the term's end", ("H20",), "prompt", "leaves at the term's end"),
    Role("Home, wants to leave and stays", ("H20",), "prompt", "stays after all"),
    Role("Home, an agreement for six months", ("H20",), "prompt", "six months"),
    Role("Home, faster at once", ("H20",), "prompt", "faster at once"),
    Role("Fast home, slower at once", ("H50",), "prompt", "slower at once"),
    Role("Home, faster from the next term on", ("H20",), "prompt", "faster from the next term on"),
    Role("Fast home, slower from the next term on", ("H50",), "prompt", "slower from the next term on"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One client: `first` is the day their service begins, `day` the day of the month that periods begin on.

    `lag` is how many days they take to do what they usually do.
    """

    number: int
    role: Role
    first: date
    day: int | None
    lag: int

    @property
    def name(self) -> str:
        return f"{self.number:03} {self.role.title}"

    @property
    def email(self) -> str:
        return f"s{self.number:03}@town.example"

    @property
    def ends_on(self) -> date | None:
        """The first day without it, where that was agreed on."""
        return self.first + timedelta(days=182) if self.role.life == "six months" else None

    @property
    def trial_until(self) -> date | None:
        return self.first + timedelta(days=self.role.trial_days) if self.role.trial_days else None

    @property
    def moves_on(self) -> date:
        """The day on which something happens to them."""
        return date(2024, 4, 3) + timedelta(days=(self.number * 5) % 90)


def cast(count: int) -> Iterator[Subscriber]:
    """So many subscriptions' worth of people: the roles come around again and again."""
    number = agreed = 0
    while agreed < count:
        role = ROLES[number % len(ROLES)]
        number += 1
        agreed += len(role.plans)
        yield _subscriber(number, role)


def _subscriber(number: int, role: Role) -> Subscriber:
    # 7 and 31 have no factor in common: one after the other everybody gets another day, the last of the month too.
    day: int | None = 1 + (number * 7) % 31
    if role.plans == ("WEEK",):
        day = 1 + number % 7
    elif number % 9 == 0:
        day = None
    first = FIRST + timedelta(days=(number * 11) % 75)
    if role.habit in ("prompt", "card") and number % 4 == 0:
        first = date(2024, 1, 31)
    return Subscriber(number, role, first, day, 1 + number % 6)
