"""Services are suspended and restored by many at the same moment: what was decided last stands everywhere."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, database, jobs
from app.auth.rules import Actor
from app.billing import queries, registry, service
from app.billing.models import ServiceAction, ServiceSpan
from app.billing.rules.control import RecordValues
from app.billing.service.records import save_record, switch_again
from app.errors import Conflict
from app.extensions import db
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.orders import work_off
from tests.integration.races.test_payments import no_locks
from tests.support.story import Story, a_business

TIMES = 12


def switch(actor: Actor, subscription_id: uuid.UUID, verb: str) -> str:
    """Press a button, and work as a job runner does."""
    do = service.suspend if verb == "suspend" else service.restore
    try:
        do(actor, subscription_id, reason="All at once", now=clock.now())
    except Conflict:
        return "refused"
    finally:
        jobs.run_due()
    return verb


def switched_at_once(
    app: Flask, config: Config, disarm: Callable[[], None] | None = None
) -> tuple[Story, uuid.UUID, list[Outcome]]:
    story = a_business(app)
    subscription_id = story.subscription()
    save_record(story.owner, subscription_id, RecordValues(story.router(), "ada"), "", version=0, now=clock.now())
    db.session.remove()
    pieces = [(story.owner, subscription_id, verb) for verb in ("suspend", "restore") * (TIMES // 2)]
    return story, subscription_id, all_at_once(config, switch, pieces, disarm=disarm)


def check(story: Story, subscription_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    assert [one.error for one in outcomes if one.error] == []
    # What found another at work was put off for a moment.
    work_off(story.business_id)
    db.session.remove()
    told = [one.value for one in outcomes]
    row = queries.get_subscription(story.business_id, subscription_id)
    assert told.count("suspend") - told.count("restore") == (row.suspended_at is not None)
    spans = list(db.session.scalars(select(ServiceSpan).where(ServiceSpan.business_id == story.business_id)))
    assert len(spans) == told.count("suspend")
    actions = list(db.session.scalars(select(ServiceAction).where(ServiceAction.business_id == story.business_id)))
    assert {one.state for one in actions} <= {"done", "superseded"}
    record = queries.record_of(story.business_id, subscription_id)
    assert record is not None
    router = queries.get_router(story.business_id, record.router_id)
    real = registry.driver_for(registry.reach(router)).status(registry.user_of(record)).state
    assert real == record.network_state == ("suspended" if row.suspended_at else "active")


def test_billing_and_network_agree_whoever_was_first(app: Flask, config: Config) -> None:
    check(*switched_at_once(app, config))


def test_without_the_lock_they_do_not(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check(*switched_at_once(app, config, disarm=no_locks)))


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "lock off"])
@pytest.mark.parametrize("how", ["again", "record"])
def test_a_service_that_comes_back_while_its_network_is_told_again_is_on(app: Flask, monkeypatch, locked, how) -> None:
    story = a_business(app)
    subscription_id = story.subscription()
    values = RecordValues(story.router(), "ada")
    save_record(story.owner, subscription_id, values, "", version=0, now=clock.now())
    service.suspend(story.owner, subscription_id, reason="By hand", now=clock.now())
    jobs.run_all()
    db.session.remove()
    real, looked, restored = queries.wanted_states, threading.Event(), threading.Event()

    def slowly(*asked):
        found = real(*asked)
        looked.set()
        restored.wait(1 if locked else 60)  # with locks it waits for us in turn
        return found

    def tell() -> None:
        with app.app_context():
            if how == "again":
                switch_again(story.owner, subscription_id, reason="Asked for again", now=clock.now())
            else:
                moved = replace(values, ip="10.0.0.9")
                save_record(story.owner, subscription_id, moved, "", version=1, now=clock.now())

    monkeypatch.setattr(database, "LOCKS", locked)
    monkeypatch.setattr(queries, "wanted_states", slowly)
    teller = threading.Thread(target=tell)
    teller.start()
    assert looked.wait(60)
    service.restore(story.owner, subscription_id, reason="Paid", now=clock.now())
    restored.set()
    teller.join()
    jobs.run_all()
    db.session.remove()
    record = queries.record_of(story.business_id, subscription_id)
    assert record is not None
    assert record.network_state == ("active" if locked else "suspended")
