"""Redis is only the doorbell: it rings RQ workers, and losing it, or what it knew, loses no work."""

from __future__ import annotations

import ctypes
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from flask import Flask
from redis import Redis
from rq import Callback, Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.jobs import relay, run_all
from app.jobs.models import Job
from app.jobs.outbox import register
from tests.faults.conftest import wait_until
from tests.integration.frame import chores
from tests.integration.frame.chores import ask, done, expire, row
from tests.support.queues import businesses, queue_up
from tests.support.story import a_business

PR_SET_CHILD_SUBREAPER = 36

pytestmark = [pytest.mark.redis, pytest.mark.engines("sqlite")]


@pytest.fixture
def app(make_app, own_redis) -> Iterator[Flask]:
    """An application that rings workers through a Redis of its own."""
    made = make_app(redis_url=own_redis.url)
    with made.app_context():
        register(chores.TASKS)
        yield made


@pytest.fixture
def queue(own_redis) -> Iterator[Queue]:
    with own_redis.client() as connection:
        yield Queue(relay.QUEUE, connection=connection, serializer=JSONSerializer)


def bell(connection: Redis) -> int:
    return int(connection.llen(relay.BELL))


# -- the bell ----------------------------------------------------------------------------------------------------------


def test_a_commit_that_added_work_rings_once(app, own_redis):
    with own_redis.client() as connection:
        for day in ("monday", "tuesday"):
            ask("chores.sweep", day)
        assert bell(connection) == 1


def test_nothing_rings_when_nothing_was_added(app, own_redis):
    chores.add_one("quiet")
    with own_redis.client() as connection:
        assert bell(connection) == 0


def test_work_that_was_rolled_back_does_not_ring_with_the_next_commit(app, own_redis):
    from app.database import writing
    from app.jobs import enqueue

    with suppress(KeyError), writing():
        enqueue("chores.sweep", "monday", business_id=None)
        enqueue("chores.unknown", "monday", business_id=None)
    chores.add_one("quiet")
    with own_redis.client() as connection:
        assert bell(connection) == 0


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_a_redis_that_is_gone_or_hangs_does_not_hold_up_who_adds_work(app, own_redis, how):
    getattr(own_redis, how)()
    began = time.monotonic()
    for day in range(20):
        assert ask("chores.sweep", f"day {day}")
    assert time.monotonic() - began < 5
    run_all()
    assert done("sweep") == 20
    if how == "pause":
        own_redis.resume()


# -- the relay ---------------------------------------------------------------------------------------------------------


def test_due_work_is_rung_once_until_its_ring_is_over(app, queue):
    ask("chores.sweep", "monday")
    assert (relay.relay_once(queue), relay.relay_once(queue)) == (1, 0)
    assert (row("monday").state, row("monday").rings) == ("rung", 1)
    assert queue.job_ids == [f"{row('monday').id}-1"]


def test_work_that_redis_forgot_is_rung_again(app, queue, own_redis):
    ask("chores.sweep", "monday")
    relay.relay_once(queue)
    own_redis.flush()
    assert queue.job_ids == []
    expire("monday", clock.now())
    assert relay.relay_once(queue) == 1
    assert queue.job_ids == [f"{row('monday').id}-2"]


def test_work_of_a_worker_that_died_is_rung_and_the_crash_is_counted(app, queue):
    from app.jobs.outbox import take

    ask("chores.sweep", "monday")
    for crash in (1, 2):
        assert take(clock.now()) is not None
        expire("monday", clock.now())
        assert (relay.relay_once(queue), relay.relay_once(queue)) == (1, 0)
        assert (row("monday").state, row("monday").crashes) == ("rung", crash)
        expire("monday", clock.now())
    assert take(clock.now()) is not None
    expire("monday", clock.now())
    assert relay.relay_once(queue) == 0
    assert row("monday").state == "parked"


def test_little_is_rung_ahead_of_the_workers_so_that_nobody_waits_behind_another_s_queue(app, queue):
    flood, late = businesses(2)
    queue_up(flood, 500)
    assert [relay.relay_once(queue) for _ in range(3)] == [relay.AHEAD_OF_ONE, 0, 0]
    ask("chores.sweep", "just now", late)
    app.extensions["duely_turns"].clear()
    assert relay.relay_once(queue) == 1
    assert row("just now").state == "rung"
    assert relay.room_for(queue) == 0
    assert len(queue.job_ids) == relay.AHEAD


