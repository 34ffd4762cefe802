"""Money that waits for a person to look at it: held, or on its way back and stuck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Uuid, case, func, or_, select, type_coerce

from app.attention import BUSINESS, Attention, Watch, columns
from app.payments.models import HeldMoney, Refund
from app.payments.rules import RETRY_AFTER

NAMED = 2
HELD = HeldMoney.__table__.c


def _question() -> Select[Any]:
    """The newest payments that were held, and how many there are."""
    waiting = (HELD.business_id == BUSINESS, HELD.resolved_at.is_(None))
    answer = columns(func.count().over(), HELD.reason, HELD.id)
    return select(*answer).where(*waiting).order_by(HELD.id.desc()).limit(NAMED)


def tell(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The held payments, the newest by name."""
    for row in sorted(rows, key=lambda row: row.about, reverse=True):
        yield Attention("A payment is held", row.words, "/payments/", "over", "shield-exclamation")
    more = rows[0].number - len(rows) if rows else 0
    if more:
        title = "1 more payment is held" if more == 1 else f"{more} more payments are held"
        yield Attention(title, "", "/payments/", "over", "shield-exclamation")


REFUND = Refund.__table__.c


def _stuck() -> Select[Any]:
    """The newest refund that waits for a person, or that nobody has heard of for days, and how many there are."""
    waits = or_(REFUND.state == "needs_attention", REFUND.checks > len(RETRY_AFTER))
    open_ones = (REFUND.business_id == BUSINESS, REFUND.state.not_in(("done", "failed", "reversed")), waits)
    source = func.coalesce(REFUND.payment_id, REFUND.credit_note_id)
    kind = case((REFUND.payment_id.is_not(None), "payments"), else_="credit-notes")
    answer = columns(func.count().over(), REFUND.state_reason, type_coerce(source, Uuid), about_kind=kind)
    return select(*answer).where(*open_ones).order_by(REFUND.id.desc()).limit(1)


def tell_stuck(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Refunds that need somebody, leading to where the money came from."""
    for row in rows:
        title = "A refund needs you" if row.number == 1 else f"{row.number} refunds need you"
        yield Attention(title, row.words, f"/{row.about_kind}/{row.about}/", "over", "arrow-back-up")


WATCHES = (Watch(_question(), tell), Watch(_stuck(), tell_stuck))
