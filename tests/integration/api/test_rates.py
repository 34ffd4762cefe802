"""Exchange rates by the API: written down, corrected, and what documents take of them."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest

from app.auth.queries import timeline
from app.ledger.queries import find_quote
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")
RATES = "/api/settings/rates/"
DOLLAR = {"currency": "usd", "rate": "1533.275", "valid_from": "2026-11-01"}


def test_a_rate_is_written_down_and_corrected_and_what_stood_before_is_kept(app, program, ours):
    answer = program.send("POST", RATES, DOLLAR)
    first = answer.get_json()["data"]
    assert (answer.status_code, first["currency"], first["base_currency"], first["rate"]) == (
        201,
        "USD",
        "NGN",
        "1533.275",
    )
    assert program.get(answer.headers["Location"])["data"] == first
    second = program.post(f"{RATES}{first['id']}/correct/", {"rate": "1540.00"}, 201)["data"]
    assert (second["rate"], second["valid_from"], second["stands"]) == ("1540", "2026-11-01", True)
    assert program.get(f"{RATES}{first['id']}/")["data"] == first | {"stands": False}
    assert program.get(RATES)["data"] == [second]
    with app.app_context():
        quote = find_quote(ours.business_id, "USD", "NGN", date(2026, 11, 20))
        assert quote is not None
        assert quote.rate.value == Decimal("1540")
        assert "rate_corrected" in [
            event.verb for event in timeline(ours.business_id, "exchange_rate", uuid.UUID(second["id"]))
        ]
    assert program.post(f"{RATES}{first['id']}/correct/", {"rate": "1550"}, 409)["code"] == "conflict"


def test_what_cannot_be_is_said_by_its_path(program):
    program.post(RATES, DOLLAR, 201)
    assert program.post(RATES, DOLLAR, 422)["errors"].keys() == {"valid_from"}
    assert program.post(RATES, DOLLAR | {"currency": "NGN"}, 422)["errors"].keys() == {"currency"}
    assert program.post(RATES, DOLLAR | {"currency": "XXQ"}, 422)["errors"].keys() == {"currency"}
    for rate in ("0", "-3", 1533.275, "1e3"):
        assert program.post(RATES, DOLLAR | {"rate": rate}, 422)["errors"].keys() == {"rate"}
    assert len(program.get(RATES)["data"]) == 1


def test_nobody_else_writes_rates_down(app, program, ours, stranger):
    rate = program.post(RATES, {"currency": "USD", "rate": "1500"}, 201)["data"]
    assert stranger.get(RATES)["data"] == []
    stranger.get(f"{RATES}{rate['id']}/", 404)
    stranger.post(f"{RATES}{rate['id']}/correct/", {"rate": "1"}, 404)
    viewer = Program.of(app, ours, "viewer", ("settings:read",))
    assert viewer.get(RATES)["data"] == [rate]
    viewer.post(RATES, DOLLAR, 403)
