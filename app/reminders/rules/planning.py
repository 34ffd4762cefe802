"""Which steps an invoice has ahead of it and when. The sweep, the timeline and the commands all ask `plan`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from app.reminders.rules.acts import acts_to_come
from app.reminders.rules.steps import (
    CATCH_UP,
    WORDINGS,
    Calendar,
    Known,
    Owing,
    Past,
    Planned,
    Rung,
    place,
    true_wording,
)

LAST = "reminder_last"


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
    another that went out yields to it when its own day is over by then, or when it would say less; nobody gets
    a last reminder on two days. Where nothing goes out by itself, those that would are by hand. Before the invoice
    itself has left everything waits.
    """
    rungs = list(rungs)
    acts = _once_sent(owing, acts_to_come(owing, rungs, past, calendar, today, held_until))
    if not owing.asks:
        return acts
    left = [
        rung
        for rung in rungs
        if not rung.is_act and not ((known := past.get((rung.days, rung.channel))) and known.is_over)
    ]
    placed = [found for rung in left if (found := place(owing, rung, past, calendar, held_until))]
    out = [one for one in past.values() if one.on is not None]
    judged: list[Planned] = []
    for day in sorted({max(one.on, today) for one in placed}):
        of_day = _judged([one for one in placed if max(one.on, today) == day], out, owing.due, day, today)
        out += [_as_past(one.rung, owing.due, day) for one in of_day if one.goes_out]
        judged += of_day
    if owing.card_next:
        # Nobody is asked on the day itself for what their card pays on it; when that fails, they still are.
        judged = [replace(one, state="waits") if _is_of_the_day(one) else one for one in judged]
    if owing.rests:
        judged = [replace(one, state="by_hand") for one in judged if one.goes_out]
    return sorted(_once_sent(owing, judged) + acts, key=lambda one: (one.on, one.rung.days))


def _once_sent(owing: Owing, ones: Sequence[Planned]) -> list[Planned]:
    """The same, but nothing becomes of them before the invoice itself has left."""
    if not owing.unsent:
        return list(ones)
    return [one if one.state in ("ahead", "yields", "by_hand") else replace(one, state="waits") for one in ones]


def _is_of_the_day(one: Planned) -> bool:
    return one.rung.days == 0 and one.state == "due"


def as_sent(rung: Rung, due: date, today: date) -> Known:
    """What would be known of a step if it were sent today."""
    return {(rung.days, rung.channel): _as_past(rung, due, today)}


def as_postponed(rung: Rung, until: date) -> Known:
    """What would be known of a step if it waited until a day."""
    return {(rung.days, rung.channel): Past("postponed", until)}


def wording_for(wording: str, due: date, today: date) -> str:
    """The kind of message that is true today, whatever day its step was meant for."""
    return true_wording(wording, (today - due).days)


def _as_past(rung: Rung, due: date, day: date) -> Past:
    return Past("queued", days=rung.days, said=wording_for(rung.wording, due, day), on=day)


def _strength(wording: str) -> int:
    """How much a kind of reminder says: what stands later among the wordings says more."""
    return list(WORDINGS).index(wording) if wording in WORDINGS else 0


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
    """Whether one that stood later went out when this was to go out already, or said more than this would.

    A last reminder yields to one of an earlier day as well, wherever that stood.
    """
    kind = wording_for(one.rung.wording, due, day)
    if kind == LAST and any(known.said == LAST and known.on is not None and known.on < day for known in out):
        return True
    says = _strength(kind)
    return any(
        known.days > one.rung.days and known.on is not None and (one.on <= known.on or _strength(known.said) > says)
        for known in out
    )
