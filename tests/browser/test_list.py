"""The list of invoices at a desk: a row opens beside it, what is ticked is counted, and a phone gets plain pages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def three(business):
    """Three issued invoices, the newest first."""
    return [business.issued() for _ in range(3)][::-1]


def panel(desk):
    return desk.page.locator("aside.du-panel")


def test_a_row_opens_beside_the_list_and_the_keys_walk_on(office, three):
    desk = office()
    desk.go("/invoices/")
    rows = desk.page.locator("tbody tr")
    rows.nth(0).get_by_text("Lekki Hub").click()
    expect(panel(desk)).to_contain_text("₦3,225.00")
    expect(rows.nth(0)).to_have_class("on")
    desk.page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_class("on")
    number = rows.nth(1).get_by_role("link").inner_text()
    expect(panel(desk).get_by_role("heading")).to_have_text(number)
    panel(desk).get_by_role("link", name="Activity").click()
    expect(panel(desk)).to_contain_text("Issued")
    desk.page.keyboard.press("Escape")
    expect(panel(desk)).to_have_count(0)
    expect(rows.nth(1).get_by_role("link")).to_be_focused()
    assert desk.page.url.endswith("/invoices/")


def test_what_is_ticked_is_counted_and_can_be_let_go_at_once(office, three):
    desk = office()
    desk.go("/invoices/")
    boxes = desk.page.locator("[name=ids]")
    boxes.nth(0).check()
    boxes.nth(2).check()
    expect(desk.page.get_by_text("2 ticked")).to_be_visible()
    expect(desk.page.get_by_label("Tick all on this page")).to_have_js_property("indeterminate", True)
    desk.page.get_by_role("button", name="Tick none").click()
    expect(desk.page.get_by_text("With the ticked ones:")).to_be_visible()
    expect(desk.page.locator("[name=ids]:checked")).to_have_count(0)


def test_on_a_phone_the_whole_row_leads_to_the_page(window, office, three):
    phone = office(phone=True)
    phone.go("/invoices/")
    phone.page.locator("tbody tr").nth(0).get_by_text("₦").filter(visible=True).tap(force=True)
    phone.page.wait_for_url(re.compile(rf"/invoices/{three[0]}/$"))


def test_without_scripts_a_row_leads_to_the_page(office, three):
    desk = office(scripted=False)
    desk.go("/invoices/")
    desk.page.locator("tbody tr").nth(0).get_by_role("link").click()
    desk.page.wait_for_url(re.compile(rf"/invoices/{three[0]}/$"))
