"""What billing runs come to, as pages show it."""

from __future__ import annotations

from flask_login import current_user

from app.billing.models import BillingRun
from app.money import Money


def amount(minor: int | None, currency: str) -> Money | None:
    """An amount in minor units as pages show it; None stays none."""
    return None if minor is None else Money.total(minor, currency)


def total_of(run: BillingRun) -> list[Money]:
    """What a run comes to, in the business's currency first."""
    order = sorted(run.totals, key=lambda currency: (currency != current_user.currency, currency))
    return [Money.total(run.totals[currency]["now"][1], currency) for currency in order]
