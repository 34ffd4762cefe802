"""What people type about plans and their prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.billing.models import Plan
from app.billing.rules.calendar import LAST_DAY, MOST, Cycle
from app.billing.rules.plans import ALWAYS, LONGEST_TRIAL, MOST_TAXES, RHYTHMS, PlanValues, PriceValues
from app.billing.rules.words import MONTHS, WEEKDAYS, ordinal
from app.catalog.models import Tax
from app.money import Money
from app.web import choices
from app.web.fields import Amount, Choice, Day, Id, IdList, LongText, Number, Pick, Text, Version, Whole

UNITS = [(name, name) for name in RHYTHMS]
DAYS = [*((str(day), ordinal(day)) for day in range(1, LAST_DAY)), (str(LAST_DAY), "last day of the month")]
_TELLING = (
    "cycle_count",
    "cycle_unit",
    "begins",
    "anchor_day",
    "weekday",
    "anchor_month",
    "stub",
    "ahead",
    "trial_days",
)
"""The fields that say which days are billed when."""
_THOUSAND = 1000


class PlanForm(FlaskForm):
    """Something that is sold again and again. The choices of `tax_ids` are the taxes in use."""

    name = Text("Name", 200, required="Enter a name.")
    code = Text("Code", 40)
    description = LongText("Description for the invoice", 1000)
    kind = Pick("What is it?", [("plan", "A plan"), ("addon", "An add-on")], default="plan")
    cycle_count = Whole("Every", minimum=1, maximum=max(MOST.values()), required="Enter how many.", default=1)
    cycle_unit = Choice("Counted in", UNITS, default="month", sentence="Choose days, weeks, months or years.")
    begins = Pick(
        "Periods begin",
        [("own", "On the day each customer begins"), ("fixed", "On a fixed day")],
        default="own",
        sentence="Choose when periods begin.",
    )
    anchor_day = Choice("Day of the month", DAYS, default="1", sentence="Choose a day of the month.")
    weekday = Choice(
        "Day of the week",
        [(str(number), name) for number, name in enumerate(WEEKDAYS, 1)],
        default="1",
        sentence="Choose a day of the week.",
    )
    anchor_month = Choice(
        "Month",
        [("", "Any month"), *((str(number), name) for number, name in enumerate(MONTHS, 1))],
        default="",
        sentence="Choose a month.",
    )
    stub = Pick(
        "The days before the first whole period are",
        [("now", "Billed at once"), ("next", "Billed with the first whole one"), ("free", "Not billed")],
        default="now",
        sentence="Choose what becomes of them.",
    )
    ahead = Pick("Billed", [("yes", "Ahead"), ("no", "Afterwards")], default="yes", sentence="Choose one.")
    trial_days = Whole("Free days at the beginning", maximum=LONGEST_TRIAL)
    tax_ids = IdList("Taxes")
    download = Number("Download", places=3, digits=6, minimum=0)
    upload = Number("Upload", places=3, digits=6, minimum=0)
    quota = Number("Volume a period", places=3, digits=9, minimum=0)
    featured = BooleanField("Recommend it where plans are offered")
    version = Version()

    def validate_cycle_count(self, field: Whole) -> None:
        unit = self.cycle_unit.data
        if field.data and unit in RHYTHMS:
            cycle = RHYTHMS[unit]
            most = MOST[cycle.unit] // cycle.count
            if field.data > most:
                raise ValidationError(f"Choose 1 to {most} {unit}s.")

    def validate_tax_ids(self, field: IdList) -> None:
        if len(field.data) > MOST_TAXES:
            raise ValidationError(f"A plan has at most {MOST_TAXES} taxes.")

    def offer(self, taxes: Sequence[Tax]) -> PlanForm:
        """Show these taxes to choose from."""
        self.tax_ids.choices = [SelectChoice(str(tax.id), tax.name) for tax in taxes]
        return self

    def values_to_show(self) -> PlanValues | None:
        """What is typed about periods, also while the rest is not yet right; None when nothing can be told from it."""
        return None if any(self[name].errors for name in _TELLING) else self.values()

    def values(self) -> PlanValues:
        """What was typed, after `validate()`; what its fields alone do not refuse raises Invalid."""
        named = RHYTHMS[self.cycle_unit.data]
        cycle = Cycle(named.unit, named.count * self.cycle_count.data)
        by_month = bool(cycle.months)
        day = (self.anchor_day if by_month else self.weekday).data
        fixed = self.begins.data == "fixed" and cycle.unit != "day"
        return PlanValues(
            name=self.name.data,
            kind=self.kind.data,
            code=self.code.data,
            description=self.description.data,
            cycle_unit=cycle.unit,
            cycle_count=cycle.count,
            anchor_day=int(day) if fixed else None,
            anchor_month=int(self.anchor_month.data or 0) or None if fixed and cycle.months > 1 else None,
            ahead=self.ahead.data == "yes",
            stub=self.stub.data,
            trial_days=self.trial_days.data or 0,
            download_kbps=_thousandfold(self.download.data),
            upload_kbps=_thousandfold(self.upload.data),
            quota_mb=_thousandfold(self.quota.data),
            featured=bool(self.featured.data),
            tax_ids=tuple(self.tax_ids.data),
        )


class NewPlanForm(PlanForm):
    """A plan with its first price; without a day it has always held. `plan_id` makes a second sending harmless."""

    plan_id = Id()
    price = Amount("Price of a period", required="Enter a price.")
    setup_price = Amount("Set-up fee")
    currency = Choice("Currency", choices.currencies, sentence="Choose a currency from the list.")
    since = Day("Holds from")

    def first_price(self) -> PriceValues:
        """The price that was typed, after `validate()`."""
        major = self.price.data.decimal, self.since.data or ALWAYS, _major(self.setup_price.data)
        return PriceValues(self.currency.data, *major)


class PriceForm(FlaskForm):
    """What a plan costs from a day on. `seen` is the mark of the effect that was shown, "" before that."""

    currency = Choice("Currency", choices.currencies, sentence="Choose a currency from the list.")
    price = Amount("Price of a period", required="Enter a price.")
    setup_price = Amount("Set-up fee")
    since = Day("From", required="Enter the day from which it holds.")
    who = Pick(
        "Who pays it?",
        [("all", "Everybody"), ("new", "Only new subscriptions")],
        default="all",
        sentence="Choose who pays it.",
    )
    seen = HiddenField()

    def values(self) -> PriceValues:
        """What was typed, after `validate()`."""
        major = self.price.data.decimal, self.since.data, _major(self.setup_price.data)
        return PriceValues(self.currency.data, *major, for_all=self.who.data == "all")


class NoticeForm(FlaskForm):
    """How many days before the price holds its payers are told."""

    days_before = Whole("Days before", maximum=120, required="Enter how many days before.", default=30)


def stored_plan(plan: Plan, taxes: Sequence[Tax]) -> dict[str, Any]:
    """A plan as the data of its form."""
    cycle = Cycle(plan.cycle_unit, plan.cycle_count)
    named = next((name for name, one in RHYTHMS.items() if one == cycle), None)
    day = "" if plan.anchor_day is None else str(plan.anchor_day)
    same = ("name", "code", "description", "kind", "stub", "featured", "version")
    return {name: getattr(plan, name) for name in same} | {
        "cycle_unit": named or cycle.unit,
        "cycle_count": 1 if named else cycle.count,
        "begins": "fixed" if day else "own",
        "anchor_day": day if day and cycle.months else "1",
        "weekday": day if day and not cycle.months else "1",
        "anchor_month": str(plan.anchor_month or ""),
        "ahead": "yes" if plan.ahead else "no",
        "trial_days": plan.trial_days or None,
        "download": _thousandth(plan.download_kbps),
        "upload": _thousandth(plan.upload_kbps),
        "quota": _thousandth(plan.quota_mb),
        "tax_ids": [str(tax.id) for tax in taxes],
    }


def _major(amount: Money | None) -> Decimal:
    return amount.decimal if amount else Decimal(0)


def _thousandfold(value: Decimal | None) -> int | None:
    """Mbps as kbit/s, GB as MB; nothing and zero are no figure."""
    return int(value * _THOUSAND) if value else None


def _thousandth(value: int | None) -> Decimal | None:
    return None if value is None else (Decimal(value) / _THOUSAND).normalize() + 0
