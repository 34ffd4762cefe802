"""Those who die of SIGKILL at a named point of a billing run: whoever says `<point> <business> <run>` on a line.

Each dies in a process of its own, forked from this one, which answers with how it ended. Most are workers that take up
whatever billing waits, piece by piece; some are web servers that do what somebody asked on a page.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import click
from sqlalchemy import select

from app import clock, create_app
from app.auth.rules import Actor
from app.billing import run_tasks, service
from app.billing.models import BillingRun
from app.billing.service import run_posting, run_reversing, run_sending, running
from app.extensions import db
from app.invoices.service import issuing_many
from app.jobs import perform
from app.jobs.models import Job
from tests.faults.billing.runner import in_small_pieces

PIECES = {"planned": 5, "posted": 2, "reversed": 3, "sent": 6}
"""So few clients (or invoices) that there are more pieces than points in each step."""


def die(*_: Any, **__: Any) -> NoReturn:
    """kill -9 of this process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


def after(module: Any, name: str, times: int = 1) -> None:
    """Die when a function has come to its end so many times."""
    step, left = getattr(module, name), [times]

    def last(*arguments: Any, **named: Any) -> Any:
        found = step(*arguments, **named)
        left[0] -= 1
        return found if left[0] else die()

    setattr(module, name, last)


def after_half(module: Any, name: str, place: int) -> None:
    """Die when a function has come to its end with half of a list."""
    step = getattr(module, name)

    def half(*arguments: Any) -> Any:
        many = arguments[place]
        some = dict(list(many.items())[: len(many) // 2]) if isinstance(many, dict) else many[: len(many) // 2]
        step(*arguments[:place], some, *arguments[place + 1 :])
        db.session.flush()
        die()

    setattr(module, name, half)


def stored(task: str, state: str = "") -> None:
    """Die when a job of that task has been committed, with a run in that state where it is said; the next is not taken
    by anybody."""
    finish = perform._finish

    def last(taken: Any, *more: Any) -> None:
        finish(taken, *more)
        if taken.task == task:
            run = db.session.get(BillingRun, (taken.business_id, uuid.UUID(taken.args["run_id"]))) if state else None
            if not state or (run is not None and run.state == state):
                die()

    perform._finish = last


def in_hand(task: str) -> None:
    """Die with a job of that task just taken."""
    run = perform.run
    perform.run = lambda taken: die() if taken.task == task else run(taken)  # type: ignore[assignment]


# -- what they do ------------------------------------------------------------------------------------------------------


def work(business_id: uuid.UUID, _: uuid.UUID) -> None:
    """Do the billing of a business, job by job."""
    waits = select(Job.id).where(Job.business_id == business_id, Job.task.like("billing.%"), Job.state != "done")
    for _ in range(200):
        job_id = db.session.scalar(waits.where(Job.due_at <= clock.now()).order_by(Job.id.desc()).limit(1))
        db.session.remove()
        if job_id is None:
            return
        perform.perform("job", str(job_id), str(business_id))


def approve(business_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Somebody approves, and the answer never comes."""
    service.approve(_somebody(business_id), run_id, version=None, looked=True, now=clock.now())
    die()


def reverse(business_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Somebody takes it back, and the answer never comes."""
    service.reverse(_somebody(business_id), run_id, "Wrong prices", now=clock.now())
    die()


def command(business_id: uuid.UUID, _: uuid.UUID) -> None:
    """Somebody, or cron, says `flask generate-monthly-invoices`."""
    app.test_cli_runner().invoke(args=["generate-monthly-invoices", "--business", str(business_id)])


def _somebody(business_id: uuid.UUID) -> Actor:
    return Actor.system(business_id)


@dataclass(frozen=True)
class Point:
    """Where somebody dies: what is put there, and what they do."""

    put: Callable[[], None]
    do: Callable[[uuid.UUID, uuid.UUID], None] = work


def _some_invoices_written() -> None:
    after(issuing_many._Books, "write", 2)


PLANNING = {
    "the work of the day is in hand": Point(lambda: in_hand("billing.daily")),
    "the run of the day was begun": Point(lambda: after(running, "start_run")),
    "the run of the day was stored": Point(lambda: stored("billing.daily")),
    "entries were written": Point(lambda: after(running, "_note")),
    "the next piece of the plan was asked for": Point(lambda: after(running, "ask")),
    "a piece of the plan was stored": Point(lambda: stored("billing.plan")),
    "the plan was added up": Point(lambda: after(running, "count")),
    "the plan was stored": Point(lambda: stored("billing.plan", "review")),
}
APPROVING = {
    "somebody's approval was written": Point(lambda: after(running, "_approved"), approve),
    "somebody's approval was stored": Point(lambda: None, approve),
}
POSTING = {
    "a piece to post is in hand": Point(lambda: in_hand("billing.post")),
    "periods were claimed": Point(lambda: after(run_posting, "claim")),
    "some invoices were written": Point(_some_invoices_written),
    "invoices were issued": Point(lambda: after(run_posting, "post_invoices")),
    "half of the claims were noted": Point(lambda: after_half(run_posting, "note_invoices", 1)),
    "half of the entries were noted": Point(lambda: after_half(run_posting, "note_entries", 1)),
    "the next days were noted": Point(lambda: after(run_posting, "go_on")),
    "the next piece to post was asked for": Point(lambda: after(run_posting, "ask")),
    "a posted piece was stored": Point(lambda: stored("billing.post")),
    "the run was posted": Point(lambda: after(run_posting, "_finish")),
    "the posted run was stored": Point(lambda: stored("billing.post", "posted")),
}
REVERSING = {
    "somebody's reversal was written": Point(lambda: after(run_reversing, "ask"), reverse),
    "somebody's reversal was stored": Point(lambda: None, reverse),
    "a piece to take back is in hand": Point(lambda: in_hand("billing.reverse")),
    "half of the credit notes were written": Point(lambda: after(run_reversing, "_credit", 3)),
    "periods were free": Point(lambda: after(run_reversing, "_free")),
    "a piece that was taken back was stored": Point(lambda: stored("billing.reverse")),
    "the run was taken back": Point(lambda: after(run_reversing, "_finish")),
}
SENDING = {
    "messages were queued": Point(lambda: after(run_sending, "send_many")),
    "queued messages were stored": Point(lambda: stored("billing.send")),
}
COMMANDS = {
    "the command began its run": Point(lambda: after(running, "start_run"), command),
    "the command began to plan": Point(lambda: after(run_tasks.running, "plan_next"), command),
    "the command planned half": Point(lambda: after(run_tasks.running, "plan_next", 3), command),
    "the command approved": Point(lambda: after(running, "_approved"), command),
    "the command posted half": Point(lambda: after(run_posting, "post_next", 3), command),
    "the command issued more": Point(lambda: after(run_posting, "post_invoices", 4), command),
}
POINTS = PLANNING | APPROVING | POSTING | REVERSING | SENDING | COMMANDS


def main() -> None:
    """Let one after the other die, and say how it ended: -9 is death."""
    click.echo("ready")
    for line in sys.stdin:
        name, business_id, run_id = line.strip().split("=")
        if (child := os.fork()) == 0:
            point = POINTS[name]
            point.put()
            with app.app_context():
                point.do(uuid.UUID(business_id), uuid.UUID(run_id))
            os._exit(0)
        click.echo(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    in_small_pieces(**PIECES)
    app = create_app()
    with app.app_context():
        db.engine.dispose()
    main()
