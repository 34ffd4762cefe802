"""A provider that answers nobody: one message at a time tries, and the others wait without keeping anybody busy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.database import writing
from app.extensions import db
from app.jobs.models import Job
from app.messages.channels.base import TransportError
from app.messages.channels.memory import MemoryChannel
from app.messages.service import breaker
from app.messages.service.breaker import FAILURES, PAUSE, SPREAD

BUSY = TransportError("Try later.", permanent=False)
HOUR = 3600

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def waits(office, failures: int, times: int = 300) -> list[float]:
    """How long messages are told to wait right after so many failures in a row."""
    with writing():
        breaker.worked("email")
    for _ in range(failures):
        with writing():
            breaker.failed("email", office.now)
    with writing():
        found = [breaker.wait("email", office.now) for _ in range(times)]
    db.session.remove()
    return found


def test_at_first_everybody_looks_again_as_soon_as_the_pause_is_over(office):
    assert set(waits(office, FAILURES - 1)) == {0.0}
    assert set(waits(office, FAILURES)) == {PAUSE.total_seconds()}


def test_the_longer_it_lasts_the_longer_and_the_more_apart_they_wait(office):
    pause, spread = PAUSE.total_seconds(), SPREAD.total_seconds()
    soon, late = waits(office, FAILURES + 2), waits(office, FAILURES + 30)
    assert pause <= min(soon) <= max(soon) <= 3 * pause
    assert pause <= min(late) < pause + 20
    assert pause + spread - 20 < max(late) <= pause + spread


def test_while_one_tries_the_others_wait_apart_too(office):
    waits(office, FAILURES + 30, times=0)
    office.now += PAUSE
    with writing():
        first, *others = [breaker.wait("email", office.now) for _ in range(50)]
    db.session.remove()
    assert first == 0.0
    assert len({round(one) for one in others}) > 10
    assert min(others) >= PAUSE.total_seconds()


def test_messages_that_wait_for_an_hour_are_seldom_looked_at_and_leave_soon_after(office, app):
    office.mail.fail_next(*[BUSY] * 10_000)
    for _ in range(10):
        office.write("email")
    for _ in range(HOUR // 30):
        office.run(wait=30)
    # Everybody in every round would be 120 times each.
    looks = db.session.scalar(select(func.sum(Job.attempts)).where(Job.task == "messages.deliver"))
    assert looks / 10 < HOUR / 50
    well = app.extensions["duely_mail"] = MemoryChannel()
    for _ in range(6):
        office.run(wait=30)
    assert set(office.all()) == {("email", "sent")}
    assert len(well.sent) == 10


def test_a_channel_that_works_again_lets_everybody_through_at_once(office):
    assert min(waits(office, FAILURES + 30, times=1)) > 0
    with writing():
        breaker.worked("email")
        assert breaker.wait("email", office.now + timedelta(seconds=1)) == 0.0
