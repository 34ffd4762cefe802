"""The pages of billing runs: looked at, decided on, approved, reversed; and how a business wants them."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from flask.testing import FlaskClient

from app import clock
from app.billing import queries, service
from app.billing.service import running
from app.billing.service.run_policies import park
from tests.integration.billing.runs import Runs, at
from tests.integration.web.test_statements import counted
from tests.support.tenants import Tenant

AT = "/billing/runs/"


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


@pytest.fixture
def visitor(runs: Runs) -> FlaskClient:
    return runs.tenant.visitor()


def waiting(runs: Runs) -> uuid.UUID:
    """A run with a client who cannot be reached, which waits for approval."""
    runs.policy(approve_alone=False)
    runs.subscribed(runs.client("Ada's Kitchen", email=""))
    runs.subscribed(runs.client("Zion Bakery"))
    return runs.planned("2026-03-01")


def billed_before(runs: Runs) -> None:
    """One invoice, with which a business has an overview."""
    service.bill_subscription(runs.owner, runs.subscribed(runs.client("First")), date(2026, 3, 1), now=at("2026-03-01"))


def page(visitor: FlaskClient, url: str, status: int = 200) -> str:
    answer = visitor.get(url)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_page_shows_what_is_odd_first_and_what_approving_does(runs: Runs, visitor: FlaskClient) -> None:
    billed_before(runs)
    run_id = waiting(runs)
    html = page(visitor, f"{AT}{run_id}/")
    for words in ("Waiting for approval", "1 odd one", "no working address", "2 invoices", "Zion Bakery", "₦20,000.00"):
        assert words in html
    assert f"{AT}{run_id}/" in page(visitor, AT)
    assert "A billing run waits for approval" in page(visitor, "/")


def test_it_is_approved_once_somebody_looked(runs: Runs, visitor: FlaskClient) -> None:
    run_id = waiting(runs)
    version = str(runs.run(run_id).version)
    refused = visitor.post(f"{AT}{run_id}/approve/", data={"version": version})
    assert refused.status_code == 422
    assert "Look at the odd ones first" in refused.get_data(as_text=True)
    stale = visitor.post(f"{AT}{run_id}/approve/", data={"version": "1", "looked": "y"})
    assert stale.status_code == 409
    assert visitor.post(f"{AT}{run_id}/approve/", data={"version": version, "looked": "y"}).status_code == 303
    assert runs.run(run_id).state == "approved"
    moving = page(visitor, f"{AT}{run_id}/")
    assert "Issuing the invoices: 0 of 2 done" in moving
    assert "hx-get" in page(visitor, f"{AT}{run_id}/progress/")
    runs.post(run_id, at("2026-03-01"))
    assert visitor.get(f"{AT}{run_id}/progress/").status_code == 303
    done = page(visitor, f"{AT}{run_id}/")
    assert "INV-2026-0001" in done
    assert "run-progress" not in done


def test_an_odd_one_is_left_out_and_taken_in_again(runs: Runs, visitor: FlaskClient) -> None:
    run_id = waiting(runs)
    entry = str(queries.runs.odd_ones(runs.id, run_id).items[0].entry.id)
    assert "Never bill it" in page(visitor, f"{AT}{run_id}/decide/?entry={entry}")
    form = {"entry": entry, "was": "", "decision": "leave_out"}
    assert visitor.post(f"{AT}{run_id}/decide/", data=form).status_code == 303
    assert "₦10,000.00" in page(visitor, f"{AT}{run_id}/")
    assert visitor.post(f"{AT}{run_id}/decide/", data=form).status_code == 409
    back = {"entry": entry, "was": "leave_out", "decision": ""}
    assert visitor.post(f"{AT}{run_id}/decide/", data=back).status_code == 303
    assert runs.run(run_id).totals["NGN"]["now"] == [2, 2_000_000]


def test_a_posted_run_is_reversed_with_a_reason(runs: Runs, visitor: FlaskClient) -> None:
    run_id = waiting(runs)
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    asked = page(visitor, f"{AT}{run_id}/reverse/")
    assert "credited in full" in asked
    version = str(runs.run(run_id).version)
    assert visitor.post(f"{AT}{run_id}/reverse/", data={"version": version, "reason": ""}).status_code == 422
    assert visitor.post(f"{AT}{run_id}/reverse/", data={"version": version, "reason": "Wrong"}).status_code == 303
    assert runs.run(run_id).state == "reversing"


def test_a_run_is_started_planned_again_and_discarded(runs: Runs, visitor: FlaskClient) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    assert "Start a billing run?" in page(visitor, f"{AT}new/")
    started = visitor.post(f"{AT}new/", data={"as_of": "2026-03-01"})
    run_id = uuid.UUID(started.location.rstrip("/").rpartition("/")[2])
    assert "Looking up what is due" in page(visitor, f"{AT}{run_id}/")
    while running.plan_next(runs.id, run_id, now=clock.now(), by_job=False):
        pass
    assert visitor.post(f"{AT}{run_id}/plan-again/").status_code == 303
    assert runs.run(run_id).state == "planning"
    assert visitor.post(f"{AT}{run_id}/discard/").status_code == 303
    assert visitor.post(f"{AT}{run_id}/discard/").status_code == 409
    assert runs.run(run_id).state == "discarded"


def test_the_export_has_every_entry_and_no_formulas(runs: Runs, visitor: FlaskClient) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed(runs.client("=1+1"))
    text = page(visitor, f"{AT}{runs.planned('2026-03-01')}/export/")
    rows = text.splitlines()
    assert rows[0].lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").startswith("client,subscription,period_start")
    assert rows[1].startswith("'=1+1,Home,2026-03-01,2026-04-01,2026-03-01,new,NGN,,10000.00")


def test_who_only_looks_changes_nothing(runs: Runs) -> None:
    run_id = waiting(runs)
    viewer = runs.tenant.visitor("viewer")
    assert "Approve" not in page(viewer, f"{AT}{run_id}/").replace("Approved", "")
    for verb in ("approve", "discard", "plan-again", "reverse", "decide"):
        assert viewer.post(f"{AT}{run_id}/{verb}/").status_code == 403
    assert runs.tenant.visitor("staff").post("/settings/billing/", data={}).status_code == 403


def test_the_settings_say_how_it_is_done(runs: Runs, visitor: FlaskClient) -> None:
    assert "Days to look at a plan" in page(visitor, "/settings/billing/")
    form = {"version": "0", "review_days": "3", "hold_hours": "12", "missed": "ask"}
    assert visitor.post("/settings/billing/", data=form).status_code == 303
    assert queries.policy_of(runs.id).approve_alone is False
    assert visitor.post("/settings/billing/", data=form).status_code == 409
    assert visitor.post("/settings/billing/", data=form | {"version": "1", "review_days": "31"}).status_code == 422


def test_a_parked_client_is_shown_and_let_go(runs: Runs, visitor: FlaskClient) -> None:
    billed_before(runs)
    client = runs.client("Ada's Kitchen")
    park(runs.owner, client, runs.subscribed(client), "Too many periods.", at("2026-03-01"))
    assert "Ada&#39;s Kitchen" in page(visitor, AT)
    assert "1 client is parked" in page(visitor, "/")
    assert "Too many periods." in page(visitor, f"/billing/parked/{client}/let-go/")
    for _ in range(2):
        assert visitor.post(f"/billing/parked/{client}/let-go/").status_code == 303
    assert queries.parked(runs.id) == []


def test_a_page_of_twenty_asks_as_much_as_one_of_two(runs: Runs, visitor: FlaskClient) -> None:
    run_id = waiting(runs)
    with counted() as few:
        page(visitor, f"{AT}{run_id}/")
    service.discard(runs.owner, run_id, now=at("2026-03-01"))
    client = runs.client("Many")
    for _ in range(18):
        runs.subscribed(client)
    larger = runs.planned("2026-03-01")
    with counted() as many:
        page(visitor, f"{AT}{larger}/")
    assert len(runs.entries(larger)) == 20
    assert len(many) == len(few)


def test_a_low_bill_for_a_part_of_a_period_says_so_beside_the_amount(runs: Runs, visitor: FlaskClient) -> None:
    runs.policy(approve_alone=False)
    leaves = runs.subscribed(runs.client("Leaves"))
    runs.posted("2026-03-01")
    service.cancel(runs.owner, leaves, ends_on=date(2026, 4, 5), reason="", now=at("2026-03-20"))
    runs.subscribed(runs.client("Begins"), starts_on=date(2026, 3, 26))
    run_id = runs.planned("2026-04-01")
    assert {one.why for one in runs.entries(run_id)} == {
        "Part of a period, 4 of 30 days",
        "Part of a period, 6 of 31 days; Started 26 March 2026",
        "One more period",
    }
    html = page(visitor, f"{AT}{run_id}/")
    parts = re.findall(r'<td[^>]*k2 strong"[^>]*>(?:(?!</td>).)*<span class="sub">part of a period</span>', html)
    assert len(parts) == 2
    assert "4 of 30 days" in html
    assert "1 odd one" in html, "it is explained, and nobody has to look at it; one was missed"
    assert "(part of a period). Its day is over" in html


def test_who_decides_quicker_than_the_page_is_told_once(runs: Runs, visitor: FlaskClient) -> None:
    runs.policy(approve_alone=False)
    for name in ("A", "B"):
        runs.subscribed(runs.client(name, email=""))
    run_id = runs.planned("2026-03-01")
    for line in queries.runs.odd_ones(runs.id, run_id).items:
        form = {"entry": str(line.entry.id), "was": "", "decision": "leave_out"}
        assert visitor.post(f"{AT}{run_id}/decide/", data=form).status_code == 303
    assert page(visitor, f"{AT}{run_id}/").count(">Noted<") == 1
    assert page(visitor, f"{AT}{run_id}/").count(">Noted<") == 0


@pytest.mark.parametrize("verb", ["approve", "discard", "plan-again", "reverse", "decide"])
def test_who_comes_too_late_is_told_what_became_of_the_run(runs: Runs, visitor: FlaskClient, verb: str) -> None:
    run_id = waiting(runs)
    entry = runs.entries(run_id)[0].id
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    runs.send(run_id, at("2026-03-01"))
    html = page(visitor, f"{AT}{run_id}/{verb}/?entry={entry}")
    assert "This billing run is posted and its messages have begun to leave, so it cannot be" in html
    assert "Approved 1 Mar, 10:00. Posted 1 Mar, 10:00. Messages handed over 1 Mar, 10:00." in html
    assert f'<a class="link" href="{AT}{run_id}/">Look at the run</a>' in html
    assert '<button type="submit"' not in html.split('id="confirm"')[1].split("</form>")[0], "nothing is offered"


def test_who_comes_after_it_was_reversed_reads_why(runs: Runs, visitor: FlaskClient) -> None:
    run_id = waiting(runs)
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    runs.reverse(run_id, at("2026-03-01"))
    assert "Reversed because: Wrong prices" in page(visitor, f"{AT}{run_id}/approve/")


def test_all_odd_ones_are_looked_at_page_by_page(
    runs: Runs, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries.runs.odd_ones, "__kwdefaults__", {"limit": 2})
    runs.policy(approve_alone=False)
    for number in range(5):
        runs.subscribed(runs.client(f"Client {number}", email=""))
    run_id = runs.planned("2026-03-01")
    html = page(visitor, f"{AT}{run_id}/")
    assert "The first 2 of 5." in html
    url, names, decided = f"{AT}{run_id}/?tab=odd", [], 0
    while url:
        html = page(visitor, url)
        names += re.findall(r">(Client \d)<", html)
        if "cursor" in url:
            place = re.search(r'action="(/billing/runs/[^"]*decide/[?][^"]*)"', html)
            entry = re.search(r'name="entry" value="([^"]*)"', html)
            assert place
            assert entry
            form = {"entry": entry[1], "was": "", "decision": "leave_out"}
            back = visitor.post(place[1].replace("&amp;", "&"), data=form)
            assert back.location.removesuffix("#odd") == url, "who decides stays on the page"
            decided += 1
        on = re.search(r'href="([^"]*)" rel="next"', html)
        url = on[1].replace("&amp;", "&") if on else ""
    assert names == [f"Client {number}" for number in range(5)]
    assert decided == 2


def test_only_a_run_that_nobody_started_says_that_it_approves_itself(runs: Runs, visitor: FlaskClient) -> None:
    runs.policy(review_days=3)
    runs.subscribed()
    by_hand = runs.planned("2026-03-01")
    assert "approves itself" not in page(visitor, f"{AT}{by_hand}/")
    service.discard(runs.owner, by_hand, now=at("2026-03-01"))
    assert "approves itself" in page(visitor, f"{AT}{runs.planned('2026-03-01', by_person=False)}/")
