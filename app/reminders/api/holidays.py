"""Days off: on these no reminder goes out."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid, NotFound
from app.reminders import queries, service
from app.reminders.api import blueprint
from app.reminders.forms import HolidayForm
from app.reminders.models import Holiday
from app.web.access import actor
from app.web.api import In, Out, filled, made, operation, told

AT = "/settings/reminders/holidays/"
_NAMES = {"on_day": "on"}


class HolidayIn(In):
    """A day from today on, within five years."""

    on: date
    name: str = Field("", max_length=80, examples=["Eid"])


class HolidayOut(Out):
    """A day on which no reminder goes out."""

    id: uuid.UUID
    on: date
    name: str


_HOLIDAY: dict[str, Any] = {"id": "01936f4e-7c00-7000-8000-000000000080", "on": "2026-12-25", "name": "Christmas"}


def _written(row: Holiday) -> dict[str, Any]:
    return {"id": str(row.id), "on": row.on_day.isoformat(), "name": row.name}


def _known() -> list[Holiday]:
    return queries.holidays(current_user.business_id, date.min)


@blueprint.get(AT)
@operation(
    "List days off", role="viewer", scope="settings:read", gives=HolidayOut, many=True, example=_HOLIDAY
)  # fmt: skip
def list_holidays() -> Response:
    """Those from today on, the next first."""
    today = clock.today(current_user.timezone)
    return told([_written(row) for row in queries.holidays(current_user.business_id, today)])


@blueprint.get(AT + "<uuid:holiday_id>/")
@operation("Read a day off", role="viewer", scope="settings:read", gives=HolidayOut, example=_HOLIDAY)
def read_holiday(holiday_id: uuid.UUID) -> Response:
    """One day."""
    found = next((row for row in _known() if row.id == holiday_id), None)
    if found is None:
        raise NotFound
    return told(_written(found))


@blueprint.post(AT)
@operation(
    "Add a day off",
    role="admin",
    scope="settings:write",
    takes=HolidayIn,
    gives=HolidayOut,
    status=201,
    example=_HOLIDAY,
    takes_example={"on": "2026-12-25", "name": "Christmas"},
    also={200: "It was one before, and stays as it is."},
)
def add_holiday(body: HolidayIn) -> Response:
    """Reminders of that day go out on the next that is none, those before the due date on the last before it."""
    form = filled(HolidayForm, {"on_day": body.on, "name": body.name}, names=_NAMES)
    before = {row.on_day for row in _known()}
    try:
        service.add_holiday(actor(), form.on_day.data, form.name.data, now=clock.now())
    except Invalid as error:
        raise Invalid({_NAMES.get(path, path): said for path, said in error.errors.items()}) from error
    row = next(row for row in _known() if row.on_day == body.on)
    if body.on in before:
        return told(_written(row), "It was a day off before")
    return made(_written(row), url_for("reminders_api.read_holiday", holiday_id=row.id), "It is a day off")


@blueprint.delete(AT + "<uuid:holiday_id>/")
@operation("Make a day off an ordinary one", role="admin", scope="settings:write")
def remove_holiday(holiday_id: uuid.UUID) -> Response:
    """Reminders go out on it again."""
    service.remove_holiday(actor(), holiday_id, now=clock.now())
    return told(None, "It is an ordinary day again")
