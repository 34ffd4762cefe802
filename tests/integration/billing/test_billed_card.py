"""The page of a subscription tells all that was billed of it, and how many days a part of a period is."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.billing.service.stopping import cancel_with_credit, pause_with_credit
from app.billing.service.wanting import Edit
from app.database import writing
from app.extensions import db
from app.invoices.models import InvoiceLine
from app.invoices.service import issue
from app.invoices.service.revising import begin_revision
from tests.integration.billing.test_subscription_pages import AT
from tests.integration.web.test_statements import counted
from tests.support.recurring import Story, at
from tests.support.tenants import Tenant


@pytest.fixture
def story(harmattan: Tenant) -> Story:
    return Story(harmattan)


def card(story: Story, title: str) -> list[str]:
    """The words of the rows of a card on the page, from the top."""
    page = story.tenant.visitor("staff").get(f"{AT}{story.id}/").text
    part = page.split(f">{title}</h")[1].split("</section>")[0].split('class="card-h"')[0]
    rows = re.findall(r"<(?:li|tr)\b.*?</(?:li|tr)>", part, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()).replace(" ,", ",") for row in rows]


def test_an_invoice_that_a_change_made_at_once_stands_in_its_place_by_date(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-12", story.fast)
    story.bill("2026-05-01")
    april, apart, may = (one.number for one in story.invoices())
    assert card(story, "Billed") == [
        f"1 May 2026 to 31 May 2026 {may} Overdue",
        f"Change to Home 50, 12–30 Apr 2026 19 of 30 days {apart} Overdue",
        f"1 Apr 2026 to 30 Apr 2026 {april} Overdue",
    ]
    assert story.faults() == []


def test_a_change_that_was_changed_again_the_same_day_is_taken_back(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-12", story.fast)
    story.change("2026-04-12", story.home, quantity=Decimal(2))
    _, first, second = (one.number for one in story.invoices())
    assert sorted(card(story, "Billed")[:2]) == [
        f"Change to 2 × Home 20, 12–30 Apr 2026 19 of 30 days {second} Overdue",
        f"Change to Home 50, 12–30 Apr 2026 19 of 30 days {first} Taken back",
    ]


def test_a_fee_that_is_still_owed_is_not_told_to_be_taken_back_with_its_days(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-12", story.fast, setup=True)
    story.change("2026-04-12", story.home)
    [changed] = [row for row in card(story, "Billed") if "Home 50" in row]
    assert changed.startswith("Change to Home 50, 12–30 Apr 2026 19 of 30 days")
    assert changed.endswith(", its days given back Overdue")


def test_days_that_were_given_back_in_part_say_from_which_day_on(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast)
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 21), reason="", credit=True, now=at("2026-04-15"))
    april, apart = (one.number for one in story.invoices())
    assert card(story, "Billed") == [
        f"Change to Home 50, 11–30 Apr 2026 20 of 30 days {apart}, given back from 21 Apr 2026 on Overdue",
        f"1 Apr 2026 to 30 Apr 2026 {april}, given back from 21 Apr 2026 on Overdue",
    ]


def test_add_ons_and_quantities_that_were_billed_at_once_are_named(story: Story) -> None:
    story.bill("2026-04-01")
    [home] = [item for item in story.items() if item.until is None and not item.once]
    story.edit("2026-04-21", {home.id: Edit(Decimal(3))}, {story.address: Decimal(1)})
    assert card(story, "Billed")[0].startswith("Change to 3 × Home 20, Fixed address, 21–30 Apr 2026 10 of 30 days")


def test_days_that_wait_say_how_many_they_are_wherever_they_stand(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-12", story.fast, at_once=False)
    waits = "With 19 of 30 days of Home 50, 12–30 Apr 2026"
    assert sum(waits in row for row in card(story, "Invoices to come")) == 1
    assert waits in card(story, "Invoices to come")[0]
    assert any("19 of 30 days, on the next invoice" in row for row in card(story, "What is paid for"))
    assert len(card(story, "Billed")) == 1, "nothing of it is billed yet"
    [may] = story.bill("2026-05-01")
    assert card(story, "Billed")[0] == f"1 May 2026 to 31 May 2026 {may.number} {waits} Overdue"
    assert any("19 of 30 days, billed" in row for row in card(story, "What is paid for"))
    assert not any("With" in row for row in card(story, "Invoices to come"))
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 5, 11), reason="", credit=True, now=at("2026-05-11"))
    assert waits in card(story, "Billed")[0]


def test_days_that_waited_for_an_invoice_that_never_came_are_billed_by_themselves(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, at_once=False)
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 21), reason="", credit=True, now=at("2026-04-21"))
    assert card(story, "Billed")[0].startswith("Change to Home 50, 11–20 Apr 2026 10 of 30 days")


def test_a_claimed_part_of_a_period_says_its_days(harmattan: Tenant) -> None:
    story = Story(harmattan, starts_on=date(2026, 4, 28))
    [first] = story.bill("2026-04-28")
    assert card(story, "Billed") == [f"28 Apr 2026 to 30 Apr 2026 3 of 30 days {first.number} Overdue"]
    story.bill("2026-05-01")
    pause_with_credit(
        story.owner, story.id, since=date(2026, 5, 11), until=date(2026, 5, 21), reason="", credit=True,
        now=at("2026-05-11"),
    )  # fmt: skip
    assert any("21–31 May 2026 (11 of 31 days)" in row for row in card(story, "Invoices to come"))
    [rest] = story.bill("2026-05-21")
    assert card(story, "Billed")[0] == f"21 May 2026 to 31 May 2026 11 of 31 days {rest.number} Overdue"


def test_another_rhythm_on_the_same_day_does_not_change_what_a_part_was_of(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast)
    story.change("2026-04-11", story.plan("Yearly", 300_000, cycle_unit="year"))
    [changed] = [row for row in card(story, "Billed") if "Home 50" in row]
    assert "20 of 30 days" in changed
    assert changed.endswith("Taken back")


@pytest.mark.parametrize("title", ["", "Something else"])
def test_an_invoice_in_the_place_of_one_that_a_change_made_is_the_one_that_is_listed(story: Story, title: str) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-12", story.fast)
    [_, apart] = story.invoices()
    old, draft = apart.number, begin_revision(story.owner, apart.id, "Wrong address", now=at("2026-04-13"))
    if title:
        with writing():
            db.session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == draft)).one().title = title
    new = issue(story.owner, draft, now=at("2026-04-13")).number
    found = card(story, "Billed")
    assert found[0] == f"Change to Home 50, 12–30 Apr 2026 19 of 30 days {new} Overdue"
    assert not any(str(old) in row for row in found)


def test_the_page_asks_no_more_often_for_many_changes(harmattan: Tenant) -> None:
    asked = []
    for many in (1, 6):
        story = Story(harmattan)
        story.bill("2026-04-01")
        for number in range(many):
            story.change(f"2026-04-{10 + 2 * number}", story.home if number % 2 else story.fast)
            story.change(f"2026-04-{11 + 2 * number}", story.plan(f"Other {number}", 40_000), at_once=False)
        story.bill("2026-05-01")
        visitor = harmattan.visitor("staff")
        with counted() as found:
            assert visitor.get(f"{AT}{story.id}/").status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1], asked
