"""`flask audit` looks at what is to be told to others, and at answers that are kept for programs."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from app import clock
from app.auth.models import KeptAnswer
from app.auth.rules import Actor
from app.auth.service.kept_answers import forget_answers
from app.database import new_id, writing
from app.extensions import db
from app.hooks import service
from app.hooks.rules import EndpointValues
from app.work.service import discard

SOUND = (0, "1 business checked, no differences.\n")
LONG_AGO = timedelta(hours=2)


@pytest.fixture
def ping(app, books, monkeypatch):
    """The id of a delivery that waits since two hours ago."""
    with app.app_context():
        owner, then = Actor.system(books.business), clock.now() - LONG_AGO
        row, _ = service.add_endpoint(owner, EndpointValues("https://example.com/duely"), then)
        made = service.try_endpoint(owner, row.id, then).id
        db.session.remove()
    return made


def test_a_delivery_whose_work_goes_on_or_waits_for_a_person_is_sound(audit, ping, tamper):
    assert audit() == SOUND
    tamper("UPDATE job SET state = 'parked' WHERE task = 'hooks.deliver'")
    assert audit() == SOUND


@pytest.mark.parametrize("state", ["done", "dropped"])
def test_a_delivery_that_waits_and_nobody_will_tell_is_named(audit, ping, tamper, state):
    tamper(f"UPDATE job SET state = '{state}' WHERE task = 'hooks.deliver'")
    status, told = audit()
    assert status == 1
    assert f"The delivery {ping} of a webhook waits, and nothing will tell it" in told


def test_work_for_an_older_round_does_not_tell_it(audit, ping, tamper):
    tamper("UPDATE hook_delivery SET round = 2")
    assert f"The delivery {ping}" in audit()[1]


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("table", ["hook_endpoint", "hook_event"])
def test_deliveries_that_belong_to_nothing_are_named(audit, ping, tamper, table):
    tamper(f"DELETE FROM {table}")
    assert f"The delivery {ping} belongs to no webhook or tells of no event" in audit()[1]


def test_events_that_belong_to_nobody_are_named(audit, ping, tamper):
    tamper("DELETE FROM hook_delivery")
    assert "(ping) is to be told to no webhook" in audit()[1]


def test_work_that_is_discarded_leaves_sound_books(app, audit, ping, tamper, books):
    tamper("UPDATE job SET state = 'parked' WHERE task = 'hooks.deliver'")
    with app.app_context():
        job_id = db.session.execute(db.text("SELECT id FROM job WHERE task = 'hooks.deliver'")).scalar_one()
        discard(Actor.system(books.business), uuid.UUID(str(job_id)), "Never mind", now=clock.now())
        db.session.remove()
    assert audit() == SOUND


def keep(app, business_id: uuid.UUID, hours: float, status: int) -> str:
    with app.app_context(), writing():
        row = KeptAnswer(id=new_id(), business_id=business_id, family_id=new_id(), key="k", request_hash="0" * 64)
        row.created_at, row.status = clock.now() - timedelta(hours=hours), status
        db.session.add(row)
        return str(row.id)


@pytest.mark.parametrize(
    "hours, status, words",
    [
        (25, 200, None),
        (26.1, 200, "has been kept for an Idempotency-Key since"),
        (26.1, 0, "has been kept for an Idempotency-Key since"),
        (1.9, 0, None),
        (2.1, 0, "What was asked under an Idempotency-Key"),
        (2.1, 200, None),
    ],
)
def test_answers_that_were_not_forgotten_and_keys_that_run_for_hours_are_named(app, books, audit, hours, status, words):
    kept = keep(app, books.business, hours, status)
    if words is None:
        assert audit() == SOUND
        return
    code, told = audit()
    assert (code, told.count(kept), words in told) == (1, 1, True)
    with app.app_context():
        forget_answers(clock.now())
        db.session.remove()
    assert audit() == SOUND


def test_a_key_that_runs_is_not_forgotten_at_once(app, books):
    keep(app, books.business, 0.9, 0)
    with app.app_context():
        forget_answers(clock.now())
        assert db.session.query(KeptAnswer).count() == 1
