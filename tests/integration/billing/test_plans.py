"""Plans: what they cost from which day on, and what stays as it is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app import clock
from app.auth.queries import timeline
from app.auth.rules import NotAllowed
from app.billing import queries, service
from app.billing.errors import StalePlan
from app.billing.rules.plans import PlanValues, PriceValues, price_on
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.errors import Invalid, NotFound
from tests.support.tenants import Tenant

TODAY, JUNE = date(2026, 3, 1), date(2026, 6, 1)
HOME = PlanValues("Home 20 Mbps", download_kbps=20_000, upload_kbps=5_000, anchor_day=1)
PRICE = PriceValues("NGN", Decimal(15_000), TODAY, Decimal(5_000))


def made(tenant: Tenant, values: PlanValues = HOME):
    return service.create_plan(tenant.owner, values, PRICE, today=TODAY, now=clock.now())


def priced(tenant: Tenant, plan_id: uuid.UUID, *, on: date) -> Decimal | None:
    found = price_on(queries.prices_of(tenant.business_id, [plan_id])[plan_id], "NGN", on)
    return found and found.price


def test_a_price_changes_from_a_day_on_and_the_same_day_is_replaced(harmattan: Tenant) -> None:
    plan_id = made(harmattan).id
    for amount in (18_000, 17_500):
        later = PriceValues("NGN", Decimal(amount), JUNE)
        service.set_price(harmattan.owner, plan_id, later, today=TODAY, now=clock.now())
    assert priced(harmattan, plan_id, on=date(2026, 5, 31)) == 15_000
    assert priced(harmattan, plan_id, on=JUNE) == 17_500
    verbs = [event.verb for event in timeline(harmattan.business_id, "plan", plan_id)]
    assert verbs == ["priced", "priced", "created"]


def test_a_price_that_does_not_hold_yet_can_be_withdrawn(harmattan: Tenant, savannah: Tenant) -> None:
    plan_id = made(harmattan).id
    owner, now = harmattan.owner, clock.now()
    later = service.set_price(owner, plan_id, PriceValues("NGN", Decimal(18_000), JUNE), today=TODAY, now=now)
    later_id = later.id
    with pytest.raises(NotFound):
        service.withdraw_price(owner, made(harmattan).id, later_id, today=TODAY, now=now)
    with pytest.raises(NotFound):
        service.withdraw_price(savannah.owner, plan_id, later_id, today=TODAY, now=now)
    with pytest.raises(Invalid):
        service.withdraw_price(owner, plan_id, later_id, today=JUNE, now=now)
    service.withdraw_price(owner, plan_id, later_id, today=TODAY, now=now)
    assert priced(harmattan, plan_id, on=JUNE) == 15_000


def test_nothing_is_priced_in_the_past(harmattan: Tenant) -> None:
    plan_id = made(harmattan).id
    with pytest.raises(Invalid) as caught:
        service.set_price(harmattan.owner, plan_id, PRICE, today=JUNE, now=clock.now())
    assert list(caught.value.errors) == ["since"]


def test_a_change_of_taxes_alone_raises_the_version(harmattan: Tenant) -> None:
    vat = catalog.create_tax(harmattan.owner, TaxValues("VAT", Decimal("7.5")), now=clock.now())
    plan_id, taxed = made(harmattan).id, replace(HOME, tax_ids=(vat.id,))
    change = service.change_plan
    assert change(harmattan.owner, plan_id, taxed, version=1, now=clock.now()).version == 2
    assert [tax.name for tax in queries.plan_taxes(harmattan.business_id, [plan_id])[plan_id]] == ["VAT"]
    with pytest.raises(StalePlan):
        change(harmattan.owner, plan_id, HOME, version=1, now=clock.now())
    assert change(harmattan.owner, plan_id, taxed, version=2, now=clock.now()).version == 2


def test_an_archived_tax_and_one_of_somebody_else_are_refused(harmattan: Tenant, savannah: Tenant) -> None:
    foreign = catalog.create_tax(savannah.owner, TaxValues("VAT", Decimal(5)), now=clock.now())
    with pytest.raises(NotFound):
        made(harmattan, replace(HOME, tax_ids=(foreign.id,)))
    gone = catalog.create_tax(harmattan.owner, TaxValues("Old", Decimal(5)), now=clock.now())
    catalog.archive_tax(harmattan.owner, gone.id, now=clock.now())
    with pytest.raises(Invalid) as caught:
        made(harmattan, replace(HOME, tax_ids=(gone.id,)))
    assert list(caught.value.errors) == ["tax_ids"]


def test_archived_plans_are_in_a_list_of_their_own(harmattan: Tenant) -> None:
    plan_id = made(harmattan).id
    service.archive_plan(harmattan.owner, plan_id, now=clock.now())
    assert queries.counts(harmattan.business_id) == (0, 1)
    assert [plan.id for plan in queries.list_plans(harmattan.business_id, queries.PlanFilters("20 home", True)).items]
    service.restore_plan(harmattan.owner, plan_id, now=clock.now())
    assert queries.counts(harmattan.business_id) == (1, 0)


def test_a_viewer_changes_nothing(harmattan: Tenant) -> None:
    plan_id, viewer, now = made(harmattan).id, harmattan.actor("viewer"), clock.now()
    attempts = [
        lambda: service.create_plan(viewer, HOME, PRICE, today=TODAY, now=now),
        lambda: service.change_plan(viewer, plan_id, HOME, version=1, now=now),
        lambda: service.archive_plan(viewer, plan_id, now=now),
        lambda: service.restore_plan(viewer, plan_id, now=now),
        lambda: service.set_price(viewer, plan_id, PRICE, today=TODAY, now=now),
        lambda: service.withdraw_price(viewer, plan_id, uuid.uuid4(), today=TODAY, now=now),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
