"""How the reminders of an invoice go out to programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from app.reminders.queries import Outlook, Passed
from app.reminders.rules import Planned
from app.web.api import instant


def schedule(invoice_id: uuid.UUID, seen: Outlook | None, passed: Sequence[Passed]) -> dict[str, Any]:
    """The reminders of an invoice as they go out."""
    return {
        "invoice_id": str(invoice_id),
        "due_date": seen.due.isoformat() if seen else None,
        "counts_from": seen.counts_from.isoformat() if seen else None,
        "held_until": seen.held_until.isoformat() if seen and seen.held_until else None,
        "rests": seen.rests if seen else "",
        "planned": [_planned(step, seen) for step in seen.steps] if seen else [],
        "passed": [_passed(one) for one in passed],
    }


def _planned(step: Planned, seen: Outlook) -> dict[str, Any]:
    rung = step.rung
    return {
        "step_id": str(rung.id),
        "kind": step.says or rung.says,
        "days": rung.days,
        "channel": "" if rung.is_act else rung.channel,
        "on": step.on.isoformat(),
        "state": step.state,
        "held": step.held,
        "postponed": step.postponed,
        "reachable": rung.is_act or rung.channel not in seen.unreachable,
        "open": step.is_open,
    }


def _passed(one: Passed) -> dict[str, Any]:
    return {
        "step_id": str(one.step_id),
        "on": one.on.isoformat(),
        "at": instant(one.at),
        "message_id": str(one.message_id) if one.message_id else None,
        **{name: getattr(one, name) for name in ("kind", "days", "outcome", "by", "channel", "message_state")},
    }
