"""Items and taxes: what the audit trail tells, and what stays as it is."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from app import clock
from app.auth.queries import timeline
from app.auth.rules import NotAllowed
from app.catalog import queries, service
from app.catalog.errors import StaleItem, StaleTax
from app.catalog.models import Item, Tax
from app.catalog.rules import ItemValues, TaxValues
from tests.support.tenants import Tenant

VAT = TaxValues("VAT", Decimal("7.5"))


def verbs(tenant: Tenant, kind: str, row: Item | Tax) -> list[str]:
    return [event.verb for event in timeline(tenant.business_id, kind, row.id)]


def test_a_change_of_taxes_alone_raises_the_version_and_is_told(harmattan: Tenant) -> None:
    vat = service.create_tax(harmattan.owner, VAT, now=clock.now())
    plain = ItemValues("Fibre", Decimal(100), "NGN")
    item = service.create_item(harmattan.owner, plain, now=clock.now())
    taxed = ItemValues("Fibre", Decimal(100), "NGN", tax_ids=(vat.id,))
    assert service.change_item(harmattan.owner, item.id, taxed, 1, now=clock.now()).version == 2
    with pytest.raises(StaleItem):
        service.change_item(harmattan.owner, item.id, plain, 1, now=clock.now())
    assert service.change_item(harmattan.owner, item.id, taxed, 2, now=clock.now()).version == 2
    assert verbs(harmattan, "item", item) == ["changed", "created"]


def test_the_trail_of_a_tax_says_what_it_was(harmattan: Tenant) -> None:
    tax = service.create_tax(harmattan.owner, VAT, now=clock.now())
    service.change_tax(harmattan.owner, tax.id, TaxValues("VAT", Decimal(10)), 1, now=clock.now())
    with pytest.raises(StaleTax):
        service.change_tax(harmattan.owner, tax.id, VAT, 1, now=clock.now())
    for verb in (service.archive_tax, service.archive_tax, service.restore_tax):
        verb(harmattan.owner, tax.id, now=clock.now())
    assert verbs(harmattan, "tax", tax) == ["restored", "archived", "changed", "created"]
    changed = timeline(harmattan.business_id, "tax", tax.id)[2]
    assert changed.changes == {"rate": ["7.5", "10"]}


def test_one_tax_chosen_twice_is_on_the_item_once(harmattan: Tenant) -> None:
    vat = service.create_tax(harmattan.owner, VAT, now=clock.now())
    values = ItemValues("Fibre", Decimal(1), "NGN", tax_ids=(vat.id, vat.id))
    item = service.create_item(harmattan.owner, values, now=clock.now())
    assert [found.tax_ids for found in queries.search_items(harmattan.business_id, "")] == [(vat.id,)]
    assert queries.items_with_tax(harmattan.business_id, vat.id) == 1
    service.archive_item(harmattan.owner, item.id, now=clock.now())
    assert queries.items_with_tax(harmattan.business_id, vat.id) == 0


def test_the_largest_price_is_kept_to_the_last_place(harmattan: Tenant) -> None:
    price = Decimal("999999999999.999999")
    item = service.create_item(harmattan.owner, ItemValues("Dear", price, "NGN"), now=clock.now())
    item_id = item.id
    assert queries.get_item(harmattan.business_id, item_id).price == price


def test_a_viewer_may_not_write(harmattan: Tenant) -> None:
    viewer, now, nobody = harmattan.actor("viewer"), clock.now(), uuid.uuid4()
    item = ItemValues("Fibre", Decimal(1), "NGN")
    attempts = [
        lambda: service.create_item(viewer, item, now=now),
        lambda: service.change_item(viewer, nobody, item, 1, now=now),
        lambda: service.archive_item(viewer, nobody, now=now),
        lambda: service.restore_item(viewer, nobody, now=now),
        lambda: service.create_tax(viewer, VAT, now=now),
        lambda: service.change_tax(viewer, nobody, VAT, 1, now=now),
        lambda: service.move_tax(viewer, nobody, "up", now=now),
        lambda: service.archive_tax(viewer, nobody, now=now),
        lambda: service.restore_tax(viewer, nobody, now=now),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
