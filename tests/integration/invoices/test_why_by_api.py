"""Programs are told why, as people are: the same steps, and money as JSON carries it."""

from __future__ import annotations

import pytest

from app.extensions import db


@pytest.fixture
def ask(app, ours):
    """What the API says about a path below /api/billing/."""
    token = ours.api_token()

    def get(path: str):
        db.session.remove()
        answer = app.test_client().get(f"/api/billing/{path}/why/", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.get_json()

    return get


def test_an_invoice_is_explained_step_by_step(ours, ask):
    invoice_id = ours.issued()
    ours.payment(invoice_id, 100_000)
    status, told = ask(f"invoices/{invoice_id}")
    assert (status, told["success"], told["message"]) == (200, True, "OK")
    why = told["data"]
    assert (why["id"], why["number"]) == (str(invoice_id), "INV-2026-0001")
    assert why["total"] == {"amount": "3225.00", "minor": 322_500, "currency": "NGN"}
    steps = {step["step"]: step for step in why["steps"]}
    assert steps["total"]["amount"] == why["total"]
    assert steps["balance"]["amount"]["minor"] == 222_500
    for step in steps.values():
        if step["sum_of"]:
            assert step["amount"]["minor"] == sum(steps[part]["amount"]["minor"] for part in step["sum_of"])
    assert steps["line-1"]["words"] == "2 × ₦1,500.00 = ₦3,000.00"
    assert steps["line-1-tax-1"]["words"] == "7.5\u00a0% of ₦3,000.00 = ₦225.00"


def test_a_credit_note_is_explained_step_by_step(ours, ask):
    note_id = ours.credited(paid_minor=0)
    status, told = ask(f"credit-notes/{note_id}")
    assert status == 200
    assert told["data"]["number"] == "CN-2026-0001"
    assert told["data"]["total"]["minor"] == 322_500
    steps = {step["step"]: step for step in told["data"]["steps"]}
    assert steps["credited"]["amount"]["minor"] == 322_500


@pytest.mark.parametrize("path", ["invoices/01a1f92d-1995-7512-b040-5bdef4776f7f", "credit-notes/nonsense"])
def test_what_is_not_there_is_not_found(ours, ask, path):
    status, told = ask(path)
    assert (status, told["code"]) == (404, "not_found")
