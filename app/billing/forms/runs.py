"""What is asked about billing runs, and how a business wants to be billed for."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from app.billing.rules.runs import PolicyValues
from app.web.fields import Day, Pick, Text, Version, Whole


class StartForm(FlaskForm):
    """The day up to which everything that is due is billed."""

    as_of = Day("Everything that is due by", required="Enter a day.")


class VersionForm(FlaskForm):
    """Which version of a run was seen."""

    version = Version()


class ApproveForm(FlaskForm):
    """Which version of the plan is approved, and whether somebody looked at the odd ones."""

    version = Version()
    looked = BooleanField("I have looked at the odd ones")


class ReverseForm(FlaskForm):
    """Why a run is taken back."""

    version = Version()
    reason = Text("Why", 300, required="Say why, for whoever asks later.")


class DecideForm(FlaskForm):
    """What becomes of one period; `was` is the decision that was shown."""

    entry = HiddenField()
    was = HiddenField()
    decision = Pick(
        "What becomes of it",
        [
            ("right", "As planned"),
            ("bill", "Bill it"),
            ("leave_out", "Leave it out of this run"),
            ("skip", "Never bill it"),
            ("", "Take the decision back"),
        ],
        sentence="Choose what becomes of it.",
    )


class PolicyForm(FlaskForm):
    """How runs are planned, approved and sent, with the version it was opened with (0: nothing was chosen yet)."""

    version = Version()
    review_days = Whole("Days to look at a plan", maximum=30, required="Enter days, 0 for none.")
    approve_alone = BooleanField("Then approve it by itself")
    hold_hours = Whole(
        "Hours between posting and messages", maximum=72, required="Enter a number of hours, 0 for none."
    )
    missed = Pick(
        "Periods that were missed",
        [
            ("all", "Bill all"),
            ("latest", "Only the latest"),
            ("ask", "Ask"),
        ],
        default="all",
    )
    bill_suspended = BooleanField("Bill while a service is suspended")

    def values(self) -> PolicyValues:
        """What was chosen, after `validate()`."""
        return PolicyValues(
            int(self.review_days.data),
            bool(self.approve_alone.data),
            int(self.hold_hours.data),
            self.missed.data,
            bool(self.bill_suspended.data),
        )

    @classmethod
    def of(cls, values: PolicyValues, version: int) -> PolicyForm:
        """The form as it stands."""
        names: Any = ("review_days", "approve_alone", "hold_hours", "missed", "bill_suspended")
        return cls(formdata=None, data={name: getattr(values, name) for name in names} | {"version": version})
