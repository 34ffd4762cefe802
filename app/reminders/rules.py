"""Which reminders an invoice gets and when. The sweep, the timeline and the commands all ask `plan`. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

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
class ActValues:
    """A step that is no reminder, as typed; minor units of `currency`, which is empty where no amount is named.

    See `LadderStep` for the fee and for `owed_minor`.
    """

    kind: str
    days: int
    currency: str = ""
    owed_minor: int = 0
    fee_percent: Decimal | None = None
    fee_minor: int | None = None
    fee_least_minor: int | None = None
    fee_most_minor: int | None = None
    fee_taxed: bool = False

    def problem(self) -> tuple[str, str] | None:
        """(field, sentence) of the first thing that is wrong with it, or None."""
        if self.kind not in ACTS:
            return "kind", "Choose what is done from the list."
        if not 1 <= self.days <= LATEST:
            return "days", f"Enter a number of days from 1 to {LATEST} after the due date."
        if self.kind != "late_fee":
            return None
        if (self.fee_percent is None) == (self.fee_minor is None):
            return "fee_percent", "Enter a percentage or an amount, and not both."
        if self.fee_percent is not None and not 0 < self.fee_percent <= 100:
            return "fee_percent", "Enter a percentage above 0, up to 100."
        if self.fee_minor is not None and self.fee_minor <= 0:
            return "fee_minor", "Enter an amount above zero."
        if self.fee_most_minor is not None and self.fee_most_minor < (self.fee_least_minor or 0):
            return "fee_most_minor", "The most is less than the least."
        return None

    def columns(self) -> dict[str, Any]:
        """Columns of a step and their values."""
        return {name: getattr(self, name) for name in self.__slots__}


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

    `serves`: services are billed on it. `is_fee`: it is a late fee itself, which bears none and cuts nobody off.
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

    @property
    def asks(self) -> bool:
        return self.open and self.balance_minor > 0 and self.wanted and not self.archived

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

    `state`: ahead, due; waits (its day has come, but a milder one is due first); yields (its day is to come, but
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


def plan(
    owing: Owing,
    rungs: Iterable[Rung],
    past: Known,
    calendar: Calendar,
    today: date,
    held_until: date | None = None,
) -> list[Planned]:
    """The steps that are not over yet, the nearest day first. Nothing for an invoice that asks for no money.

    `held_until` is the last day of a hold. Steps from before the invoice was issued, or before the ladder said so, do
    not count. On one day only the step that stands last goes out, by each of its channels; and one that stands before
    another that went out yields to it when its own day is over by then, or when it would say less. Where nothing
    goes out by itself, those that would are by hand.
    """
    rungs = list(rungs)
    acts = acts_to_come(owing, rungs, past, calendar, today, held_until)
    if not owing.asks:
        return acts
    left = [
        rung
        for rung in rungs
        if not rung.is_act and not ((known := past.get((rung.days, rung.channel))) and known.is_over)
    ]
    placed = [found for rung in left if (found := _place(owing, rung, past, calendar, held_until))]
    out = [one for one in past.values() if one.on is not None]
    judged: list[Planned] = []
    for day in sorted({max(one.on, today) for one in placed}):
        of_day = _judged([one for one in placed if max(one.on, today) == day], out, owing.due, day, today)
        out += [_as_past(one.rung, owing.due, day) for one in of_day if one.goes_out]
        judged += of_day
    if owing.rests:
        judged = [replace(one, state="by_hand") for one in judged if one.goes_out]
    return sorted(judged + acts, key=lambda one: (one.on, one.rung.days))


def acts_to_come(
    owing: Owing,
    rungs: Iterable[Rung],
    past: Known,
    calendar: Calendar,
    today: date,
    held_until: date | None = None,
) -> list[Planned]:
    """The late fees and cuts that are not over yet.

    Nothing is done about a service twice on a day: of several cuts whose day has come the mildest is due, and the
    others wait for it. A cut stays due for as long as the money is owed; a fee that is found too late is missed.
    """
    if not owing.bears_acts:
        return []
    placed = [
        found
        for rung in rungs
        if _is_for(rung, owing) and not _is_over(rung, past)
        if (found := _place(owing, rung, past, calendar, held_until))
    ]
    judged, cut = [], False
    for one in sorted(placed, key=lambda one: (one.on, one.rung.days, KINDS_IN_ORDER[one.rung.kind])):
        state = "due" if one.on <= today else "ahead"
        if state == "due" and one.rung.kind in CUTS:
            state, cut = ("waits" if cut else "due"), True
        if one.rung.kind == "late_fee" and today - one.on > CATCH_UP:
            state = "missed"
        judged.append(replace(one, state=state, says=one.rung.kind))
    return judged


def _is_over(rung: Rung, past: Known) -> bool:
    known = past.get((rung.days, rung.channel))
    return known is not None and known.is_over


def _is_for(rung: Rung, owing: Owing) -> bool:
    """Whether a step that is no reminder is for such an invoice."""
    if not rung.is_act or (rung.kind in CUTS and not owing.serves):
        return False
    return rung.currency in ("", owing.currency) and owing.balance_minor >= rung.owed_minor


def as_sent(rung: Rung, due: date, today: date) -> Known:
    """What would be known of a step if it were sent today."""
    return {(rung.days, rung.channel): _as_past(rung, due, today)}


def as_postponed(rung: Rung, until: date) -> Known:
    """What would be known of a step if it waited until a day."""
    return {(rung.days, rung.channel): Past("postponed", until)}


def wording_for(wording: str, due: date, today: date) -> str:
    """The kind of message that is true today, whatever day its step was meant for."""
    return true_wording(wording, (today - due).days)


def true_wording(wording: str, days: int) -> str:
    """The kind of message that is true so many days after the due date."""
    if days < 0:
        return "reminder_before"
    if days == 0:
        return "reminder_due"
    return wording if wording == "reminder_last" else "reminder_overdue"


def _as_past(rung: Rung, due: date, day: date) -> Past:
    return Past("queued", days=rung.days, said=wording_for(rung.wording, due, day), on=day)


def _strength(wording: str) -> int:
    """How much a kind of reminder says: what stands later among the wordings says more."""
    return list(WORDINGS).index(wording) if wording in WORDINGS else 0


def _place(
    owing: Owing,
    rung: Rung,
    past: Known,
    calendar: Calendar,
    held_until: date | None,
) -> Planned | None:
    known = past.get((rung.days, rung.channel))
    meant = owing.due + timedelta(days=rung.days)
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


def _judged(ones: Sequence[Planned], out: Sequence[Past], due: date, day: date, today: date) -> list[Planned]:
    """The steps of one day with what becomes of them, where this went out before."""
    fit = [one for one in ones if day - one.on <= CATCH_UP and not _yields(one, out, due, day)]
    last = max((one.rung.days for one in fit), default=None)
    found = []
    for one in ones:
        if one in fit and one.rung.days == last:
            state = "due" if one.on <= today else "ahead"
        elif day - one.on > CATCH_UP:
            state = "missed"
        else:
            state = "overtaken" if one.on <= today else "yields"
        found.append(replace(one, state=state, says=wording_for(one.rung.wording, due, day)))
    return found


def _yields(one: Planned, out: Sequence[Past], due: date, day: date) -> bool:
    """Whether one that stood later went out when this was to go out already, or said more than this would."""
    says = _strength(wording_for(one.rung.wording, due, day))
    return any(
        known.days > one.rung.days and known.on is not None and (one.on <= known.on or _strength(known.said) > says)
        for known in out
    )
