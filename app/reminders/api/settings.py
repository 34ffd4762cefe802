"""Whether and when reminders go out, and by which channels customers are written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.queries import get_business
from app.auth.service.business import change_settings
from app.reminders import service
from app.reminders.api import blueprint
from app.reminders.forms import OrderForm, RemindersForm
from app.web.access import actor
from app.web.api import In, Out, filled, operation, told, version_asked_for

AT = "/settings/reminders/"
Channel = Literal["email", "whatsapp", "sms"]
Hour = Annotated[int, Field(ge=0, le=23)]
Weekday = Annotated[int, Field(ge=1, le=7)]
_HOURS = ("send_hour", "quiet_from", "quiet_until")


class ReminderSettingsChange(In):
    """What is to be different; what is left out stays. Hours are those of the business's time zone."""

    enabled: bool = Field(False, description="Whether payment reminders go out by themselves.")
    send_receipts: bool = Field(False, description="Whether a receipt is sent when money arrives.")
    channels: list[Channel] = Field(
        ["email"], min_length=1, max_length=3, description="What is tried first, then, and last."
    )
    send_hour: Hour = 9
    quiet_from: Hour = Field(20, description="From this hour on nothing leaves by itself.")
    quiet_until: Hour = 8
    workdays: list[Weekday] = Field(
        [1, 2, 3, 4, 5], min_length=1, max_length=7, description="Days on which reminders go out: 1 is Monday."
    )


class ReminderSettingsOut(Out):
    """When reminders go out. `leaves_at` is when they leave in fact, where `send_hour` lies in the quiet hours.

    The version is that of all settings of the business.
    """

    enabled: bool
    send_receipts: bool
    channels: list[Channel]
    send_hour: int
    quiet_from: int
    quiet_until: int
    workdays: list[int]
    leaves_at: str = Field(examples=["09:00"])
    version: int


_SETTINGS: dict[str, Any] = {
    "enabled": True,
    "send_receipts": True,
    "channels": ["email", "whatsapp"],
    "send_hour": 9,
    "quiet_from": 20,
    "quiet_until": 8,
    "workdays": [1, 2, 3, 4, 5],
    "leaves_at": "09:00",
    "version": 3,
}
_NAMES = {"second": "channels", "first": "channels", "third": "channels", "day_1": "workdays"}


def _read() -> dict[str, Any]:
    found = get_business(current_user.business_id)
    return {
        "enabled": found.reminders,
        "send_receipts": found.send_receipts,
        "channels": list(found.channels),
        **{name: getattr(found, name) for name in _HOURS},
        "workdays": [int(number) for number in found.workdays],
        "leaves_at": RemindersForm.of(found).leaves_at or f"{found.send_hour:02d}:00",
        "version": found.version,
    }


def _form(present: Mapping[str, Any], body: ReminderSettingsChange) -> RemindersForm:
    """What would be typed on the page, checked as there. Raises Invalid."""
    words = {**present, **body.model_dump(include=set(body.model_fields_set))}
    days = {f"day_{number}": number in words["workdays"] for number in range(1, 8)}
    typed = {name: words[name] for name in ("send_receipts", *_HOURS)}
    typed |= {"reminders": words["enabled"], "version": words["version"]}
    return filled(RemindersForm, {**typed, **days, **OrderForm.spread(words["channels"])}, names=_NAMES)


@blueprint.get(AT)
@operation(
    "Read how reminders go out",
    role="viewer",
    scope="settings:read",
    gives=ReminderSettingsOut,
    example=_SETTINGS,
)
def read_reminder_settings() -> Response:
    """Which steps the ladder has is told by that of the business."""
    return told(_read())


@blueprint.patch(AT)
@operation(
    "Change how reminders go out",
    role="admin",
    scope="settings:write",
    takes=ReminderSettingsChange,
    gives=ReminderSettingsOut,
    example=_SETTINGS,
    takes_example={"enabled": True, "send_hour": 9, "channels": ["email", "whatsapp"]},
    versioned=_read,
)
def change_reminder_settings(body: ReminderSettingsChange) -> Response:
    """What is left out stays as it is. Switched on where there is no ladder, the usual one is put up."""
    present = _read()
    form = _form(present, body)
    change_settings(actor(), form.values(), version_asked_for(present["version"]), clock.now())
    if form.reminders.data:
        service.begin_ladder(actor(), now=clock.now())
    return told(_read(), "Saved")
