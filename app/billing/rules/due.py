"""The periods that are due of very many subscriptions: what several have in common is worked out once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from app.billing.rules.calendar import Cycle, Period, Rhythm
from app.billing.rules.periods import Billed, Span, Terms, joined, periods, rests, spans

FAR = timedelta(days=366 * 6)
"""How far ahead the next period is looked for: further than the longest cycle."""
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366}
_MONTHS, _DAYS = 24_000, 730_000
"""January 2000 and a day of that year: where the rhythms that are told apart begin."""


Agreed = tuple[str, int, date, int, bool, str]
"""What the periods of something depend on: the unit and the count of its cycle, the day it is anchored on and the day
of the month it wishes for, whether it is billed ahead, and what becomes of a part at its beginning."""
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366}


def due(terms: Terms, since: date, until: date) -> tuple[Billed, ...]:
    """What `periods` tells for these days, in the order in which it is billed."""
    if terms.turns:
        return _due(terms, since, until)
    rhythm, spans = _same(terms.rhythm), terms.spans
    if len(spans) == 1:
        # Where it began long ago is nothing that its periods of today depend on.
        early = rhythm.begins(rhythm.number(since) - 3)
        if spans[0].start < early:
            spans = (Span(early, spans[0].end),)
    return _due(Terms(rhythm, spans, terms.ahead, terms.stub), since, until)


def left(
    terms: Terms, claimed: Sequence[Span], since: date, until: date, *, complete: bool = True
) -> tuple[Billed, ...]:
    """The same without days that were claimed. `claimed` is `complete`, or says nothing of what is billed before
    `since`: then nothing is left of that."""
    if not claimed:
        return due(terms, since, until)
    # Of a period that was claimed in part the rest is billed later than its first day.
    early = since - timedelta(days=_longest(terms)) if complete else since
    taken = joined(claimed)
    parts = (part for one in due(terms, early, until) for part in rests(terms, one, taken, until))
    return tuple(sorted(parts, key=lambda one: (one.bill_on, one.period.start)))


def cut(billed: Billed, on: date) -> tuple[Billed, ...]:
    """The days before a day and those from it on, each billed as it was to be."""
    period = billed.period
    if not period.start < on < period.end:
        return (billed,)
    return tuple(Billed(part, billed.of, billed.bill_on) for part in (Period(period.start, on), Period(on, period.end)))


def first_open(
    terms: Terms, claimed: Sequence[Span], since: date, until: date, *, complete: bool = True
) -> date | None:
    """The day on which the first period that nobody claimed is billed, on or after `since`; None when there is none.

    It is looked for beyond `until`, the last day on which something is claimed.
    """
    for last in (until + timedelta(days=62), max([until, *(span.start for span in terms.spans)]) + FAR):
        if found := left(terms, claimed, since, last, complete=complete):
            return found[0].bill_on
    return None


def due_of_many(agreed: Agreed, start: date, end: date | None, since: date, until: date) -> tuple[Billed, ...]:
    """`due` of something without pauses that is paid for from `start` up to and without `end`.

    It is asked for very many of which nearly all have the same days, so the answers are remembered.
    """
    longest = agreed[1] * _LONGEST[agreed[0]]
    long_ago = (since - start).days > 4 * longest
    return _of_many(agreed, None if long_ago else start, end, since, until)


def _longest(terms: Terms) -> int:
    cycles = [terms.rhythm.cycle, *(turn.rhythm.cycle for turn in terms.turns)]
    return max(_LONGEST[cycle.unit] * cycle.count for cycle in cycles)


@lru_cache(maxsize=20_000)
def _of_many(agreed: Agreed, start: date | None, end: date | None, since: date, until: date) -> tuple[Billed, ...]:
    unit, count, anchor_on, anchor_day, ahead, stub = agreed
    rhythm = Rhythm(Cycle(unit, count), anchor_on, anchor_day)
    first = start or rhythm.begins(rhythm.number(since) - 3)
    return due(Terms(rhythm, spans(first, end, ()), ahead, stub), since, until)  # type: ignore[arg-type]


@lru_cache(maxsize=20_000)
def _due(terms: Terms, since: date, until: date) -> tuple[Billed, ...]:
    return tuple(sorted(periods(terms, since, until), key=lambda one: (one.bill_on, one.period.start)))


@lru_cache(maxsize=5_000)
def _same(rhythm: Rhythm) -> Rhythm:
    """The one among all rhythms with the same days that is worked with."""
    anchor = rhythm.anchor
    if days := rhythm.cycle.days:
        first = _DAYS + (anchor.toordinal() - _DAYS) % days
        return Rhythm(rhythm.cycle, date.fromordinal(first), 1)
    months = _MONTHS + (anchor.year * 12 + anchor.month - 1 - _MONTHS) % rhythm.cycle.months
    return Rhythm(rhythm.cycle, date(months // 12, months % 12 + 1, 1), rhythm.day)
