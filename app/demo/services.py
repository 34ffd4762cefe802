"""The network of the demo business: a pretended router, and the services of its subscribers on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from app.auth.rules import Actor
from app.billing import service
from app.billing.registry import driver_for
from app.billing.rules.control import RecordValues, RouterValues
from app.billing.service import switching
from app.billing.service.records import save_record
from app.billing.service.routers import connect_router

THROTTLED = 5
"""Place among the subscriptions of the one that used more than is fair."""


def connect(owner: Actor, subscriptions: Sequence[uuid.UUID], now: datetime) -> None:
    """Put every subscription on a router that only writes down what it would do, and slow one of them."""
    router = connect_router(owner, RouterValues("Core, Allen Avenue"), "", now=now)
    for place, subscription_id in enumerate(subscriptions):
        number = place + 11
        values = RecordValues(
            router.id, f"hf{1000 + number}", f"10.20.0.{number}", f"02:48:46:00:00:{number:02X}", "home-20"
        )
        save_record(owner, subscription_id, values, f"demo-{number}", version=0, now=now)
    action = service.throttle(owner, subscriptions[THROTTLED], reason="Ten times what is fair this week", now=now)
    # The queue of the demo is emptied, and this router is a file of ours.
    ready = switching.begin(owner.business_id, action.id, now=now)
    if ready is not None:
        said = driver_for(ready.reach).throttle(ready.user)
        switching.record_done(owner.business_id, ready, said, now=now)
