"""Which periods of a subscription are billed, and on which day. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from app.billing.rules.calendar import Period, Rhythm

Stub = Literal["now", "next", "free"]
"""What happens to days before the first whole period: billed by themselves, with the first whole one, or not at all."""
STUBS: tuple[Stub, ...] = get_args(Stub)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are paid for: from `start` up to and without `end`; without an end it goes on."""

    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Another rhythm, from a day on."""

    since: date
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed on. `spans` are the days that are paid for, in order: a pause lies between two of them. Each of
    `turns`, in order, takes the place of the rhythm before it."""

    rhythm: Rhythm
    spans: tuple[Span, ...]
    ahead: bool = True
    stub: Stub = "now"
    turns: tuple[Turn, ...] = ()

    def rhythm_on(self, day: date) -> Rhythm:
        """The rhythm that holds on a day."""
        return next((turn.rhythm for turn in reversed(self.turns) if turn.since <= day), self.rhythm)


@dataclass(frozen=True, slots=True)
class Billed:
    """A period that is billed on `bill_on`. `of` is the whole period that it is, or is a part of."""

    period: Period
    of: Period
    bill_on: date

    @property
    def whole(self) -> bool:
        return self.period == self.of


def spans(start: date, end: date | None, pauses: Iterable[Span]) -> tuple[Span, ...]:
    """The days from `start` up to and without `end` that are paid for, without those of pauses."""
    found, at = [], start
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if end is not None and pause.start >= end:
            break
        if pause.start > at:
            found.append(Span(at, pause.start))
        if pause.end is None:
            return tuple(found)
        at = max(at, pause.end)
    if end is None or at < end:
        found.append(Span(at, end))
    return tuple(found)


def next_unbilled(terms: Terms, claimed: Iterable[Span], since: date, horizon: date) -> Billed | None:
    """The first of what nobody has claimed, of what is billed from `since` to `horizon`."""
    return next(unclaimed(terms, claimed, since, horizon), None)


def unclaimed(terms: Terms, claimed: Iterable[Span], since: date, until: date) -> Iterator[Billed]:
    """What `periods` gives, without the days that were claimed: of a period claimed in part its other days are left.
    Both come in the order of the days they are billed on.

    Such a rest is billed on its own first day where periods are billed ahead.
    """
    taken = joined(claimed)
    for one in periods(terms, since, until):
        yield from rests(terms, one, taken, until)


def latest_due(terms: Terms, open_: Iterable[Billed], since: date, until: date) -> date | None:
    """The latest day up to `until` on which something is billed, of what is billed from `since` on: of what somebody
    claimed already as well as of what is `open_`. None when nothing is."""
    days = (one.bill_on for found in (periods(terms, since, until), open_) for one in found)
    return max((day for day in days if day <= until), default=None)


def rests(terms: Terms, one: Billed, taken: Sequence[Span], until: date) -> Iterator[Billed]:
    """What is left of a period of days that lie in none of `taken`, which are in order, billed up to `until`."""
    for part in _left(one.period, taken):
        late = terms.ahead and part.start != one.period.start
        bill_on = max(one.bill_on, part.start) if late else one.bill_on
        if bill_on <= until:
            yield Billed(part, one.of, bill_on)


def joined(found: Iterable[Span]) -> tuple[Span, ...]:
    """Days in order, those that touch or overlap as one."""
    made: list[Span] = []
    for one in sorted(found, key=lambda span: span.start):
        last = made[-1] if made else None
        if last is not None and last.end is None:
            break
        if last is not None and last.end is not None and one.start <= last.end:
            made[-1] = Span(last.start, None if one.end is None else max(last.end, one.end))
        else:
            made.append(one)
    return tuple(made)


def _left(period: Period, taken: Sequence[Span]) -> Iterator[Period]:
    """The days of a period that lie in none of some days, which are in order."""
    at = period.start
    for span in taken[max(0, bisect_right(taken, at, key=lambda one: one.start) - 1) :]:
        if span.start >= period.end:
            break
        if span.end is not None and span.end <= at:
            continue
        if span.start > at:
            yield Period(at, span.start)
        if span.end is None or span.end >= period.end:
            return
        at = span.end
    yield Period(at, period.end)


def periods(terms: Terms, since: date, until: date) -> Iterator[Billed]:
    """What is billed from `since` up to and with `until`, in the order of the days it stands for.

    Ahead, a period is billed on its first day, else on the day after its last. A span that begins or ends within a
    period is billed for the days that lie in it; `stub` says what becomes of those at its beginning.
    """
    for part in _parts(terms):
        for span in part.spans:
            yield from _of_span(part, span, since, until)


def _parts(terms: Terms) -> Iterator[Terms]:
    """The same by rhythm: each with the days it holds for."""
    if not terms.turns:
        yield terms
        return
    rhythms = [Turn(date.min, terms.rhythm), *terms.turns]
    ends = [turn.since for turn in terms.turns]
    for turn, end in zip(rhythms, [*ends, None], strict=True):
        within = tuple(_cut(terms.spans, turn.since, end))
        yield replace(terms, rhythm=turn.rhythm, spans=within, turns=())


def _cut(found: Iterable[Span], since: date, until: date | None) -> Iterator[Span]:
    for span in found:
        start = max(span.start, since)
        end = min(filter(None, (span.end, until)), default=None)
        if end is None or start < end:
            yield Span(start, end)


def _of_span(terms: Terms, span: Span, since: date, until: date) -> Iterator[Billed]:
    rhythm = terms.rhythm
    first = rhythm.number(span.start)
    # A part that waits for the next period is billed at the end of that, when the one after it begins.
    number = max(first, rhythm.number(since) - 2)
    while span.end is None or rhythm.begins(number) < span.end:
        billed = _billed(terms, span, number)
        if billed.bill_on > until:
            return
        if billed.bill_on >= since and not (terms.stub == "free" and number == first and _is_stub(billed)):
            yield billed
        number += 1


def _is_stub(billed: Billed) -> bool:
    """Whether it stands for days before a whole period."""
    return billed.period.start > billed.of.start


def _billed(terms: Terms, span: Span, number: int) -> Billed:
    whole, following = terms.rhythm.period(number), terms.rhythm.period(number + 1)
    billed = _within(span, whole, ahead=terms.ahead)
    goes_on = span.end is None or span.end > whole.end
    if terms.stub == "next" and _is_stub(billed) and goes_on:
        return Billed(billed.period, whole, _within(span, following, ahead=terms.ahead).bill_on)
    return billed


def _within(span: Span, whole: Period, *, ahead: bool) -> Billed:
    start = max(whole.start, span.start)
    end = whole.end if span.end is None else min(whole.end, span.end)
    return Billed(Period(start, end), whole, start if ahead else end)
