"""The books of a business, asked everything that `flask audit` asks."""

from __future__ import annotations

import uuid

from app import clock
from app.extensions import db
from app.rooms import CHECKS


def violations(business_id: uuid.UUID) -> list[str]:
    """What does not hold in the books of a business. Needs an open application context."""
    db.session.remove()
    now = clock.now()
    found = [sentence for check in CHECKS.business for sentence in check(business_id, now)]
    db.session.remove()
    return found
