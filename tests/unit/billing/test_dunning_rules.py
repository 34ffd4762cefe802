"""Whether a service may be cut today: one table of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.billing.rules.dunning import Case, Terms, late_fee, looks_deaf, too_many, verdict
from app.billing.rules.promises import outcome
from app.reminders.rules import Calendar, Owing, Past, Rung, plan

TODAY = date(2026, 3, 18)  # a Wednesday
CASE = Case("suspend", TODAY, date(2026, 3, 4), 100, "NGN", warned_on=date(2026, 3, 10))
TERMS = Terms(enabled=True)


@pytest.mark.parametrize(
    ("case", "terms", "does", "on"),
    [
        ({}, {}, "cut", TODAY),
        ({"on": date(2026, 3, 20)}, {}, "wait", date(2026, 3, 23)),
        ({"warned_on": None}, {}, "warn", date(2026, 3, 23)),
        ({"warned_on": None}, {"quiet_days": ""}, "warn", date(2026, 3, 21)),
        ({"warned_on": None, "on": date(2026, 3, 19)}, {}, "wait", date(2026, 3, 23)),
        ({"warned_on": None, "kind": "throttle"}, {}, "cut", TODAY),
        ({"warned_on": date(2026, 3, 16)}, {}, "wait", date(2026, 3, 19)),
        ({"warned_on": date(2026, 3, 15)}, {}, "cut", TODAY),
        ({"warned_on": None, "warning": "waits"}, {}, "wait", None),
        ({"warned_on": None, "warning": "failed"}, {}, "wait", None),
        ({}, {"enabled": False}, "spare", None),
        ({"tags": frozenset({"vip"})}, {"spared_tags": frozenset({"vip"})}, "spare", None),
        ({}, {"least_owed": {"NGN": 101}}, "spare", None),
        ({}, {"least_owed": {"NGN": 100, "USD": 999}}, "cut", TODAY),
        ({}, {"grace_days": 14}, "cut", TODAY),
        ({}, {"grace_days": 15}, "wait", date(2026, 3, 19)),
        ({}, {"quiet_days": "3"}, "wait", date(2026, 3, 19)),
    ],
)
def test_what_is_done_about_a_case(case, terms, does, on):
    said = verdict(replace(CASE, **case), replace(TERMS, **terms), frozenset(), TODAY)
    assert (said.does, said.on) == (does, on)
    assert said.does == "cut" or said.why.endswith(".")


def test_a_holiday_is_no_day_to_cut():
    said = verdict(CASE, TERMS, frozenset({TODAY, date(2026, 3, 19)}), TODAY)
    assert (said.does, said.on) == ("wait", date(2026, 3, 23))


@pytest.mark.parametrize(
    ("cuts", "active", "stops"), [(3, 3, False), (4, 40, False), (4, 39, True), (11, 100, True), (10, 100, False)]
)
def test_too_many_are_more_than_a_few_and_more_than_a_share(cuts, active, stops):
    assert bool(too_many(cuts, active, TERMS)) == stops


@pytest.mark.parametrize(("attempts", "heard", "deaf"), [(3, 0, True), (2, 0, False), (3, 1, False), (0, 0, False)])
def test_silence_after_several_tries_looks_like_missing_notices(attempts, heard, deaf):
    assert bool(looks_deaf(attempts, heard)) == deaf


@pytest.mark.parametrize(
    ("owed", "terms", "fee"),
    [
        (10_000, (Decimal("2.5"), None, None, None), 250),
        (10_030, (Decimal("2.5"), None, None, None), 251),
        (10_000, (Decimal(1), None, 500, None), 500),
        (10_000, (Decimal(50), None, None, 1_000), 1_000),
        (10_000, (None, 700, None, None), 700),
    ],
)
def test_what_a_late_fee_comes_to(owed, terms, fee):
    assert late_fee(owed, *terms) == fee


@pytest.mark.parametrize(
    ("came", "until", "owed", "said"),
    [
        (100, date(2026, 3, 20), True, "kept"),
        (99, date(2026, 3, 18), True, ""),
        (99, date(2026, 3, 17), True, "broken"),
        (0, date(2026, 3, 20), False, "moot"),
    ],
)
def test_a_promise_is_kept_by_what_came(came, until, owed, said):
    assert outcome(100, came, until, TODAY, owed=owed) == said


EVERY_DAY = Calendar("1234567")
DUE = date(2026, 3, 4)


def rung(kind, days, **more):
    import uuid

    return Rung(uuid.uuid4(), days, kind, kind, date(2026, 1, 1), kind, **more)


def states(today, rungs, past=None, **facts):
    owing = Owing(True, 100, date(2026, 2, 1), DUE, **({"serves": True, "currency": "NGN"} | facts))
    return {one.rung.kind: one.state for one in plan(owing, rungs, past or {}, EVERY_DAY, today)}


LADDER = [rung("late_fee", 5), rung("throttle", 10), rung("suspend", 12), rung("cancel", 14)]


@pytest.mark.parametrize(
    ("today", "facts", "found"),
    [
        (date(2026, 3, 9), {}, {"late_fee": "due", "throttle": "ahead", "suspend": "ahead", "cancel": "ahead"}),
        (TODAY, {}, {"late_fee": "due", "throttle": "due", "suspend": "waits", "cancel": "waits"}),
        (date(2026, 4, 18), {}, {"late_fee": "missed", "throttle": "due", "suspend": "waits", "cancel": "waits"}),
        (TODAY, {"serves": False}, {"late_fee": "due"}),
        (TODAY, {"is_fee": True}, {}),
        (TODAY, {"disputed": True}, {}),
        (TODAY, {"went_back": True}, {}),
        (TODAY, {"archived": True}, {}),
        (TODAY, {"wanted": False}, {"late_fee": "due", "throttle": "due", "suspend": "waits", "cancel": "waits"}),
    ],
)
def test_which_steps_are_due(today, facts, found):
    assert states(today, LADDER, **facts) == found


def test_a_cut_that_was_done_makes_way_for_the_next():
    past = {(10, "throttle"): Past("done")}
    assert states(TODAY, LADDER, past)["suspend"] == "due"
