"""The day's work of a business, in chunks: each does its part and asks for the next one in the same transaction."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from flask import current_app

from app import jobs
from app.auth.queries import get_business
from app.clock import day_in
from app.database import transactional
from app.invoices.service.noting import CHUNK, note_overdue
from app.reminders.queries.finding import Place
from app.reminders.service.sweeping import sweep

MOST_ROUNDS = 10_000


@transactional
def begin_day(business_id: uuid.UUID, now: datetime) -> None:
    """Ask for the overdue notes and the reminders of today; a day that was begun already is not begun again."""
    day = day_in(now, get_business(business_id).timezone)
    jobs.enqueue("reminders.overdue", f"reminders.overdue:{day}:0", {"round": 0}, business_id=business_id)
    jobs.enqueue("reminders.sweep", f"reminders.sweep:{day}:", {"after": ""}, business_id=business_id)


@transactional
def note_overdue_and_go_on(business_id: uuid.UUID, now: datetime, rounds: int) -> None:
    """Note a chunk of what became overdue, and go on when there may be more."""
    if len(note_overdue(business_id, now)) < CHUNK or rounds >= MOST_ROUNDS:
        return
    day = day_in(now, get_business(business_id).timezone)
    key, args = f"reminders.overdue:{day}:{rounds + 1}", {"round": rounds + 1}
    jobs.enqueue("reminders.overdue", key, args, business_id=business_id)


@transactional
def sweep_and_go_on(business_id: uuid.UUID, now: datetime, after: str) -> None:
    """Do what is due in one chunk of invoices, and go on behind it when there may be more.

    Once it is through, the rooms above close what they gathered on the way.
    """
    swept = sweep(business_id, now, _place(after))
    if swept.after is None:
        for closing in current_app.extensions.get("duely_on_swept", ()):
            closing(business_id, now)
        return
    day, spelled = day_in(now, get_business(business_id).timezone), f"{swept.after[0]}/{swept.after[1]}"
    args = {"after": spelled}
    jobs.enqueue("reminders.sweep", f"reminders.sweep:{day}:{spelled}", args, business_id=business_id)


def _place(spelled: str) -> Place | None:
    day, slash, invoice_id = spelled.partition("/")
    return (date.fromisoformat(day), uuid.UUID(invoice_id)) if slash else None
