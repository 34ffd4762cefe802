"""From items, and the client: the keyboard alone is enough, and what is chosen is said to who cannot see it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from app import clock
from app.catalog import service as catalog
from app.catalog.rules import ItemValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from tests.support import story_pages as at

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(business):
    """The path of a draft with one line, open for changes."""
    return f"/invoices/{business.draft()}/edit/"


@pytest.fixture
def items(business):
    for name, price in (("Router, dual band", "18333.33"), ("Cable, 5 m", "1500"), ("Mast rental", "200000")):
        values = ItemValues(name, Decimal(price), "NGN", tax_ids=(business.tax_id,))
        catalog.create_item(business.owner, values, now=clock.now())


@pytest.fixture
def picker(office, draft, items):
    """The open picker, its field focused and its list there: Cable, Mast, Router."""
    desk = office()
    desk.go(draft)
    desk.page.get_by_text("From items").press("Enter")
    box = desk.page.get_by_role("combobox", name="Find an item")
    expect(box).to_be_focused()
    expect(desk.page.get_by_role("listbox", name="Items").get_by_role("option")).to_have_count(3)
    return desk, box


def chosen(desk, box):
    """The name of the option that the field says is chosen; it is the one that looks chosen, too."""
    active = box.get_attribute("aria-activedescendant")
    selected = desk.page.locator('#item-list [aria-selected="true"]')
    if active is None:
        expect(selected).to_have_count(0)
        return None
    expect(selected).to_have_attribute("id", active)
    return selected.get_attribute("data-name")


def test_arrows_go_through_the_list_and_round_its_ends_and_enter_puts_it_on_a_line(picker):
    desk, box = picker
    assert chosen(desk, box) is None
    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"):
        box.press(key)
        walked.append(chosen(desk, box)[:4])
    assert walked == ["Cabl", "Mast", "Rout", "Cabl", "Rout", "Cabl", "Rout"]
    expect(box).to_be_focused()
    box.press("Enter")
    at.expect_titles(desk, "Fibre, monthly", "Router, dual band")
    expect(desk.page.get_by_label("Line 2, price")).to_have_value("18,333.33")
    expect(desk.page.get_by_label("Line 2, quantity")).to_be_focused()
    expect(box).to_be_hidden()


def test_enter_right_after_typing_takes_what_was_typed_and_not_what_stood_there(picker):
    desk, box = picker
    box.press_sequentially("mast")
    box.press("Enter")
    at.expect_titles(desk, "Fibre, monthly", "Mast rental")


def test_escape_closes_it_and_the_focus_is_back_where_it_was(picker):
    desk, box = picker
    box.press("ArrowDown")
    box.press("Escape")
    expect(box).to_be_hidden()
    expect(desk.page.locator("[data-items] > summary")).to_be_focused()
    at.expect_titles(desk, "Fibre, monthly")
    expect(desk.page.locator("#item-find")).to_have_attribute("aria-expanded", "false")


def test_home_and_end_move_in_the_text_while_nothing_is_chosen(picker):
    desk, box = picker
    box.press_sequentially("able")
    box.press("Home")
    box.press_sequentially("c")
    expect(box).to_have_value("cable")
    assert chosen(desk, box) is None


def test_whoever_tabs_on_leaves_it_closed(picker):
    desk, box = picker
    box.press("Tab")
    expect(desk.page.get_by_text("New item", exact=True)).to_be_focused()
    desk.page.keyboard.press("Tab")
    expect(box).to_be_hidden()


def test_a_client_is_chosen_with_the_same_keys(office, draft, business):
    create_client(business.owner, ClientValues(name="Zuma Rock Hotel"), now=clock.now())
    desk = office()
    desk.go(draft)
    box = desk.page.get_by_role("combobox", name="Client", exact=True)
    box.fill("")
    expect(desk.page.get_by_role("listbox", name="Clients").get_by_role("option")).to_have_count(2)
    # Both questions are answered: that of the field being entered, and that of its words being taken out.
    desk.page.wait_for_load_state("networkidle")
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert desk.page.locator(f"#{active}").get_attribute("data-name") == "Zuma Rock Hotel"
    box.press("Enter")
    expect(box).to_have_value("Zuma Rock Hotel")
    assert box.get_attribute("aria-activedescendant") is None
