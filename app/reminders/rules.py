"""Which reminders an invoice gets and when. The sweep, the timeline and the commands all ask `plan`. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

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
USUAL = ((-3, "reminder_before"), (0, "reminder_due"), (3, "reminder_overdue"), (10, "reminder_overdue"),
         (21, "reminder_last"))  # fmt: skip
"""The ladder a business begins with: (days after the due date, wording)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder; `since` is the first day it counts for, an empty `channel` the client's own order."""

    id: uuid.UUID
    days: int
    channel: str
    wording: str
    since: date


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a step already; a postponed one waits until `not_before`. `days` is where its step stood."""

    outcome: str
    not_before: date | None = None
    days: int | None = None

    @property
    def went_out(self) -> bool:
        return self.outcome == "queued"


@dataclass(frozen=True, slots=True)
class Owing:
    """The facts of an invoice that reminders go by. `wanted` False: the client wants none.

    An `archived` client gets none until they are brought back. When money `went_back`, or is `disputed`, none goes out
    by itself: that is for people to talk about, and they may send one.
    """

    open: bool
    balance_minor: int
    issued_on: date
    due: date
    wanted: bool = True
    archived: bool = False
    went_back: bool = False
    disputed: bool = False

    @property
    def asks(self) -> bool:
        return self.open and self.balance_minor > 0 and self.wanted and not self.archived

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
    """A step and its day. `state`: ahead, due, overtaken (a later one is due, too), missed (found too late), or by_hand
    (it goes out only if a person sends it).

    `held` says that the day was moved by a hold, `postponed` that somebody moved it.
    """

    rung: Rung
    on: date
    state: str
    held: bool = False
    postponed: bool = False


def plan(
    owing: Owing,
    rungs: Iterable[Rung],
    past: Mapping[tuple[uuid.UUID, str], Past],
    calendar: Calendar,
    today: date,
    held_until: date | None = None,
) -> list[Planned]:
    """The steps that are not over yet, the nearest day first. Nothing for an invoice that asks for no money.

    `past` is {(step, channel): what became of it}; `held_until` the last day of a hold. Steps from before the invoice
    was issued, or before the ladder said so, do not count, nor those behind one that went out, be it of another ladder.
    Of several that are due only the last goes out. Where nothing goes out by itself, those that would are by hand.
    """
    if not owing.asks:
        return []
    left = [rung for rung in rungs if not _is_behind(rung, past)]
    ahead = [found for rung in left if (found := _place(owing, rung, past, calendar, held_until))]
    due = [one for one in ahead if one.on <= today]
    last = max((one.rung.days for one in due if today - one.on <= CATCH_UP), default=None)
    placed = [_judged(one, today, last) for one in ahead]
    if owing.rests:
        placed = [replace(one, state="by_hand") for one in placed if one.state in ("ahead", "due")]
    return sorted(placed, key=lambda one: (one.on, one.rung.days))


def _is_behind(rung: Rung, past: Mapping[tuple[uuid.UUID, str], Past]) -> bool:
    """Whether a later reminder went out already, or one of the same day that stood on another ladder."""
    sent = [(key, one) for key, one in past.items() if one.went_out and one.days is not None]
    return any(
        one.days > rung.days or (one.days == rung.days and key[0] != rung.id and key[1] == rung.channel)  # type: ignore[operator]
        for key, one in sent
    )


def wording_for(wording: str, due: date, today: date) -> str:
    """The kind of message that is true today, whatever day its step was meant for."""
    if today < due:
        return "reminder_before"
    if today == due:
        return "reminder_due"
    return wording if wording == "reminder_last" else "reminder_overdue"


def _place(
    owing: Owing,
    rung: Rung,
    past: Mapping[tuple[uuid.UUID, str], Past],
    calendar: Calendar,
    held_until: date | None,
) -> Planned | None:
    known = past.get((rung.id, rung.channel))
    if known is not None and known.outcome != "postponed":
        return None
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


def _judged(one: Planned, today: date, last: int | None) -> Planned:
    if one.on > today:
        return one
    if today - one.on > CATCH_UP:
        state = "missed"
    elif last is not None and one.rung.days < last:
        state = "overtaken"
    else:
        state = "due"
    return Planned(one.rung, one.on, state, one.held, one.postponed)


def span(rungs: Sequence[Rung]) -> int:
    """How many days before its due date an invoice may get its first reminder, days off included."""
    return max((-rung.days for rung in rungs), default=0) + 60


def days_words(days: int) -> str:
    """Where a step stands: "3 days before", "on the due date", "10 days after"."""
    if days == 0:
        return "on the due date"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{count} {'before' if days < 0 else 'after'} the due date"
