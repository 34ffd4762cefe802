"""What the steps of a ladder look like to programs."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from pydantic import Field

from app.web.api import Amount, In, MoneyOut, Out

Act = Literal["late_fee", "throttle", "suspend", "cancel"]
Wording = Literal["reminder_before", "reminder_due", "reminder_overdue", "reminder_last"]


class LadderActIn(In):
    """A late fee, or something that is done to the service. Amounts are in the currency of the business; a fee is a
    percentage, from `fee_least` to `fee_most`, or a fixed amount, and no other step has any of these."""

    kind: Act
    days: int = Field(ge=1, le=365, description="Days after the due date.")
    owed: Amount | None = Field(None, description="Only when at least this is owed.")
    fee_percent: Amount | None = None
    fee: Amount | None = None
    fee_least: Amount | None = None
    fee_most: Amount | None = None
    fee_taxed: bool = Field(False, description="Whether the default taxes are added.")


class LadderReminderIn(In):
    """A reminder, by one channel or in the order that the customer has."""

    days: int = Field(ge=-90, le=365, description="Days after the due date; negative before it.")
    channel: Literal["", "email", "whatsapp", "sms"] = ""
    wording: Wording = "reminder_overdue"


class LadderStepOut(Out):
    """One step. It counts for what falls on `since` or later. `wording` is empty unless it is a reminder."""

    id: uuid.UUID
    kind: Literal["remind", "late_fee", "throttle", "suspend", "cancel"]
    days: int
    channel: Literal["", "email", "whatsapp", "sms"]
    wording: Literal["", "reminder_before", "reminder_due", "reminder_overdue", "reminder_last"]
    owed: MoneyOut | None
    fee_percent: str | None
    fee: MoneyOut | None
    fee_least: MoneyOut | None
    fee_most: MoneyOut | None
    fee_taxed: bool
    since: date


class LadderOut(Out):
    """The steps that count, in their order. Unless it is their `own`, a plan or customer follows the business's."""

    own: bool
    steps: list[LadderStepOut]


STEP: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000060",
    "kind": "suspend",
    "days": 14,
    "channel": "",
    "wording": "",
    "owed": {"amount": "5000.00", "minor": 500000, "currency": "NGN"},
    "fee_percent": None,
    "fee": None,
    "fee_least": None,
    "fee_most": None,
    "fee_taxed": False,
    "since": "2026-11-20",
}
