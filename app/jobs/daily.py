"""Work of every business once a day: at its own hour, by its own clock.

A row's key names the local date, so that any number of schedulers insert it once; and whoever was down inserts the row
of the date it is when it comes back. Its arguments are the date and that of the last such row which was done before.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from flask import current_app
from sqlalchemy import ARRAY, Select, Uuid, bindparam, cast, column, func, literal_column, select, type_coerce

from app.database import insert_new, transactional
from app.extensions import db
from app.jobs.models import DAILY, Job
from app.jobs.outbox import new_row

JOB = Job.__table__.c
AT_ONCE = 500
"""Rows inserted in one transaction."""

log = structlog.get_logger("duely.daily")


@dataclass(frozen=True, slots=True)
class Daily:
    """Once per local date in every business, when its hour has come."""


class Calendar(NamedTuple):
    """When a business's day's work is done: at the local hour (0 to 23) in the IANA time zone."""

    business_id: uuid.UUID
    timezone: str
    hour: int


@dataclass
class Seen:
    """What this process knows to be in the table: the last date of each business; when it looked last."""

    minute: int = -1
    dates: dict[uuid.UUID, date] = field(default_factory=dict)


def due_date(now: datetime, timezone: str, hour: int) -> date | None:
    """The local date, when the hour of it has come; None before it.

    An hour that the clocks leave out comes when they have been put forward, and always on its date; of one that comes
    twice the first counts. Where there is no such time zone, UTC is used.
    """
    zone = _zone(timezone)
    today = now.astimezone(zone).date()
    return today if now >= _begins(today, hour, zone) else None


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        log.warning("daily.no_such_time_zone", timezone=name)
        return ZoneInfo("UTC")


def _begins(day: date, hour: int, zone: ZoneInfo) -> datetime:
    begins = datetime.combine(day, time(hour), zone).astimezone(UTC)
    # Clocks that go forward at the end of the day leave out its last hour.
    ends = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    return min(begins, ends - timedelta(hours=1))


def insert_daily(tasks: Sequence[str], now: datetime) -> int:
    """Insert the rows of all businesses whose hour has come; looks once a minute. Returns how many were new."""
    seen: Seen = current_app.extensions.setdefault("duely_daily", Seen())
    minute = int(now.timestamp()) // 60
    if not tasks or seen.minute == minute:
        return 0
    dates = _dates(current_app.extensions["duely_calendars"](), now)
    db.session.remove()
    fresh = [(one, day) for one, day in dates.items() if seen.dates.get(one) != day]
    new = 0
    for start in range(0, len(fresh), AT_ONCE):
        some = fresh[start : start + AT_ONCE]
        for task in tasks:
            before = _last_done(task, [one for one, _ in some])
            new += _insert(task, some, before, now)
    db.session.remove()
    seen.minute, seen.dates = minute, dates
    return new


def _dates(calendars: Iterable[Calendar], now: datetime) -> dict[uuid.UUID, date]:
    """The date of each business whose hour has come."""
    asked: dict[tuple[str, int], date | None] = {}
    found: dict[uuid.UUID, date] = {}
    for business_id, timezone, hour in calendars:
        if (timezone, hour) not in asked:
            asked[timezone, hour] = due_date(now, timezone, hour)
        if day := asked[timezone, hour]:
            found[business_id] = day
    return found


def _last_done(task: str, business_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, date]:
    """The date of the last row that was done, of each business that has one."""
    if db.engine.dialect.name == "postgresql":
        holders: Any = list(business_ids)
    else:
        holders = json.dumps([one.hex for one in business_ids])
    rows = db.session.execute(_last(db.engine.dialect.name), {"task": task, "holders": holders}).all()
    db.session.remove()
    return {row.holder: row.day for row in rows if row.day}


@cache
def _last(dialect: str) -> Select[Any]:
    # One step into an index for each business, whatever the length of its past.
    if dialect == "postgresql":
        line = func.unnest(cast(bindparam("holders"), ARRAY(Uuid))).table_valued(column("holder", Uuid))
        line = line.render_derived(name="line")
        holder = line.c.holder
    else:
        line = func.json_each(bindparam("holders")).table_valued("value", name="line")
        holder = type_coerce(line.c.value, Uuid)
    mine = (JOB.business_id == holder, JOB.task == bindparam("task"), DAILY, JOB.state == "done")
    last = select(JOB.for_date).where(*mine).order_by(JOB.for_date.desc()).limit(literal_column("1"))
    return select(holder.label("holder"), last.scalar_subquery().label("day")).select_from(line)


@transactional
def _insert(task: str, some: Sequence[tuple[uuid.UUID, date]], before: Mapping[uuid.UUID, date], now: datetime) -> int:
    rows = []
    for business_id, day in some:
        last = before.get(business_id)
        args = {"date": day.isoformat(), "last": last.isoformat() if last else None}
        row = new_row(task, f"{task}@{day}", args, now, None)
        rows.append(row | {"business_id": business_id, "for_date": day})
    new = insert_new(Job, rows)
    db.session.info["bell"] = db.session.info.get("bell", False) or new > 0
    return new
