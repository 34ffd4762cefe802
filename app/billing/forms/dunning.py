"""What people type about dunning: the policy, a step that is no reminder, a promise, why a fee is waived."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.billing.rules.dunning import Terms
from app.errors import Invalid
from app.money import Money, MoneyError, format_money, parse_amount
from app.reminders.rules import ACTS, KINDS, ActValues
from app.web.fields import Amount, Choice, Day, LongText, Percent, Text, Version, Whole

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DOES = {
    "late_fee": "Charge a late fee",
    "throttle": "Slow the service down",
    "suspend": "Suspend the service",
    "cancel": "Cancel the subscription",
}
AMOUNTS = ("owed", "fee_minor", "fee_least_minor", "fee_most_minor")


class PolicyForm(FlaskForm):
    """What has to hold before a service is cut, with the version it was opened with (0: there is none yet)."""

    version = Version()
    enabled = BooleanField("Charge late fees and cut services")
    grace_days = Whole("Days of grace", maximum=365, required=True)
    warning_days = Whole("Days after the warning", minimum=1, maximum=60, required=True)
    quiet_1 = BooleanField(WEEK[0])
    quiet_2 = BooleanField(WEEK[1])
    quiet_3 = BooleanField(WEEK[2])
    quiet_4 = BooleanField(WEEK[3])
    quiet_5 = BooleanField(WEEK[4])
    quiet_6 = BooleanField(WEEK[5])
    quiet_7 = BooleanField(WEEK[6])
    spared_tags = Text("Tags of clients who are spared", 300)
    least_owed = LongText("Less than this is let pass", 300)
    breaker_percent = Whole("More than this share of the active services", minimum=1, maximum=100, required=True)
    breaker_count = Whole("And more than this many", maximum=10_000, required=True)
    promise_days = Whole("At most so many days ahead", maximum=90, required=True)
    promises_open = Whole("Open at once", minimum=1, maximum=20, required=True)
    promises_a_year = Whole("In a year", minimum=1, maximum=100, required=True)
    promise_percent = Whole("At least this part of what is owed", minimum=1, maximum=100, required=True)

    @property
    def days(self) -> list[BooleanField]:
        """The switches of the week, Monday first."""
        return [getattr(self, f"quiet_{number}") for number in range(1, 8)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a week in which nothing could ever be cut, and amounts without a currency."""
        good = bool(super().validate(extra_validators))
        if all(field.data for field in self.days):
            self.quiet_7.errors = ["Leave at least one day on which services may be cut."]
            good = False
        try:
            self._least()
        except Invalid as error:
            self.least_owed.errors = [*self.least_owed.errors, *error.errors["least_owed"]]
            good = False
        return good

    def terms(self) -> Terms:
        """The policy as typed."""
        quiet = "".join(str(number) for number, field in enumerate(self.days, start=1) if field.data)
        tags = frozenset(tag for part in (self.spared_tags.data or "").split(",") if (tag := part.strip()))
        names = ("grace_days", "warning_days", "breaker_percent", "breaker_count", "promise_days", "promises_open")
        numbers = {name: int(getattr(self, name).data) for name in (*names, "promises_a_year", "promise_percent")}
        return Terms(
            enabled=bool(self.enabled.data), quiet_days=quiet, spared_tags=tags, least_owed=self._least(), **numbers
        )

    def _least(self) -> dict[str, int]:
        found = {}
        for line in (self.least_owed.data or "").splitlines():
            currency, _, amount = line.strip().partition(" ")
            if not line.strip():
                continue
            try:
                money = parse_amount(amount, currency.upper())
            except MoneyError as error:
                sentence = "Write a currency and an amount on each line, like “NGN 2,000.00”."
                raise Invalid("least_owed", sentence) from error
            found[money.currency] = money.minor
        return found

    @classmethod
    def of(cls, terms: Terms, version: int) -> PolicyForm:
        """The form as it stands."""
        quiet = {f"quiet_{number}": str(number) in terms.quiet_days for number in range(1, 8)}
        amounts = (Money(minor, currency) for currency, minor in sorted(terms.least_owed.items()))
        lines = "\n".join(f"{money.currency} {money.decimal:f}" for money in amounts)
        kept = terms.columns() | quiet
        kept |= {"version": version, "spared_tags": ", ".join(sorted(terms.spared_tags)), "least_owed": lines}
        return cls(formdata=None, data=kept)


class ActForm(FlaskForm):
    """A step that is no reminder; amounts are in the currency of the business."""

    kind = Choice("What is done", [(kind, DOES[kind]) for kind in ACTS], default="suspend")
    days = Whole("Days after the due date", minimum=1, maximum=365, required="Enter a number of days.")
    owed = Amount("Only when at least this is owed", positive=True)
    fee_percent = Percent("Fee in percent of what is owed")
    fee_minor = Amount("Or a fixed fee", positive=True)
    fee_least_minor = Amount("At least")
    fee_most_minor = Amount("At most")
    fee_taxed = BooleanField("With the default taxes")

    @property
    def begun(self) -> bool:
        """Whether anything but a choice was typed."""
        return any(getattr(self, name)._value().strip() for name in ("days", "fee_percent", *AMOUNTS))

    def prepare(self, currency: str) -> ActForm:
        """Read amounts in a currency."""
        for name in AMOUNTS:
            getattr(self, name).currency = currency
        return self

    def values(self, currency: str) -> ActValues:
        """The step as typed; what only a fee has is left out of others."""
        minor: dict[str, int | None] = {}
        for name in AMOUNTS:
            money = getattr(self, name).data
            minor[name] = money.minor if money else None
        owed = minor.pop("owed") or 0
        fee = self.kind.data == "late_fee"
        minor = minor if fee else dict.fromkeys(minor)
        return ActValues(
            self.kind.data,
            int(self.days.data),
            currency if owed or any(value is not None for value in minor.values()) else "",
            owed,
            self.fee_percent.data if fee else None,
            fee_taxed=fee and bool(self.fee_taxed.data),
            **minor,
        )


def act_words(step: Any, locale: str) -> str:
    """What a step that is no reminder does, in short."""
    words = [KINDS[step.kind]]
    if step.kind == "late_fee":
        words = [f"Late fee of {_fee(step, locale)}"] + (["with taxes"] if step.fee_taxed else [])
    if step.owed_minor:
        words.append(f"when at least {format_money(Money(step.owed_minor, step.currency), locale)} is owed")
    return ", ".join(words)


def _fee(step: Any, locale: str) -> str:
    def money(minor: int) -> str:
        return format_money(Money(minor, step.currency), locale)

    if step.fee_percent is None:
        return money(step.fee_minor or 0)
    words = f"{step.fee_percent.normalize():f} %"
    words += f", at least {money(step.fee_least_minor)}" if step.fee_least_minor else ""
    return words + (f", at most {money(step.fee_most_minor)}" if step.fee_most_minor is not None else "")


class PromiseForm(FlaskForm):
    """By when something will be paid, and how much of it."""

    until = Day("It will be paid by", required="Choose a day.")
    amount = Amount("How much, if not all of it", positive=True)
    reason = Text("Note", 300)

    def prepare(self, currency: str) -> PromiseForm:
        """Read the amount in a currency."""
        self.amount.currency = currency
        return self


class WaiveForm(FlaskForm):
    """Why a late fee is taken back."""

    reason = Text("Reason", 300)
