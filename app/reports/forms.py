"""What is typed about reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm

from app.errors import Invalid
from app.reports.periods import Period, own_period
from app.web.fields import Day, refuse


class PeriodForm(FlaskForm):
    """A period in the address: two dates, both included. It changes nothing, so it needs no token."""

    class Meta:
        csrf = False

    since = Day("From", name="from", required=True)
    until = Day("To", name="to", required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period: Period | None = None

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Both dates make a period, which is then `period`."""
        if not super().validate(*args, **kwargs):
            return False
        since, until = self.since.data, self.until.data
        assert isinstance(since, date)
        assert isinstance(until, date)
        try:
            self.period = own_period(since, until)
        except Invalid as error:
            refuse(self, error)
        return self.period is not None
