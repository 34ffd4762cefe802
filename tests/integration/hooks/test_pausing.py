"""When an endpoint is paused: a delivery failed through all its tries, and nothing was taken since. And what nobody
will try any more does not wait for ever."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.database import writing
from app.extensions import db
from app.hooks import service
from app.hooks.models import Delivery, Endpoint
from app.jobs import run_all
from app.jobs.models import Job
from app.jobs.outbox import DIED
from app.work.service import discard
from tests.support.receiver import Receiver, listen
from tests.support.story import Story

Wait = Callable[[float], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """So many hours after the first of these calls, with what is due by then done."""
    began: list[datetime] = []

    def until(hours: float) -> None:
        began.append(clock.now())
        monkeypatch.setattr("app.clock.now", lambda at=began[0] + timedelta(hours=hours): at)
        run_all()
        db.session.remove()

    return until


def endpoint(story: Story, endpoint_id: uuid.UUID) -> Endpoint:
    db.session.remove()
    return db.session.get_one(Endpoint, (story.business_id, endpoint_id))


def deliveries() -> list[Delivery]:
    db.session.remove()
    return list(db.session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def test_two_failures_with_days_of_quiet_between_them_are_no_three_days_of_failing(
    ours: Story, receiver: Receiver, wait: Wait
):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    receiver.status = 500
    ours.issued()
    wait(0)
    wait(4 * 24)
    assert [(one.state, one.tries) for one in deliveries()] == [("failed", 2)]
    assert endpoint(ours, endpoint_id).paused_at is None
    ours.issued()
    wait(4 * 24 + 0.1)
    assert endpoint(ours, endpoint_id).paused_at is None, "the second has only begun to fail"
    assert endpoint(ours, endpoint_id).failing_since is not None


def test_a_failure_days_after_one_that_nobody_tries_any_more_does_not_pause(
    ours: Story, receiver: Receiver, wait: Wait
):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    receiver.status = 500
    ours.issued()
    wait(0)
    with writing():
        mine = (Job.business_id == ours.business_id, Job.task == "hooks.deliver")
        db.session.execute(update(Job).where(*mine).values(state="parked"))
    discard(ours.owner, _job(ours).id, "It is being rebuilt", now=clock.now())
    wait(4 * 24)
    ours.issued()
    wait(4 * 24 + 0.1)
    assert [one.state for one in deliveries()] == ["dropped", "waiting"]
    assert endpoint(ours, endpoint_id).paused_at is None


def test_one_that_took_something_meanwhile_is_not_paused(ours: Story, receiver: Receiver, wait: Wait):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    receiver.status = 500
    ours.issued()
    for hours in range(0, 36, 6):
        wait(hours)
    receiver.status = 200
    with writing():
        # It takes what comes now; the older one is tried again when it is broken once more.
        due = update(Job).where(Job.task == "hooks.deliver").values(due_at=clock.now() + timedelta(hours=6))
        db.session.execute(due)
    service.try_endpoint(ours.owner, endpoint_id, clock.now())
    wait(35)
    assert sorted(one.state for one in deliveries()) == ["delivered", "waiting"]
    receiver.status = 500
    for hours in range(42, 84, 6):
        wait(hours)
    assert sorted(one.state for one in deliveries()) == ["delivered", "failed"]
    assert endpoint(ours, endpoint_id).paused_at is None


def test_one_that_takes_nothing_for_three_days_is_paused_and_no_edit_gets_stale_before(
    ours: Story, receiver: Receiver, wait: Wait
):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    receiver.status = 500
    ours.issued()
    for hours in range(0, 72, 6):
        wait(hours)
    failing = endpoint(ours, endpoint_id)
    assert (failing.paused_at, failing.version) == (None, 1)
    assert failing.failing_since is not None
    wait(72.01)
    assert endpoint(ours, endpoint_id).paused_by == "failures"


def _job(story: Story) -> Job:
    found = select(Job).where(Job.business_id == story.business_id, Job.task == "hooks.deliver")
    return db.session.scalars(found).one()


def test_what_is_discarded_does_not_wait_for_ever_and_can_be_sent_again(ours: Story, receiver: Receiver, wait: Wait):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    ours.issued()
    with writing():
        mine = (Job.business_id == ours.business_id, Job.task == "hooks.deliver")
        db.session.execute(update(Job).where(*mine).values(state="parked", reason=DIED))
    discard(ours.owner, _job(ours).id, "The server was broken, ask Ada", now=clock.now())
    [left] = deliveries()
    left_id = left.id
    assert (left.state, left.answer) == ("dropped", "The work that was to tell it gave up and was discarded.")
    page = ours.visitor("admin").get(f"/settings/webhooks/{endpoint_id}/").text
    assert "gave up and was discarded" in page
    assert "Send again" in page
    service.send_again(ours.owner, endpoint_id, left_id, clock.now())
    wait(0.1)
    assert [one.state for one in deliveries()] == ["delivered"]
    assert len(receiver.heard) == 1


def test_a_secret_that_cannot_be_read_leaves_nothing_waiting(ours: Story, receiver: Receiver, wait: Wait, app: Flask):
    endpoint_id, _ = listen(ours, receiver, "invoice.issued")
    ours.issued()
    with writing():
        db.session.execute(update(Endpoint).values(secret="not a secret of ours"))
    for hours in range(0, 80, 6):
        wait(hours)
    [left] = deliveries()
    assert left.state == "failed"
    assert "on our side" in left.answer
    assert endpoint(ours, endpoint_id).paused_at is None, "that is our fault, not theirs"
