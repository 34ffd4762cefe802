"""Money that waits for a person to look at it: held, disputed, on its way back and stuck, or paid nobody knows how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, Uuid, and_, case, cast, func, literal, or_, select, type_coerce

from app.attention import BUSINESS, MONTH_AGO, TWO_MONTHS_AGO, Attention, Watch, columns
from app.auth.models import Business
from app.invoices.models import Invoice
from app.payments.models import Attempt, Dispute, GatewayAccount, HeldMoney, Refund
from app.payments.queries.unsettled import OF_INVOICE, needs_you, what_happened
from app.payments.rules import RETRY_AFTER, deadline_words

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
LATER = Refund.__table__.alias("later").c


def _stuck() -> Select[Any]:
    """The newest refund that waits for a person, that nobody has heard of for days, or that failed within a month and
    was not tried again since; and how many there are."""
    waits = or_(REFUND.state == "needs_attention", REFUND.checks > len(RETRY_AFTER))
    same = or_(LATER.payment_id == REFUND.payment_id, LATER.credit_note_id == REFUND.credit_note_id)
    later = select(LATER.id).where(LATER.business_id == REFUND.business_id, same, LATER.created_at > REFUND.created_at)
    again = later.where(LATER.state != "reversed").correlate(Refund.__table__).exists()
    failed = and_(REFUND.state == "failed", REFUND.settled_at > MONTH_AGO, ~again)
    asked = and_(REFUND.state.not_in(("done", "failed", "reversed")), waits)
    source = func.coalesce(REFUND.payment_id, REFUND.credit_note_id)
    kind = case((REFUND.payment_id.is_not(None), "payments"), else_="credit-notes")
    kind = kind + case((REFUND.state == "failed", " failed"), else_="")
    answer = columns(func.count().over(), REFUND.state_reason, type_coerce(source, Uuid), about_kind=kind)
    mine = (REFUND.business_id == BUSINESS, or_(asked, failed))
    return select(*answer).where(*mine).order_by(REFUND.id.desc()).limit(1)


def tell_stuck(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Refunds that need somebody, leading to where the money came from."""
    for row in rows:
        kind, _, failed = row.about_kind.partition(" ")
        one = "A refund failed" if failed else "A refund needs you"
        title = one if row.number == 1 else f"{row.number} refunds need you"
        yield Attention(title, row.words, f"/{kind}/{row.about}/", "over", "arrow-back-up")


DISPUTE = Dispute.__table__.c


def _disputed() -> Select[Any]:
    """The dispute that has to be answered first, or that was lost and could not be booked, and how many there are."""
    unanswered = DISPUTE.state == "awaiting_us"
    waits = or_(unanswered, and_(DISPUTE.state == "resolved", DISPUTE.problem != ""))
    answer = columns(func.count().over(), DISPUTE.problem, since=DISPUTE.due_on)
    first = case((unanswered, 0), else_=1)
    return select(*answer).where(DISPUTE.business_id == BUSINESS, waits).order_by(first, DISPUTE.due_on).limit(1)


def tell_disputed(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Disputes that need somebody, with the deadline of the first."""
    for row in rows:
        title = "A payment is disputed" if row.number == 1 else f"{row.number} payments are disputed"
        words = row.words or deadline_words(row.since, today)
        yield Attention(title, words[:1].upper() + words[1:], "/payments/disputes/", "over", "alert-triangle")


ATTEMPT = Attempt.__table__.c


def _unsettled() -> Select[Any]:
    """The newest online payment that needs a person, and how many there are."""
    kind = case((ATTEMPT.card_id.is_not(None), "card "), else_="") + ATTEMPT.state
    answer = columns(func.count().over(), Invoice.__table__.c.number, about_kind=kind)
    query = select(*answer).join_from(Attempt.__table__, Invoice.__table__, OF_INVOICE)
    newest = (ATTEMPT.created_at.desc(), ATTEMPT.id.desc())
    return query.where(*needs_you(BUSINESS, TWO_MONTHS_AGO)).order_by(*newest).limit(1)


def tell_unsettled(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Online payments that need somebody, with what happened to the newest."""
    for row in rows:
        title = "An online payment needs you" if row.number == 1 else f"{row.number} online payments need you"
        card, _, state = row.about_kind.rpartition(" ")
        happened = what_happened(state, bool(card))
        words = f"{row.words}: {happened[:1].lower()}{happened[1:]}"
        kind, picture = ("soon", "clock-pause") if state == "paused" else ("over", "help")
        yield Attention(title, words, "/payments/unsettled/", kind, picture)


BUSINESS_ROW, ACCOUNT = Business.__table__.c, GatewayAccount.__table__.c


def _unready() -> Select[Any]:
    """What a business has not told yet and its invoices need: who it is, and how it is paid. Before its first invoice
    the first steps say so."""
    nameless = and_(BUSINESS_ROW.address == "", BUSINESS_ROW.tax_id == "")
    online = select(ACCOUNT.id).where(ACCOUNT.business_id == BUSINESS, ACCOUNT.active).correlate(None).exists()
    no_bank = or_(BUSINESS_ROW.bank_details.is_(None), cast(BUSINESS_ROW.bank_details, Text).in_(("[]", "null", "")))
    unpaid = and_(no_bank, ~online)
    missing = case((nameless, "who "), else_="") + case((unpaid, "pay"), else_="")
    answer = columns(literal(1), about_kind=missing)
    return select(*answer).where(BUSINESS_ROW.id == BUSINESS, or_(nameless, unpaid))


def tell_unready(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The first steps that are still to be done."""
    for row in rows:
        if "who" in row.about_kind:
            words = "Your invoices show no address and no tax number"
            yield Attention("Say who you are", words, "/settings/", "", "building-store")
        if "pay" in row.about_kind:
            words = "Connect Paystack, or show your bank details on invoices"
            yield Attention("Get paid", words, "/settings/payments/", "", "building-bank")


WATCHES = (
    Watch(_question(), tell),
    Watch(_disputed(), tell_disputed),
    Watch(_stuck(), tell_stuck),
    Watch(_unsettled(), tell_unsettled),
    Watch(_unready(), tell_unready),
)
