"""Statistics, reports and statements as programs see them; they change nothing."""

from app.web.api import rooms_api

blueprint = rooms_api("reports", "/api", "Reports")

# Each module adds its operations to the blueprint above.
from app.reports.api import collecting, forecast, money, recurring, sharing, statements, stats  # noqa: E402

__all__ = ["blueprint", "collecting", "forecast", "money", "recurring", "sharing", "statements", "stats"]
