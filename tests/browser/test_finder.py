"""Ctrl K: type, choose, open, without touching the mouse; and a plain page where no script runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(office, business):
    """The office with one invoice, seen from the list of items."""
    business.issued()
    window = office()
    window.go("/items/")
    return window


def box(desk):
    return desk.page.get_by_role("dialog", name="Search").get_by_role("searchbox")


def test_three_letters_and_enter_open_the_client_even_before_the_answer_came(desk, business):
    desk.page.keyboard.press("Control+k")
    expect(box(desk)).to_be_focused()
    desk.page.keyboard.type("lek")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(re.compile(rf"/clients/{business.client_id}/$"))


def test_arrows_walk_the_rows_letters_go_on_typing_and_escape_leaves_all_as_it_was(desk):
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("lekki")
    rows = desk.page.locator("dialog [data-q=lekki] li a")
    expect(rows.first).to_contain_text("Lekki Hub")
    desk.page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    desk.page.keyboard.press("ArrowUp")
    expect(rows.first).to_be_focused()
    # "n" is a shortcut of the page, but not here.
    desk.page.keyboard.type("n")
    expect(box(desk)).to_be_focused()
    expect(box(desk)).to_have_value("lekkin")
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    assert desk.page.url.endswith("/items/")


def test_a_phone_opens_it_from_the_top_and_can_close_it(office, business):
    phone = office(phone=True)
    phone.go("/")
    phone.page.get_by_role("link", name="Search").filter(visible=True).tap()
    expect(box(phone)).to_be_visible()
    phone.page.get_by_role("button", name="Close").tap()
    expect(phone.page.get_by_role("dialog")).to_have_count(0)


def test_without_scripts_the_search_is_a_page(office, business):
    desk = office(scripted=False)
    desk.go("/")
    desk.page.get_by_role("link", name="Search or jump to").click()
    desk.page.get_by_role("searchbox").fill("lekki")
    desk.press("Search")
    desk.page.get_by_role("link", name="Lekki Hub").first.click()
    desk.page.wait_for_url(re.compile(rf"/clients/{business.client_id}/$"))
