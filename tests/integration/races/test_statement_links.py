"""Several people make the link to a client's statement at the same moment: they all hold the same one."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth.models import AuditEvent, Link
from app.auth.rules import Actor
from app.extensions import db
from app.reports.service import statement_link
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_payments import no_locks
from tests.support.story import Story, a_business

PEOPLE = 12


def make(actor: Actor, client_id: uuid.UUID) -> str:
    """Press the button."""
    return statement_link(actor, client_id, now=clock.now())


def race(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> tuple[Story, list[Outcome]]:
    """Everybody presses it at once."""
    story = a_business(app)
    db.session.remove()
    return story, all_at_once(config, make, [(story.owner, story.client_id)] * PEOPLE, processes=6, disarm=disarm)


def check(story: Story, outcomes: list[Outcome]) -> None:
    """One link, told of once."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert len({outcome.value for outcome in outcomes}) == 1
    db.session.remove()
    mine = (Link.business_id == story.business_id, Link.kind == "client")
    assert db.session.scalar(select(func.count()).select_from(Link).where(*mine)) == 1
    told = (AuditEvent.business_id == story.business_id, AuditEvent.verb == "made_link")
    assert db.session.scalar(select(func.count()).select_from(AuditEvent).where(*told)) == 1


def test_everybody_gets_the_same_link(app: Flask, config: Config) -> None:
    check(*race(app, config))


def test_without_the_lock_there_are_several_or_something_breaks(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check(*race(app, config, disarm=no_locks)))
