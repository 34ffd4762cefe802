"""Charging saved cards, and having the payment company forget them."""

from __future__ import annotations

import uuid

from app.errors import DuelyError
from app.jobs import Context, Task, VendorTask
from app.jobs.schedule import Every
from app.payments.gateways.base import Verification
from app.payments.service import cards, charging, sweeping


def sweep(context: Context) -> None:
    """Look into every business that charges cards."""
    sweeping.sweep(context.now)


def plan_charges(context: Context) -> None:
    """Plan what is due in one business."""
    sweeping.plan_charges(context.business, context.now)


def prepare_charge(context: Context) -> charging.Charging | None:
    """The charge of one attempt, or of one step of the schedule, whose attempt is stored here; none when it may not be
    made any more. The next sweep looks again."""
    if "attempt_id" in context.args:
        return charging.prepare(context.business, uuid.UUID(context.args["attempt_id"]), context.now)
    invoice_id, card_id = uuid.UUID(context.args["invoice_id"]), uuid.UUID(context.args["card_id"])
    try:
        attempt_id = charging.begin_due(context.business, invoice_id, card_id, context.args["step"], context.now)
    except DuelyError:
        return None
    return charging.prepare(context.business, attempt_id, context.now)


def record_charge(context: Context, asked: charging.Charging, outcome: Verification | charging.NotCharged) -> None:
    """Note what the company said."""
    charging.settle_charge(context.business, asked.attempt_id, outcome, now=context.now)


def prepare_deactivate(context: Context) -> cards.Forgetting | None:
    """The card to forget; none when that is done."""
    return cards.prepare_forgetting(context.business, uuid.UUID(context.args["card_id"]))


def deactivate(forgetting: cards.Forgetting) -> None:
    """Have the company forget it; that may be repeated."""
    forgetting.gateway.deactivate(forgetting.code)


def record_deactivate(context: Context, _forgetting: object, _outcome: object) -> None:
    """The card cannot be charged by anybody any more."""
    cards.note_forgotten(context.business, uuid.UUID(context.args["card_id"]))


TASKS: dict[str, Task] = {
    "payments.sweep_cards": sweep,
    "payments.charge_cards": plan_charges,
    "payments.charge": VendorTask(prepare_charge, charging.ask, record_charge),
    "payments.deactivate": VendorTask(prepare_deactivate, deactivate, record_deactivate),
}
PERIODIC = {"payments.sweep_cards": Every(3600)}
