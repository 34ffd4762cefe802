"""Tasks say how patient they are, put work off without losing it, hold on to what takes long and tell how far it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app import clock, jobs
from app.database import writing
from app.errors import Unavailable
from app.extensions import db
from app.jobs import perform
from app.jobs.checks import nothing_is_forgotten
from app.jobs.outbox import LEASE, register, run_due, take
from app.jobs.tasks import title_of
from tests.integration.frame import chores
from tests.integration.frame.chores import ask, done, expire, row
from tests.support.queues import queue_up

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENT = jobs.Retry(longest=120, give_up_after=24 * 3600)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def ahead(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hands(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def vendor(call: Callable, retry: jobs.Retry = PATIENT, **steps: Callable) -> jobs.VendorTask:
    """A task that only calls."""
    steps = {"prepare": lambda context: context, "record": lambda *_: chores.add_one("recorded"), **steps}
    return jobs.VendorTask(call=call, retry=retry, **steps)


# -- patience ----------------------------------------------------------------------------------------------------------


def test_messages_that_queued_up_are_out_ten_minutes_after_an_outage_of_an_hour(app, business_id, hands):
    back, sent = NOON + timedelta(hours=1), []

    def call(context):
        if clock.now() < back:
            raise chores.VendorIsDown("no answer")
        sent.append(clock.now())

    register({"chores.mail": vendor(call)})
    # Forty stand for a thousand: what each of them waits is the same.
    queue_up(business_id, 40, task="chores.mail", due=[NOON] * 40)
    while hands.now < back + timedelta(minutes=10):
        run_due(limit=1000)
        hands.ahead(seconds=30)
    assert len(sent) == 40
    assert max(sent) <= back + timedelta(seconds=120 + 30)


def test_the_last_try_is_made_when_the_patience_ends_and_knows_it(app, business_id, hands):
    heard = []
    failed = lambda context, _prepared, _error, final: heard.append((clock.now(), context.last, final))  # noqa: E731
    register({"chores.mail": vendor(_down, jobs.Retry(longest=600, give_up_after=3600), failed=failed)})
    ask("chores.mail", "monday", business_id)
    while row("monday").state == "ready":
        hands.now = max(hands.now, row("monday").due_at)
        assert run_due() == 1
    assert heard[-1] == (NOON + timedelta(hours=1), True, True)
    assert {one[1:] for one in heard[:-1]} == {(False, False)}
    assert len(heard) > 6


def test_a_task_may_give_up_sooner(app, business_id):
    def tumble(_context):
        raise RuntimeError("again")

    register({"chores.tumble": jobs.LocalTask(tumble, jobs.Retry(times=2))})
    ask("chores.tumble", "monday", business_id)
    for state in ("ready", "parked"):
        expire("monday", clock.now())
        run_due()
        assert row("monday").state == state


def test_no_wait_is_longer_than_the_task_says():
    random.seed(7)
    waits = [PATIENT.next_try(60, NOON, NOON) - NOON for _ in range(500)]
    assert timedelta(seconds=100) < max(waits) <= timedelta(seconds=120)
    assert min(waits) < timedelta(seconds=20)


def _down(_prepared):
    raise chores.VendorIsDown("no answer")


# -- what people read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (chores.VendorIsDown("The mail server does not answer."), "The mail server does not answer."),
        (Unavailable("The bank cannot be reached."), "The bank cannot be reached."),
        (RuntimeError("psycopg.OperationalError at 0x7f"), "Something on our side failed while doing this."),
    ],
)
def test_why_it_failed_is_said_in_words_that_were_written_for_people(app, business_id, error, words):
    def fail(_context):
        raise error

    register({"chores.fail": fail})
    ask("chores.fail", "monday", business_id)
    run_due()
    assert row("monday").reason == words
    ours = not isinstance(error, RuntimeError)
    assert (str(error) in row("monday").error) is ours, "what others say stands in the log alone"


def test_a_task_is_called_what_people_call_it(app):
    register({}, {"chores.sweep": "Sweep the floor"})
    assert title_of("chores.sweep") == "Sweep the floor"
    assert title_of("chores.water_plants") == "Water plants"
    assert title_of("") == "Background work"


# -- not now -----------------------------------------------------------------------------------------------------------


def not_now(_anything):
    raise jobs.Later(1800, "The mail server has a break.")


@pytest.mark.parametrize(
    "task",
    [not_now, vendor(not_now), vendor(lambda _: None, prepare=not_now)],
    ids=["a function", "call", "prepare"],
)
def test_what_is_put_off_waits_neither_failed_nor_crashed_and_says_why(app, business_id, hands, task):
    register({"chores.wait": task})
    ask("chores.wait", "monday", business_id)
    for times in range(1, 16):
        assert run_due() == 1
        job = row("monday")
        assert (job.state, job.failures, job.crashes, job.put_offs) == ("ready", 0, 0, times)
        assert job.reason == "The mail server has a break."
        assert job.due_at == hands.now + timedelta(minutes=30)
        hands.ahead(minutes=29)
        assert run_due() == 0
        hands.ahead(minutes=1)


def test_what_a_task_did_before_it_put_itself_off_is_undone(app, business_id):
    def begin(_context):
        chores.add_one("begun")
        raise jobs.Later(60, "Half the work is missing.")

    register({"chores.begin": begin})
    ask("chores.begin", "monday", business_id)
    run_due()
    assert done("begun") == 0


def test_what_was_put_off_is_not_forgotten_and_ends_like_any_other(app, business_id, hands):
    answers = iter([jobs.Later(3 * 3600, "Not at night."), None])

    def call(_prepared):
        if error := next(answers):
            raise error

    register({"chores.wait": vendor(call)})
    ask("chores.wait", "monday", business_id)
    run_due()
    hands.ahead(hours=2)
    assert list(nothing_is_forgotten(business_id, hands.now)) == []
    hands.ahead(hours=2)
    run_due()
    assert (row("monday").state, row("monday").reason, done("recorded")) == ("done", "", 1)


def test_a_job_that_is_put_off_again_and_again_still_gives_up_when_it_then_fails(app, business_id, hands):
    answers = iter([jobs.Later(24 * 3600, "Not today."), chores.VendorIsDown("no answer")])

    def call(_prepared):
        raise next(answers)

    register({"chores.wait": vendor(call)})
    ask("chores.wait", "monday", business_id)
    run_due()
    hands.ahead(hours=24)
    run_due()
    assert row("monday").state == "parked"


def test_who_lost_the_lease_cannot_put_off_either(app, business_id):
    def taken_over(_prepared):
        expire("monday", clock.now())
        assert take(clock.now()) is not None
        raise jobs.Later(60, "Too late.")

    register({"chores.wait": vendor(taken_over)})
    ask("chores.wait", "monday", business_id)
    run_due(limit=1)
    assert (row("monday").state, row("monday").attempts, row("monday").put_offs) == ("running", 2, 0)


# -- long work ---------------------------------------------------------------------------------------------------------


def test_long_work_keeps_its_lease_and_tells_how_far_it_is(app, business_id, hands):
    seen = []

    def call(context):
        for part in jobs.each_part(context, ["a", "b", "c"]):
            job = row("monday")
            seen.append((part, job.progress_done, job.progress_total, job.due_at - hands.now))
            # Longer than one lease altogether, but no part is.
            hands.ahead(seconds=LEASE.total_seconds() - 10)
            assert take(clock.now()) is None

    register({"chores.long": vendor(call)})
    ask("chores.long", "monday", business_id)
    run_due()
    assert seen == [("a", 0, 3, LEASE), ("b", 1, 3, LEASE), ("c", 2, 3, LEASE)]
    job = row("monday")
    assert (job.state, job.progress_done, job.attempts, job.crashes) == ("done", 3, 1, 0)


def test_who_lost_the_lease_learns_of_it_before_the_next_part(app, business_id, hands):
    parts = []

    def call(context):
        for part in jobs.each_part(context, ["a", "b", "c"]):
            parts.append(part)
            if len(parts) == 1:
                hands.ahead(seconds=LEASE.total_seconds() + 1)
                assert run_due() == 1

    register({"chores.long": vendor(call)})
    ask("chores.long", "monday", business_id)
    run_due(limit=1)
    assert parts == ["a", "a", "b", "c"]
    assert (row("monday").state, row("monday").attempts, done("recorded")) == ("done", 2, 1)


@pytest.mark.parametrize("business", [True, False], ids=["of a business", "of the installation"])
def test_a_lease_is_renewed_for_everybody(app, business_id, hands, business):
    def call(context):
        hands.ahead(seconds=80)
        jobs.renew(context)
        assert row("monday").due_at == hands.now + LEASE

    register({"chores.long": vendor(call)})
    ask("chores.long", "monday", business_id if business else None)
    run_due()
    assert row("monday").state == "done"


def test_in_a_transaction_a_lease_is_not_renewed_but_refused_at_once(app, business_id):
    """It would wait for that very transaction."""
    context = jobs.Context(business_id, {}, clock.now(), business_id)
    with writing(), pytest.raises(RuntimeError, match="not in one"):
        jobs.renew(context)
    with pytest.raises(jobs.LostLease):
        jobs.renew(context)
    db.session.remove()


def test_ten_failures_are_still_the_end_for_a_task_that_says_nothing(app, business_id):
    assert perform.MAX_FAILURES == 10
    assert jobs.Retry().is_last(9, NOON, NOON)
    assert not jobs.Retry().is_last(8, NOON, NOON + timedelta(days=90))
    assert not PATIENT.is_last(500, NOON, NOON + timedelta(hours=23))
