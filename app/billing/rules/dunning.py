"""Whether a service may be cut today, what a late fee comes to, and when a whole batch must wait. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from app.money import round_half_up

WARNED_OF = ("suspend", "cancel")
"""What is never done without a warning; a slow service is a warning in itself."""
FEWEST_ATTEMPTS = 3
"""Of fewer tries to pay, none of which anything was heard of, nothing can be concluded."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What has to hold before a service is cut; as `DunningPolicy` says, `least_owed` in minor units by currency."""

    enabled: bool = False
    grace_days: int = 0
    quiet_days: str = "567"
    spared_tags: frozenset[str] = frozenset()
    least_owed: Mapping[str, int] = field(default_factory=dict)
    warning_days: int = 3
    breaker_percent: int = 10
    breaker_count: int = 3
    promise_days: int = 14
    promises_open: int = 1
    promises_a_year: int = 4
    promise_percent: int = 100

    def columns(self) -> dict[str, Any]:
        """Columns of `DunningPolicy` and their values."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return kept | {"spared_tags": sorted(self.spared_tags), "least_owed": dict(self.least_owed)}


@dataclass(frozen=True, slots=True)
class Case:
    """A step that cuts a service, on the day the ladder gives it, and the facts it depends on.

    `due` is the day from which days are counted: the due date, or the day it was issued if that is later.
    `overdue_minor` is all that the client owes past its due date in this currency, without what was promised or is
    held. `warned_on` is the day on which a warning was accepted by a provider, `warning` what became of one that was
    not: "waits" or "failed".
    """

    kind: str
    on: date
    due: date
    overdue_minor: int
    currency: str
    tags: frozenset[str] = frozenset()
    warned_on: date | None = None
    warning: Literal["", "waits", "failed"] = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about a case today, why not yet, and the earliest day for the cut where it can be told.

    `does`: cut; warn (now, for the cut waits for it); wait; spare (nothing, as long as that holds).
    """

    does: Literal["cut", "warn", "wait", "spare"]
    why: str = ""
    on: date | None = None


def verdict(case: Case, terms: Terms, holidays: frozenset[date], today: date) -> Verdict:
    """What is to be done about a case today; its own day may lie ahead."""
    if why := spared(case, terms):
        return Verdict("spare", why)
    ready = max(case.on, case.due + timedelta(days=terms.grace_days))
    begins = max(ready, today)
    if case.kind in WARNED_OF:
        if case.warning == "failed" and case.warned_on is None:
            return Verdict("wait", "The last warning did not get out, so nobody was warned.")
        if case.warning == "waits" and case.warned_on is None:
            return Verdict("wait", "The last warning was not accepted yet.")
        if case.warned_on is None:
            on = free_day(begins + timedelta(days=terms.warning_days), terms, holidays)
            return Verdict("warn" if ready <= today else "wait", "A last warning goes out first.", on)
        begins = max(begins, case.warned_on + timedelta(days=terms.warning_days))
    on = free_day(begins, terms, holidays)
    if on <= today:
        return Verdict("cut", on=on)
    return Verdict("wait", _until(case, terms, ready, begins, on, today), on)


def spared(case: Case, terms: Terms) -> str:
    """Why nothing is done about a case as long as that holds, in a sentence; empty when nothing speaks against it."""
    if not terms.enabled:
        return "Late fees and cuts are switched off here."
    if tags := sorted(case.tags & terms.spared_tags):
        return f"Clients with the tag “{tags[0]}” are spared."
    if case.overdue_minor < terms.least_owed.get(case.currency, 0):
        return "Less is overdue than what services are cut for."
    return ""


def free_day(day: date, terms: Terms, holidays: frozenset[date]) -> date:
    """The day itself, or the first after it on which services may be cut; a year later where there is none."""
    days = (day + timedelta(days=n) for n in range(366))
    free = (at for at in days if str(at.isoweekday()) not in terms.quiet_days and at not in holidays)
    return next(free, day + timedelta(days=366))


def _until(case: Case, terms: Terms, ready: date, begins: date, on: date, today: date) -> str:
    if on != begins and begins <= today:
        return "No service is cut on a day like this."
    if begins > max(ready, today):
        return f"A warning was given; {_days(terms.warning_days)} lie between it and the cut."
    return "It is not time yet." if case.on > today else f"There are {_days(terms.grace_days)} of grace."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def too_many(cuts: int, active: int, terms: Terms) -> str:
    """Why so many cuts on one day need a person, in a sentence; empty when they do not. `active` counts those, too."""
    if cuts <= terms.breaker_count or cuts * 100 <= active * terms.breaker_percent:
        return ""
    return f"{cuts} of {active} active services would be cut, which is more than {terms.breaker_percent} %."


def looks_deaf(attempts: int, heard: int) -> str:
    """Why the notices of the payment company look stale, in a sentence; empty when they do not.

    Of the last two days: how many online payments were begun, and how many notices and online payments came.
    """
    if attempts < FEWEST_ATTEMPTS or heard:
        return ""
    return f"{attempts} online payments were begun in two days, and nothing was heard of any: notices may be missing."


def late_fee(
    owed_minor: int, percent: Decimal | None, amount_minor: int | None, least_minor: int | None, most_minor: int | None
) -> int:
    """A late fee before taxes, in minor units: an amount, or a percentage of what is owed within limits."""
    if percent is None:
        return amount_minor or 0
    fee = round_half_up(Decimal(owed_minor) * percent / 100)
    fee = max(fee, least_minor or 0)
    return min(fee, most_minor) if most_minor is not None else fee
