"""Every figure on the page of a billing run is one of the same few, and they add up, whatever became of its entries."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from app.billing import queries, service
from app.billing.rules.runs import SHOWN, shown
from app.billing.rules.subscriptions import ItemValues
from app.billing.service import run_reversing, running
from app.billing.views.runs import TABS
from tests.integration.billing.runs import Runs, at
from tests.integration.billing.test_run_pages import AT, page
from tests.support.tenants import Tenant

MARCH, APRIL = "2026-03-01", "2026-04-01"
TINY = Decimal("0.000001")
FREE = (ItemValues("Units", TINY, TINY),)
"""Things that come to less than half a coin."""


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


@pytest.fixture
def visitor(runs: Runs) -> FlaskClient:
    return runs.tenant.visitor()


@dataclass
class People:
    """The subscriptions of a month in which everything happens at once."""

    leaves: uuid.UUID
    out_again: uuid.UUID


def everything(runs: Runs) -> People:
    """Two who are billed as before, one who leaves, one who is left out, one more, and two whose price is zero."""
    runs.policy(approve_alone=False)
    together = runs.client("Together")
    for _ in range(2):
        runs.subscribed(together)
    leaves, left_out = runs.subscribed(runs.client("Leaves")), runs.subscribed(runs.client("Left out"))
    runs.subscribed(runs.client("Free"), items=FREE)
    runs.posted(MARCH)
    service.cancel(runs.owner, leaves, ends_on=date(2026, 4, 1), reason="", now=at("2026-03-20"))
    runs.subscribed(runs.client("New"), starts_on=date(2026, 4, 1))
    runs.subscribed(runs.client("New and free"), starts_on=date(2026, 4, 1), items=FREE)
    return People(leaves, left_out)


def leave_out(runs: Runs, run_id: uuid.UUID, subscription: uuid.UUID) -> None:
    [entry] = [one for one in runs.entries(run_id) if one.subscription_id == subscription]
    service.decide(runs.owner, run_id, entry.id, "leave_out", was="", now=at(APRIL))


def adds_up(runs: Runs, visitor: FlaskClient, run_id: uuid.UUID) -> dict[str, int]:
    """What the tabs of a run's page count, once it was looked whether they hold so many and everything adds up."""
    run, entries = runs.run(run_id), runs.entries(run_id)
    sums = run.totals["NGN"]
    html = page(visitor, f"{AT}{run_id}/")
    tabs = {
        tab: int(re.search(rf'tab={tab}"[^>]*>[^<]*<span class="n">(\d+)</span>', html)[1])  # type: ignore[index]
        for tab in TABS
    }
    for tab, words in TABS.items():
        listed = queries.runs.page_of_lines(runs.id, run_id, words).items
        assert tabs[tab] == len(listed), f"{tab} lists what it counts"
        assert {shown(one.kind, one.state, one.does) for one in listed} <= set(words)
    assert tabs == {"different": sum(tabs[one] for one in SHOWN) - tabs["same"]} | {one: sums[one][0] for one in SHOWN}
    assert tabs["different"] + tabs["same"] == len(entries) == run.entries
    assert sums["before"][0] == tabs["gone"] + tabs["changed"] + tabs["same"]
    assert sums["before"][1] + sum(sums[one][1] for one in ("new", "gone", "changed")) == sums["now"][1]
    periods = tabs["new"] + tabs["changed"] + tabs["same"]
    invoices, note = sums["now"][0], f"{periods} periods, " if periods != sums["now"][0] else ""
    assert f"{invoices} invoices, {note}{tabs['out']} not billed" in html
    return {one: tabs[one] for one in SHOWN}


def test_the_figures_add_up_from_the_plan_until_it_is_taken_back(runs: Runs, visitor: FlaskClient) -> None:
    people = everything(runs)
    run_id = runs.planned(APRIL)
    planned = adds_up(runs, visitor, run_id)
    assert planned == {"new": 1, "gone": 1, "changed": 0, "same": 3, "out": 2}
    leave_out(runs, run_id, people.out_again)
    decided = adds_up(runs, visitor, run_id)
    assert decided == planned | {"gone": 2, "same": 2}
    totals = runs.run(run_id).totals
    runs.approve(run_id, at(APRIL))
    assert runs.run(run_id).done == 1, "nothing is to be done about what is gone"
    assert adds_up(runs, visitor, run_id) == decided
    runs.post(run_id, at(APRIL))
    assert adds_up(runs, visitor, run_id) == decided
    assert runs.run(run_id).totals == totals, "what was posted is what was approved"
    assert runs.run(run_id).done == runs.run(run_id).entries
    invoices = [one for one in runs.invoices() if one.issue_date == date(2026, 4, 1)]
    assert [len(invoices), sum(one.total_minor for one in invoices)] == totals["NGN"]["now"]
    service.reverse(runs.owner, run_id, "Wrong", now=at(APRIL))
    while run_reversing.reverse_next(runs.id, run_id, now=at(APRIL), by_job=False):
        pass
    assert adds_up(runs, visitor, run_id) == decided
    assert runs.run(run_id).totals == totals
    assert runs.run(run_id).done == runs.run(run_id).entries
    assert [one for one in runs.faults(at(APRIL)) if "billing run" in one] == []


def test_the_figures_of_a_plan_that_is_thrown_away_stay(runs: Runs, visitor: FlaskClient) -> None:
    people = everything(runs)
    run_id = runs.planned(APRIL)
    leave_out(runs, run_id, people.out_again)
    before = adds_up(runs, visitor, run_id)
    service.discard(runs.owner, run_id, now=at(APRIL))
    assert adds_up(runs, visitor, run_id) == before


def test_what_moves_is_counted_as_it_stands(runs: Runs, visitor: FlaskClient) -> None:
    everything(runs)
    run_id = service.start_run(runs.owner, date(2026, 4, 1), now=at(APRIL), by_job=False).id
    assert running.plan_next(runs.id, run_id, now=at(APRIL), by_job=False)
    html = page(visitor, f"{AT}{run_id}/")
    assert re.search(r'Different <span class="n">3</span>', html), "a new one, and two whose price is zero"
    assert re.search(r'Same <span class="n">3</span>', html)
