"""Lists go on where they stopped, on both databases, and a cursor is good for one list of one business only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clients.models import Client
from app.database import writing
from app.extensions import db
from app.web.paging import Page, paginate
from tests.support.tenants import Tenant

START = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)
NAMES = ["Ọláìyá", "adé", "Adébáyọ̀", "Zuri", "Çelik", "ade", "İnci", "Öz"]


@pytest.fixture
def sixty(harmattan: Tenant) -> Tenant:
    """Sixty clients; seven names each used many times, creation times in threes."""
    with writing() as session:
        for n in range(60):
            made = START + timedelta(seconds=n // 3)
            session.add(
                Client(business_id=harmattan.business_id, name=NAMES[n % 8], terms_days=n % 4 or None, created_at=made)
            )
    return harmattan


ORDERS = {
    "name": (Client.sort_name, Client.id),
    "newest": (Client.created_at.desc(), Client.id.desc()),
    "mixed": (func.coalesce(Client.terms_days, 0).desc(), Client.sort_name, Client.id.desc()),
}


def page(tenant: Tenant, order: str, cursor: str | None, limit: int = 7, scope: str = "list") -> Page[Client]:
    query = select(Client).where(Client.business_id == tenant.business_id)
    return paginate(query, ORDERS[order], cursor, scope=(tenant.business_id, order, scope), limit=limit)


def walk(tenant: Tenant, order: str, limit: int = 7) -> list[Page[Client]]:
    pages = [page(tenant, order, None, limit)]
    while pages[-1].next:
        pages.append(page(tenant, order, pages[-1].next, limit))
    return pages


def ids(pages: list[Page[Client]]) -> list[object]:
    return [item.id for one in pages for item in one.items]


@pytest.mark.parametrize("order", ORDERS)
def test_a_walk_through_sixty_rows_meets_each_once_and_in_order(sixty: Tenant, order: str) -> None:
    query = select(Client.id).where(Client.business_id == sixty.business_id).order_by(*ORDERS[order])
    assert ids(walk(sixty, order)) == list(db.session.scalars(query))


@pytest.mark.parametrize("order", ORDERS)
def test_walking_back_shows_the_same_pages(sixty: Tenant, order: str) -> None:
    pages = walk(sixty, order)
    current, seen = pages[-1], [pages[-1]]
    while current.previous:
        current = page(sixty, order, current.previous)
        seen.append(current)
    assert [ids([one]) for one in reversed(seen)] == [ids([one]) for one in pages]


def test_the_first_page_has_no_previous_and_the_last_no_next(sixty: Tenant) -> None:
    pages = walk(sixty, "name", limit=20)
    assert [bool(one.previous) for one in pages] == [False, True, True]
    assert [bool(one.next) for one in pages] == [True, True, False]


def test_rows_added_in_front_are_not_met_and_move_nothing(sixty: Tenant) -> None:
    first = page(sixty, "newest", None)
    with writing() as session:
        session.add(Client(business_id=sixty.business_id, name="Late", created_at=START + timedelta(days=1)))
    second = page(sixty, "newest", first.next)
    assert not set(ids([first])) & set(ids([second]))
    assert "Late" not in {item.name for item in second.items}


def test_an_empty_list_is_one_empty_page(harmattan: Tenant) -> None:
    assert page(harmattan, "name", None) == Page([], None, None)


@pytest.mark.parametrize("limit", [1, 59, 60, 61])
def test_every_size_of_page_works(sixty: Tenant, limit: int) -> None:
    assert len(set(ids(walk(sixty, "name", limit)))) == 60


def test_a_cursor_of_another_list_business_or_nobody_shows_the_first_page(sixty: Tenant, savannah: Tenant) -> None:
    first = page(sixty, "name", None)
    good = first.next
    assert good
    assert ids([page(sixty, "name", good)]) != ids([first])
    foreign = page(sixty, "newest", None).next
    wrong = ["", "x", "a.b", good[:-1], good + "x", "é" * 9, "x" * 9000, foreign, "WzAsW11d.forged"]
    for cursor in wrong:
        assert ids([page(sixty, "name", cursor)]) == ids([first]), cursor
    assert ids([page(sixty, "name", good, scope="filtered")]) == ids([first])
    assert page(savannah, "name", good).items == []


def test_the_next_address_keeps_every_filter(app: Flask, sixty: Tenant) -> None:
    with app.test_request_context("/clients/?q=a%26b+c&tag=x&tag=%C3%A9&cursor=old"):
        url = page(sixty, "name", None).next_url or ""
    assert url.startswith("/clients/?q=a%26b+c&tag=x&tag=%C3%A9&cursor=")
    assert url.count("cursor=") == 1


def test_single_values_and_rows_page_too(sixty: Tenant) -> None:
    names = select(Client.name).where(Client.business_id == sixty.business_id)
    assert paginate(names, (Client.sort_name, Client.id), scope=("n",), limit=60).items.count("adé") == 8
    day = func.coalesce(Client.archived_at, START)
    rows = select(Client.id, Client.name).where(Client.business_id == sixty.business_id)
    first = paginate(rows, (day, Client.id), scope=("r",), limit=40)
    second = paginate(rows, (day, Client.id), first.next, scope=("r",), limit=40)
    assert len({row.id for row in (*first.items, *second.items)}) == 60
