"""One billing run a day, however often it is asked for."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select

from app import database
from app.auth.models import Business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.service.running import start_run
from app.database import transactional
from app.extensions import db

UNDER_WAY = ("planning", "review", "approved", "posting")


@transactional
def run_once(actor: Actor, as_of: date, *, now: datetime) -> uuid.UUID:
    """The id of the run of a day: the one there is, else a new one.

    One that is through counts as long as nothing has become due since. Needs staff. Raises Invalid as `start_run` does.
    """
    actor.require("staff")
    if database.LOCKS:
        # Whoever asks at the same time waits here, and finds what the first has begun.
        db.session.execute(select(Business.id).where(Business.id == actor.business_id).with_for_update())
    run = queries.runs.run_of_day(actor.business_id, as_of)
    if run is not None and (run.state in UNDER_WAY or not queries.due.anything_due(actor.business_id, as_of)):
        return run.id
    return start_run(actor, as_of, now=now).id
