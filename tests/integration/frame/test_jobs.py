"""The outbox: work is added with its cause, done once, tried again with patience and never lost."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import clock
from app.database import in_transaction, writing
from app.extensions import db
from app.health.probes import queue
from app.jobs import enqueue, perform, relay, run_all, run_due
from app.jobs.checks import nothing_is_forgotten
from app.jobs.outbox import MAX_CRASHES, register, take
from tests.integration.frame import chores
from tests.integration.frame.chores import ask, done, expire, row

HOUR = timedelta(hours=1)


# -- adding ------------------------------------------------------------------------------------------------------------


def test_work_is_added_only_in_the_transaction_of_its_cause(app):
    with pytest.raises(RuntimeError):
        enqueue("chores.sweep", "stray", business_id=None)


def test_work_that_nobody_knows_how_to_do_is_refused_at_once(app):
    with pytest.raises(KeyError), writing():
        enqueue("chores.dust", "dust", business_id=None)


def test_the_same_key_is_added_once_per_business(app, business_id):
    assert [ask("chores.sweep", "monday", business_id) for _ in range(3)] == [True, False, False]
    assert ask("chores.sweep", "monday") is True
    assert run_all() >= 2
    assert done("sweep") == 2


def test_work_goes_when_its_cause_is_rolled_back(app):
    with suppress(ZeroDivisionError), writing():
        enqueue("chores.sweep", "monday", business_id=None)
        raise ZeroDivisionError
    assert run_due() == 0


def test_two_rooms_cannot_give_one_name_to_two_tasks(app):
    with pytest.raises(ValueError, match="registered twice"):
        register({"chores.sweep": chores.stumble})


# -- running -----------------------------------------------------------------------------------------------------------


def test_work_is_done_once_and_says_so(app, business_id):
    ask("chores.sweep", "monday", business_id)
    run_all()
    job = row("monday")
    assert (job.state, job.attempts, job.failures, job.error) == ("done", 1, 0, "")
    assert job.done_at is not None
    run_all()
    assert done("sweep") == 1


def test_work_waits_until_it_is_due(app):
    ask("chores.sweep", "later", due_at=clock.now() + HOUR)
    run_all()
    assert (row("later").state, done("sweep")) == ("ready", 0)


def test_what_waited_longest_is_done_first(app, business_id):
    now = clock.now()
    for minutes in (1, 3, 2):
        ask("chores.sweep", f"{minutes} min", business_id, due_at=now - timedelta(minutes=minutes))
    taken = [take(now) for _ in range(3)]
    due = [row(f"{minutes} min").id for minutes in (3, 2, 1)]
    assert [job.id for job in taken] == due


def test_a_payment_goes_before_what_waits_in_its_business(app, business_id):
    now = clock.now()
    for number in range(3):
        ask("chores.sweep", f"usual {number}", business_id, due_at=now - timedelta(hours=number))
    ask("chores.sweep", "payment", business_id, ahead=True)
    ask("chores.sweep", "old", business_id, due_at=now - timedelta(hours=7))
    first = row("payment")
    assert first.first_due_at == first.created_at, "how long it is tried counts from now"
    taken = [take(clock.now()) for _ in range(3)]
    assert [job.id for job in taken] == [row(key).id for key in ("old", "payment", "usual 2")]


def test_what_goes_ahead_is_late_from_when_it_was_there(app, business_id):
    ask("chores.sweep", "payment", business_id, ahead=True)
    now = clock.now()
    assert queue(now)["oldest_due_seconds"] == 0
    assert queue(now + timedelta(minutes=20))["oldest_due_seconds"] == 20 * 60
    assert not list(nothing_is_forgotten(business_id, clock.now() + timedelta(minutes=59)))
    (told,) = nothing_is_forgotten(business_id, clock.now() + timedelta(minutes=61))
    assert f"has been due since {row('payment').created_at:%Y-%m-%d %H:%M}" in told


def test_a_failure_undoes_the_effect_and_is_tried_again_later(app, business_id):
    ask("chores.stumble", "monday", business_id)
    before = clock.now()
    run_all()
    job = row("monday")
    assert (job.state, job.failures, done("stumble")) == ("ready", 1, 0)
    assert re.fullmatch(r"RuntimeError in tests\.[\w.]+, line \d+; what it said stands in the log", job.error)
    assert before < job.due_at <= clock.now() + timedelta(seconds=perform.FIRST_DELAY)


def test_waiting_times_grow_spread_out_and_end(app):
    for failures, ceiling in ((0, 15), (3, 120), (6, 960), (30, 10800)):
        waits = [perform.delay(failures).total_seconds() for _ in range(300)]
        assert 1 <= min(waits) < ceiling / 4
        assert ceiling / 2 < max(waits) <= ceiling
        assert len({round(wait, 3) for wait in waits}) > 100


def test_after_the_last_try_it_is_parked_for_people_to_see(app, business_id):
    ask("chores.stumble", "monday", business_id)
    for _ in range(perform.MAX_FAILURES):
        assert row("monday").state == "ready"
        expire("monday", clock.now())
        run_due()
    job = row("monday")
    assert (job.state, job.failures) == ("parked", perform.MAX_FAILURES)
    expire("monday", clock.now())
    assert run_due() == 0


def test_what_cannot_succeed_is_parked_at_once(app, business_id):
    ask("chores.refuse", "monday", business_id)
    run_all()
    job = row("monday")
    assert (job.state, job.failures, job.error) == ("parked", 1, "Permanent: this floor cannot be swept")


def test_work_whose_task_was_removed_is_parked_with_its_name(app):
    ask("chores.sweep", "old")
    forgotten = app.extensions["duely_tasks"].pop("chores.sweep")
    run_all()
    app.extensions["duely_tasks"]["chores.sweep"] = forgotten
    assert row("old").state == "parked"
    assert "chores.sweep" in row("old").error


@pytest.mark.parametrize("why", ["NUL \0 in it", "half a pair \ud83d", "x" * 9000], ids=["nul", "surrogate", "long"])
def test_whatever_an_error_says_can_be_stored(app, why):
    def complain(_context):
        raise perform.Permanent(why)

    register({"chores.complain": complain})
    ask("chores.complain", "monday")
    run_all()
    assert row("monday").failures == 1
    assert row("monday").error.startswith(f"Permanent: {why[:3]}")


def test_what_an_error_of_others_says_is_not_kept_with_the_job(app, business_id):
    """A database's error names the statement and what somebody typed."""

    def ask_wrongly(_context):
        db.session.execute(text("SELECT nothing FROM nowhere WHERE email = :email"), {"email": "ada@example.com"})

    register({"chores.ask": ask_wrongly})
    ask("chores.ask", "monday", business_id)
    run_all()
    job = row("monday")
    assert job.failures == 1
    assert re.match(r"(Operational|Programming)Error in ", job.error)
    for kept in (job.error, job.reason):
        assert "ada@example.com" not in kept
        assert "SELECT" not in kept


