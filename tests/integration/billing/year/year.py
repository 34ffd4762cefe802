"""A year goes by: a day is a morning and a noon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from app.billing.models import BilledPeriod
from app.extensions import db
from app.reports.checks import violations
from tests.integration.billing.year import services
from tests.integration.billing.year.cast import LAST, OPENED, REVERSED_ON, TOLD_ON, cast
from tests.integration.billing.year.chronicle import month_end
from tests.integration.billing.year.opening import at
from tests.integration.billing.year.people import People
from tests.integration.billing.year.town import Town

DAY = timedelta(days=1)
MORNING, BETWEEN, NOON = 9, 10, 12
"""The hour of the day's work, one before its messages leave, and the one when people act."""


class Year:
    """The town, its people, and what stood at the end of each month."""

    def __init__(self, town: Town, subscriptions: int) -> None:
        self.town, self.people = town, People(town)
        self.ends: dict[int, list[str]] = {}
        self.faults: list[str] = []
        self.services: list[str] = []
        for who in cast(subscriptions):
            self.people.plan_life(town.move_in(who))

    def pass_by(self) -> None:
        """Every day of the year; at the end of each month the books are looked through."""
        for day in days(OPENED, LAST):
            self.live(day)
            if day.year == LAST.year and (day + DAY).day == 1:
                self.faults += [f"{day:%B}: {fault}" for fault in self._audit()]
                self.services += [f"{day:%B}: {fault}" for fault in services.not_as_decided(self.town, day)]
                self.ends[day.month] = month_end(self.town, day)
                db.session.remove()

        self.services += services.restored_late(self.town)

    def live(self, day: date) -> None:
        """One day."""
        town, people = self.town, self.people
        town.clock.now = at(day, MORNING)
        people.read(town.tick(), day)
        if day == REVERSED_ON:
            town.clock.now = at(day, BETWEEN)
            people.take_back_the_run()
            people.read(town.run(), day)
        town.clock.now = at(day, NOON)
        people.read(town.run(), day)
        people.approve_runs()
        if day == TOLD_ON:
            town.make_dearer()
        people.wake(day)
        people.read(town.run(), day)
        self.services += [f"{day}: {fault}" for fault in services.cut_though_paid(town, day)]

    def _audit(self) -> Iterator[str]:
        """What `flask audit` finds, and periods that were billed twice."""
        for found in violations([self.town.business_id], self.town.clock.now):
            yield found.sentence
        period = BilledPeriod
        query = (
            select(period.subscription_id, period.period_start)
            .where(period.business_id == self.town.business_id, period.reversed_at.is_(None))
            .group_by(period.subscription_id, period.period_start)
            .having(func.count() > 1)
        )
        for subscription_id, start in db.session.execute(query):
            yield f"the period {start} of {subscription_id} was billed more than once"


def days(first: date, last: date) -> Iterator[date]:
    """Every day from one to another."""
    while first <= last:
        yield first
        first += DAY
