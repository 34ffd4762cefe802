"""Changing ladders and holds, and sending what is due."""

from app.reminders.service.daily import begin_day, note_overdue_and_go_on, sweep_and_go_on
from app.reminders.service.ladders import add_act, add_step, begin_ladder, end_ladder, end_step
from app.reminders.service.pausing import add_holiday, hold, let_go, remove_holiday
from app.reminders.service.steering import postpone, send_now, skip
from app.reminders.service.sweeping import Swept, sweep

__all__ = [
    "Swept",
    "add_act",
    "add_holiday",
    "add_step",
    "begin_day",
    "begin_ladder",
    "end_ladder",
    "end_step",
    "hold",
    "let_go",
    "note_overdue_and_go_on",
    "postpone",
    "remove_holiday",
    "send_now",
    "skip",
    "sweep",
    "sweep_and_go_on",
]