# -- the fence ---------------------------------------------------------------------------------------------------------


def test_who_lost_the_lease_changes_nothing(app, business_id):
    """A worker hangs in its call, another takes over and finishes; then the first one comes back."""
    calls = []

    def slow(_prepared):
        calls.append("first" if not calls else "second")
        if len(calls) == 1:
            expire("parcel", clock.now())
            assert run_due() == 1
        return "receipt"

    register({"chores.slow": perform.VendorTask(lambda _: "parcel", slow, lambda *_: chores.add_one("slow"))})
    ask("chores.slow", "parcel", business_id)
    run_due(limit=1)
    job = row("parcel")
    assert calls == ["first", "second"]
    assert (job.state, job.attempts, done("slow")) == ("done", 2, 1)


def test_who_lost_the_lease_cannot_report_a_failure_either(app, business_id):
    def taken_over(_prepared):
        expire("parcel", clock.now())
        assert take(clock.now()) is not None
        raise chores.VendorIsDown

    register({"chores.slow": perform.VendorTask(lambda _: "parcel", taken_over, lambda *_: None)})
    ask("chores.slow", "parcel", business_id)
    run_due(limit=1)
    job = row("parcel")
    assert (job.state, job.attempts, job.failures, job.crashes) == ("running", 2, 0, 1)


