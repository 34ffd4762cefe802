"""kill -9 at each named point of planning, approving, posting, reversing and sending a run: whoever takes over goes on,
and in the end every period was billed once, and all of it.

Between two deaths one worker comes through alive, and after each of them the books are in order: what is half done is
not there.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app import clock
from app.auth.rules import Actor
from app.billing import service
from app.billing.models import BilledPeriod, BillingRun, RunEntry
from app.billing.service import run_posting, run_reversing, run_sending, running
from app.database import writing
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.jobs import enqueue
from app.jobs.models import Job
from app.jobs.perform import perform
from app.messages.models import Message
from tests.faults.billing.doomed import APPROVING, COMMANDS, PIECES, PLANNING, POSTING, REVERSING, SENDING
from tests.faults.billing.subscribers import Crowd, a_crowd, audit_is_clean, exactly_once
from tests.faults.outgoing import environ_of
from tests.support.live import ROOT, machine_environ
from tests.support.sound import violations

NO_RUN = uuid.UUID(int=0)
SAME_PIECE = (*tuple(PLANNING)[:2], tuple(PLANNING)[-2], tuple(POSTING)[-2])
"""After these nobody lives who would do the piece in which the next one dies."""
SUBSCRIPTIONS = 42


class Doomed:
    """The process from which they are forked."""

    def __init__(self, app: Flask, log: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.billing.doomed"]
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=machine_environ() | environ_of(app), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        self.log = log

    def die(self, point: str, crowd: Crowd, run_id: uuid.UUID = NO_RUN) -> None:
        """Let somebody work until that point; fails when they come through alive."""
        let_leases_end(crowd)
        assert self._process.stdin
        self._process.stdin.write(f"{point}={crowd.business_id}={run_id}\n")
        self._process.stdin.flush()
        assert self._said() == "-9", f"nobody died when {point}: {self.log.read_text()[-3000:]}"

    def _said(self) -> str:
        assert self._process.stdout
        while (line := self._process.stdout.readline()) == "ready\n":
            pass
        return line.strip()

    def end(self) -> None:
        self._process.kill()
        self._process.wait(60)
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            assert pipe
            pipe.close()


@contextmanager
def doomed(app: Flask, folder: Path) -> Iterator[Doomed]:
    db.session.remove()
    db.engine.dispose()
    made = Doomed(app, folder / "doomed.log")
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, too, a piece is a few clients."""
    for module, name in ((running, "planned"), (run_posting, "posted"), (run_reversing, "reversed")):
        monkeypatch.setattr(module, "CLIENTS", PIECES[name])
    monkeypatch.setattr(run_sending, "INVOICES", PIECES["sent"])


def let_leases_end(crowd: Crowd) -> None:
    """Let the time pass in which nobody touches what the dead had in their hands."""
    db.session.remove()
    with writing():
        mine = (Job.business_id == crowd.business_id, Job.state == "running", Job.task.like("billing.%"))
        db.session.execute(update(Job).where(*mine).values(due_at=clock.now()))
    db.session.remove()


def go_on(crowd: Crowd, pieces: int = 1000) -> None:
    """Let a worker that lives do so many pieces."""
    let_leases_end(crowd)
    for _ in range(pieces):
        waiting = crowd.rows(Job, Job.task.like("billing.%"), Job.state != "done", Job.due_at <= clock.now())
        if not waiting:
            return
        job_id = str(waiting[-1].id)
        db.session.remove()
        perform("job", job_id, str(crowd.business_id))


def die_at(points: Iterable[str], crowd: Crowd, dying: Doomed, run_id: uuid.UUID = NO_RUN) -> None:
    """One death after the other, each followed by one who lives and does one piece."""
    for point in points:
        dying.die(point, crowd, run_id)
        assert violations(crowd.business_id) == [], point
        if point not in SAME_PIECE:
            go_on(crowd, pieces=1)
        assert violations(crowd.business_id) == [], f"after {point}"
        parked = crowd.rows(Job, Job.state == "parked")
        assert [job.key for job in parked] == [], point


