"""What the demo business offers again and again, and who pays for it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from app.auth.rules import Actor
from app.billing import service
from app.billing.rules.calendar import in_month
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.demo import services

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


# (place of the client among all, code of the plan, days ago it began, its add-ons)
AGREED = ((39, "H20", 400, 0), (38, "H20", 310, 0), (37, "H50", 250, 0), (36, "H20", 120, 0), (35, "H50", 45, 1),
          (34, "H20", 9, 0), (0, "B100", 380, 2), (1, "B100", 200, 0))  # fmt: skip
PAUSED, LEAVING = 3, 1
"""Places in AGREED: one travels from next month on, another ends with next month."""


def offer_plans(owner: Actor, vat: uuid.UUID, opened: datetime, today: date) -> dict[str, uuid.UUID]:
    """Make the plans on the day that the business opened, and plan a price for next month: {code: plan}."""
    made = {}
    for values, price, setup in PLANS:
        first = PriceValues("NGN", Decimal(price), opened.date(), Decimal(setup))
        taxed = replace(values, tax_ids=(vat,))
        made[values.code] = service.create_plan(owner, taxed, first, today=opened.date(), now=opened).id
    later = PriceValues("NGN", Decimal(DEARER), in_month(today.year, today.month + 1, 1), Decimal(75_000), False)
    service.set_price(owner, made["B100"], later, today=today, now=opened)
    return made


def agree(
    owner: Actor, clients: Sequence[uuid.UUID], plans: Mapping[str, uuid.UUID], today: date, now: datetime
) -> None:
    """Let some clients subscribe; Duely bills them from the first of next month on, so that nothing is due yet."""
    names = {values.code: values.name for values, _, _ in PLANS}
    next_month = in_month(today.year, today.month + 1, 1)
    made = []
    for place, code, days_ago, addons in AGREED:
        things = [ItemValues(names[code], plan_id=plans[code])]
        if addons:
            things.append(ItemValues(names["IP"], Decimal(addons), plan_id=plans["IP"]))
        began = today - timedelta(days=days_ago)
        values = SubscriptionValues(clients[place], names[code], "NGN", began, tuple(things), anchor_day=1)
        made.append(service.subscribe(owner, replace(values, billed_from=next_month), now=now).id)
    back = in_month(today.year, today.month + 2, 15)
    service.pause(owner, made[PAUSED], since=next_month, until=back, reason="Travels", now=now)
    ends = in_month(today.year, today.month + 2, 1)
    service.cancel(owner, made[LEAVING], ends_on=ends, reason="Moves to another town", now=now)
    services.connect(owner, made, now)
