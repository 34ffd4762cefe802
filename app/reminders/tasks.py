"""What the calendar asks for each day: note what became overdue, and send the reminders that are due."""

from __future__ import annotations

from app.jobs import Context, Task
from app.jobs.daily import Daily
from app.reminders import service


def _daily(context: Context) -> None:
    service.begin_day(context.business, context.now)


def _overdue(context: Context) -> None:
    service.note_overdue_and_go_on(context.business, context.now, int(context.args.get("round", 0)))


def _sweep(context: Context) -> None:
    service.sweep_and_go_on(context.business, context.now, str(context.args.get("after", "")))


TASKS: dict[str, Task] = {
    "reminders.daily": _daily,
    "reminders.overdue": _overdue,
    "reminders.sweep": _sweep,
}
PERIODIC = {"reminders.daily": Daily()}