def test_a_run_whose_workers_die_at_every_point_bills_each_period_once(app: Flask, tmp_path: Path) -> None:
    crowd = a_crowd(app, SUBSCRIPTIONS, approve_alone=False)
    today = crowd.today()
    with writing():
        enqueue("billing.daily", f"billing.daily@{today}", {"date": str(today)}, business_id=crowd.business_id)
    with doomed(app, tmp_path) as dying:
        die_at(PLANNING, crowd, dying)
        [run] = crowd.runs()
        assert (run.state, run.entries) == ("review", len(crowd.expected(today)))
        assert crowd.count(BilledPeriod) == 0

        die_at(APPROVING, crowd, dying, run.id)
        die_at(POSTING, crowd, dying, run.id)
        assert crowd.state(run.id) == "posted"
        exactly_once(crowd, today)

        die_at(REVERSING, crowd, dying, run.id)
        assert crowd.state(run.id) == "reversed"
        assert crowd.count(BilledPeriod, BilledPeriod.reversed_at.is_(None)) == 0
        assert crowd.count(CreditNote) == crowd.count(Invoice)
        audit_is_clean(crowd)

        again = crowd.start(today, by=crowd.owner)
        go_on(crowd)
        assert crowd.state(again) == "review"
        service.approve(Actor.system(crowd.business_id), again, version=None, looked=True, now=clock.now())
        _post(crowd, again)
        die_at(SENDING, crowd, dying, again)
        go_on(crowd)
    exactly_once(crowd, today)
    audit_is_clean(crowd)
    assert crowd.state(again) == "sent"
    told = [message.object_id for message in crowd.rows(Message)]
    sent = {entry.invoice_id for entry in crowd.rows(RunEntry, RunEntry.run_id == again)}
    assert len(told) == len(set(told))
    assert set(told) == sent


def _post(crowd: Crowd, run_id: uuid.UUID) -> None:
    """Do what there is until a run is posted, and let the time come at which its messages may leave."""
    for _ in range(1000):
        if crowd.state(run_id) == "posted":
            break
        go_on(crowd, pieces=1)
    with writing():
        mine = (BillingRun.business_id == crowd.business_id, BillingRun.id == run_id)
        db.session.execute(update(BillingRun).where(*mine).values(send_at=clock.now()))
        sends = (Job.business_id == crowd.business_id, Job.task == "billing.send")
        db.session.execute(update(Job).where(*sends).values(due_at=clock.now()))
    db.session.remove()


@pytest.mark.engines("postgresql")
def test_what_a_command_had_begun_when_it_died_is_billed_by_the_workers(app: Flask, tmp_path: Path) -> None:
    gone_on(app, tmp_path, "workers")


@pytest.mark.engines("sqlite")
def test_what_a_command_had_begun_when_it_died_is_billed_by_the_next_one(app: Flask, tmp_path: Path) -> None:
    """Where there are no workers, whoever says the command again goes on with it."""
    gone_on(app, tmp_path, "command")


@pytest.mark.long
@pytest.mark.parametrize("next_one", ["workers", "command"])
def test_it_is_billed_by_either_on_both_databases(app: Flask, tmp_path: Path, next_one: str) -> None:
    gone_on(app, tmp_path, next_one)


def gone_on(app: Flask, tmp_path: Path, next_one: str) -> None:
    """Let a command die at each point, and workers or the next command do what is left."""
    with doomed(app, tmp_path) as dying:
        for point in COMMANDS:
            crowd = a_crowd(app, SUBSCRIPTIONS)
            dying.die(point, crowd)
            assert violations(crowd.business_id) == [], point
            if next_one == "workers":
                with writing():
                    enqueue("billing.daily", "billing.daily@again", {}, business_id=crowd.business_id)
                go_on(crowd)
            else:
                asked = ["generate-monthly-invoices", "--business", str(crowd.business_id)]
                found = app.test_cli_runner().invoke(args=asked)
                assert found.exit_code == 0, found.output
            try:
                exactly_once(crowd, crowd.today())
            except AssertionError as error:
                raise AssertionError(f"{point}: {error}") from error
    audit_is_clean(crowd)
