"""Plans, their prices and taxes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from app.billing.models import Plan, PlanPrice, PlanTax
from app.billing.rules.plans import PlanValues, PriceValues
from app.catalog.models import Tax
from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.web.paging import Page, Walk, paginate

_ORDER: tuple[ColumnElement[Any], ...] = (Plan.sort_name, Plan.id)  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class PlanFilters:
    """What a list of plans is narrowed to; `currency`: those that have a price in it. By name, or the newest first."""

    text: str = ""
    archived: bool = False
    kind: str = ""
    currency: str = ""
    newest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrice(PriceValues):
    """A price as it is stored, under its id."""

    id: uuid.UUID


def get_plan(business_id: uuid.UUID, plan_id: uuid.UUID) -> Plan:
    """One plan, archived or not. Raises NotFound."""
    plan = db.session.get(Plan, (business_id, plan_id))
    if plan is None:
        raise NotFound
    return plan


def plan_values(plan: Plan) -> PlanValues:
    """A stored plan as it was typed, without its taxes."""
    return PlanValues(
        **{field.name: getattr(plan, field.name) for field in fields(PlanValues) if field.name != "tax_ids"}
    )


def list_plans(business_id: uuid.UUID, filters: PlanFilters, cursor: str | Walk | None = None) -> Page[Plan]:
    """A page of plans."""
    gone = Plan.archived_at.is_not(None) if filters.archived else Plan.archived_at.is_(None)
    query = select(Plan).where(Plan.business_id == business_id, gone)
    for word in words(filters.text):
        query = query.where(Plan.search.contains(word, autoescape=True))
    if filters.kind:
        query = query.where(Plan.kind == filters.kind)
    if filters.currency:
        price = and_(PlanPrice.business_id == Plan.business_id, PlanPrice.plan_id == Plan.id)
        query = query.where(exists().where(price, PlanPrice.currency == filters.currency))
    order = (Plan.id.desc(),) if filters.newest else _ORDER
    return paginate(query, order, cursor, scope=(business_id, *astuple(filters)))


def plans_by_id(business_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Plan]:
    """{id: plan} of those that are this business's, archived ones too; an id that is not is simply missing."""
    found = db.session.scalars(select(Plan).where(Plan.business_id == business_id, Plan.id.in_(set(ids))))
    return {plan.id: plan for plan in found}


def counts(business_id: uuid.UUID) -> tuple[int, int]:
    """How many plans there are: (offered, archived)."""
    query = select(func.count(), func.count(Plan.archived_at)).where(Plan.business_id == business_id)
    every, archived = db.session.execute(query).one()
    return int(every) - int(archived), int(archived)


def prices_of(business_id: uuid.UUID, plan_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[StoredPrice]]:
    """{plan: its prices by currency and day} of some plans."""
    query = (
        select(PlanPrice)
        .where(PlanPrice.business_id == business_id, PlanPrice.plan_id.in_(plan_ids))
        .order_by(PlanPrice.currency, PlanPrice.since)
    )
    found: dict[uuid.UUID, list[StoredPrice]] = defaultdict(list)
    for row in db.session.scalars(query):
        price = StoredPrice(row.currency, row.price, row.since, row.setup_price, row.for_all, id=row.id)
        found[row.plan_id].append(price)
    return found


def plan_taxes(business_id: uuid.UUID, plan_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Tax]]:
    """{plan: its taxes in use, in the order they are applied} of some plans."""
    query = (
        select(PlanTax.plan_id, Tax)
        .join(Tax, and_(Tax.business_id == PlanTax.business_id, Tax.id == PlanTax.tax_id))
        .where(PlanTax.business_id == business_id, PlanTax.plan_id.in_(plan_ids), Tax.archived_at.is_(None))
        .order_by(Tax.position, Tax.id)
    )
    found: dict[uuid.UUID, list[Tax]] = defaultdict(list)
    for plan_id, tax in db.session.execute(query):
        found[plan_id].append(tax)
    return found


def plan_names(business_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """{plan: its name} of all plans of a business by name, archived ones too."""
    query = select(Plan.id, Plan.name).where(Plan.business_id == business_id).order_by(Plan.sort_name, Plan.id)
    return {row.id: row.name for row in db.session.execute(query)}
