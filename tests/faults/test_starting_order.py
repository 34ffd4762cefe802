"""Everything may be started at the same time and in any order, and ends when it is asked to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.extensions import db
from app.jobs import relay
from app.jobs.outbox import register
from tests.faults.conftest import ROOT, Program, wait_until
from tests.integration.frame import chores
from tests.integration.frame.chores import ask, done, row

PREPARE = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"]


def prepare(program: Program) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(PREPARE, cwd=ROOT, env=program.environ, **pipes)


def relays(program: Program) -> list[psutil.Process]:
    """The relays of a worker that are alive."""
    family = psutil.Process(program.process.pid).children()
    return [child for child in family if child.status() != psutil.STATUS_ZOMBIE and "--relay" in child.cmdline()]


@pytest.fixture
def empty(blank_database: Callable[[], str], program: Program) -> Program:
    """A program whose database has no table yet."""
    program.environ |= {"DATABASE_URL": blank_database(), "APP_ENV": "production"}
    program.environ |= {"SITE_URL": "https://duely.test", "ALLOWED_HOSTS": "duely.test"}
    return program


def test_two_machines_that_prepare_the_same_database_take_turns(empty):
    both = [prepare(empty), prepare(empty)]
    outputs = [one.communicate(timeout=900)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], "\n".join(outputs)


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("arguments", [[], ["--scheduler"]], ids=["worker", "scheduler"])
def test_a_worker_that_comes_before_the_schema_waits_for_it(empty, arguments, tmp_path: Path):
    empty.start("worker.py", *arguments)
    wait_until(lambda: "waits_for_migration" in empty.log.read_text(), empty)
    assert prepare(empty).communicate(timeout=900)
    wait_until(lambda: beats(empty.environ["DATABASE_URL"]), empty)
    assert empty.stop() == 0
    assert "Traceback" not in empty.log.read_text()


def beats(database_url: str) -> int:
    """How many times the clock has struck, as the database knows."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(database_url)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(sqlalchemy.text("SELECT count(*) FROM system_job")) or 0)
    finally:
        engine.dispose()


@pytest.mark.engines("sqlite")
def test_the_scheduler_adds_each_beat_once_runs_nothing_and_ends_when_asked(app, program, make_app):
    program.start("worker.py", "--scheduler")
    wait_until(lambda: beats(program.environ["DATABASE_URL"]), program)
    time.sleep(1.5)
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT task, state, key FROM system_job").all()
    hours = {key.rpartition("@")[2] for _, _, key in rows}  # two, when the hour struck meanwhile
    each_once = dict.fromkeys(
        (
            "auth.clean_up",
            "billing.compare",
            "billing.follow_all",
            "billing.reactivate_all",
            "hooks.clean_up",
            "payments.sweep_cards",
        ),
        len(hours),
    )
    assert Counter(task for task, _, _ in rows) == each_once
    assert {state for _, state, _ in rows} == {"ready"}
    began = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - began < 30


@pytest.mark.engines("sqlite")
@pytest.mark.redis
def test_a_relay_that_dies_is_replaced_and_work_goes_on(make_app, own_redis, program):
    app = make_app(redis_url=own_redis.url)
    program.environ["REDIS_URL"] = own_redis.url
    with app.app_context():
        program.start("worker.py")
        wait_until(lambda: relays(program), program)
        first = relays(program)[0]
        first.kill()
        wait_until(lambda: [one for one in relays(program) if one.pid != first.pid], program)
        ask("auth.clean_up", "after")
        wait_until(lambda: row("after").state == "done", program)
        second = relays(program)[0]
        assert program.stop() == 0
        assert not second.is_running()


@pytest.mark.engines("sqlite")
def test_a_runner_that_is_asked_to_stop_finishes_one_job_and_not_the_whole_queue(app):
    register(chores.TASKS)
    for day in range(5):
        ask("chores.sweep", f"day {day}")
    relay.run_embedded(lambda: done("sweep") == 2, idle=0.01)
    assert done("sweep") == 2
