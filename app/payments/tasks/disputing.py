"""Asking about disputes that are not over, once a day: the news of their end may have been lost."""

from __future__ import annotations

import uuid

from app.jobs import Context, Task, VendorTask
from app.payments.gateways.errors import GatewayError
from app.payments.gateways.moneyback import Dispute
from app.payments.service import disputes


def prepare_dispute(context: Context) -> disputes.Asking | None:
    """What to ask; none when the dispute is over and booked."""
    return disputes.prepare(context.business, uuid.UUID(context.args["dispute_id"]))


def ask_dispute(asking: disputes.Asking) -> Dispute:
    """Ask; a company that cannot be reached is asked tomorrow."""
    try:
        return asking.gateway.find_dispute(asking.provider_id)
    except GatewayError:
        return Dispute("unknown")


def record_dispute(context: Context, asking: disputes.Asking, answer: Dispute) -> None:
    """Note the answer, and plan the next question while the dispute goes on."""
    disputes.settle_dispute(context.business, asking.gateway.name, asking.provider_id, answer, now=context.now)
    disputes.look_again(context.business, uuid.UUID(context.args["dispute_id"]), now=context.now)


TASKS: dict[str, Task] = {"payments.dispute": VendorTask(prepare_dispute, ask_dispute, record_dispute)}
