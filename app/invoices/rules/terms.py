"""Payment terms: days from the issue date to the due date."""

from datetime import date, timedelta

from app.errors import Invalid

MAX_TERM_DAYS = 365
TERM_CHOICES: tuple[int, ...] = (0, 7, 14, 30, 45, 60, 90)
"""Days offered in a list; anything from 0 to MAX_TERM_DAYS may be stored."""

_LAST_YEAR = 9998


def term_label(days: int) -> str:
    """The words for a term: "On receipt", "1 day", "30 days"."""
    if days == 0:
        return "On receipt"
    return "1 day" if days == 1 else f"{days} days"


def due_date(issue_date: date, days: int) -> date:
    """The issue date plus `days` calendar days, the same day for 0.

    Raises Invalid on `terms_days` outside 0 to 365, and on `issue_date` when either date would pass the year 9998:
    the year after it must still exist for every computation that looks ahead.
    """
    if not 0 <= days <= MAX_TERM_DAYS:
        raise Invalid("terms_days", f"Payment terms are from 0 to {MAX_TERM_DAYS} days.")
    if issue_date.year > _LAST_YEAR:
        raise Invalid("issue_date", f"Choose a date before the end of the year {_LAST_YEAR}.")
    due = issue_date + timedelta(days=days)
    if due.year > _LAST_YEAR:
        raise Invalid("issue_date", f"The due date would be after the year {_LAST_YEAR}.")
    return due


def days_words(days: int) -> str:
    """Where a day stands beside the due date: "3 days before", "on the due date", "10 days after"."""
    if days == 0:
        return "on the due date"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{count} {'before' if days < 0 else 'after'} the due date"
