"""What can be refused about plans and subscriptions, in the sentence the person reads."""

from __future__ import annotations

from app.errors import Conflict


class StalePlan(Conflict):
    """Somebody else changed this plan while you had the form open. Nothing of yours was saved yet."""


class StaleSubscription(Conflict):
    """Somebody else changed this subscription in the meantime. Nothing of yours was saved yet."""


class SubscriptionMade(Conflict):
    """This form made a subscription before, and nothing was added to it now. Press the button again for another one."""


class StalePolicy(Conflict):
    """Somebody else changed how billing is done while you had the form open. Nothing of yours was saved yet."""


class StaleRun(Conflict):
    """This billing run changed in the meantime. Look at it again; nothing of yours was done yet."""


class StaleDecision(Conflict):
    """Somebody else decided on this one in the meantime. Nothing of yours was saved yet."""
