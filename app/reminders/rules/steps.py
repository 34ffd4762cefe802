"""What a ladder is made of: its steps, what became of them, the facts they depend on, and days off. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.invoices.rules.terms import days_words

CATCH_UP = timedelta(days=14)
"""How late a reminder may still go out: after longer than this it would only astonish."""
MOST_STEPS = 12
EARLIEST, LATEST = -90, 365

WORDINGS: Mapping[str, str] = {
    "reminder_before": "Friendly, before it is due",
    "reminder_due": "It is due today",
    "reminder_overdue": "It is overdue",
    "reminder_last": "Last reminder",
}
KINDS: Mapping[str, str] = {
    "remind": "Reminder",
    "late_fee": "Late fee",
    "throttle": "Service slowed down",
    "suspend": "Service suspended",
    "cancel": "Service cancelled",
}
"""What a step does, and what has happened once it was done."""
ACTS = tuple(kind for kind in KINDS if kind != "remind")
CUTS = ("throttle", "suspend", "cancel")
"""What is done to a service, the mildest first."""
KINDS_IN_ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate(KINDS)}
USUAL = ((-3, "reminder_before"), (0, "reminder_due"), (3, "reminder_overdue"), (10, "reminder_overdue"),
         (21, "reminder_last"))  # fmt: skip
"""The ladder a business begins with: (days after the due date, wording)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder; `since` is the first day it counts for, an empty `channel` the client's own order.

    What is no reminder has its kind for a channel. With a `currency` it is only for invoices in that, on which at least
    `owed_minor` is owed.
    """

    id: uuid.UUID
    days: int
    channel: str
    wording: str
    since: date
    kind: str = "remind"
    owed_minor: int = 0
    currency: str = ""

    @property
    def where(self) -> str:
        """Where it stands, in words."""
        return days_words(self.days)

    @property
    def says(self) -> str:
        """The kind of message that is true on its day, whatever wording was chosen; of an act its kind."""
        return self.kind if self.is_act else true_wording(self.wording, self.days)

    @property
    def is_act(self) -> bool:
        """Whether it does something else than remind."""
        return self.kind != "remind"


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a step already; a postponed one waits until `not_before`.

    Of one whose message went out, `days` is where it stood, `said` the kind of message it was and `on` the day.
    """

    outcome: str
    not_before: date | None = None
    days: int = 0
    said: str = ""
    on: date | None = None

    @property
    def is_over(self) -> bool:
        return self.outcome != "postponed"


Known = Mapping[tuple[int, str], Past]
"""What became of the steps of an invoice, by (days after the due date, channel): so a copy of a step is the same."""


@dataclass(frozen=True, slots=True)
class Owing:
    """The facts of an invoice that reminders go by. `wanted` False: the client wants none.

    An `archived` client gets none until they are brought back. When money `went_back`, or is `disputed`, none goes out
    by itself: that is for people to talk about, and they may send one.

    `issued_on` is the day it was really issued on, whatever date it bears: nobody could see it before.

    `serves`: services are billed on it. `is_fee`: it is a late fee itself, which has no ladder: nobody is reminded of
    it, it bears no fee and cuts nobody off. `card_next`: a saved card is about to be charged for it, and was not yet.
    `unsent`: it was made together with others, has not left, and may still be taken back with all of them.
    """

    open: bool
    balance_minor: int
    issued_on: date
    due: date
    wanted: bool = True
    archived: bool = False
    went_back: bool = False
    disputed: bool = False
    currency: str = ""
    serves: bool = False
    is_fee: bool = False
    card_next: bool = False
    unsent: bool = False

    @property
    def counts_from(self) -> date:
        """The day from which steps after the due date are counted: the due date, or the day it was issued if later."""
        return max(self.due, self.issued_on)

    @property
    def asks(self) -> bool:
        return self.open and self.balance_minor > 0 and self.wanted and not (self.archived or self.is_fee)

    @property
    def bears_acts(self) -> bool:
        """Whether fees and cuts may follow from it. Who wants no reminders is not spared by that."""
        owes = self.open and self.balance_minor > 0 and not self.archived
        return owes and not (self.disputed or self.went_back or self.is_fee)

    @property
    def rests(self) -> str:
        """Why nothing goes out by itself, in a sentence; empty when it does."""
        if not self.wanted:
            return "The client wants no reminders."
        if self.archived:
            return "The client is archived. Reminders go on when they are brought back."
        if self.disputed:
            return "The client disputes a payment, so no reminder goes out by itself."
        return "Money for it went back, so no reminder goes out by itself." if self.went_back else ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days on which nothing goes out: all but `workdays` ("1" is Monday), and holidays."""

    workdays: str = "12345"
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return str(day.isoweekday()) in self.workdays and day not in self.holidays

    def moved(self, day: date, ahead: int) -> date:
        """The day itself, or the nearest working one after (`ahead` 1) or before (-1) it; itself when none is near."""
        return next((at for n in range(60) if self.works(at := day + timedelta(days=n * ahead))), day)


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and its day.

    `state`: ahead, due; waits (its day has come, but a milder one is due first, a card
    is charged first, or the invoice has not left yet); yields (its day is to come, but
    another will stand in its place); overtaken (another stands in its place now); missed (found too late); by_hand (it
    goes out only if a person sends it).

    `held` says that the day was moved by a hold, `postponed` that somebody moved it; `says` is the kind of message
    that is true on that day.
    """

    rung: Rung
    on: date
    state: str
    held: bool = False
    postponed: bool = False
    says: str = ""

    @property
    def goes_out(self) -> bool:
        return self.state in ("ahead", "due")

    @property
    def stands(self) -> bool:
        """Whether it is to go out, be it by itself or by hand."""
        return self.goes_out or self.state == "by_hand"

    @property
    def is_open(self) -> bool:
        """Whether something can still be decided about it."""
        return self.stands or self.state in ("yields", "waits")


def true_wording(wording: str, days: int) -> str:
    """The kind of message that is true so many days after the due date."""
    if days < 0:
        return "reminder_before"
    if days == 0:
        return "reminder_due"
    return wording if wording == "reminder_last" else "reminder_overdue"


def place(
    owing: Owing,
    rung: Rung,
    past: Known,
    calendar: Calendar,
    held_until: date | None,
) -> Planned | None:
    """A step with its day, moved by days off, holds and whoever postponed it; None where it does not count."""
    known = past.get((rung.days, rung.channel))
    meant = (owing.counts_from if rung.days > 0 else owing.due) + timedelta(days=rung.days)
    on = calendar.moved(meant, -1 if rung.days < 0 else 1)
    if on < owing.issued_on <= meant:
        on = calendar.moved(owing.issued_on, 1)
    if max(on, meant) < max(owing.issued_on, rung.since):
        return None
    later = known is not None and known.not_before is not None and known.not_before > on
    if later and known is not None and known.not_before is not None:
        on = calendar.moved(known.not_before, 1)
    held = held_until is not None and held_until >= on
    if held and held_until is not None:
        on = calendar.moved(held_until + timedelta(days=1), 1)
    return Planned(rung, on, "ahead", held, later)
