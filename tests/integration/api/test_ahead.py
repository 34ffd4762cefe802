"""What is going to be billed, the link to statements, and many payments at once, by the API."""

from __future__ import annotations

from typing import Any

import pytest

from app import clock
from app.auth.queries import get_business, timeline
from app.auth.service import links
from app.billing.service.forecasting import forecast
from app.extensions import db
from app.invoices.queries import get_invoice
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")
FORECAST, BULK = "/api/reports/forecast/", "/api/billing/payments/bulk/"


def test_the_forecast_says_what_the_page_says(app, program, ours, stranger):
    assert program.get(FORECAST)["data"] == {"subscriptions": 0, "currencies": [], "unpriced": []}
    with app.app_context():
        subscription_id = str(ours.subscription())
        db.session.remove()
        found = forecast(ours.business_id, clock.today(get_business(ours.business_id).timezone), 3)
        expected = {"total": found.whole("NGN").minor, "first": found.net_of(found.months[0], "NGN").minor}
        months = [f"{month:%Y-%m}" for month in found.months]
        db.session.remove()
    told = program.get(f"{FORECAST}?months=3")["data"]
    (naira,) = told["currencies"]
    assert expected["total"] > 0
    assert (told["subscriptions"], naira["total"]["minor"]) == (1, expected["total"])
    assert [one["month"] for one in naira["months"]] == months
    assert naira["months"][0]["net"]["minor"] == expected["first"]
    assert sum(one["total"]["minor"] for one in naira["months"]) == expected["total"]
    assert sum(one["net"]["minor"] for one in naira["plans"]) == sum(one["net"]["minor"] for one in naira["months"])
    assert program.get(f"{FORECAST}?months=3&subscription_id={subscription_id}")["data"] == told
    assert program.get(f"{FORECAST}?months=13", 422)["errors"].keys() == {"months"}
    assert stranger.get(FORECAST)["data"]["subscriptions"] == 0
    for name, id in (("subscription_id", subscription_id), ("customer_id", ours.client_id)):
        assert stranger.get(f"{FORECAST}?{name}={id}", 422)["errors"].keys() == {name}


def test_the_link_to_statements_is_made_once_and_closed(app, program, ours, stranger):
    at = f"/api/customers/{ours.client_id}/statement/"
    assert program.get(f"{at}link/")["data"]["url"] is None
    made = program.post(f"{at}link/")["data"]
    assert program.post(f"{at}link/")["data"] == made
    path = made["url"].partition("/c/")[2]
    assert app.test_client().get(f"/c/{path}").status_code == 200
    stranger.get(f"{at}link/", 404)
    stranger.post(f"{at}revoke-link/", status=404)
    Program.of(app, ours, "viewer", ("clients:read",)).post(f"{at}link/", status=403)
    assert program.post(f"{at}revoke-link/")["data"]["url"] is None
    assert app.test_client().get(f"/c/{path}").status_code in (404, 410)
    assert program.post(f"{at}revoke-link/")["message"] == "There was no open link"
    with app.app_context():
        assert links.find_live_link(ours.business_id, "client", ours.client_id) is None
        verbs = [event.verb for event in timeline(ours.business_id, "client", ours.client_id)]
    assert {"made_link", "revoked_link"} <= set(verbs)


@pytest.fixture
def invoice_id(app: Any, ours: Any) -> Any:
    with app.app_context():
        made = ours.issued()
        db.session.remove()
    return made


def paid(ours: Any, amount: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": str(ours.client_id), "amount": amount, "method": "transfer", **more}


def test_one_bad_payment_of_several_harms_no_other(app, program, ours, stranger, invoice_id):
    foreign = paid(ours, "10.00", allocations=[{"invoice_id": str(ours.business_id), "amount": "10.00"}])
    payments = [paid(ours, "1000.00", reference="A"), paid(ours, "-1"), foreign, paid(ours, "500.00", reference="B")]
    results = program.post(BULK, {"payments": payments}, 207, Idempotency_Key="bank-1")["data"]
    assert [(one["index"], one["success"]) for one in results] == [(0, True), (1, False), (2, False), (3, True)]
    assert [list(one["errors"]) for one in results] == [[], ["amount"], ["allocations.0.invoice_id"], []]
    assert results[1]["code"] == "validation_error"
    assert program.post(BULK, {"payments": payments}, 207, Idempotency_Key="bank-1")["data"] == results
    stored = {one["id"]: one["reference"] for one in program.get("/api/billing/payments/")["data"]}
    assert stored == {results[0]["id"]: "A", results[3]["id"]: "B"}
    with app.app_context():
        assert get_invoice(ours.business_id, invoice_id).balance_minor == 322_500 - 150_000
    (theirs,) = stranger.post(BULK, {"payments": [paid(ours, "1000.00")]}, 207)["data"]
    assert (theirs["success"], list(theirs["errors"])) == (False, ["customer_id"])


def test_what_is_no_list_of_payments_is_refused_whole(app, program, ours, invoice_id):
    refused = program.post(BULK, {"payments": [paid(ours, "10.00"), paid(ours, "10.00", method="shells")]}, 422)
    assert refused["errors"].keys() == {"payments.1.method"}
    for wrong in ({}, {"payments": []}, {"payments": [paid(ours, "1.00")] * 101}):
        assert program.post(BULK, wrong, 422)["errors"].keys() == {"payments"}
    Program.of(app, ours, "viewer", ("payments:read",)).post(BULK, {"payments": [paid(ours, "1.00")]}, 403)
    assert program.get("/api/billing/payments/")["data"] == []
