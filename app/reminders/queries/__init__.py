"""Reading ladders, holds and what becomes of reminders, always of one business."""

from app.reminders.queries.desks import (
    Bearing,
    Desk,
    clients_with_ladders,
    get_desk,
    holidays,
    ladder_step,
    ladder_steps,
    rungs,
)
from app.reminders.queries.finding import due_ids
from app.reminders.queries.holding import Held, standing_holds
from app.reminders.queries.outlooks import (
    Outlook,
    outlook,
    outlook_at,
    outlook_if,
    outlooks_at,
    outlooks_of_client,
    unwanted,
)
from app.reminders.queries.passed import Passed, passed
from app.reminders.queries.reaching import closed_of, ways

__all__ = [
    "Bearing",
    "Desk",
    "Held",
    "Outlook",
    "Passed",
    "clients_with_ladders",
    "closed_of",
    "due_ids",
    "get_desk",
    "holidays",
    "ladder_step",
    "ladder_steps",
    "outlook",
    "outlook_at",
    "outlook_if",
    "outlooks_at",
    "outlooks_of_client",
    "passed",
    "rungs",
    "standing_holds",
    "unwanted",
    "ways",
]
