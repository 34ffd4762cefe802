"""Two transactions that each hold what the other wants: PostgreSQL ends one, which then has its turn after all."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from flask import Flask
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy.exc import DBAPIError, OperationalError

from app import database
from app.database import transactional
from app.extensions import db
from tests.integration.frame.chores import add_one, done

pytestmark = pytest.mark.engines("postgresql")


class Meeting:
    """Two transactions that raise the counters "left" and "right" in opposite order and meet in between."""

    def __init__(self, app: Flask) -> None:
        self.app, self.both, self.runs, self.errors = app, threading.Barrier(2), 0, []

    @transactional
    def cross(self, first: str, second: str) -> None:
        self.runs += 1
        add_one(first)
        # Whoever comes again comes alone: the other one has gone on.
        if not self.both.broken:
            with suppress(threading.BrokenBarrierError):
                self.both.wait(20)
        add_one(second)

    def _run(self, *names: str) -> None:
        with self.app.app_context():
            try:
                self.cross(*names)
            except DBAPIError as error:
                self.errors.append(type(error.orig))
            finally:
                db.session.remove()

    def held(self) -> Meeting:
        """Let both begin, and wait for their ends."""
        for name in ("left", "right"):
            add_one(name)
        crowd = [threading.Thread(target=self._run, args=names) for names in (("left", "right"), ("right", "left"))]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join(90)
        return self


def test_both_are_done_in_the_end(app):
    meeting = Meeting(app).held()
    assert meeting.errors == []
    assert meeting.runs == 3
    assert (done("left"), done("right")) == (3, 3)


def test_without_another_try_one_of_them_is_lost(app, monkeypatch):
    monkeypatch.setattr(database, "TRIES", 1)
    meeting = Meeting(app).held()
    assert meeting.errors == [DeadlockDetected]
    assert (done("left"), done("right")) == (2, 2)


class Unlucky:
    """A service that PostgreSQL ends so many times, and the one that calls it."""

    def __init__(self, times: int, error: type[Exception] = SerializationFailure) -> None:
        self.times, self.error, self.inner_runs, self.outer_runs = times, error, 0, 0

    @transactional
    def inner(self) -> None:
        self.inner_runs += 1
        add_one("tries")
        if self.inner_runs <= self.times:
            raise OperationalError("UPDATE", None, self.error())

    @transactional
    def outer(self) -> None:
        self.outer_runs += 1
        self.inner()


def test_only_the_outermost_call_is_run_again_and_leaves_one_effect(app):
    unlucky = Unlucky(2)
    unlucky.outer()
    assert (unlucky.outer_runs, unlucky.inner_runs) == (3, 3)
    assert done("tries") == 1


def test_whoever_is_unlucky_each_time_hears_of_it(app):
    unlucky = Unlucky(9)
    with pytest.raises(OperationalError):
        unlucky.outer()
    assert (unlucky.outer_runs, done("tries")) == (3, 0)


def test_other_failures_are_not_tried_again(app):
    unlucky = Unlucky(1, ConnectionError)
    with pytest.raises(OperationalError):
        unlucky.outer()
    assert (unlucky.outer_runs, done("tries")) == (1, 0)
