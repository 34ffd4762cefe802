"""The pages and the file of recurring revenue, and of getting paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event

from app import clock
from app.billing.rules.subscriptions import ItemValues
from app.extensions import db
from tests.integration.billing.test_recurring_figures import TODAY, home, issued, reminded, subscribed
from tests.support.tenants import Tenant


@contextmanager
def counted() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


PAGES = {"/reports/recurring/": 12, "/reports/getting-paid/": 30}
"""How many statements each takes at most, however much there is."""


def test_without_subscriptions_the_page_leads_to_the_first(harmattan: Tenant):
    page = harmattan.visitor().get("/reports/recurring/").text
    assert "No subscriptions yet" in page
    assert "/billing/subscriptions/new/" in page
    assert "/billing/subscriptions/new/" not in harmattan.visitor("viewer").get("/reports/recurring/").text
    assert "Nothing is expected" in harmattan.visitor("viewer").get("/reports/getting-paid/").text


def test_the_pages_show_the_figures_and_ask_no_more_often_for_many(harmattan: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.clock.today", lambda _: TODAY)
    plan = home(harmattan)
    visitor = harmattan.visitor()
    for many in (1, 12):
        for _ in range(many):
            subscribed(harmattan, ItemValues("Home", plan_id=plan), start="2026-10-01")
            reminded(harmattan, issued(harmattan, 100, "2026-11-01"), 3, "2026-11-20T09:00")
        for address, most in PAGES.items():
            with counted() as asked:
                page = visitor.get(address)
            assert page.status_code == 200
            assert len(asked) <= most, "\n".join(asked)
    page = visitor.get("/reports/recurring/").text
    assert "Home 20 Mbps" in page
    assert page.count("13 subscriptions") == 1


def test_the_table_to_keep_holds_every_currency_and_no_other_business(harmattan: Tenant, savannah: Tenant):
    today = clock.today("Africa/Lagos")
    for tenant, currency in ((harmattan, "NGN"), (harmattan, "USD"), (savannah, "EUR")):
        subscribed(tenant, ItemValues("Home", price=Decimal(10)), start="2025-01-01", currency=currency)
    answer = harmattan.visitor("viewer").get("/reports/recurring.csv")
    rows = defaultdict(list)
    for line in answer.text.splitlines()[1:]:
        rows[line.split(",")[0]].append(line)
    assert {currency: len(found) for currency, found in rows.items()} == {"NGN": 12, "USD": 12}
    assert rows["USD"][-1] == f"USD,{today:%Y-%m},10.00,0.00,0.00,0.00,0.00,0.00,10.00,1,0,0,0,1,0.0,0.0,100.0,100.0"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=recurring-revenue-{today}.csv"
