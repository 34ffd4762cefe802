"""Four runners at once, in the long form on a thousand subscriptions: every period is billed once, and all of it."""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app import clock, database
from app.auth.rules import Actor
from app.billing import cli, service
from app.billing.models import BilledPeriod, BillingRun, Subscription
from app.database import writing
from app.extensions import db
from app.jobs.models import Job
from config import Config
from tests.faults.billing.runner import in_small_pieces
from tests.faults.billing.subscribers import Crowd, a_crowd, audit_is_clean, exactly_once
from tests.faults.mortal import MortalProgram
from tests.faults.outgoing import environ_of
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost

RUNNERS = 4
many = pytest.mark.parametrize("many", [80, pytest.param(1_000, marks=pytest.mark.long)])
LONGEST = 300
"""Seconds that they may take on a machine with other things to do."""


class Runners(MortalProgram):
    """Some of them, begun at once."""

    def __init__(self, app: Flask, folder: Path, *what: str) -> None:
        command = ["-m", "tests.faults.billing.runner", *what]
        super().__init__("runners", command, environ_of(app) | {"WORKER_THREADS": "1"}, folder / "runners.log")

    def wait(self) -> int:
        """Let them come to their own end, on however busy a machine; returns how many did not end well."""
        assert self._process
        return self._process.wait(LONGEST)

    def stop(self) -> int:
        """Ask them to end; returns how many did not end well."""
        assert self._process
        os.kill(self._process.pid, signal.SIGTERM)
        return self.wait()


@contextmanager
def begun(app: Flask, folder: Path, *what: str) -> Iterator[Runners]:
    """Some runners that are at work until the end of this, at the latest."""
    db.session.remove()
    db.engine.dispose()
    runners = Runners(app, folder, *what)
    runners.start()
    try:
        yield runners
    finally:
        runners.kill()


@many
def test_four_workers_do_four_runs_that_were_started_at_once(app: Flask, tmp_path: Path, many: int) -> None:
    crowd = a_crowd(app, many)
    today = crowd.today()
    runs = [crowd.start(today) for _ in range(RUNNERS)]
    with begun(app, tmp_path, "work", str(RUNNERS)) as workers:
        wait_for(lambda: _all_posted(crowd, runs), f"the end of {RUNNERS} runs")
        assert workers.stop() == 0, workers.log.read_text()
    exactly_once(crowd, today)
    audit_is_clean(crowd)


def wait_for(happened: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LONGEST
    while not happened():
        assert time.monotonic() < until, f"{what} did not happen"
        time.sleep(0.1)


def _all_posted(crowd: Crowd, runs: list[uuid.UUID]) -> bool:
    """A run of the calendar to which the others left nothing is gone."""
    return {crowd.state(one) for one in runs} <= {"posted", None} and not crowd.at_work()


@many
def test_four_commands_at_once_bill_what_one_would_bill(app: Flask, tmp_path: Path, many: int) -> None:
    crowd = a_crowd(app, many)
    today = crowd.today()
    with begun(app, tmp_path, "command", str(RUNNERS), "--as-of", str(today)) as commands:
        assert commands.wait() == 0, commands.log.read_text()
    exactly_once(crowd, today)
    audit_is_clean(crowd)
    left = crowd.rows(BillingRun, BillingRun.state.not_in(("posted", "sent")))
    assert [run.state for run in left] == [], commands.log.read_text()


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_long_form_kills_four_workers_over_and_over(app: Flask, tmp_path: Path, seed: int) -> None:
    crowd, chance = a_crowd(app, 3_000), random.Random(seed)
    today = crowd.today()
    runs = [crowd.start(today) for _ in range(RUNNERS)]
    for _ in range(20):
        with begun(app, tmp_path, "work", str(RUNNERS)) as workers:
            wait_for(lambda: crowd.count(Job, Job.state == "running") or not crowd.at_work(), "the first job")
            time.sleep(chance.uniform(0, 2))
            workers.kill()
        # Leases end, and whatever died three times is tried again by somebody.
        with writing():
            mine = (Job.business_id == crowd.business_id, Job.state.in_(("running", "parked")))
            db.session.execute(update(Job).where(*mine).values(state="ready", crashes=0, due_at=clock.now()))
    with begun(app, tmp_path, "work", str(RUNNERS)) as workers:
        wait_for(lambda: _all_posted(crowd, runs), "the end of what the dead had begun")
        # The dead may have left nothing to do; then these end before they have begun.
        assert workers.stop() in (0, -signal.SIGTERM), workers.log.read_text()
    exactly_once(crowd, today)
    audit_is_clean(crowd)


# -- the same with hands in between, and without its guards ------------------------------------------------------------


def bill(business_id: uuid.UUID, subscription_id: uuid.UUID | None, day: date) -> int:
    """Bill a whole business as the command does, or one subscription as somebody does on its page."""
    if subscription_id is None:
        in_small_pieces()
        return sum(said == "made" for said, _ in cli._bill(business_id, day, send=False))
    actor = Actor.system(business_id)
    return len(service.bill_subscription(actor, subscription_id, day, now=clock.now()))


def no_locks() -> None:
    """Begin without a write lock, and hold nothing that is read to be changed."""
    database.LOCKS = False


def race(crowd: Crowd, config: Config, by_hand: int, disarm: Callable[[], None] | None = None) -> list[Outcome]:
    """Four bill everything while some subscriptions, of all the business has, are billed by hand."""
    everybody = [row.id for row in crowd.rows(Subscription)]
    some = everybody[:: len(everybody) // by_hand][:by_hand]
    pieces: list[tuple[object, ...]] = [(crowd.business_id, None, crowd.today()) for _ in range(RUNNERS)]
    pieces += [(crowd.business_id, one, crowd.today()) for one in some]
    db.session.remove()
    return all_at_once(config, bill, pieces, disarm=disarm)


def check(crowd: Crowd, outcomes: list[Outcome]) -> None:
    errors = [outcome.error for outcome in outcomes if outcome.error]
    assert not errors, errors[0]
    exactly_once(crowd, crowd.today(), together=False)


def test_what_is_billed_by_hand_meanwhile_is_not_billed_by_them(app: Flask, config: Config) -> None:
    crowd = a_crowd(app, 80)
    check(crowd, race(crowd, config, 16))


def test_without_locks_and_claims_the_same_race_is_lost(app: Flask, config: Config, drop_index: Callable) -> None:
    drop_index("uq_billed_period", "uq_run_entry_planned")

    def run() -> None:
        crowd = a_crowd(app, 80)
        check(crowd, race(crowd, config, 16, disarm=no_locks))

    assert race_until_lost(run)


@pytest.mark.engines("postgresql")
def test_without_claims_alone_periods_are_billed_twice(app: Flask, config: Config, drop_index: Callable) -> None:
    """The claim is what keeps them from it: whoever looks at what is due without a lock finds it due."""
    drop_index("uq_billed_period", "uq_run_entry_planned")

    def run() -> None:
        crowd = a_crowd(app, 80)
        race(crowd, config, 16, disarm=no_locks)
        claims = crowd.rows(BilledPeriod)
        assert len(claims) == len({(one.subscription_id, one.period_start) for one in claims})

    assert race_until_lost(run)


@pytest.mark.engines("postgresql")
def test_with_the_claim_alone_nothing_is_billed_twice(app: Flask, config: Config) -> None:
    crowd = a_crowd(app, 80)
    race(crowd, config, 16, disarm=no_locks)
    claims = crowd.rows(BilledPeriod)
    assert len(claims) == len({(one.subscription_id, one.period_start) for one in claims}) > 0
