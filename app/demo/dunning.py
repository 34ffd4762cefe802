"""What the demo business does where money does not come: nobody is cut by it yet, for nothing is that old."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from app.auth.rules import Actor
from app.billing.rules.dunning import Terms
from app.billing.service.dunning_policies import set_policy
from app.reminders import service as reminders
from app.reminders.rules import ActValues

SUSPEND_AFTER = 30
SLOW_AFTER = 10
"""Days past the due date."""


def be_strict(owner: Actor, plans: Mapping[str, uuid.UUID], now: datetime) -> None:
    """Suspend services by the end of the ladder; homes are slowed down before, by a ladder of their own."""
    terms = Terms(enabled=True, grace_days=7, spared_tags=frozenset({"school"}), least_owed={"NGN": 500_000})
    set_policy(owner, terms, 0, now=now)
    reminders.add_act(owner, ActValues("suspend", SUSPEND_AFTER), now=now)
    home = plans["H20"]
    reminders.begin_ladder(owner, now=now, plan_id=home)
    reminders.add_act(owner, ActValues("throttle", SLOW_AFTER), now=now, plan_id=home)
