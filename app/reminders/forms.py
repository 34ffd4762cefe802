"""What people type about reminders: the ladder's switches, one step, a day, a hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.messages.rules import CHANNELS, agreed, is_quiet
from app.reminders.rules import WORDINGS
from app.web.fields import Choice, Day, Pick, Text, Version, Whole

WEEK = (("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun"))
HOURS = [(str(hour), f"{hour:02d}:00") for hour in range(24)]


class Hour(Choice):
    """An hour of the day, 0 to 23."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, HOURS, sentence="Choose an hour.", **kwargs)


class OrderForm(FlaskForm):
    """In which order somebody is written to."""

    second = Choice("If that fails", [("", "Nothing"), *CHANNELS.items()], default="")
    third = Choice("And then", [("", "Nothing"), *CHANNELS.items()], default="")

    @property
    def order(self) -> list[str]:
        """The channels, each once; empty without a first one."""
        first = self["first"].data
        chosen = (first, self.second.data, self.third.data) if first else ()
        return list(dict.fromkeys(channel for channel in chosen if channel))

    @staticmethod
    def spread(order: Sequence[str]) -> dict[str, str]:
        """The fields of an order as it stands."""
        return dict(zip(("first", "second", "third"), [*order, "", "", ""], strict=False))


class RemindersForm(OrderForm):
    """How clients are written to and reminded, with the version of the business it was opened with."""

    version = Version()
    first = Choice("First by", list(CHANNELS.items()), default="email")
    send_receipts = BooleanField("Send a receipt when money arrives")
    reminders = BooleanField("Send payment reminders")
    send_hour = Hour("Send at")
    quiet_from = Hour("Quiet from")
    quiet_until = Hour("until")
    day_1 = BooleanField("Monday")
    day_2 = BooleanField("Tuesday")
    day_3 = BooleanField("Wednesday")
    day_4 = BooleanField("Thursday")
    day_5 = BooleanField("Friday")
    day_6 = BooleanField("Saturday")
    day_7 = BooleanField("Sunday")

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a week without a day, too: nothing would ever go out."""
        good = bool(super().validate(extra_validators))
        if not any(field.data for field in self.days):
            self.day_1.errors = ["Choose at least one day on which reminders go out."]
            good = False
        return good

    @property
    def leaves_at(self) -> str:
        """When reminders leave in fact where the hour they are sent at lies in the quiet hours; else empty."""
        hours = [getattr(self, name).data for name in ("send_hour", "quiet_from", "quiet_until")]
        if not all(str(hour or "").isdigit() for hour in hours):
            return ""
        at, begin, end = map(int, hours)
        return f"{end:02d}:00" if is_quiet(at, begin, end) else ""

    @property
    def days(self) -> list[BooleanField]:
        """The switches of the week, Monday first."""
        return [getattr(self, f"day_{number}") for number, _ in WEEK]

    def values(self) -> dict[str, Any]:
        """Columns of the business and their clean values."""
        workdays = "".join(number for (number, _), field in zip(WEEK, self.days, strict=True) if field.data)
        hours = {name: int(getattr(self, name).data) for name in ("send_hour", "quiet_from", "quiet_until")}
        switches = {name: bool(getattr(self, name).data) for name in ("reminders", "send_receipts")}
        return {"channels": self.order, "workdays": workdays, **switches, **hours}

    @classmethod
    def of(cls, business: Any) -> RemindersForm:
        """The form as it stands."""
        days = {f"day_{number}": number in business.workdays for number, _ in WEEK}
        hours = {name: str(getattr(business, name)) for name in ("send_hour", "quiet_from", "quiet_until")}
        kept = {name: getattr(business, name) for name in ("reminders", "send_receipts", "version")}
        return cls(formdata=None, data={**cls.spread(business.channels), **kept, **days, **hours})


class StepForm(FlaskForm):
    """One step of a ladder; `when` says on which side of the due date the days lie."""

    days = Whole("Days", maximum=365, required="Enter a number of days, 0 for the due date itself.")
    when = Pick("Side", [("before", "Before the due date"), ("after", "After the due date")], default="after")
    channel = Choice("By", [("", "The client's own channels"), *CHANNELS.items()], default="")
    wording = Choice("Wording", list(WORDINGS.items()), default="reminder_overdue")

    @property
    def offset(self) -> int:
        """Days after the due date; negative before it."""
        days = int(self.days.data)
        return -days if self.when.data == "before" else days


class HolidayForm(FlaskForm):
    """A day off."""

    on_day = Day("Day off", required="Choose a day.")
    name = Text("Name", 80)


class HoldForm(FlaskForm):
    """Until when reminders wait, and why."""

    until = Day("No reminder up to and including", required="Choose a day.")
    reason = Text("Reason", 300)


class PostponeForm(FlaskForm):
    """The day a reminder goes out instead."""

    until = Day("Send it on", required="Choose a day.")


class ChannelsForm(OrderForm):
    """In which order a client is written to, and what they agreed to."""

    first = Choice("First by", [("", "As the business"), *CHANNELS.items()], default="")
    whatsapp = BooleanField("They agreed to WhatsApp")
    sms = BooleanField("They agreed to SMS")

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a second choice without a first one: the business's order has its own."""
        good = bool(super().validate(extra_validators))
        if not self.first.data and (self.second.data or self.third.data):
            self.first.errors = ["Choose what comes first, or leave the other two at “Nothing”."]
            good = False
        return good

    @property
    def consents(self) -> frozenset[str]:
        """The channels they agreed to."""
        return frozenset(name for name in ("whatsapp", "sms") if getattr(self, name).data)

    @classmethod
    def of(cls, client: Any, phone: str) -> ChannelsForm:
        """The form as it stands."""
        given = {name: agreed(client.consents, name, phone) for name in ("whatsapp", "sms")}
        return cls(formdata=None, data={**cls.spread(client.channels), **given})
