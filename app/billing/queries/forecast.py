"""Which services would be cut today and in the days to come, and what holds the others up; changes nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.billing.models import Subscription
from app.billing.queries.dunning import Faced, faced
from app.billing.rules.dunning import Verdict, free_day, verdict
from app.money import Money
from app.reminders.queries import Desk, due_ids, get_desk, outlooks_at
from app.reminders.queries.finding import Place
from app.reminders.rules import CUTS

DAYS = 7
"""How far ahead it is looked."""
CHUNK = 100
MOST = 300
"""Services that are listed."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One service, what would be done to it next, when, and why it is not done yet; `owed` is what is owed on the
    invoice, which is so many `days` overdue."""

    row: Subscription
    client_id: uuid.UUID
    client_name: str
    invoice_id: uuid.UUID
    number: str
    kind: str
    days: int
    owed: Money
    said: Verdict

    @property
    def today(self) -> bool:
        """Whether it is cut with the next sweep."""
        return self.said.does == "cut"


def look_ahead(business_id: uuid.UUID, now: datetime, days: int = DAYS) -> tuple[list[Ahead], bool]:
    """(the services that are cut within some days, or would be but for something, each once; whether there are more).

    Those of today first, then by the day on which they are expected.
    """
    desk = get_desk(business_id, now)
    found: list[Ahead] = []
    if not desk.in_force & set(CUTS):
        return found, False
    after: Place | None = None
    while len(found) <= MOST:
        places = due_ids(desk, after, CHUNK, by=desk.today + timedelta(days=days))
        steps = [(one, step) for one in outlooks_at(desk, [id for _, id in places]) for step in one.steps]
        cuts = [(one, step) for one, step in steps if step.rung.kind in CUTS and step.state in ("due", "ahead")]
        soon = [(one, step) for one, step in cuts if step.on <= desk.today + timedelta(days=days)]
        for case in faced(desk, soon):
            found += _of(desk, case)
        if len(places) < CHUNK:
            break
        after = places[-1]
    found.sort(key=lambda one: (not one.today, one.said.on or date.max, one.client_name, one.row.id))
    # Of a service the next cut is told, and not what may follow it.
    listed = list({one.row.id: one for one in reversed(found)}.values())[::-1]
    return listed[:MOST], len(listed) > MOST


def _of(desk: Desk, case: Faced) -> list[Ahead]:
    one, said = case.outlook, verdict(case.case, case.terms, desk.calendar.holidays, desk.today)
    days = (desk.today - one.due).days
    about = (one.client_id, one.client_name, one.invoice_id, one.number, case.step.rung.kind, days, case.owed)
    return [Ahead(row, *about, _kept(desk, case, row, said)) for row in case.counted]


def _kept(desk: Desk, case: Faced, row: Subscription, said: Verdict) -> Verdict:
    """The same for a service that a promise or a hold keeps for some time."""
    kept = case.kept.get(row.id)
    if kept is None or said.does == "spare":
        return said
    first = free_day(max(kept.until + timedelta(days=1), said.on or date.min), case.terms, desk.calendar.holidays)
    return Verdict("wait", f"A promise or a hold on {kept.number} keeps it.", first)
