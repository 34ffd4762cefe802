"""Which periods of a subscription are billed, and on which day. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
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
class Terms:
    """What was agreed on. `spans` are the days that are paid for, in order: a pause lies between two of them."""

    rhythm: Rhythm
    spans: tuple[Span, ...]
    ahead: bool = True
    stub: Stub = "now"


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


def next_unbilled(terms: Terms, claimed: Container[date], since: date, horizon: date) -> Billed | None:
    """The first period that nobody has claimed by its first day, of those billed from `since` to `horizon`."""
    # Within a span they come in the order in which they are billed, so its first is all there is to look for.
    firsts = []
    for span in terms.spans:
        unbilled = (one for one in _of_span(terms, span, since, horizon) if one.period.start not in claimed)
        firsts += [one for one in (next(unbilled, None),) if one]
    return min(firsts, key=lambda one: (one.bill_on, one.period.start), default=None)


def periods(terms: Terms, since: date, until: date) -> Iterator[Billed]:
    """What is billed from `since` up to and with `until`, in the order of the days it stands for.

    Ahead, a period is billed on its first day, else on the day after its last. A span that begins or ends within a
    period is billed for the days that lie in it; `stub` says what becomes of those at its beginning.
    """
    for span in terms.spans:
        yield from _of_span(terms, span, since, until)


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