def test_a_job_behind_a_thousand_of_another_business_is_done_by_a_worker_within_seconds(app, own_redis, program):
    flood, late = businesses(2)
    queue_up(flood, 1000, task="auth.clean_up")
    program.start("worker.py")
    some_done = select(func.count()).where(Job.business_id == flood, Job.state == "done")
    wait_until(lambda: (db.session.scalar(some_done) or 0) > 3 or db.session.remove(), program)
    ask("auth.clean_up", "just now", late)
    began = time.monotonic()
    wait_until(lambda: row("just now").state == "done", program)
    assert time.monotonic() - began < 30
    assert db.session.scalar(some_done) < 1000, "the long queue was not over before"


def test_a_bell_for_work_that_is_done_does_nothing(app, queue):
    from app.jobs.perform import perform

    ask("chores.sweep", "monday")
    relay.relay_once(queue)
    rung = queue.jobs[0].args
    for _ in range(3):
        perform(*rung)
    assert (row("monday").state, done("sweep")) == ("done", 1)


def test_without_redis_for_a_while_the_relay_does_the_work_itself(app, own_redis, monkeypatch):
    monkeypatch.setattr(relay, "GIVE_UP_ON_REDIS_AFTER", 0.1)
    own_redis.stop()
    ask("chores.sweep", "monday")
    db.session.remove()
    relay.run_relay(lambda: done("sweep") == 1)
    assert row("monday").state == "done"


# -- python worker.py --------------------------------------------------------------------------------------------------


def test_a_worker_runs_what_is_rung_refuses_what_is_foreign_and_ends_with_its_children(app, queue, program, tmp_path):
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    queue.enqueue_call("os.remove", args=(str(treasure),))
    queue.enqueue_call("app.jobs.relay.run_rq_worker", args=("redis://evil.example",))
    rung = ("job", str(uuid.uuid4()))
    queue.enqueue_call(relay.PERFORM, args=rung, on_success=Callback("os.remove"))
    poisoned = queue.enqueue_call(relay.PERFORM, args=rung)
    queue.connection.hset(poisoned.key, "data", b"not what was put there")
    ask("auth.clean_up", "clean")
    db.session.remove()
    program.start("worker.py")
    wait_until(lambda: row("clean").state == "done", program)
    assert row("clean").rings >= 1
    wait_until(lambda: not queue.job_ids, program)
    assert treasure.read_text() == "gold"
    assert program.log.read_text().count("relay.refused") == 4
    family = [psutil.Process(program.process.pid), *psutil.Process(program.process.pid).children(recursive=True)]
    assert len(family) >= 2
    program.stop()
    assert not psutil.wait_procs(family, timeout=60)[1]


def test_a_flushed_redis_loses_no_work_of_a_running_worker(app, own_redis, program):
    program.start("worker.py")
    for round_number in range(3):
        ask("auth.clean_up", f"clean {round_number}")
        own_redis.flush()
        # What was rung before the flush comes back when its ring is over.
        if row(f"clean {round_number}").state == "rung":
            expire(f"clean {round_number}", clock.now())
    wait_until(lambda: all(row(f"clean {n}").state == "done" for n in range(3)), program)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a test adopt orphans")
def test_a_job_that_drew_a_pdf_leaves_no_process_behind(app, program):
    """As the first process of a container, the worker would collect them for ever: nobody waits for orphans there."""
    a_business(app).issued()
    db.session.remove()
    before = psutil.Process().children()
    with orphans_come_here():
        program.start("worker.py")
        query = select(Job.state).where(Job.task == "invoices.print")
        wait_until(lambda: db.session.scalars(query).all() == ["done"] or db.session.remove(), program)
        program.stop()
        assert psutil.Process().children() == before


@contextmanager
def orphans_come_here() -> Iterator[None]:
    """Make this process the parent of all orphans among its descendants, as the first process of a container is."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.mark.long
def test_a_worker_that_begins_without_redis_works_all_the_same(app, own_redis, program):
    own_redis.stop()
    ask("auth.clean_up", "clean")
    db.session.remove()
    program.start("worker.py")
    wait_until(lambda: row("clean").state == "done", program)


def test_without_redis_a_worker_runs_jobs_by_itself(make_app, program):
    program.environ["REDIS_URL"] = ""
    ask("auth.clean_up", "clean")
    db.session.remove()
    program.start("worker.py")
    wait_until(lambda: row("clean").state == "done", program)
    assert row("clean").rings == 0
    assert program.stop() == 0
