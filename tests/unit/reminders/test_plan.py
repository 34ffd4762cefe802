"""Which reminders an invoice gets, and when: the one function behind the sweep, the timeline and the commands."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reminders.rules import CATCH_UP, Calendar, Known, Owing, Past, Planned, Rung, as_sent, days_words, plan

DUE = date(2026, 11, 18)  # a Wednesday
EVERY_DAY = Calendar("1234567")
LONG_AGO = date(2026, 1, 1)


def rung(days: int, channel: str = "", since: date = LONG_AGO) -> Rung:
    return Rung(uuid.uuid5(uuid.NAMESPACE_URL, f"{days}{channel}"), days, channel, "reminder_overdue", since)


LADDER = [rung(-3), rung(0), rung(3), rung(10)]


def owing(**changes: object) -> Owing:
    facts: dict[str, object] = {"open": True, "balance_minor": 100, "issued_on": date(2026, 11, 4), "due": DUE}
    return Owing(**(facts | changes))  # type: ignore[arg-type]


def said(steps: list[Planned]) -> list[tuple[int, date, str]]:
    return [(step.rung.days, step.on, step.state) for step in steps]


def at(today: date, **changes: object) -> list[tuple[int, date, str]]:
    asked: dict[str, object] = {"rungs": LADDER, "past": {}, "calendar": EVERY_DAY, "held_until": None}
    asked |= changes
    owes = asked.pop("owing", owing())
    return said(plan(owes, asked["rungs"], asked["past"], asked["calendar"], today, asked["held_until"]))  # type: ignore[arg-type]


def test_each_step_has_its_day():
    assert at(date(2026, 11, 10)) == [
        (-3, date(2026, 11, 15), "ahead"),
        (0, date(2026, 11, 18), "ahead"),
        (3, date(2026, 11, 21), "ahead"),
        (10, date(2026, 11, 28), "ahead"),
    ]


@pytest.mark.parametrize(
    "nothing",
    [{"open": False}, {"balance_minor": 0}, {"wanted": False}],
    ids=["void or a draft", "paid", "wants none"],
)
def test_it_stops_by_itself(nothing):
    assert at(DUE, owing=owing(**nothing)) == []


@pytest.mark.parametrize(
    ("issued_on", "days"),
    [(date(2026, 11, 4), [15, 18, 21, 28]), (DUE, [18, 21, 28]), (date(2026, 11, 20), [23, 30])],
    ids=["before it is due", "on the day", "after its due date"],
)
def test_days_after_the_due_date_count_from_the_day_of_issue_where_that_is_later(issued_on, days):
    steps = at(issued_on, owing=owing(issued_on=issued_on))
    assert [day for _, day, _ in steps] == [date(2026, 11, day) for day in days]
    assert {state for _, _, state in steps} <= ({"ahead", "due"} if issued_on == DUE else {"ahead"})


def test_after_days_without_a_sweep_only_the_last_of_those_due_goes_out():
    assert at(DUE + timedelta(days=4)) == [
        (-3, date(2026, 11, 15), "overtaken"),
        (0, date(2026, 11, 18), "overtaken"),
        (3, date(2026, 11, 21), "due"),
        (10, date(2026, 11, 28), "ahead"),
    ]


def test_two_channels_on_one_day_both_go_out():
    both = [rung(3, "email"), rung(3, "sms")]
    assert at(DUE + timedelta(days=3), rungs=both) == [(3, date(2026, 11, 21), "due")] * 2


def test_what_was_found_too_late_goes_out_no_more():
    late = DUE + timedelta(days=10) + CATCH_UP
    assert at(late)[-1][2] == "due"
    assert [state for _, _, state in at(late + timedelta(days=1))] == ["missed"] * 4


def test_what_went_out_or_was_left_out_does_not_come_again():
    past = {(LADDER[1].days, ""): Past("queued"), (LADDER[2].days, ""): Past("skipped")}
    assert [days for days, _, _ in at(DUE - timedelta(days=5), past=past)] == [-3, 10]


def out(step: Rung, on: date, said: str = "reminder_overdue") -> Known:
    """Past of a step that went out on a day in the words of a kind."""
    return {(step.days, step.channel): Past("queued", days=step.days, said=said, on=on)}


def test_a_late_one_that_went_out_early_leaves_the_others_on_their_days():
    early = out(LADDER[3], date(2026, 11, 10), "reminder_before")
    assert at(date(2026, 11, 10), past=early) == [
        (-3, date(2026, 11, 15), "ahead"),
        (0, date(2026, 11, 18), "ahead"),
        (3, date(2026, 11, 21), "ahead"),
    ]


def test_what_would_say_less_than_was_said_yields_and_what_stands_later_stays():
    last = out(LADDER[2], DUE + timedelta(days=1), "reminder_last")
    postponed = {(0, ""): Past("postponed", DUE + timedelta(days=5))}
    assert at(DUE + timedelta(days=1), past={**last, **postponed}) == [
        (-3, date(2026, 11, 15), "overtaken"),
        (0, date(2026, 11, 23), "yields"),
        (10, date(2026, 11, 28), "ahead"),
    ]


def test_nobody_gets_a_last_reminder_on_two_days():
    """Not after the ladder was changed, nor where it has two: only by several channels on one day."""
    last = [replace(rung(days, channel), wording="reminder_last") for days, channel in ((3, ""), (10, ""), (10, "sms"))]
    day = DUE + timedelta(days=10)
    changed = at(day, rungs=last[1:], past=out(last[0], DUE + timedelta(days=3), "reminder_last"))
    assert [state for _, _, state in changed] == ["overtaken", "overtaken"]
    assert [state for _, _, state in at(DUE, rungs=last)] == ["ahead", "yields", "yields"]
    assert [state for _, _, state in at(day, rungs=last[1:])] == ["due", "due"]
    assert [state for _, _, state in at(day, rungs=last[1:], past=out(last[1], day, "reminder_last"))] == ["due"]


def test_one_whose_day_was_over_when_a_later_one_went_out_yields_to_it():
    """Sent by hand on the morning of the day on which another one was to go out."""
    assert at(DUE, past=out(LADDER[3], DUE, "reminder_due"))[1:] == [
        (0, DUE, "overtaken"),
        (3, date(2026, 11, 21), "ahead"),
    ]


def test_a_postponed_one_goes_out_even_after_a_later_one_that_said_no_more():
    postponed = {(0, ""): Past("postponed", DUE + timedelta(days=5))}
    later = out(LADDER[2], DUE + timedelta(days=3))
    assert (0, date(2026, 11, 23), "ahead") in at(DUE + timedelta(days=4), past={**postponed, **later})


def test_a_postponed_one_yields_to_a_later_one_of_the_same_day():
    postponed = {(0, ""): Past("postponed", DUE + timedelta(days=3))}
    assert at(DUE, past=postponed) == [
        (-3, date(2026, 11, 15), "due"),
        (0, date(2026, 11, 21), "yields"),
        (3, date(2026, 11, 21), "ahead"),
        (10, date(2026, 11, 28), "ahead"),
    ]


def test_a_copy_of_a_step_on_another_ladder_is_the_same_step():
    copies = [replace(one, id=uuid.uuid4()) for one in LADDER]
    assert [days for days, _, _ in at(date(2026, 11, 10), rungs=copies, past={(0, ""): Past("skipped")})] == [-3, 3, 10]


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("day", range(-10, 12))
def test_whichever_is_sent_by_hand_whenever_the_steps_behind_it_still_come(first, day):
    """Only what stands before it may yield; the invoice is never left alone because one was sent early."""
    today = DUE + timedelta(days=day)
    before = plan(owing(), LADDER, {}, EVERY_DAY, today)
    if LADDER[first].days not in [one.rung.days for one in before if one.goes_out]:
        return
    after = plan(owing(), LADDER, as_sent(LADDER[first], DUE, today), EVERY_DAY, today)
    stays = {one.rung.days: one.on for one in after if one.goes_out}
    assert all(stays[one.rung.days] == one.on for one in before if one.goes_out and one.rung.days > LADDER[first].days)
    assert all(stays.get(one.rung.days, one.on) == one.on for one in before)


def test_a_postponed_one_waits_for_its_day():
    past = {(LADDER[1].days, ""): Past("postponed", DUE + timedelta(days=2))}
    steps = at(DUE, past=past)
    assert (0, date(2026, 11, 20), "ahead") in steps
    assert (0, date(2026, 11, 20), "due") in at(date(2026, 11, 20), past=past)


def test_steps_from_before_the_invoice_or_the_ladder_do_not_count():
    assert [days for days, _, _ in at(DUE, owing=owing(issued_on=DUE))] == [0, 3, 10]
    assert [days for days, _, _ in at(DUE, rungs=[rung(-3, since=DUE), rung(0, since=DUE)])] == [0]


def test_days_off_move_a_step_back_before_the_due_date_and_on_after_it():
    week = Calendar("12345", frozenset({date(2026, 11, 23)}))
    assert at(date(2026, 11, 10), calendar=week) == [
        (-3, date(2026, 11, 13), "ahead"),  # a Sunday: the Friday before
        (0, date(2026, 11, 18), "ahead"),
        (3, date(2026, 11, 24), "ahead"),  # a Saturday, and the Monday is a holiday
        (10, date(2026, 11, 30), "ahead"),
    ]


def test_a_step_is_not_moved_to_before_the_invoice_was_issued():
    issued = owing(issued_on=date(2026, 11, 15))
    assert at(date(2026, 11, 15), owing=issued, calendar=Calendar())[0] == (-3, date(2026, 11, 16), "ahead")


def test_a_hold_moves_what_falls_into_it_behind_its_last_day():
    until = DUE + timedelta(days=3)
    assert at(DUE, held_until=until) == [
        (-3, date(2026, 11, 22), "yields"),
        (0, date(2026, 11, 22), "yields"),
        (3, date(2026, 11, 22), "ahead"),
        (10, date(2026, 11, 28), "ahead"),
    ]
    assert [state for _, _, state in at(date(2026, 11, 22), held_until=until)] == [
        "overtaken", "overtaken", "due", "ahead",
    ]  # fmt: skip


def test_a_business_that_never_works_still_reminds():
    assert at(DUE, calendar=Calendar(""))[1] == (0, DUE, "due")


def test_days_in_words():
    assert [days_words(days) for days in (-3, -1, 0, 1, 10)] == [
        "3 days before the due date",
        "1 day before the due date",
        "on the due date",
        "1 day after the due date",
        "10 days after the due date",
    ]


@given(
    days=st.lists(st.integers(-20, 40), unique=True, max_size=6),
    workdays=st.sampled_from(["12345", "1234567", "7", "135"]),
    off=st.frozensets(st.dates(date(2026, 10, 20), date(2027, 1, 10)), max_size=8),
    gaps=st.lists(st.integers(1, 9), min_size=5, max_size=40),
)
def test_swept_on_any_days_each_step_goes_out_once_or_is_overtaken(days, workdays, off, gaps):
    """Whatever days the sweep runs on, nothing goes out twice, nothing before its day, and nothing is forgotten."""
    rungs, calendar = [rung(n) for n in days], Calendar(workdays, off)
    past: dict[tuple[int, str], Past] = {}
    today, gone = date(2026, 11, 4), []
    for gap in [*gaps, 400, 1]:
        for step in plan(owing(), rungs, past, calendar, today):
            if step.state in ("ahead", "yields"):
                assert step.on > today
                continue
            assert step.on <= today
            assert (step.rung.days, "") not in past
            past[step.rung.days, ""] = Past("queued" if step.state == "due" else step.state)
            if step.state == "due":
                gone.append((today, step.rung.days))
        today += timedelta(days=gap)
    counted = [n for n in days if DUE + timedelta(days=n) >= date(2026, 11, 4)]
    assert plan(owing(), rungs, past, calendar, today) == []
    assert len(past) >= len(counted)
    assert len({day for day, _ in gone}) == len(gone)
    assert [n for _, n in gone] == sorted(n for _, n in gone)


def test_an_archived_client_has_no_plan_and_once_brought_back_what_is_due_goes_out() -> None:
    assert at(DUE + timedelta(3), owing=owing(archived=True)) == []
    assert [state for _, _, state in at(DUE + timedelta(3))] == ["overtaken", "overtaken", "due", "ahead"]


@pytest.mark.parametrize("trouble", ["went_back", "disputed"])
def test_where_money_is_talked_about_each_step_waits_for_a_hand(trouble: str) -> None:
    steps = at(DUE + timedelta(3), owing=owing(**{trouble: True}))
    assert [(days, state) for days, _, state in steps] == [(3, "by_hand"), (10, "by_hand")]
    assert at(DUE + timedelta(60), owing=owing(**{trouble: True})) == []
    assert owing(**{trouble: True}).rests


def test_where_nothing_is_wrong_nothing_rests() -> None:
    assert owing().rests == ""
    assert at(DUE, owing=owing(went_back=True, archived=True)) == []
