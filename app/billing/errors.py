"""What can be refused about plans and subscriptions, in the sentence the person reads."""

from __future__ import annotations

from app.errors import Conflict


class StalePlan(Conflict):
    """Somebody else changed this plan while you had the form open. Nothing of yours was saved yet."""


class PricesMoved(Conflict):
    """Somebody else changed the prices of this plan since you looked. Nothing of yours was set yet."""


class StaleSubscription(Conflict):
    """Somebody else changed this subscription in the meantime. Nothing of yours was saved yet."""


class StaleRouter(Conflict):
    """Somebody else changed this router while you had the form open. Nothing of yours was saved yet."""


class StaleRecord(Conflict):
    """Somebody else changed this service record while you had the form open. Nothing of yours was saved yet."""


class RouterInUse(Conflict):
    """There are services on this router. Move them to another one first."""


class SubscriptionMade(Conflict):
    """This form made a subscription before, and nothing was added to it now. Press the button again for another one."""


class OtherDue(Conflict):
    """Something else is due by now than you saw. Nothing was billed yet."""


class StalePolicy(Conflict):
    """Somebody else changed this policy while you had the form open. Nothing of yours was saved yet."""


class BatchIsOver(Conflict):
    """This batch does not wait for anybody any more. Look at the page again."""


class PromiseRefused(Conflict):
    """Promises are not taken here. Please talk to us."""


class StaleRun(Conflict):
    """This billing run changed in the meantime. Look at it again; nothing of yours was done yet."""


class StaleDecision(Conflict):
    """Somebody else decided on this one in the meantime. Nothing of yours was saved yet."""


class DaysGivenBack(Conflict):
    """Days on this invoice were given back and can be billed anew, so no other can take its place. Credit what is wrong
    on it, and bill that by an invoice of its own."""


class DaysFreed(Conflict):
    """Days on this invoice were given back and can be billed anew, so its credit notes stay. Charge what is owed after
    all by an invoice of its own."""


class BilledApart(Conflict):
    """What is paid for was changed in this period, and days of it were billed by themselves or wait for the next
    invoice. Its invoice stays. Credit it by hand where that is wrong."""


class Replaced(Conflict):
    """Another invoice took the place of this one just now. Credit that one by hand."""
