"""Steps that do something else than remind: late fees, and what is done to a service. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.reminders.rules.steps import (
    ACTS,
    CATCH_UP,
    CUTS,
    KINDS_IN_ORDER,
    LATEST,
    Calendar,
    Known,
    Owing,
    Planned,
    Rung,
    place,
)


@dataclass(frozen=True, slots=True)
class ActValues:
    """A step that is no reminder, as typed; minor units of `currency`, which is empty where no amount is named.

    See `LadderStep` for the fee and for `owed_minor`.
    """

    kind: str
    days: int
    currency: str = ""
    owed_minor: int = 0
    fee_percent: Decimal | None = None
    fee_minor: int | None = None
    fee_least_minor: int | None = None
    fee_most_minor: int | None = None
    fee_taxed: bool = False

    def problem(self) -> tuple[str, str] | None:
        """(field, sentence) of the first thing that is wrong with it, or None."""
        if self.kind not in ACTS:
            return "kind", "Choose what is done from the list."
        if not 1 <= self.days <= LATEST:
            return "days", f"Enter a number of days from 1 to {LATEST} after the due date."
        if self.kind != "late_fee":
            return None
        if (self.fee_percent is None) == (self.fee_minor is None):
            return "fee_percent", "Enter a percentage or an amount, and not both."
        if self.fee_percent is not None and not 0 < self.fee_percent <= 100:
            return "fee_percent", "Enter a percentage above 0, up to 100."
        if self.fee_minor is not None and self.fee_minor <= 0:
            return "fee_minor", "Enter an amount above zero."
        if self.fee_most_minor is not None and self.fee_most_minor < (self.fee_least_minor or 0):
            return "fee_most_minor", "The most is less than the least."
        return None

    def columns(self) -> dict[str, Any]:
        """Columns of a step and their values."""
        return {name: getattr(self, name) for name in self.__slots__}


def acts_to_come(
    owing: Owing,
    rungs: Iterable[Rung],
    past: Known,
    calendar: Calendar,
    today: date,
    held_until: date | None = None,
) -> list[Planned]:
    """The late fees and cuts that are not over yet.

    Nothing is done about a service twice on a day: of several cuts whose day has come the mildest is due, and the
    others wait for it. A cut stays due for as long as the money is owed; a fee that is found too late is missed.
    """
    if not owing.bears_acts:
        return []
    placed = [
        found
        for rung in rungs
        if _is_for(rung, owing) and not is_over(rung, past)
        if (found := place(owing, rung, past, calendar, held_until))
    ]
    judged, cut = [], False
    for one in sorted(placed, key=lambda one: (one.on, one.rung.days, KINDS_IN_ORDER[one.rung.kind])):
        state = "due" if one.on <= today else "ahead"
        if state == "due" and one.rung.kind in CUTS:
            state, cut = ("waits" if cut else "due"), True
        if one.rung.kind == "late_fee" and today - one.on > CATCH_UP:
            state = "missed"
        judged.append(replace(one, state=state, says=one.rung.kind))
    return judged


def is_over(rung: Rung, past: Known) -> bool:
    """Whether nothing can become of a step any more."""
    known = past.get((rung.days, rung.channel))
    return known is not None and known.is_over


def _is_for(rung: Rung, owing: Owing) -> bool:
    """Whether a step that is no reminder is for such an invoice."""
    if not rung.is_act or (rung.kind in CUTS and not owing.serves):
        return False
    return rung.currency in ("", owing.currency) and owing.balance_minor >= rung.owed_minor