def test_three_crashes_park_the_job(app, business_id):
    ask("chores.sweep", "monday", business_id)
    for crash in range(MAX_CRASHES):
        assert take(clock.now()) is not None
        assert row("monday").crashes == crash
        expire("monday", clock.now())
    assert take(clock.now()) is None
    job = row("monday")
    assert (job.state, job.crashes) == ("parked", MAX_CRASHES)
    assert "died three times" in job.error
    assert done("sweep") == 0


def test_a_lease_that_still_runs_is_respected(app, business_id):
    ask("chores.sweep", "monday", business_id)
    assert take(clock.now()) is not None
    assert take(clock.now()) is None
    assert run_due() == 0


# -- vendors -----------------------------------------------------------------------------------------------------------


def test_no_transaction_and_no_connection_is_held_during_a_call(app, business_id, tmp_path):
    seen = []

    def call(_prepared):
        seen.append((in_transaction(), db.engine.pool.checkedout()))

    register({"chores.call": perform.VendorTask(lambda _: "parcel", call, lambda *_: None)})
    ask("chores.call", "parcel", business_id)
    run_all()
    assert seen == [(False, 0)]
    assert row("parcel").state == "done"


def test_nothing_is_called_when_nothing_is_left_to_do(app, business_id):
    register({"chores.none": perform.VendorTask(lambda _: None, lambda _: 1 / 0, lambda *_: 1 / 0)})
    ask("chores.none", "parcel", business_id)
    run_all()
    assert (row("parcel").state, row("parcel").error) == ("done", "")


def test_a_vendor_that_is_down_is_noted_and_asked_again(app, business_id, tmp_path):
    log = tmp_path / "vendor"
    ask("chores.deliver", "parcel", business_id, log=str(log), down=True)
    run_all()
    assert (done("failed"), done("recorded"), row("parcel").state) == (1, 0, "ready")
    for _ in range(perform.MAX_FAILURES - 1):
        expire("parcel", clock.now())
        run_due()
    assert (done("failed"), done("failed for good")) == (perform.MAX_FAILURES - 1, 1)
    assert row("parcel").state == "parked"
    assert len(log.read_text().splitlines()) == perform.MAX_FAILURES


def test_a_task_that_fails_at_noting_its_failure_is_tried_again_all_the_same(app, business_id, tmp_path):
    ask("chores.deliver", "parcel", business_id, log=str(tmp_path / "vendor"), down=True, clumsy=True)
    assert run_all() == 1
    job = row("parcel")
    assert (job.state, job.failures, done("failed")) == ("ready", 1, 0)
    assert job.error == "VendorIsDown: connection refused"


# -- the runner --------------------------------------------------------------------------------------------------------


def test_the_embedded_runner_does_what_is_due_until_it_is_told_to_stop(app, business_id):
    ask("chores.sweep", "monday", business_id)
    relay.run_embedded(lambda: done("sweep") == 1, idle=0.01)
    assert row("monday").state == "done"


def test_a_database_that_does_not_answer_is_waited_for(app, monkeypatch):
    monkeypatch.setattr(relay, "AFTER_DATABASE_FAILURE", 0.01)
    broken = iter([OperationalError("SELECT 1", {}, Exception("server closed the connection")), None])

    def step() -> int:
        error = next(broken)
        if error:
            raise error
        return 7

    assert [relay.survive(step), relay.survive(step)] == [0, 7]


def test_periodic_work_is_inserted_once_per_beat_by_any_number_of_schedulers(make_app, app):
    from app.jobs.schedule import Every, due_keys, insert_due, register_periodic

    register_periodic({"chores.sweep": Every(3600)})
    known = sum(isinstance(beat, Every) for beat in app.extensions["duely_periodic"].values())
    first = insert_due()
    app.extensions["duely_beats"].clear()
    assert (first, insert_due()) == (known, 0)
    now = clock.now()
    assert due_keys(now, {"a": Every(60)}) == due_keys(now.replace(second=0, microsecond=0), {"a": Every(60)})
    assert due_keys(now, {"a": Every(60)}) != due_keys(now + timedelta(seconds=60), {"a": Every(60)})
