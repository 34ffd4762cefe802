"""Businesses take turns: however much one of them queues, the others go on, and so does the installation itself."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from app import clock
from app.database import writing
from app.extensions import db
from app.jobs import ringing, turns
from app.jobs.models import Job
from app.jobs.outbox import take
from tests.integration.frame.chores import ask, expire, row
from tests.support.queues import businesses, queue_up

MANY = 10_000


@pytest.fixture
def flood(app) -> uuid.UUID:
    """A business that queued ten thousand jobs yesterday."""
    [one] = businesses(1)
    queue_up(one, MANY)
    return one


def owners(many: int) -> list[uuid.UUID | None]:
    """Whose jobs are taken next."""
    found = [take(clock.now()) for _ in range(many)]
    assert all(found)
    return [one.business_id for one in found if one]


# -- taking ------------------------------------------------------------------------------------------------------------


def test_a_job_behind_ten_thousand_of_another_business_is_the_next_but_one(app, flood):
    [late] = businesses(1)
    assert owners(3) == [flood] * 3
    ask("chores.sweep", "just now", late)
    app.extensions["duely_turns"].clear()
    assert late in owners(2)


def test_who_comes_while_others_are_served_is_noticed_soon(app, flood, monkeypatch):
    [late] = businesses(1)
    owners(1)
    ask("chores.sweep", "just now", late)
    began = time.monotonic()
    while take(clock.now()).business_id != late:
        assert time.monotonic() - began < turns.GOOD_FOR + 3


def test_everybody_who_waits_gets_the_same(app, flood):
    others = businesses(4)
    for one in others:
        queue_up(one, 50)
    served = Counter(owners(100))
    assert set(served) == {flood, *others}
    assert max(served.values()) - min(served.values()) <= 1


def test_the_installation_s_own_work_neither_waits_for_everybody_nor_holds_them_up(app):
    many = businesses(40)
    for one in many:
        queue_up(one, 3)
    queue_up(None, 500)
    served = owners(80)
    assert served.count(None) == 80 // turns.SYSTEM_EVERY
    assert max(Counter(one for one in served if one).values()) == 2
    assert None in served[: turns.SYSTEM_EVERY]


def test_what_is_due_later_is_nobody_s_turn(app):
    [one] = businesses(1)
    queue_up(one, 3, due=[clock.now() + timedelta(hours=1)] * 3)
    assert take(clock.now()) is None
    assert take(clock.now() + timedelta(hours=2)).business_id == one


def test_tasks_that_are_left_alone_hide_nobody_else_s_work(app, flood):
    [other] = businesses(1)
    queue_up(other, 1, task="chores.stumble")
    busy = frozenset({"chores.sweep"})
    assert take(clock.now(), busy).business_id == other
    assert take(clock.now(), busy) is None


def test_four_runners_at_once_take_every_job_once(app):
    for one in businesses(5):
        queue_up(one, 20)
    queue_up(None, 20)
    taken: list[uuid.UUID] = []

    def work() -> None:
        with app.app_context():
            while one := take(clock.now()):
                taken.append(one.id)

    runners = [threading.Thread(target=work) for _ in range(4)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len(taken) == len(set(taken)) == 120


# -- ringing -----------------------------------------------------------------------------------------------------------


def test_a_claim_is_shared_out(app, flood):
    small, smaller = businesses(2)
    queue_up(small, 30)
    queue_up(smaller, 2)
    queue_up(None, 5)
    rung = Counter(one.business_id for one in ringing.claim(100))
    assert rung == {str(flood): 63, str(small): 30, str(smaller): 2, "": 5}


def test_of_one_business_few_are_rung_ahead_until_workers_take_them(app, flood):
    [small] = businesses(1)
    queue_up(small, 1)
    first = ringing.claim(100, each=3)
    assert Counter(one.business_id for one in first) == {str(flood): 3, str(small): 1}
    assert ringing.claim(100, each=3) == []
    rung = next(one for one in first if one.business_id == str(flood))
    from app.jobs.perform import perform

    perform(rung.table, rung.job_id, rung.business_id)
    assert len(ringing.claim(100, each=3)) == 1


def test_who_found_no_bell_left_is_served_next(app):
    """One business has enough rung, so others are looked at in its place, one too many of them."""
    full, *many = businesses(6)
    queue_up(full, 1)
    assert len(ringing.claim(10, each=1)) == 1
    for one in many:
        queue_up(one, 3)
    app.extensions["duely_turns"].clear()
    served = [rung.business_id for _ in range(3) for rung in ringing.claim(2, each=1)]
    assert len(served) == len(set(served)) == 5


def test_more_businesses_than_bells_take_turns_from_claim_to_claim(app):
    many = businesses(30)
    for one in many:
        queue_up(one, 2)
    seen = [rung.business_id for _ in range(6) for rung in ringing.claim(10)]
    assert set(Counter(seen).values()) == {2}
    assert len(set(seen[:30])) == 30


def test_two_relays_at_once_ring_for_different_rows(app, flood, make_app):
    rung: list[str] = []

    def relay(its_app) -> None:
        with its_app.app_context():
            rung.extend(one.job_id for one in ringing.claim(200))

    both = [threading.Thread(target=relay, args=[one]) for one in (app, make_app())]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(rung) == len(set(rung)) == 400


def test_a_row_whose_worker_died_three_times_is_parked_by_the_ring(app):
    [one] = businesses(1)
    ask("chores.sweep", "monday", one)
    for _ in range(3):
        assert take(clock.now())
        expire("monday", clock.now())
    assert ringing.claim(10) == []
    assert (row("monday").state, row("monday").reason) == ("parked", "The worker died three times while running this.")


# -- with a hundred thousand rows --------------------------------------------------------------------------------------


@pytest.fixture
def full(app) -> list[uuid.UUID]:
    """A hundred thousand jobs: of one business most of them, of two hundred others the rest, some for tomorrow."""
    flood, *others = businesses(201)
    for _ in range(8):
        queue_up(flood, MANY)
    tomorrow = clock.now() + timedelta(days=1)
    for one in others:
        queue_up(one, 100, due=[tomorrow] * 99 + [clock.now()] if one != others[0] else [tomorrow] * 100)
    with db.engine.begin() as connection:
        connection.execution_options(writes=True).execute(text("ANALYZE"))
    return [flood, *others]


def plans(work) -> list[str]:
    """How the database goes about each question and each change that a piece of work asks for."""
    heard = []

    def hear(_connection, _cursor, statement, parameters, *_):
        if re.match(r"\s*(SELECT|UPDATE|WITH)", statement):
            heard.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", hear)
    work()
    event.remove(db.engine, "before_cursor_execute", hear)
    db.session.remove()
    way = "EXPLAIN " if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    with db.engine.connect() as connection:
        return [
            "\n".join(str(line[-1]) for line in connection.exec_driver_sql(way + statement, parameters))
            for statement, parameters in heard
        ]


def test_nothing_reads_the_whole_table(full):
    for plan in [*plans(lambda: take(clock.now())), *plans(lambda: ringing.claim(1000))]:
        assert "Seq Scan on job" not in plan, plan
        assert not re.search(r"SCAN job(?! USING (COVERING )?INDEX)", plan), plan


def test_taking_and_ringing_stay_quick(app, full):
    """Very generous, for the machine may be busy; `make bench` has the figures."""
    take(clock.now())
    times = []
    for _ in range(50):
        began = time.perf_counter()
        assert take(clock.now())
        times.append(time.perf_counter() - began)
    assert sorted(times)[25] < 0.2
    began = time.perf_counter()
    assert len(ringing.claim(1000)) == 1000
    assert time.perf_counter() - began < 20


def test_the_first_of_each_business_comes_before_the_second_of_any(full):
    served = [one.business_id for one in ringing.claim(200)]
    assert len(set(served)) == 200
    with writing():
        assert db.session.query(Job).filter(Job.state == "rung").count() == 200
