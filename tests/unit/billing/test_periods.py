"""Every day that is paid for lies in exactly one period, and every period is billed on one day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import (
    Cycle,
    Period,
    Rhythm,
    Span,
    Terms,
    Turn,
    next_unbilled,
    part_of,
    periods,
    rhythm_from,
    share,
    spans,
    unclaimed,
)
from app.billing.rules.prorating import Share

MONTHLY = Rhythm(Cycle("month"), date(2026, 4, 1), 1)
START = date(2026, 3, 20)


def billed(terms, since="2026-01-01", until="2026-06-15"):
    found = periods(terms, date.fromisoformat(since), date.fromisoformat(until))
    return [(str(one.period.start), str(one.period.end), str(one.bill_on)) for one in found]


STUB = ("2026-03-20", "2026-04-01")
APRIL, MAY, JUNE = ("2026-04-01", "2026-05-01"), ("2026-05-01", "2026-06-01"), ("2026-06-01", "2026-07-01")


@pytest.mark.parametrize(
    "ahead, stub, expected",
    [
        (True, "now", [(*STUB, "2026-03-20"), (*APRIL, "2026-04-01"), (*MAY, "2026-05-01"), (*JUNE, "2026-06-01")]),
        (True, "next", [(*STUB, "2026-04-01"), (*APRIL, "2026-04-01"), (*MAY, "2026-05-01"), (*JUNE, "2026-06-01")]),
        (True, "free", [(*APRIL, "2026-04-01"), (*MAY, "2026-05-01"), (*JUNE, "2026-06-01")]),
        (False, "now", [(*STUB, "2026-04-01"), (*APRIL, "2026-05-01"), (*MAY, "2026-06-01")]),
        (False, "next", [(*STUB, "2026-05-01"), (*APRIL, "2026-05-01"), (*MAY, "2026-06-01")]),
        (False, "free", [(*APRIL, "2026-05-01"), (*MAY, "2026-06-01")]),
    ],
)
def test_the_days_before_the_first_whole_period(ahead, stub, expected):
    assert billed(Terms(MONTHLY, (Span(START),), ahead, stub)) == expected


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("stub", ["now", "next", "free"])
def test_who_begins_on_the_day_has_no_part_of_a_period(ahead, stub):
    found = billed(Terms(MONTHLY, (Span(date(2026, 4, 1)),), ahead, stub))
    assert [one[:2] for one in found] == [APRIL, MAY] + [JUNE] * ahead


def test_what_ends_within_a_period_is_billed_for_its_days():
    terms = Terms(MONTHLY, (Span(date(2026, 4, 1), date(2026, 5, 11)),))
    assert billed(terms) == [(*APRIL, "2026-04-01"), ("2026-05-01", "2026-05-11", "2026-05-01")]
    arrears = Terms(MONTHLY, (Span(date(2026, 4, 1), date(2026, 5, 11)),), ahead=False)
    assert billed(arrears) == [(*APRIL, "2026-05-01"), ("2026-05-01", "2026-05-11", "2026-05-11")]


def test_what_ends_before_the_first_whole_period_waits_for_none():
    for ahead, day in ((True, "2026-03-20"), (False, "2026-03-25")):
        terms = Terms(MONTHLY, (Span(START, date(2026, 3, 25)),), ahead, "next")
        assert billed(terms) == [("2026-03-20", "2026-03-25", day)]


def test_a_part_that_waits_is_billed_when_the_next_ends_early():
    terms = Terms(MONTHLY, (Span(START, date(2026, 4, 11)),), ahead=False, stub="next")
    assert billed(terms) == [(*STUB, "2026-04-11"), ("2026-04-01", "2026-04-11", "2026-04-11")]


def test_paused_days_are_not_billed():
    terms = Terms(MONTHLY, (Span(date(2026, 4, 1), date(2026, 5, 1)), Span(date(2026, 6, 10))))
    assert billed(terms) == [(*APRIL, "2026-04-01"), ("2026-06-10", "2026-07-01", "2026-06-10")]


def test_only_what_is_billed_in_the_window_is_named():
    terms = Terms(MONTHLY, (Span(START),), stub="next")
    assert billed(terms, "2026-04-01", "2026-04-30") == [(*STUB, "2026-04-01"), (*APRIL, "2026-04-01")]
    assert billed(terms, "2026-04-02", "2026-04-30") == []
    assert billed(terms, "2031-01-01", "2031-01-01") == [("2031-01-01", "2031-02-01", "2031-01-01")]


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
CYCLES = st.one_of(
    st.builds(Cycle, st.just("day"), st.integers(1, 40)),
    st.builds(Cycle, st.just("week"), st.integers(1, 5)),
    st.builds(Cycle, st.just("month"), st.integers(1, 12)),
    st.builds(Cycle, st.just("year"), st.integers(1, 2)),
)


@st.composite
def agreements(draw):
    cycle, start = draw(CYCLES), draw(DAYS)
    highest = {"day": 31, "week": 7}.get(cycle.unit, 31)
    day = draw(st.none() | st.integers(1, highest))
    lengths = draw(st.lists(st.integers(1, 200), min_size=1, max_size=5))
    spans, at = [], start
    for index, length in enumerate(lengths):
        if index % 2 == 0:
            spans.append(Span(at, at + timedelta(days=length)))
        at += timedelta(days=length)
    if draw(st.booleans()):
        spans[-1] = Span(spans[-1].start)
    stub = draw(st.sampled_from(["now", "next", "free"]))
    return Terms(rhythm_from(cycle, start, day=day), tuple(spans), draw(st.booleans()), stub)


@given(agreements())
def test_every_day_that_is_paid_for_is_billed_once(terms):
    begin, horizon = terms.spans[0].start, terms.spans[-1].start + timedelta(days=900)
    found = list(periods(terms, begin, horizon))
    assert len({one.period.start for one in found}) == len(found), "the key of a period"
    days = [one.period.start + timedelta(days=n) for one in found for n in range(one.period.days)]
    assert len(days) == len(set(days)), "a day was billed twice"
    paid = {
        span.start + timedelta(days=n) for span in terms.spans for n in range(((span.end or horizon) - span.start).days)
    }
    assert set(days) - {day for day in days if day >= horizon} <= paid
    if terms.stub != "free" and terms.spans[-1].end:
        assert set(days) == paid
    for one in found:
        assert one.of.start <= one.period.start < one.period.end <= one.of.end


@given(agreements(), st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_looking_often_finds_the_same_as_looking_once(terms, steps):
    begin = terms.spans[0].start
    at, often = begin, []
    for step in steps:
        until = at + timedelta(days=step - 1)
        often += list(periods(terms, at, until))
        at += timedelta(days=step)
    once = list(periods(terms, begin, at - timedelta(days=1)))
    assert sorted(often, key=lambda one: one.period.start) == sorted(once, key=lambda one: one.period.start)


@given(agreements(), st.lists(st.tuples(st.integers(0, 700), st.integers(1, 60)), max_size=8), st.none() | agreements())
def test_what_nobody_claimed_comes_in_the_order_in_which_it_is_billed(terms, claims, later):
    begin = terms.spans[0].start
    if later is not None:
        terms = replace(terms, turns=(Turn(begin + timedelta(days=50), later.rhythm),))
    claimed = [Span(begin + timedelta(days=at), begin + timedelta(days=at + days)) for at, days in claims]
    found = list(unclaimed(terms, claimed, begin, begin + timedelta(days=900)))
    assert found == sorted(found, key=lambda one: (one.bill_on, one.period.start))


# --- what a part costs -----------------------------------------------------------------------------------------------

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def test_a_part_is_priced_by_its_days():
    twelve = share(Period(date(2026, 3, 20), date(2026, 4, 1)), MARCH)
    assert (twelve, str(twelve)) == (Share(12, 31), "12 of 31 days")
    assert part_of(1_500_000, twelve) == 580_645  # 12 / 31 x 15,000.00 = 5,806.451...
    assert part_of(1_000_000, Share(31, 31)) == 1_000_000


def test_days_outside_of_the_period_do_not_count():
    assert share(Period(date(2026, 2, 1), date(2026, 3, 11)), MARCH) == Share(10, 31)
    assert share(Period(date(2026, 5, 1), date(2026, 5, 11)), MARCH) == Share(0, 31)


@given(st.integers(0, 10**12), st.integers(1, 31), st.integers(0, 31))
def test_a_part_and_the_rest_differ_from_the_whole_by_a_unit_at_most(minor, of, days):
    days = min(days, of)
    both = part_of(minor, Share(days, of)) + part_of(minor, Share(of - days, of))
    assert 0 <= both - minor <= 1


# --- pauses, and what comes next -------------------------------------------------------------------------------------


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    "end, pauses, expected",
    [
        (None, [], [(0, None)]),
        (30, [], [(0, 30)]),
        (None, [(10, None)], [(0, 10)]),
        (None, [(10, 20)], [(0, 10), (20, None)]),
        (30, [(10, 20)], [(0, 10), (20, 30)]),
        (30, [(10, 40)], [(0, 10)]),
        (30, [(40, 50)], [(0, 30)]),
        (30, [(0, 5), (5, 8)], [(8, 30)]),
        (30, [(12, 15), (3, 14)], [(0, 3), (15, 30)]),
        (10, [(0, 10)], []),
        (None, [(0, None)], []),
    ],
)
def test_pauses_lie_between_the_days_that_are_paid_for(end, pauses, expected):
    def span(start, end):
        return Span(day(start), None if end is None else day(end))

    found = spans(day(0), None if end is None else day(end), [span(*pause) for pause in pauses])
    assert found == tuple(span(*one) for one in expected)


def test_the_next_period_is_the_first_that_nobody_claimed():
    terms = Terms(MONTHLY, (Span(START),))
    far = date(2027, 1, 1)
    assert next_unbilled(terms, (), START, far).period.start == START
    march, may = Span(START, date(2026, 4, 1)), Span(date(2026, 5, 1), date(2026, 6, 1))
    assert next_unbilled(terms, (march,), START, far).period.start == date(2026, 4, 1)
    assert next_unbilled(terms, (march, may), START, far).period.start == date(2026, 4, 1)
    assert next_unbilled(Terms(MONTHLY, ()), (), START, far) is None
