"""Who left the demo business, and who came back: without them nothing could be told of churn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from app.auth.rules import Actor
from app.billing import service
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues

# (place of the client among all, code of the plan, days ago it began, days ago it ended or None)
PAST = ((33, "H20", 290, 30), (32, "H50", 340, 130), (32, "H20", 40, None))


def remember(
    owner: Actor, clients: Sequence[uuid.UUID], plans: Mapping[str, uuid.UUID], today: date, now: datetime
) -> None:
    """Subscriptions that ended before Duely billed any, and one of somebody who came back."""
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    for place, code, begun, ended in PAST:
        values = SubscriptionValues(
            clients[place],
            "Earlier line" if ended else "New line",
            "NGN",
            today - timedelta(days=begun),
            (ItemValues("Home line", plan_id=plans[code]),),
            anchor_day=1,
            billed_from=next_month,
            ends_on=today - timedelta(days=ended) if ended else None,
        )
        service.subscribe(owner, values, now=now)
