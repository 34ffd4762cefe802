"""Billing that wants attention: runs that wait for approval, what could not be billed, and clients who are parked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, MONTH_AGO, Attention, Watch, columns
from app.billing.models import BillingRun, ParkedClient

RUN, PARKED = BillingRun.__table__.c, ParkedClient.__table__.c
LIST = "/billing/runs/"


def _waiting() -> Select[Any]:
    """How many runs wait for approval, and the newest of them."""
    mine = (RUN.business_id == BUSINESS, RUN.state == "review")
    newest = select(*columns(func.count().over(), about=RUN.id, since=RUN.as_of)).where(*mine)
    return newest.order_by(RUN.id.desc()).limit(1)


def tell_waiting(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The runs that wait, if there are any."""
    for row in rows:
        if row.number == 1:
            text = "Look at what is odd, then approve it"
            yield Attention("A billing run waits for approval", text, f"{LIST}{row.about}/", "soon", "calendar-repeat")
        else:
            title = f"{row.number} billing runs wait for approval"
            yield Attention(title, "Look at what is odd, then approve them", LIST, "soon", "calendar-repeat")


def _failed() -> Select[Any]:
    """How many entries of the newest posted run could not be billed."""
    mine = (RUN.business_id == BUSINESS, RUN.state.in_(("posted", "sent")), RUN.posted_at > MONTH_AGO)
    newest = select(RUN.id, RUN.failed).where(*mine).order_by(RUN.id.desc()).limit(1).subquery()
    return select(*columns(newest.c.failed, about=newest.c.id)).where(newest.c.failed > 0)


def tell_failed(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """What the last run could not bill, if there is any."""
    for row in rows:
        what = "1 subscription" if row.number == 1 else f"{row.number} subscriptions"
        text = "The reasons stand in the last billing run; the next one tries again"
        yield Attention(f"{what} could not be billed", text, f"{LIST}{row.about}/", "over", "alert-circle")


def _parked() -> Select[Any]:
    mine = (PARKED.business_id == BUSINESS, PARKED.let_go_at.is_(None))
    return select(*columns(func.count())).where(*mine)


def tell_parked(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The parked clients, if there are any."""
    for row in rows:
        if row.number:
            title = "1 client is parked" if row.number == 1 else f"{row.number} clients are parked"
            text = "More was to be billed than can be meant; nothing is until somebody lets go"
            yield Attention(title, text, f"{LIST}#parked", "over", "alert-triangle")


WATCHES = (Watch(_waiting(), tell_waiting), Watch(_failed(), tell_failed), Watch(_parked(), tell_parked))
