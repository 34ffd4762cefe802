"""Services that want a person: routers that do not answer, what could not be switched, networks that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, Attention, Watch, columns
from app.billing.models import Router, ServiceAction, ServiceDifference

ROUTER, ACTION = Router.__table__.c, ServiceAction.__table__.c
DIFFERENCE = ServiceDifference.__table__.c
SERVICES = "/billing/service/"


def _silent() -> Select[Any]:
    """A router that could not be used when it was tried last, and how many there are."""
    mine = (ROUTER.business_id == BUSINESS, ROUTER.failing_since.is_not(None), ROUTER.archived_at.is_(None))
    answer = columns(func.count().over(), ROUTER.error, ROUTER.id, about_kind=ROUTER.name)
    return select(*answer).where(*mine).order_by(ROUTER.failing_since, ROUTER.id).limit(1)


def tell_silent(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The router that is silent longest."""
    for row in rows:
        one = row.number == 1
        title = "A router cannot be used" if one else f"{row.number} routers cannot be used"
        href = f"/settings/routers/{row.about}/" if one else "/settings/routers/"
        yield Attention(title, f"{row.about_kind}: {row.words}", href, "over", "plug-connected")


def _given_up() -> Select[Any]:
    """How many services could not be switched."""
    mine = (ACTION.business_id == BUSINESS, ACTION.state == "failed")
    return select(*columns(func.count().over(), ACTION.answer, ACTION.id)).where(*mine).order_by(ACTION.id).limit(1)


def tell_given_up(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """That there are some, and why the first."""
    for row in rows:
        title = "A service could not be switched" if row.number == 1 else f"{row.number} services could not be switched"
        yield Attention(title, row.words, SERVICES, "over", "alert-circle")


def _differing() -> Select[Any]:
    """How many services stand otherwise on their network than billing says."""
    mine = (DIFFERENCE.business_id == BUSINESS, DIFFERENCE.kind != "unknown")
    answer = columns(func.count().over(), DIFFERENCE.username, DIFFERENCE.id)
    return select(*answer).where(*mine).order_by(DIFFERENCE.id).limit(1)


def tell_differing(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """That there are some."""
    for row in rows:
        title = f"{row.number} services differ on the network" if row.number > 1 else "A service differs on the network"
        yield Attention(title, "The network does not do what billing says.", SERVICES, "soon", "alert-circle")


WATCHES = (
    Watch(_silent(), tell_silent),
    Watch(_given_up(), tell_given_up),
    Watch(_differing(), tell_differing),
)
