"""Clients are kept whole, found however they are typed, and told about in the audit trail."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app import clock
from app.auth.models import AuditEvent
from app.auth.rules import NotAllowed
from app.clients import queries, service
from app.clients.errors import StaleClient
from app.clients.models import Client
from app.clients.queries import ClientFilters
from app.clients.rules import ClientValues, ContactValues
from app.errors import NotFound
from app.extensions import db
from app.invoices.client_queries import client_activity
from tests.support.tenants import Tenant

NGOZI = ContactValues("Ngozi Eze", "ngozi@palmgrove.example", "+2348031234567")


def make(tenant: Tenant, name: str, **values: object) -> Client:
    return service.create_client(tenant.owner, ClientValues(name=name, **values), now=clock.now())  # type: ignore[arg-type]


def found(tenant: Tenant, text: str) -> list[str]:
    return [client.name for client in queries.search_clients(tenant.business_id, text)]


@pytest.mark.parametrize(
    "typed",
    ["Adébáyọ̀", "ADEBAYO", "adebayo sons", "sons adé", "OFFICE@adebayo", "+234 803 123 4567", "0803 123 4567",
     "08031234567", "0803-123-4567", "2041-0001", "ngozi", "Adébáyọ̀ & Sons"],
)  # fmt: skip
def test_a_client_is_found_however_it_is_typed(harmattan: Tenant, typed: str) -> None:
    details = {"email": "office@adebayo.example", "phone": "+2348031234567", "tax_id": "2041-0001"}
    make(harmattan, "Adébáyọ̀ & Sons", contacts=(NGOZI,), **details)
    make(harmattan, "Zuri Textiles")
    assert found(harmattan, typed) == ["Adébáyọ̀ & Sons"]


@pytest.mark.parametrize("typed", ["%", "_", "100%", "a_b", "\\", "' or '1'='1", "*"])
def test_signs_that_mean_something_to_a_database_are_just_letters(harmattan: Tenant, typed: str) -> None:
    make(harmattan, "Zuri Textiles", email="aXb@zuri.example")
    assert found(harmattan, typed) == []
    make(harmattan, f"Odd {typed} name")
    assert found(harmattan, typed) == [f"Odd {typed} name"]


def test_names_stand_in_the_same_order_on_every_database(harmattan: Tenant) -> None:
    for name in ("Zuri", "Ọláìyá", "ade", "Olaiya Ltd", "Adébáyọ̀", "Äpfel", "östlich", "Ẹ̀bùn", "Olu-Ade", "Olu Ade"):
        make(harmattan, name)
    page = queries.list_clients(harmattan.business_id, ClientFilters())
    expected = ["ade", "Adébáyọ̀", "Äpfel", "Ẹ̀bùn", "Ọláìyá", "Olaiya Ltd", "Olu Ade", "Olu-Ade", "östlich", "Zuri"]
    assert [client.name for client in page.items] == expected


def test_a_change_keeps_people_in_their_rows_and_raises_the_version(harmattan: Tenant) -> None:
    client = make(harmattan, "Palmgrove", contacts=(NGOZI, ContactValues("Tunde")))
    before = [one.id for one in queries.contacts(harmattan.business_id, client.id)]
    fewer = ClientValues("Palmgrove", contacts=(ContactValues("Ngozi Eze-Obi"),), tags=("Estate",))
    changed = service.change_client(harmattan.owner, client.id, fewer, client.version, now=clock.now())
    people = queries.contacts(harmattan.business_id, client.id)
    assert [(one.id, one.name) for one in people] == [(before[0], "Ngozi Eze-Obi")]
    assert changed.version == 2
    with pytest.raises(StaleClient):
        service.change_client(harmattan.owner, client.id, fewer, 1, now=clock.now())


def test_saving_what_stands_changes_nothing_and_tells_nothing(harmattan: Tenant) -> None:
    values = ClientValues("Palmgrove", contacts=(NGOZI,), tags=("estate", "lagos"))
    client = service.create_client(harmattan.owner, values, now=clock.now())
    service.change_client(harmattan.owner, client.id, values, 1, now=clock.now())
    assert queries.get_client(harmattan.business_id, client.id).version == 1
    assert [event.verb for event, _ in client_activity(harmattan.business_id, client.id)] == ["created"]


def test_a_tag_has_one_spelling_in_a_business(harmattan: Tenant, savannah: Tenant) -> None:
    make(harmattan, "One", tags=("VIP",))
    make(harmattan, "Two", tags=("vip", "Vip"))
    make(savannah, "Theirs", tags=("vip",))
    assert queries.tags(harmattan.business_id) == ["VIP"]
    assert queries.tags(savannah.business_id) == ["vip"]
    page = queries.list_clients(harmattan.business_id, ClientFilters(tag="VIP"))
    assert [client.name for client in page.items] == ["One", "Two"]


def test_documents_go_to_the_people_marked_or_else_to_the_client(harmattan: Tenant) -> None:
    quiet = ContactValues("Tunde", "tunde@palmgrove.example", gets_documents=False)
    own, marked = {"email": "office@palmgrove.example"}, (NGOZI, quiet)
    with_people = make(harmattan, "Palmgrove", contacts=marked, **own)
    alone = make(harmattan, "Palmgrove", contacts=(quiet,), **own)
    nobody = make(harmattan, "Palmgrove")
    recipients = [queries.document_recipients(harmattan.business_id, one.id) for one in (with_people, alone, nobody)]
    assert recipients == [
        [("Ngozi Eze", "ngozi@palmgrove.example")],
        [("Palmgrove", "office@palmgrove.example")],
        [],
    ]


def test_the_audit_trail_names_fields_and_holds_no_personal_value(harmattan: Tenant) -> None:
    client = make(harmattan, "Palmgrove Estate", email="old@palmgrove.example")
    values = ClientValues("Palmgrove Residents", email="new@palmgrove.example", currency="KES", contacts=(NGOZI,))
    service.change_client(harmattan.owner, client.id, values, 1, now=clock.now())
    service.archive_client(harmattan.owner, client.id, now=clock.now())
    service.restore_client(harmattan.owner, client.id, now=clock.now())
    events = [event for event, _ in client_activity(harmattan.business_id, client.id)]
    assert [event.verb for event in events] == ["restored", "archived", "changed", "created"]
    assert set(events[2].changes) == {"name", "email", "currency"}
    assert events[2].changes["currency"] == ["", "KES"]
    everything = str([(event.facts, event.changes) for event in db.session.scalars(select(AuditEvent))])
    assert "almgrove" not in everything
    assert "Ngozi" not in everything


def test_a_viewer_may_not_write_and_a_stranger_finds_nothing(harmattan: Tenant, savannah: Tenant) -> None:
    client, now = make(harmattan, "Palmgrove"), clock.now()
    viewer, values = harmattan.actor("viewer"), ClientValues("Mine now")
    with pytest.raises(NotAllowed):
        service.create_client(viewer, values, now=now)
    with pytest.raises(NotAllowed):
        service.change_client(viewer, client.id, values, 1, now=now)
    for verb in (service.archive_client, service.restore_client):
        with pytest.raises(NotAllowed):
            verb(viewer, client.id, now=now)
        with pytest.raises(NotFound):
            verb(savannah.owner, client.id, now=now)
    with pytest.raises(NotFound):
        service.change_client(savannah.owner, client.id, values, 1, now=now)
    with pytest.raises(NotFound):
        queries.get_client(savannah.business_id, client.id)
    with pytest.raises(NotFound):
        queries.document_recipients(savannah.business_id, client.id)
    assert service.archive_many(savannah.owner, [client.id, uuid.uuid4()], now=now)[0].outcome == "missing"
    assert queries.contacts(savannah.business_id, client.id) == []
