"""What the reminders of an invoice look like to programs."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from app.web.api import In, Out

_OUTCOMES = """queued: its message is `message_id`; done: a late fee or a cut; skipped: left out by a person; overtaken:
a later one stood in its place; missed: found too late; unreachable: no channel would take it."""
_STATES = """ahead; due; waits: something else has to happen first; yields and overtaken: another stands in its place;
missed: too late by now; by_hand: it goes out only if a person sends it."""


class PostponeIn(In):
    """The day on which it goes out instead, after today and within a year."""

    until: date


class PlannedStepOut(Out):
    """A step that is to come. `open`: it can be postponed, sent or left out."""

    step_id: uuid.UUID
    kind: str = Field(description="What it does; of a reminder the kind of message that is true on its day.")
    days: int = Field(description="After the due date; negative before it.")
    channel: str = Field(description="The only one it goes by; empty for the customer's own order.")
    on: date
    state: Literal["ahead", "due", "waits", "yields", "overtaken", "missed", "by_hand"] = Field(
        description=" ".join(_STATES.split())
    )
    held: bool = Field(description="A hold moved its day.")
    postponed: bool
    reachable: bool = Field(description="Whether anybody would get it by its channel.")
    open: bool


class PassedStepOut(Out):
    """A step that is over, meant for the day `on`, and who decided that; nobody where it went by itself."""

    step_id: uuid.UUID
    kind: str
    days: int
    outcome: Literal["queued", "done", "skipped", "overtaken", "missed", "unreachable"] = Field(
        description=" ".join(_OUTCOMES.split())
    )
    on: date
    at: datetime
    by: str
    channel: str
    message_id: uuid.UUID | None
    message_state: str


class ReminderScheduleOut(Out):
    """What an invoice has ahead of it and behind it. Nothing is planned where it asks for no money, or where neither
    reminders nor the ladder's other steps are switched on."""

    invoice_id: uuid.UUID
    due_date: date | None
    counts_from: date | None = Field(description="The day from which steps after the due date are counted.")
    held_until: date | None = Field(description="The last day of a hold or promise on it.")
    rests: str = Field(description="Why nothing goes out by itself, in a sentence; empty where it does.")
    planned: list[PlannedStepOut]
    passed: list[PassedStepOut]


_STEP = "01936f4e-7c00-7000-8000-000000000081"
_PLANNED: dict[str, Any] = {
    "step_id": "01936f4e-7c00-7000-8000-000000000082",
    "kind": "reminder_overdue",
    "days": 10,
    "channel": "",
    "on": "2026-11-30",
    "state": "ahead",
    "held": False,
    "postponed": False,
    "reachable": True,
    "open": True,
}
_PASSED: dict[str, Any] = {
    "step_id": _STEP,
    "kind": "reminder_overdue",
    "days": 3,
    "outcome": "queued",
    "on": "2026-11-23",
    "at": "2026-11-23T08:00:00Z",
    "by": "",
    "channel": "email",
    "message_id": "01936f4e-7c00-7000-8000-000000000050",
    "message_state": "delivered",
}
SCHEDULE: dict[str, Any] = {
    "invoice_id": "01936f4e-7c00-7000-8000-000000000040",
    "due_date": "2026-11-20",
    "counts_from": "2026-11-20",
    "held_until": None,
    "rests": "",
    "planned": [_PLANNED],
    "passed": [_PASSED],
}
