"""The pages that look over everything: the dashboard, the search box and the reports."""

from flask import Blueprint

blueprint = Blueprint("reports", __name__)

# Each module adds its routes to the blueprint above.
from app.reports.views import dashboard, journal, recurring, statement  # noqa: E402

__all__ = ["blueprint", "dashboard", "journal", "recurring", "statement"]
