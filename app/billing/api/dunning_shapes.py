"""What a dunning policy looks like to programs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.web.api import Amount, In, MoneyOut, Out

Weekday = Annotated[int, Field(ge=1, le=7)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern="^[^,]+$")]


class LeastOwedIn(In):
    """In one currency: what is less than this is let pass."""

    currency: str = Field(min_length=3, max_length=3, pattern="^[A-Za-z]{3}$", examples=["NGN"])
    amount: Amount


class DunningPolicyChange(In):
    """What is to be different; what is left out stays. `quiet_days`, `spared_tags` and `least_owed` replace those that
    are there. The limits of a day and what customers may promise are read of the business's policy alone."""

    enabled: bool = Field(False, description="Whether late fees are charged and services cut at all.")
    grace_days: int = Field(0, ge=0, le=365, description="Days that pass after the due date in any case.")
    warning_days: int = Field(3, ge=1, le=60, description="Days between a warning that was accepted and the cut.")
    quiet_days: list[Weekday] = Field(
        [5, 6, 7], max_length=7, description="Weekdays on which nothing is cut; 1 is Monday.", examples=[[5, 6, 7]]
    )
    spared_tags: list[Tag] = Field([], max_length=20, description="Customers with one of these are never cut.")
    least_owed: list[LeastOwedIn] = Field([], max_length=10)
    breaker_percent: int = Field(
        10, ge=1, le=100, description="More than this share of all active services is not cut without a person."
    )
    breaker_count: int = Field(3, ge=0, le=10_000, description="As long as it is also more than this many.")
    promise_days: int = Field(
        14, ge=0, le=90, description="Days ahead that customers may promise to pay; 0: they may not."
    )
    promises_open: int = Field(1, ge=1, le=20)
    promises_a_year: int = Field(4, ge=1, le=100)
    promise_percent: int = Field(100, ge=1, le=100, description="At least this part of what is owed.")


class DunningPolicyOut(Out):
    """What has to hold before a service is cut. Unless it is their `own`, a plan or customer goes by that of the
    business; a customer's own counts before that of the plan. `version` 0: there is none of their own."""

    own: bool
    enabled: bool
    grace_days: int
    warning_days: int
    quiet_days: list[int]
    spared_tags: list[str]
    least_owed: list[MoneyOut]
    breaker_percent: int
    breaker_count: int
    promise_days: int
    promises_open: int
    promises_a_year: int
    promise_percent: int
    version: int


POLICY: dict[str, Any] = {
    "own": True,
    "enabled": True,
    "grace_days": 2,
    "warning_days": 3,
    "quiet_days": [5, 6, 7],
    "spared_tags": ["hospital"],
    "least_owed": [{"amount": "2000.00", "minor": 200000, "currency": "NGN"}],
    "breaker_percent": 10,
    "breaker_count": 3,
    "promise_days": 14,
    "promises_open": 1,
    "promises_a_year": 4,
    "promise_percent": 100,
    "version": 1,
}
