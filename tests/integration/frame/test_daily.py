"""Once a day, at the hour of each business: on every date of its calendar, whatever its clocks do."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update

from app import clock
from app.auth.models import Business
from app.database import writing
from app.extensions import db
from app.jobs import run_all
from app.jobs.daily import Daily, Seen, due_date
from app.jobs.models import Job
from app.jobs.schedule import insert_due, register_periodic
from tests.integration.frame.chores import done
from tests.support.queues import businesses

ZONES = ("Africa/Lagos", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Nuuk", "Asia/Kathmandu")
HOURS = (0, 2, 9, 23)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MONTHS_18 = 548
"""Days."""


@pytest.fixture
def at(monkeypatch) -> Callable[[datetime], None]:
    """Puts the clock to an instant."""
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def daily(app) -> str:
    """A task that every business has once a day."""
    register_periodic({"chores.sweep": Daily()})
    app.extensions["duely_periodic"] = {"chores.sweep": Daily()}
    return "chores.sweep"


def rows(business_id: uuid.UUID) -> list[Job]:
    """The daily jobs of a business, in the order of their dates."""
    db.session.remove()
    query = select(Job).where(Job.business_id == business_id, Job.for_date.is_not(None)).order_by(Job.for_date)
    return list(db.session.scalars(query))


# -- which date it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", HOURS)
def test_for_18_months_each_local_date_has_its_hour_once(zone, hour):
    """Asked every half hour, as a scheduler would; the date it is said to be due on never goes back."""
    now, said = BEGIN, []
    while now < BEGIN + timedelta(days=MONTHS_18):
        if (day := due_date(now, zone, hour)) and (not said or said[-1] != day):
            said.append(day)
        now += timedelta(minutes=30)
    assert len(set(said)) == len(said)
    days = [said[0] + timedelta(days=n) for n in range(len(said))]
    assert said == days
    assert len(said) >= MONTHS_18 - 1


@pytest.mark.parametrize(
    ("zone", "hour", "before", "when", "day"),
    [
        ("Africa/Lagos", 9, "2026-03-01 07:59", "2026-03-01 08:00", "2026-03-01"),
        ("America/New_York", 9, "2026-03-08 12:59", "2026-03-08 13:00", "2026-03-08"),
        ("America/New_York", 2, "2026-03-08 06:59", "2026-03-08 07:00", "2026-03-08"),  # 2:00 is left out
        ("America/New_York", 1, "2026-11-01 04:59", "2026-11-01 05:00", "2026-11-01"),  # 1:00 comes twice
        ("Australia/Lord_Howe", 2, "2026-10-03 15:29", "2026-10-03 15:30", "2026-10-04"),  # 2:00 to 2:30 is left out
        ("Pacific/Apia", 9, "2026-03-01 19:59", "2026-03-01 20:00", "2026-03-02"),
        ("America/Nuuk", 23, "2026-03-28 23:59", "2026-03-29 00:00", "2026-03-28"),  # 23:00 to 24:00 is left out
        ("no such place", 9, "2026-03-01 08:59", "2026-03-01 09:00", "2026-03-01"),
    ],
)
def test_the_hour_comes(zone, hour, before, when, day):
    before, when = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (before, when))
    assert due_date(before, zone, hour) != date.fromisoformat(day)
    assert due_date(when, zone, hour) == date.fromisoformat(day)


# -- rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", [4, pytest.param(18, marks=pytest.mark.long)])
def test_hour_by_hour_each_local_date_has_one_row(app, daily, at, months):
    """With a restart once a week, and two runners that know nothing of each other; the clocks change meanwhile."""
    length = MONTHS_18 * months // 18
    ours = {
        zone: businesses(1, timezone=zone, send_hour=hour)[0]
        for zone, hour in zip(ZONES, (9, 2, 1, 9, 23, 0), strict=True)
    }
    memories, now, step = [Seen(), Seen()], BEGIN, 0
    while now < BEGIN + timedelta(days=length):
        at(now)
        app.extensions["duely_daily"] = memories[step % 2]
        insert_due()
        now, step = now + timedelta(hours=1), step + 1
        if step % (7 * 24) == 0:
            memories[step % 2] = Seen()
    for zone, one in ours.items():
        first = BEGIN.astimezone(ZoneInfo(zone)).date()
        dates = [row.for_date for row in rows(one)]
        assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))], zone
        assert dates[0] - first <= timedelta(days=1)
        assert len(dates) >= length - 1
        assert [row.key for row in rows(one)] == [f"{daily}@{day}" for day in dates]


def test_four_schedulers_at_once_insert_each_row_once(app, daily, make_app):
    many, new = businesses(30, send_hour=0), []
    apps = [app] + [make_app() for _ in range(3)]

    def schedule(one) -> None:
        with one.app_context():
            one.extensions["duely_tasks"] = app.extensions["duely_tasks"]
            one.extensions["duely_periodic"] = {daily: Daily()}
            new.append(insert_due())

    threads = [threading.Thread(target=schedule, args=[one]) for one in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == len(many)
    assert all(len(rows(one)) == 1 for one in many)


def test_after_three_days_without_anybody_the_day_s_row_tells_of_the_gap(app, daily, at):
    [one] = businesses(1, timezone="Africa/Lagos")
    for day in (1, 2, 6):
        at(datetime(2026, 3, day, 12, tzinfo=UTC))
        app.extensions["duely_daily"] = Seen()
        assert insert_due() == 1
        run_all()
    assert [row.args for row in rows(one)] == [
        {"date": "2026-03-01", "last": None},
        {"date": "2026-03-02", "last": "2026-03-01"},
        {"date": "2026-03-06", "last": "2026-03-02"},
    ]
    assert done("sweep") == 3


def test_what_was_not_done_is_not_the_last(app, daily, at):
    [one] = businesses(1)
    for day in (1, 2, 3):
        at(datetime(2026, 3, day, 12, tzinfo=UTC))
        insert_due()
        if day == 1:
            run_all()
    assert rows(one)[-1].args["last"] == "2026-03-01"


def test_an_earlier_hour_or_another_time_zone_makes_no_second_row_of_a_date(app, daily, at):
    [one] = businesses(1, timezone="Africa/Lagos", send_hour=9)
    at(datetime(2026, 3, 1, 12, tzinfo=UTC))
    insert_due()
    with writing():
        db.session.execute(update(Business).values(send_hour=10, timezone="America/New_York"))
    for minute in range(1, 9 * 60, 20):
        at(datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=minute))
        insert_due()
    assert len(rows(one)) == 1


def test_businesses_are_read_once_a_minute_and_thousands_of_them_in_few_statements(app, daily, at):
    businesses(1200, send_hour=0)
    heard: list[str] = []

    def hear(_connection, _cursor, statement, *_):
        heard.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    at(datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert insert_due() == 1200
    many = [one for one in heard if one.startswith(("SELECT", "INSERT"))]
    heard.clear()
    for second in range(1, 60):
        at(datetime(2026, 3, 1, 12, 0, second, tzinfo=UTC))
        assert insert_due() == 0
    assert heard == []
    at(datetime(2026, 3, 1, 12, 1, tzinfo=UTC))
    assert insert_due() == 0
    assert len([one for one in heard if one.startswith(("SELECT", "INSERT"))]) == 1
    event.remove(db.engine, "before_cursor_execute", hear)
    assert len(many) <= 12
