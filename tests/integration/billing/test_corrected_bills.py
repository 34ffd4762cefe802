"""Bills that are corrected afterwards: revised, credited, or taken back with their run. No day is paid for twice."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.billing import service
from app.billing.errors import DaysFreed, DaysGivenBack
from app.billing.queries.billed import LinesUnknown
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.service.applying import change
from app.billing.service.stopping import cancel_with_credit, pause_with_credit, unused_from
from app.billing.service.wanting import ItemsWish, PlanWish, other_things, to_plan
from app.database import writing
from app.extensions import db
from app.invoices.models import CreditNote, Invoice, InvoiceLine
from app.invoices.service import issue
from app.invoices.service.revising import begin_revision
from app.payments.service import void_note
from tests.integration.billing.runs import NOW, Runs, at
from tests.support.tenants import Tenant

MARCH = 1_000_000


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    made = Runs(harmattan)
    made.policy(hold_hours=72)
    return made


def plan(runs: Runs, name: str, kind: str = "plan") -> uuid.UUID:
    price = PriceValues("NGN", Decimal(20_000), date(2026, 1, 1), Decimal(0))
    values = PlanValues(name, kind=kind, anchor_day=1)  # type: ignore[arg-type]
    return service.create_plan(runs.owner, values, price, today=date(2026, 1, 1), now=NOW).id


def to_fast(runs: Runs, one: uuid.UUID, *, at_once: bool = True) -> None:
    wish = PlanWish(plan(runs, "Fast"), date(2026, 3, 11), at_once=at_once)
    change(runs.owner, one, lambda agreed, today: to_plan(runs.id, agreed, wish, today), now=at("2026-03-11"))


def revised(runs: Runs, invoice_id: uuid.UUID, title: str = "") -> uuid.UUID:
    draft = begin_revision(runs.owner, invoice_id, "Wrong address", now=at("2026-03-01", 10))
    if title:
        with writing():
            line = db.session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == draft)).one()
            line.title = title
    issue(runs.owner, draft, now=at("2026-03-01", 10))
    return draft


def asked(runs: Runs) -> int:
    """What all invoices come to, less what was credited, in minor units."""
    db.session.rollback()
    mine = (Invoice.business_id == runs.id, Invoice.number.is_not(None), Invoice.status != "void")
    billed = db.session.scalar(select(func.sum(Invoice.total_minor)).where(*mine)) or 0
    notes = (CreditNote.business_id == runs.id, CreditNote.status == "open")
    return int(billed) - int(db.session.scalar(select(func.sum(CreditNote.total_minor)).where(*notes)) or 0)


def faults(runs: Runs, now: datetime) -> list[str]:
    """What the audit says of the books; nobody carries jobs out here."""
    return [one for one in runs.faults(now) if "did not run" not in one]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_bill_whose_plan_was_changed_stays_when_its_run_is_reversed(runs: Runs, at_once: bool) -> None:
    one = runs.subscribed()
    run_id = runs.posted("2026-03-01")
    to_fast(runs, one, at_once=at_once)
    runs.reverse(run_id, at("2026-03-11", 10))
    [entry] = runs.entries(run_id)
    assert (entry.state, entry.problem.split(",")[0]) == ("stays", "What is paid for was changed in this period")
    runs.posted("2026-03-12")
    runs.posted("2026-04-01")
    assert asked(runs) == pytest.approx(10 * MARCH / 31 + 21 * 2 * MARCH / 31 + 2 * MARCH, abs=2)
    assert faults(runs, at("2026-04-02")) == []


def test_a_bill_to_which_an_add_on_came_stays_when_its_run_is_reversed(runs: Runs) -> None:
    one = runs.subscribed()
    run_id = runs.posted("2026-03-01")
    wish = ItemsWish(date(2026, 3, 11), {}, {plan(runs, "Static IP", "add_on"): Decimal(1)})
    change(runs.owner, one, lambda agreed, today: other_things(runs.id, agreed, wish, today), now=at("2026-03-11"))
    runs.reverse(run_id, at("2026-03-11", 10))
    runs.posted("2026-03-12")
    assert asked(runs) == pytest.approx(MARCH + 21 * 2 * MARCH / 31, abs=2)
    assert faults(runs, at("2026-03-13")) == []


def test_the_invoice_in_place_of_another_is_credited_when_the_run_is_reversed(runs: Runs) -> None:
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    new = revised(runs, runs.invoices()[0].id)
    [entry] = runs.entries(run_id)
    assert (entry.invoice_id, runs.claims()[0].invoice_id) == (new, new)
    runs.reverse(run_id, at("2026-03-01", 11))
    assert asked(runs) == 0
    runs.posted("2026-03-02")
    assert asked(runs) == MARCH
    assert faults(runs, at("2026-03-03")) == []


def test_unused_days_come_back_of_the_invoice_in_place_of_another(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    revised(runs, revised(runs, runs.invoices()[0].id))
    cancel_with_credit(runs.owner, one, ends_on=date(2026, 3, 11), reason="", credit=True, now=at("2026-03-11"))
    assert asked(runs) == pytest.approx(10 * MARCH / 31, abs=2)
    assert faults(runs, at("2026-03-12")) == []


def test_days_without_service_come_back_of_the_invoice_in_place_of_another(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    revised(runs, runs.invoices()[0].id)
    service.suspend(runs.owner, one, reason="", now=at("2026-03-10"))
    service.restore(runs.owner, one, reason="", now=at("2026-03-20"))
    assert asked(runs) == pytest.approx(22 * MARCH / 31, abs=2)


def test_days_that_were_noted_go_over_to_the_invoice_in_place_of_another(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    wish = ItemsWish(date(2026, 3, 11), {}, {plan(runs, "Static IP", "add_on"): Decimal(1)})
    change(runs.owner, one, lambda agreed, today: other_things(runs.id, agreed, wish, today), now=at("2026-03-11"))
    for invoice in runs.invoices():
        revised(runs, invoice.id)
    cancel_with_credit(runs.owner, one, ends_on=date(2026, 3, 21), reason="", credit=True, now=at("2026-03-21"))
    assert asked(runs) == pytest.approx(20 * MARCH / 31 + 10 * 2 * MARCH / 31, abs=3)
    assert faults(runs, at("2026-03-22")) == []


def test_of_other_lines_nobody_can_tell_what_comes_back(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    revised(runs, runs.invoices()[0].id, "Something else")
    with pytest.raises(LinesUnknown):
        unused_from(runs.id, one, date(2026, 3, 11))


def test_what_was_given_back_is_neither_revised_nor_owed_again(runs: Runs) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    days = (date(2026, 3, 11), date(2026, 3, 21))
    pause_with_credit(
        runs.owner, one, since=days[0], until=days[1], reason="", credit=True, now=at("2026-03-11")
    )  # fmt: skip
    invoice_id = runs.invoices()[0].id
    note = db.session.scalars(select(CreditNote.id).where(CreditNote.business_id == runs.id)).one()
    with pytest.raises(DaysGivenBack):
        begin_revision(runs.owner, invoice_id, "Wrong address", now=at("2026-03-12"))
    with pytest.raises(DaysFreed):
        void_note(runs.owner, note, "A mistake", now=at("2026-03-12"))
    runs.posted("2026-03-21")
    assert asked(runs) == pytest.approx(21 * MARCH / 31, abs=2)


def test_a_draft_in_place_of_a_bill_whose_run_was_reversed_is_not_issued(runs: Runs) -> None:
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    draft = begin_revision(runs.owner, runs.invoices()[0].id, "Wrong address", now=at("2026-03-01", 10))
    runs.reverse(run_id, at("2026-03-01", 11))
    with pytest.raises(DaysGivenBack):
        issue(runs.owner, draft, now=at("2026-03-01", 12))
    assert asked(runs) == 0


def test_days_without_service_stay_unbilled_when_the_run_is_reversed(runs: Runs) -> None:
    one = runs.subscribed()
    run_id = runs.posted("2026-03-01")
    service.suspend(runs.owner, one, reason="", now=at("2026-03-01", 12))
    service.restore(runs.owner, one, reason="", now=at("2026-03-04", 8))
    assert asked(runs) == pytest.approx(29 * MARCH / 31, abs=2)
    runs.reverse(run_id, at("2026-03-04", 8))
    runs.posted("2026-03-05")
    assert asked(runs) == pytest.approx(29 * MARCH / 31, abs=2)
    assert faults(runs, at("2026-03-06")) == []


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_what_is_given_back_from_its_first_day_is_no_fault(runs: Runs, verb: str) -> None:
    one = runs.subscribed()
    runs.posted("2026-03-01")
    first, now = date(2026, 3, 1), at("2026-03-01", 10)
    if verb == "pause":
        pause_with_credit(runs.owner, one, since=first, until=date(2026, 3, 15), reason="", credit=True, now=now)
    else:
        cancel_with_credit(runs.owner, one, ends_on=first, reason="", credit=True, now=now)
    assert asked(runs) == 0
    assert faults(runs, at("2026-03-02")) == []
