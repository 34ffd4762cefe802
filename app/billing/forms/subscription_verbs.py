"""What is asked when something is done with a subscription. Each form carries the version that was looked at."""

from __future__ import annotations

from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from app.errors import Invalid
from app.web.fields import Day, Pick, Text, Version


class VersionForm(FlaskForm):
    """Nothing but which version was looked at."""

    version = Version()


class PauseForm(VersionForm):
    """The days that are not paid for."""

    when = Pick(
        "When does it begin", [("now", ""), ("term", ""), ("day", "")], default="day", sentence="Choose when it begins."
    )
    since = Day("First day of the pause, if another")
    until = Day("Goes on again on, if known")
    credit = BooleanField("Credit what they paid for days from then on", default=True)
    reason = Text("Reason, if you like", 300)

    def offer(self, today: date, term_end: date, words: str) -> PauseForm:
        """Say what the choices mean; `term_end` is the first day after today's period, in `words`."""
        self.today, self.term_end = today, term_end
        self.when.choices = [
            ("now", "At once, from today on"),
            ("term", f"{words}, with the next period"),
            ("day", "On another day"),
        ]
        return self

    def begins(self) -> date:
        """The first day of the pause, after `validate()`. Raises Invalid when the other day is missing."""
        if self.when.data == "now":
            return self.today
        if self.when.data == "term":
            return self.term_end
        if self.since.data is None:
            raise Invalid("since", "Enter the first day of the pause.")
        return self.since.data


class ResumeForm(VersionForm):
    """The day it goes on."""

    on = Day("Goes on again on", required="Enter the day it goes on again.")


class CancelForm(VersionForm):
    """When it ends, and why."""

    when = Pick("When does it end", [("term", ""), ("now", ""), ("day", "")], sentence="Choose when it ends.")
    last_day = Day("Its last day, if another")
    credit = BooleanField("Credit what they paid for days after it", default=True)
    reason = Text("Reason, if you like", 300)

    def offer(self, today: date, term_end: date, words: str) -> CancelForm:
        """Say what the choices mean; `term_end` is the first day after today's period, `words` the day before it."""
        self.today, self.term_end = today, term_end
        self.when.choices = [
            ("term", f"{words}, with the period that runs"),
            ("now", "At once, from today on"),
            ("day", "On another day"),
        ]
        return self

    def ends_on(self) -> date:
        """The first day without it, after `validate()`. Raises Invalid when the other day is missing."""
        if self.when.data == "now":
            return self.today
        if self.when.data == "term":
            return self.term_end
        if self.last_day.data is None:
            raise Invalid("last_day", "Enter the last day.")
        return self.last_day.data + timedelta(days=1)


class BillForm(FlaskForm):
    """Whether what is billed goes out; `seen` is the mark of what was shown, and only that is billed."""

    seen = HiddenField()
    send = BooleanField("Send it to the client as well", default=True)
