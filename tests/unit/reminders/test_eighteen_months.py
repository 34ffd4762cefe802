"""Hour by hour through eighteen months in zones whose clocks change: no reminder is missing, none comes twice."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.jobs.daily import due_date
from app.messages.rules import after_quiet
from app.reminders.rules import Calendar, Owing, Past, Rung, plan

LADDER = (-3, 0, 3, 10, 21)
# Apia left out 30 December 2011 and changed its clocks; Lord Howe changes them by half an hour.
ZONES = (
    ("Africa/Lagos", datetime(2026, 1, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 1, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 1, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 1, 1, tzinfo=UTC)),
)


def rung(days: int, since: date) -> Rung:
    return Rung(uuid.uuid5(uuid.NAMESPACE_OID, str(days)), days, "", "reminder_overdue", since)


@pytest.mark.parametrize("workdays", ["1234567", "12345"])
@pytest.mark.parametrize(("zone", "start"), ZONES, ids=[zone for zone, _ in ZONES])
def test_each_step_goes_out_once_and_on_its_day(zone, start, workdays):
    chance = random.Random(zone)
    calendar, ladder = Calendar(workdays), [rung(days, start.date()) for days in LADDER]
    invoices: list[tuple[Owing, dict[tuple[int, str], Past], list[tuple[date, int]]]] = []
    done: set[date] = set()
    for hour in range(24 * 548):
        now = start + timedelta(hours=hour)
        today = due_date(now, zone, 9)
        if today is None or today in done:
            continue
        done.add(today)
        due = today + timedelta(days=chance.randint(3, 40))
        invoices.append((Owing(True, 100, today, due), {}, []))
        for owing, past, sent in invoices:
            for step in plan(owing, ladder, past, calendar, today):
                if step.state == "ahead":
                    continue
                past[step.rung.days, ""] = Past("queued" if step.state == "due" else step.state)
                sent.append((today, step.rung.days))
    days = sorted(done)
    assert len(days) in (547, 548, 549), "every date there is, once"
    whole = [one for one in invoices if one[0].due + timedelta(days=30) < days[-1]]
    assert len(whole) > 400
    for owing, _, sent in whole:
        meant = [n for n in LADDER if owing.due + timedelta(days=n) >= owing.issued_on]
        assert [n for _, n in sent] == meant
        for day, n in sent:
            wanted = calendar.moved(owing.due + timedelta(days=n), -1 if n < 0 else 1)
            assert day in (wanted, max(wanted, calendar.moved(owing.issued_on, 1))) or wanted not in done


@pytest.mark.parametrize(("zone", "start"), ZONES, ids=[zone for zone, _ in ZONES])
def test_what_falls_into_quiet_hours_leaves_at_their_end_and_never_before_it_was_asked(zone, start):
    for half in range(2 * 24 * 370):
        now = start + timedelta(minutes=30 * half)
        leaves = after_quiet(now, zone, 20, 8)
        assert now <= leaves <= now + timedelta(hours=13)
        assert 8 <= leaves.astimezone(ZoneInfo(zone)).hour < 20
        if 8 <= now.astimezone(ZoneInfo(zone)).hour < 20:
            assert leaves == now
