"""Several jobs at once in one process: what hangs holds up nothing else, and a stop waits for what runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import jobs
from app.database import in_transaction
from app.extensions import db
from app.jobs import crew as crews
from app.jobs import relay
from app.jobs.models import Job
from app.jobs.outbox import register
from tests.integration.frame import chores
from tests.integration.frame.chores import ask, done
from tests.support.queues import businesses, queue_up
from tests.support.story import a_business

PATIENCE = 60


@pytest.fixture
def app(make_app):
    """An application that runs four jobs at a time."""
    made = make_app(worker_threads=4)
    with made.app_context():
        register(chores.TASKS)
        yield made


@contextmanager
def running(app) -> Iterator[threading.Event]:
    """A runner beside the test, which is told to stop at the end."""
    stop = threading.Event()

    def run() -> None:
        with app.app_context():
            relay.run_embedded(stop.is_set, idle=0.02)

    runner = threading.Thread(target=run)
    runner.start()
    try:
        yield stop
    finally:
        stop.set()
        runner.join(PATIENCE)
        assert not runner.is_alive()


def until(happened: Callable[[], object]) -> None:
    """Look again and again."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        # What is read once stays as it is until the reading ends.
        db.session.remove()
        time.sleep(0.02)


class Hanging:
    """A vendor that answers when it is allowed to."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.waiting, self.most = 0, 0
        self._lock = threading.Lock()

    def call(self, _prepared: object) -> str:
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.answer.wait(PATIENCE)
        with self._lock:
            self.waiting -= 1
        return "receipt"

    def task(self) -> jobs.VendorTask:
        return jobs.VendorTask(lambda _: "parcel", self.call, lambda *_: chores.add_one("delivered"))


@pytest.fixture
def hanging(app) -> Iterator[Hanging]:
    vendor = Hanging()
    register({"chores.hang": vendor.task()})
    yield vendor
    vendor.answer.set()


def test_a_vendor_that_hangs_does_not_hold_up_other_work(app, business_id, hanging):
    queue_up(business_id, 30, task="chores.hang")
    with running(app):
        until(lambda: hanging.waiting == 3)
        for one in businesses(3):
            ask("chores.sweep", f"sweep {one}", one)
        ask("chores.sweep", "janitor")
        until(lambda: done("sweep") == 4)
        assert hanging.most == 3
        hanging.answer.set()
        until(lambda: done("delivered") == 30)


def test_with_the_limit_off_the_vendor_would_have_taken_everybody(app, business_id, hanging, monkeypatch):
    original = crews.Crew.__init__

    def without_limit(self, *args):
        original(self, *args)
        self._most_of_one = 99

    monkeypatch.setattr(crews.Crew, "__init__", without_limit)
    queue_up(business_id, 30, task="chores.hang")
    with running(app):
        until(lambda: hanging.waiting == 4)
        ask("chores.sweep", "janitor")
        time.sleep(0.5)
        assert done("sweep") == 0
        hanging.answer.set()


def test_two_vendors_that_hang_leave_nobody_out_for_ever(app, business_id, hanging):
    other = Hanging()
    register({"chores.hang_too": other.task()})
    queue_up(business_id, 5, task="chores.hang")
    queue_up(business_id, 5, task="chores.hang_too")
    with running(app):
        until(lambda: hanging.waiting + other.waiting == 4)
        hanging.answer.set()
        other.answer.set()
        until(lambda: done("delivered") == 10)


def test_many_jobs_at_once_are_each_done_once(app, business_id):
    for one in businesses(4):
        queue_up(one, 15)
    with running(app):
        until(lambda: done("sweep") == 60)
        time.sleep(0.2)
    assert done("sweep") == 60


def test_who_is_told_to_stop_ends_what_runs_and_begins_nothing(app, business_id, hanging):
    queue_up(business_id, 10, task="chores.hang")
    with running(app) as stop:
        until(lambda: hanging.waiting == 3)
        stop.set()
        time.sleep(0.2)
        hanging.answer.set()
    assert done("delivered") == 3
    db.session.remove()


def test_each_thread_has_a_session_of_its_own(app, business_id):
    seen, together = set(), threading.Barrier(3, timeout=PATIENCE)

    def call(_prepared):
        together.wait()
        seen.add((threading.get_ident(), id(db.session()), in_transaction()))
        together.wait()

    register({"chores.look": jobs.VendorTask(lambda _: "parcel", call, lambda *_: None)})
    queue_up(business_id, 3, task="chores.look")
    with running(app):
        until(lambda: len(seen) == 3)
    assert len({thread for thread, _, _ in seen}) == len({session for _, session, _ in seen}) == 3
    assert not any(open_still for _, _, open_still in seen)


def test_a_database_that_is_away_for_a_moment_is_waited_for(app, business_id, monkeypatch):
    monkeypatch.setattr(relay, "AFTER_DATABASE_FAILURE", 0.01)
    away, take = iter(range(6)), crews.take

    def sometimes(*args):
        if next(away, None) is not None:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))
        return take(*args)

    monkeypatch.setattr(crews, "take", sometimes)
    ask("chores.sweep", "monday", business_id)
    with running(app):
        until(lambda: done("sweep") == 1)


def test_what_nobody_foresaw_ends_the_runner_so_that_it_is_started_again(app, business_id, monkeypatch):
    monkeypatch.setattr(crews, "take", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        relay.run_embedded(lambda: False, idle=0.01)


def test_pdfs_are_drawn_while_others_are(app):
    story = a_business(app)
    invoices = [story.issued() for _ in range(4)]
    with running(app):
        until(lambda: all(state_of(one) == "done" for one in invoices))


def state_of(invoice_id) -> str:
    """What became of the jobs of an invoice."""
    db.session.remove()
    found = db.session.scalars(select(Job.state).where(Job.key.contains(str(invoice_id)))).all()
    return "done" if set(found) == {"done"} else str(found)
