"""The ladder of dunning below its rules: steps come and go, with scripts and without, and nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.billing.queries.dunning_policies import policy_of
from app.extensions import db
from tests.support import story_pages as at

pytestmark = pytest.mark.browser

URL = "/settings/dunning/"
TAGS, DAYS = "Tags of clients who are spared optional", "Days after the due date"


def stands(desk: at.Window, label: str, text: str) -> None:
    expect(desk.page.get_by_label(label, exact=True)).to_have_value(text)


@pytest.mark.parametrize("scripted", [True, False])
def test_what_is_typed_above_the_ladder_stays_while_its_steps_change(office, business, scripted):
    desk = office(scripted=scripted)
    desk.go(URL)
    desk.fill("Days of grace", "19")
    desk.fill(TAGS, "school, hospital")
    desk.fill(DAYS, "45")
    desk.press("Add the step")
    step = desk.page.locator("#ladder li").filter(has_text="45 days after the due date")
    expect(step).to_contain_text("Service suspended")
    stands(desk, DAYS, "")
    desk.fill(DAYS, "60")
    desk.press("Take off")
    expect(step).to_have_count(0)
    stands(desk, DAYS, "60")
    stands(desk, "Days of grace", "19")
    stands(desk, TAGS, "school, hospital")
    assert policy_of(business.business_id) is None
    desk.press_and_leave("Save changes")
    expect(desk.page.get_by_text("The step that you typed is not on the ladder yet.")).to_be_visible()
    stands(desk, DAYS, "60")
    db.session.rollback()
    saved = policy_of(business.business_id)
    assert saved is not None
    assert (saved.grace_days, saved.spared_tags) == (19, ["hospital", "school"])


def test_enter_in_a_field_of_the_ladder_adds_the_step(office):
    desk = office()
    desk.go(URL)
    desk.fill("Days of grace", "19")
    desk.fill(DAYS, "45")
    desk.page.get_by_label(DAYS, exact=True).press("Enter")
    expect(desk.page.locator("#ladder li").filter(has_text="45 days after the due date")).to_be_visible()
    stands(desk, "Days of grace", "19")
    assert desk.path == URL
