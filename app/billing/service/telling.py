"""What the audit trail tells of money that came back."""

from __future__ import annotations

from collections.abc import Sequence

from app.invoices.models import CreditNote
from app.money import Money, format_money


def told_of(notes: Sequence[CreditNote]) -> dict[str, str | None]:
    """What the trail tells of what was given back; nothing without credit notes."""
    if not notes:
        return {}
    total = Money.total(sum(note.total_minor for note in notes), notes[0].currency)
    return {"credited": format_money(total), "credit_notes": ", ".join(note.number for note in notes)}
