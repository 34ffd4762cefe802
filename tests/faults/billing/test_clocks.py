"""Clocks that jump a day either way, and days on which nobody was there: what is billed is dated by its own day."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import clock
from app.billing.models import BilledPeriod, BillingRun
from app.billing.service import run_posting, run_sending, running
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs import run_all
from app.jobs.models import Job
from app.jobs.outbox import run_due, take_rung
from app.jobs.perform import run
from app.jobs.schedule import insert_due
from app.messages.models import Message
from tests.faults.billing.subscribers import Crowd, a_crowd, audit_is_clean, exactly_once

MORNING = datetime(2026, 3, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    """What everybody takes for the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.says = MORNING
        monkeypatch.setattr("app.clock.now", lambda: self.says)
        monkeypatch.setattr("app.clock.today", lambda timezone: clock.day_in(self.says, timezone))


@pytest.fixture
def hands(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock, with small pieces. Messages are queued and go no further: drawing what they carry takes its time."""
    app.extensions["duely_tasks"]["messages.deliver"] = lambda context: None
    for module, name, size in ((running, "CLIENTS", 9), (run_posting, "CLIENTS", 6), (run_sending, "INVOICES", 9)):
        monkeypatch.setattr(module, name, size)
    return Clock(monkeypatch)


def all_done(crowd: Crowd) -> None:
    """Nothing is given up or forgotten: every run was posted, and nothing waits but messages for their time."""
    db.session.remove()
    assert {one.state for one in crowd.runs()} <= {"posted", "sent"}
    left = crowd.rows(Job, Job.task.like("billing.%"), Job.task != "billing.send", Job.state != "done")
    assert [(job.key, job.state, job.error) for job in left] == []


def jumps(crowd: Crowd, hands: Clock, seed: int, steps: int = 24) -> None:
    """Let the clock jump between any two pieces of work; some who have a piece in hand die of it."""
    chance = random.Random(seed)
    for step in range(steps):
        hands.says = MORNING + timedelta(minutes=step) + chance.choice((-1, 0, 0, 1)) * DAY
        insert_due()
        run_due(limit=chance.randint(1, 3))
        waiting = crowd.rows(Job, Job.task.like("billing.p%"), Job.state == "ready", Job.due_at <= clock.now())
        if waiting and chance.random() < 0.2:
            take_rung(Job, waiting[-1].id, clock.now())
        db.session.remove()
    # Then it is right again, and goes on as clocks do.
    for days in range(4):
        for minutes in (30, 40):
            hands.says = MORNING + days * DAY + timedelta(minutes=minutes)
            insert_due()
            run_all()
            db.session.remove()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_clock_that_jumps_a_day_either_way_bills_nothing_twice_and_loses_nothing(
    app: Flask, hands: Clock, seed: int
) -> None:
    crowd = a_crowd(app, 60)
    jumps(crowd, hands, seed)
    all_done(crowd)
    exactly_once(crowd, crowd.today())
    audit_is_clean(crowd)


@pytest.mark.long
def test_the_long_form_lets_many_clocks_jump(app: Flask, hands: Clock) -> None:
    for seed in range(100, 130):
        hands.says = MORNING
        crowd = a_crowd(app, 60)
        jumps(crowd, hands, seed, steps=40)
        all_done(crowd)
        exactly_once(crowd, crowd.today())


def rung_early(crowd: Crowd, task: str) -> None:
    """A worker that was rung for a job, on whose clock it is a day before its time."""
    [job] = crowd.rows(Job, Job.task == task, Job.state == "ready")
    db.session.remove()
    taken = take_rung(Job, job.id, clock.now(), crowd.business_id)
    assert taken is not None
    assert run(taken), "it is not tried again as if it had failed"


def test_a_worker_whose_clock_is_behind_puts_off_what_has_its_time(app: Flask, hands: Clock) -> None:
    """It was rung by somebody with another clock; the days of review and the hold are over all the same some time."""
    crowd = a_crowd(app, 20, review_days=1, hold_hours=2)
    run_id = crowd.start(crowd.today())
    run_all()
    assert crowd.state(run_id) == "review"
    rung_early(crowd, "billing.approve")
    assert crowd.state(run_id) == "review"
    hands.says = MORNING + DAY
    run_all()
    assert crowd.state(run_id) == "posted"
    hands.says = MORNING
    rung_early(crowd, "billing.send")
    assert crowd.state(run_id) == "posted"
    hands.says = MORNING + 2 * DAY
    run_all()
    assert crowd.state(run_id) == "sent"
    told = [message.object_id for message in crowd.rows(Message)]
    assert sorted(told) == sorted(invoice.id for invoice in crowd.rows(Invoice))
    assert told


def test_three_days_down_are_billed_when_they_are_over_each_dated_by_its_own_day(app: Flask, hands: Clock) -> None:
    crowd = a_crowd(app, 60)
    today = crowd.today()
    insert_due()
    run_all()
    exactly_once(crowd, today)
    hands.says = MORNING + 4 * DAY
    # The scheduler comes back, and so does a second one.
    insert_due()
    app.extensions.pop("duely_daily")
    insert_due()
    run_all()
    all_done(crowd)
    exactly_once(crowd, today + 4 * DAY)
    days = {row.issue_date for row in crowd.rows(Invoice, Invoice.issue_date > today)}
    assert days >= {today + number * DAY for number in (1, 2, 3, 4)}
    assert len(crowd.rows(BillingRun)) == 2
    assert {claim.state for claim in crowd.rows(BilledPeriod)} == {"billed"}
    audit_is_clean(crowd)
