"""The ladder with pencil and paper: which steps an invoice has ahead of it, and on which day."""

from app.invoices.rules.terms import days_words
from app.reminders.rules.acts import ActValues
from app.reminders.rules.planning import as_postponed, as_sent, plan, wording_for
from app.reminders.rules.steps import (
    ACTS,
    CATCH_UP,
    CUTS,
    EARLIEST,
    KINDS,
    LATEST,
    MOST_STEPS,
    USUAL,
    WORDINGS,
    Calendar,
    Known,
    Owing,
    Past,
    Planned,
    Rung,
    true_wording,
)

__all__ = [
    "ACTS",
    "CATCH_UP",
    "CUTS",
    "EARLIEST",
    "KINDS",
    "LATEST",
    "MOST_STEPS",
    "USUAL",
    "WORDINGS",
    "ActValues",
    "Calendar",
    "Known",
    "Owing",
    "Past",
    "Planned",
    "Rung",
    "as_postponed",
    "as_sent",
    "days_words",
    "plan",
    "true_wording",
    "wording_for",
]
