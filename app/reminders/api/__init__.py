"""Reminders as programs see them: when they go out, days off, those of an invoice, and how a customer is written to."""

from app.web.api import rooms_api

blueprint = rooms_api("reminders", "/api", "Reminders")

# Each module adds its operations to the blueprint above.
from app.reminders.api import customers, holidays, invoices, settings  # noqa: E402

__all__ = ["blueprint", "customers", "holidays", "invoices", "settings"]
