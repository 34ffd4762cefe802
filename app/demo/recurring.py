"""What the demo business offers again and again."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from app.auth.rules import Actor
from app.billing import service
from app.billing.rules.calendar import in_month
from app.billing.rules.plans import PlanValues, PriceValues

_HOME = PlanValues("Home 20 Mbps", code="H20", description="Fibre to the home", anchor_day=1, featured=True,
    download_kbps=20_000, upload_kbps=10_000)  # fmt: skip
# (plan, naira a period, naira once)
PLANS = (
    (_HOME, 18_500, 45_000),
    (replace(_HOME, name="Home 50 Mbps", code="H50", download_kbps=50_000, upload_kbps=25_000, featured=False),
     27_500, 45_000),
    (PlanValues("Business 100 Mbps", code="B100", description="Fault repaired within 8 hours", anchor_day=1,
                stub="next", download_kbps=100_000, upload_kbps=100_000), 86_000, 75_000),
    (PlanValues("Hotspot week", code="W7", cycle_unit="week", download_kbps=10_000, upload_kbps=2_000,
                quota_mb=20_000), 3_500, 0),
    (PlanValues("Fixed public address", kind="addon", code="IP", anchor_day=1), 6_500, 0),
)  # fmt: skip
DEARER = 92_000
"""What the business plan costs from next month on, for new subscriptions."""


def offer_plans(owner: Actor, vat: uuid.UUID, opened: datetime, today: date) -> None:
    """Make the plans on the day that the business opened, and plan a price for next month."""
    made = {}
    for values, price, setup in PLANS:
        first = PriceValues("NGN", Decimal(price), opened.date(), Decimal(setup))
        taxed = replace(values, tax_ids=(vat,))
        made[values.code] = service.create_plan(owner, taxed, first, today=opened.date(), now=opened).id
    later = PriceValues("NGN", Decimal(DEARER), in_month(today.year, today.month + 1, 1), Decimal(75_000), False)
    service.set_price(owner, made["B100"], later, today=today, now=opened)
