"""Staff decide about reminders to come: leave one out, postpone it, send it now, hold them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Forbidden, Invalid, NotFound
from app.reminders import queries, service
from app.reminders.errors import AlreadyEnded, StepIsOver


def steps(days, invoice):
    """{days: its id} of the steps to come."""
    seen = queries.outlook(days.story.business_id, invoice, days.now)
    return {step.rung.days: step.rung.id for step in seen.steps} if seen else {}


def test_what_is_left_out_never_goes_out(days):
    invoice = days.invoice(0)
    service.skip(days.story.owner, invoice, steps(days, invoice)[0], now=days.now)
    assert days.sweep() == 0
    assert days.outcomes(invoice) == {0: "skipped"}
    with pytest.raises(StepIsOver):
        service.skip(days.story.owner, invoice, queries.rungs(days.story.business_id)[1].id, now=days.now)


def test_a_postponed_one_goes_out_on_its_new_day_and_once(days):
    invoice = days.invoice(0)
    until = days.today + timedelta(days=2)
    service.postpone(days.story.owner, invoice, steps(days, invoice)[0], until, now=days.now)
    assert days.sweep() == 0
    days.pass_by(2)
    assert (days.sweep(), days.sweep()) == (1, 0)


def test_sent_now_it_does_not_come_again_on_its_day(days):
    invoice = days.invoice(5)
    service.send_now(days.story.owner, invoice, steps(days, invoice)[-3], now=days.now)
    assert days.messages() == [("reminder_before", "email", "queued")]
    days.pass_by(2)
    assert days.sweep() == 0


def test_a_hold_on_the_client_or_the_invoice_holds_them_up(days):
    invoice, story = days.invoice(0), days.story
    until = days.today + timedelta(days=1)
    service.hold(story.owner, until, "They asked for time", now=days.now, client_id=story.client_id)
    other = service.hold(story.owner, until + timedelta(days=1), "", now=days.now, invoice_id=invoice)
    days.pass_by(1)
    assert days.sweep() == 0
    service.let_go(story.owner, other.id, now=days.now, invoice_id=invoice)
    assert days.sweep() == 0
    days.pass_by(1)
    assert days.sweep() == 1


@pytest.mark.parametrize("away", [-1, 366])
def test_holds_and_new_days_lie_within_a_year(days, away):
    invoice = days.invoice(0)
    day = days.today + timedelta(days=away)
    with pytest.raises(Invalid):
        service.hold(days.story.owner, day, "", now=days.now, invoice_id=invoice)
    with pytest.raises(Invalid):
        service.postpone(days.story.owner, invoice, steps(days, invoice)[0], day, now=days.now)


def test_things_of_another_business_do_not_exist(days, theirs):
    invoice = theirs.invoice(0)
    step = steps(theirs, invoice)[0]
    mine = days.story.owner
    for act in (
        lambda: service.skip(mine, invoice, step, now=days.now),
        lambda: service.postpone(mine, invoice, step, days.today + timedelta(days=1), now=days.now),
        lambda: service.send_now(mine, invoice, step, now=days.now),
        lambda: service.hold(mine, days.today, "", now=days.now, invoice_id=invoice),
        lambda: service.hold(mine, days.today, "", now=days.now, client_id=theirs.story.client_id),
        lambda: service.end_step(mine, step, now=days.now),
        lambda: service.begin_ladder(mine, now=days.now, client_id=theirs.story.client_id),
    ):
        with pytest.raises(NotFound):
            act()
    assert theirs.outcomes(invoice) == {}


def test_a_step_of_another_ladder_is_no_step_of_this_invoice(days, theirs):
    invoice = days.invoice(0)
    with pytest.raises(NotFound):
        service.skip(days.story.owner, invoice, steps(theirs, theirs.invoice(0))[0], now=days.now)
    service.begin_ladder(days.story.owner, now=days.now, client_id=days.story.client_id)
    usual = queries.rungs(days.story.business_id)[-1].id
    with pytest.raises(StepIsOver):
        service.skip(days.story.owner, invoice, usual, now=days.now)


def test_a_client_may_have_a_ladder_of_their_own(days):
    story = days.story
    service.begin_ladder(story.owner, now=days.now, client_id=story.client_id)
    own = queries.rungs(story.business_id, story.client_id)
    assert [rung.days for rung in own] == [-3, 0, 3, 10, 21]
    for rung in own[:-1]:
        service.end_step(story.owner, rung.id, now=days.now, client_id=story.client_id)
    invoice = days.invoice(0)
    assert list(steps(days, invoice)) == [21]
    service.end_ladder(story.owner, story.client_id, now=days.now)
    assert list(steps(days, invoice)) == [0, 3, 10, 21]


@pytest.mark.parametrize(
    ("step", "field"),
    [((-91, "", "reminder_due"), "days"), ((366, "", "reminder_due"), "days"), ((0, "", "reminder_due"), "days"),
     ((1, "pigeon", "reminder_due"), "channel"), ((1, "", "receipt"), "wording")],
)  # fmt: skip
def test_a_step_that_makes_no_sense_is_refused_beside_its_field(days, step, field):
    with pytest.raises(Invalid) as refused:
        service.add_step(days.story.owner, *step, now=days.now)
    assert list(refused.value.errors) == [field]


def test_staff_change_no_ladder_of_the_business(days):
    clerk = replace(days.story.owner, role="staff")
    with pytest.raises(Forbidden):
        service.add_step(clerk, 5, "", "reminder_overdue", now=days.now)
    with pytest.raises(Forbidden):
        service.add_holiday(clerk, days.today, "Eid", now=days.now)


def test_no_reminder_goes_out_on_a_holiday(days):
    service.add_holiday(days.story.owner, days.today, "Independence Day", now=days.now)
    days.invoice(0)
    assert days.sweep() == 0
    days.pass_by(1)
    assert days.sweep() == 1


def test_a_hold_stops_what_waits_in_the_outbox_and_not_what_is_sent_in_spite_of_it(days):
    story, later = days.story, days.now + timedelta(minutes=1)
    first, second = days.invoice(0), days.invoice(0)
    assert days.sweep() == 2
    service.hold(story.owner, days.today + timedelta(days=9), "", now=later, invoice_id=first)
    days.deliver()
    assert sorted(state for _, _, state in days.messages()) == ["cancelled", "sent"]
    service.hold(story.owner, days.today + timedelta(days=9), "", now=later, invoice_id=second)
    days.now = later + timedelta(minutes=1)
    service.send_now(story.owner, second, steps(days, second)[3], now=days.now)
    days.deliver()
    assert sorted(state for _, _, state in days.messages()) == ["cancelled", "sent", "sent"]


def to_come(days, invoice):
    """{days: the day it goes out} of the steps to come."""
    seen = queries.outlook(days.story.business_id, invoice, days.now)
    return {step.rung.days: step.on for step in seen.to_come} if seen else {}


def test_a_late_one_sent_early_takes_no_other_with_it(days):
    invoice = days.invoice(7)
    service.postpone(days.story.owner, invoice, steps(days, invoice)[3], days.today + timedelta(days=12), now=days.now)
    before = to_come(days, invoice)
    service.send_now(days.story.owner, invoice, steps(days, invoice)[21], now=days.now)
    assert to_come(days, invoice) == {n: on for n, on in before.items() if n != 21}
    sent = []
    for _ in range(40):
        days.pass_by(1)
        sent.append(days.sweep())
    assert sum(sent) == 4
    kinds = [kind for kind, _, _ in days.messages()]
    assert kinds == ["reminder_before", "reminder_before", "reminder_due", "reminder_overdue", "reminder_overdue"]


def test_after_the_last_one_was_said_nothing_that_says_less_goes_out(days):
    invoice = days.invoice(0)
    days.sweep()
    days.pass_by(1)
    service.send_now(days.story.owner, invoice, steps(days, invoice)[21], now=days.now)
    assert days.messages()[-1][0] == "reminder_last"
    assert to_come(days, invoice) == {}
    days.pass_by(2)
    assert days.sweep() == 0
    assert days.outcomes(invoice)[3] == "overtaken"


def test_one_whose_message_was_called_back_said_nothing(days):
    invoice = days.invoice(7)
    service.send_now(days.story.owner, invoice, steps(days, invoice)[21], now=days.now)
    later = days.now + timedelta(minutes=1)
    held = service.hold(days.story.owner, days.today, "", now=later, invoice_id=invoice)
    days.deliver()
    assert days.messages()[-1][2] == "cancelled"
    service.let_go(days.story.owner, held.id, now=later, invoice_id=invoice)
    assert list(to_come(days, invoice)) == [-3, 0, 3, 10]


def test_it_cannot_wait_for_a_day_on_which_a_later_one_takes_its_place(days):
    invoice = days.invoice(7)
    with pytest.raises(Invalid) as refused:
        service.postpone(
            days.story.owner, invoice, steps(days, invoice)[0], days.today + timedelta(days=10), now=days.now
        )
    assert list(refused.value.errors) == ["until"]
    assert len(to_come(days, invoice)) == 5


def test_a_hold_shows_only_what_goes_out_when_it_is_over(days):
    invoice = days.invoice(5)
    until = days.today + timedelta(days=10)
    service.hold(days.story.owner, until, "They asked for time", now=days.now, invoice_id=invoice)
    expected = {3: until + timedelta(days=1), 10: days.today + timedelta(days=15), 21: days.today + timedelta(days=26)}
    assert to_come(days, invoice) == expected
    seen = queries.outlook(days.story.business_id, invoice, days.now)
    assert [step.rung.days for step in seen.yielding] == [-3, 0]
    [held] = seen.holds
    assert (held.until, held.reason, held.by) == (until, "They asked for time", "Tolu Adé")
    days.pass_by(11)
    assert days.sweep() == 1
    assert days.outcomes(invoice) == {-3: "overtaken", 0: "overtaken", 3: "queued"}


def test_a_hold_on_the_client_is_lifted_from_an_invoice_it_holds_up_and_from_no_other(days, theirs):
    mine, story = days.invoice(5), days.story
    held = service.hold(story.owner, days.today, "", now=days.now, client_id=story.client_id).id
    with pytest.raises(NotFound):
        service.let_go(theirs.story.owner, held, now=days.now, invoice_id=theirs.invoice(5))
    with pytest.raises(NotFound):
        service.let_go(theirs.story.owner, held, now=days.now, invoice_id=mine)
    service.let_go(story.owner, held, now=days.now, invoice_id=mine)
    with pytest.raises(AlreadyEnded):
        service.let_go(story.owner, held, now=days.now, invoice_id=mine)
    other = service.hold(story.owner, days.today, "", now=days.now, invoice_id=days.invoice(5)).id
    with pytest.raises(NotFound):
        service.let_go(story.owner, other, now=days.now, invoice_id=mine)


def test_what_was_decided_counts_on_a_copy_of_the_ladder_and_on_the_way_back(days):
    story, invoice = days.story, days.invoice(5)
    service.skip(story.owner, invoice, steps(days, invoice)[3], now=days.now)
    waits = days.today + timedelta(days=6)
    service.postpone(story.owner, invoice, steps(days, invoice)[0], waits, now=days.now)
    before = to_come(days, invoice)
    service.begin_ladder(story.owner, now=days.now, client_id=story.client_id)
    assert to_come(days, invoice) == before
    service.skip(story.owner, invoice, steps(days, invoice)[10], now=days.now)
    service.end_ladder(story.owner, story.client_id, now=days.now)
    assert to_come(days, invoice) == {n: on for n, on in before.items() if n != 10}
    assert before[0] == waits


def test_a_copy_of_the_ladder_loses_nothing_that_is_held(days):
    story, invoice = days.story, days.invoice(0)
    days.pass_by(-2)
    service.hold(story.owner, days.today + timedelta(days=4), "", now=days.now, invoice_id=invoice)
    days.pass_by(3)
    before = to_come(days, invoice)
    service.begin_ladder(story.owner, now=days.now, client_id=story.client_id)
    assert to_come(days, invoice) == before
