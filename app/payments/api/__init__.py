"""Money as programs see it: what came, what it settled, what went back, and the credit of customers."""

from app.web.api import rooms_api

blueprint = rooms_api("payments", "/api", "Payments")

# Each module adds its operations to the blueprint above.
from app.payments.api import (  # noqa: E402
    bulk,
    cards,
    charging,
    credit,
    disputes,
    held,
    payments,
    receipts,
    recording,
    refunds,
    unsettled,
)

__all__ = [
    "blueprint",
    "bulk",
    "cards",
    "charging",
    "credit",
    "disputes",
    "held",
    "payments",
    "receipts",
    "recording",
    "refunds",
    "unsettled",
]
