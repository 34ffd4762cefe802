"""Reading ladders, holds and what becomes of reminders, always of one business."""

from app.reminders.queries.holding import Held, standing_holds
from app.reminders.queries.outlooks import (
    Desk,
    Outlook,
    clients_with_ladders,
    get_desk,
    holidays,
    ladder_step,
    outlook,
    outlook_at,
    outlook_if,
    outlooks_of_client,
    page_of_outlooks,
    rungs,
    unwanted,
)
from app.reminders.queries.reaching import ways

__all__ = [
    "Desk",
    "Held",
    "Outlook",
    "clients_with_ladders",
    "get_desk",
    "holidays",
    "ladder_step",
    "outlook",
    "outlook_at",
    "outlook_if",
    "outlooks_of_client",
    "page_of_outlooks",
    "rungs",
    "standing_holds",
    "unwanted",
    "ways",
]
