"""Which invoices have a step that may be due by a day, found by the database; what is due of them `rules.plan` says."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_, union

from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.models import Hold, LadderStep, Reminder
from app.reminders.queries.desks import INVOICE, Desk, bearing
from app.reminders.rules import CATCH_UP, CUTS, Calendar, Rung

Place = tuple[date, uuid.UUID]
"""A day and an id: invoices are gone through in the order of their due dates."""
Alike = dict[tuple[int, str], list[uuid.UUID]]
"""The steps of all ladders that stand on a day by a channel, those that were taken off, too."""
STANDSTILL = timedelta(days=14)
"""For so long after its time a step that was missed is still noted as such."""
AS_LONG_AS_OWED = timedelta(days=92)
"""For so long after its day a cut is looked at; by then a newer invoice of the service stands in its place."""
FEW = 8
DAYS_OFF = 60
"""How far days off move a step: see `Calendar.moved`."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days, first and last, counted from which a step of this day, channel and kind may be due."""

    days: int
    channel: str
    kind: str
    first: date
    last: date


def due_ids(desk: Desk, after: Place | None, limit: int, *, by: date | None = None) -> list[Place]:
    """The next invoices with a step that may be due by a day (today), those due first in front, after one of them.

    There are a few more than have one: what was decided about a step, and who rests, is left to the rules.
    """
    by = by or desk.today
    found = windows(desk.ladders.all, desk.calendar, by)
    if not found:
        return []
    alike, late = _alike(desk), [one for one in found if one.days > 0]
    queries = [_in_windows(desk, found, alike), _moved(desk, by)]
    queries += [_issued_late(desk, late, alike)] if late else []
    rows = [row for query in queries for row in db.session.execute(_page(query, after, limit))]
    return sorted({(row.due_date, row.id) for row in rows})[:limit]


def windows(rungs: Iterable[Rung], calendar: Calendar, by: date) -> list[Window]:
    """For each step the days, counted from which it may be due by a day; steps that are alike share one."""
    found: dict[tuple[int, str], Window] = {}
    for rung in rungs:
        late = AS_LONG_AS_OWED if rung.kind in CUTS else CATCH_UP + STANDSTILL
        first = max(_back(calendar, by - late), _back(calendar, rung.since)) - timedelta(days=rung.days)
        last = (_ahead(calendar, by) if rung.days < 0 else by) - timedelta(days=rung.days)
        if (other := found.get((rung.days, rung.channel))) is not None:
            first, last = min(first, other.first), max(last, other.last)
        if first <= last:
            found[rung.days, rung.channel] = Window(rung.days, rung.channel, rung.kind, first, last)
    return list(found.values())


def _back(calendar: Calendar, day: date) -> date:
    """The first day whose step is moved to this day or a later one."""
    return next((at for n in range(DAYS_OFF) if calendar.works((at := day - timedelta(days=n)) - _DAY)), day)


def _ahead(calendar: Calendar, day: date) -> date:
    """The last day whose step is moved to this day or an earlier one."""
    return next((at for n in range(DAYS_OFF) if calendar.works((at := day + timedelta(days=n)) + _DAY)), day)


def _in_windows(desk: Desk, found: Sequence[Window], alike: Alike) -> Select[Any]:
    """Invoices that are due in the window of a step."""
    asked = [and_(INVOICE.due_date.between(one.first, one.last), *_to_be_done(desk, one, alike)) for one in found]
    span = (min(one.first for one in found), max(one.last for one in found))
    return _open(desk).where(INVOICE.due_date.between(*span), or_(*asked))


def _issued_late(desk: Desk, found: Sequence[Window], alike: Alike) -> Select[Any]:
    """Invoices that were due before the window of a step, but issued in it, so that its days are counted from there.

    Steps up to the due date have no such window: by the day of issue theirs is over.
    """
    zone = ZoneInfo(desk.business.timezone)
    asked = []
    for one in found:
        begins, ends = (datetime.combine(day, time(), zone) for day in (one.first, one.last + _DAY))
        issued = (INVOICE.issued_at >= begins, INVOICE.issued_at < ends)
        asked.append(and_(INVOICE.due_date < one.first, *issued, *_to_be_done(desk, one, alike)))
    return _open(desk).where(INVOICE.due_date < max(one.first for one in found), or_(*asked))


def _to_be_done(desk: Desk, window: Window, alike: Alike) -> list[ColumnElement[bool]]:
    """Whether a step is for such an invoice, and nothing was said of it yet."""
    serves = [bearing().serves] if window.kind in CUTS else []
    return [~_over(window, alike[window.days, window.channel]), *serves]


def _alike(desk: Desk) -> Alike:
    found: Alike = defaultdict(list)
    every = select(LadderStep.id, LadderStep.days, LadderStep.channel)
    for row in db.session.execute(every.where(LadderStep.business_id == desk.business.id)):
        found[row.days, row.channel].append(row.id)
    return found


def _over(window: Window, alike: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """Whether something was said already of such a step, on whichever ladder; what was postponed is found by itself.

    The unique index of reminders answers it alone, as long as there are few ladders.
    """
    mine: tuple[ColumnElement[bool], ...] = (
        Reminder.business_id == INVOICE.business_id,
        Reminder.invoice_id == INVOICE.id,
    )
    if len(alike) <= FEW:
        # The second comparison changes nothing but that PostgreSQL looks each up, and never reads all of them first.
        mine += (Reminder.invoice_id >= INVOICE.id,)
        return exists().where(*mine, Reminder.step_id.in_(alike), Reminder.channel == window.channel)
    of_step = (LadderStep.business_id == Reminder.business_id) & (LadderStep.id == Reminder.step_id)
    same = (LadderStep.days == window.days, Reminder.channel == window.channel)
    return exists(select(Reminder.id).join(LadderStep, of_step).where(*mine, *same))


def _moved(desk: Desk, by: date) -> Select[Any]:
    """Invoices a step of which was postponed to a day that has come, or that were held up until lately."""
    postponed = (Reminder.business_id == desk.business.id, Reminder.outcome == "postponed", Reminder.not_before <= by)
    over = (Hold.business_id == desk.business.id, Hold.ended_at.is_(None), Hold.until < by)
    lately = Hold.until >= _back(desk.calendar, by - CATCH_UP - STANDSTILL)
    of_reminder = (INVOICE.business_id == Reminder.business_id) & (INVOICE.id == Reminder.invoice_id)
    of_invoice = (INVOICE.business_id == Hold.business_id) & (INVOICE.id == Hold.invoice_id)
    of_client = (INVOICE.business_id == Hold.business_id) & (INVOICE.client_id == Hold.client_id)
    some = union(
        _open(desk).join(Reminder, of_reminder).where(*postponed),
        _open(desk).join(Hold, of_invoice).where(*over, lately),
        _open(desk).join(Hold, of_client).where(*over, lately),
    ).subquery()
    return select(some.c.due_date, some.c.id)


def _open(desk: Desk) -> Select[Any]:
    query = select(INVOICE.due_date, INVOICE.id).select_from(Invoice.__table__)
    return query.where(INVOICE.business_id == desk.business.id, INVOICE.status == "open", INVOICE.balance_minor > 0)


def _page(query: Select[Any], after: Place | None, limit: int) -> Select[Any]:
    due, id = query.selected_columns
    if after is not None:
        query = query.where(tuple_(due, id) > tuple_(*after))
    return query.order_by(due, id).limit(limit)
