"""The editor keeps what was typed: over a closed tab, a refusal, another tab, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.conftest import email_of
from tests.support import story_pages as at

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(business):
    """The path of a draft with one line, open for changes."""
    return f"/invoices/{business.draft()}/edit/"


def test_a_draft_survives_a_tab_that_was_closed(office):
    desk = office()
    at.start_invoice_for_new_client(desk, "Lekki Hub Two", "two@lekki.example")
    at.write_line(desk, 1, "Mast rental", "3", "1234.56")
    with at.saving(desk, "Mast rental", "3", "1,234.56", "Ẹ ṣé púpọ̀"):
        desk.fill("Note to the client optional", "Ẹ ṣé púpọ̀")
    later = at.Window(desk.page.context.new_page(), desk.site)
    desk.page.close(run_before_unload=False)

    later.go("/invoices/?view=drafts")
    later.page.get_by_role("row").filter(has_text="Lekki Hub Two").get_by_role("link").click()
    later.page.wait_for_url(re.compile("/edit/$"))
    at.expect_titles(later, "Mast rental")
    expect(later.page.get_by_label("Line 1, quantity")).to_have_value("3")
    expect(later.page.get_by_label("Line 1, price")).to_have_value("1,234.56")
    expect(later.page.get_by_label("Note to the client optional")).to_have_value("Ẹ ṣé púpọ̀")
    expect(later.page.locator("#totals")).to_contain_text("3,703.68")


def test_leaving_asks_first_while_something_could_not_be_saved(office, draft):
    desk = office()
    desk.go(draft)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    desk.page.on("dialog", stay)
    desk.page.get_by_label("Line 1, quantity").press_sequentially("x")
    expect(desk.page.locator("#live")).to_contain_text("Not saved yet")
    desk.page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Clients").click()
    expect(desk.page.get_by_label("Line 1, quantity")).to_have_value("x2")
    assert asked == ["beforeunload"]


class TestTheOrderOfLines:
    def write(self, desk, draft) -> None:
        desk.go(draft)
        at.write_line(desk, 2, "Router", "1", "100")
        at.write_line(desk, 3, "Cable", "1", "200")

    def test_a_line_is_moved_with_the_keyboard_and_stays_where_it_was_put(self, office, draft):
        desk = office()
        self.write(desk, draft)
        desk.page.get_by_label("Line 1, what").press("Alt+ArrowDown")
        at.expect_titles(desk, "Router", "Fibre, monthly", "Cable")
        expect(desk.page.get_by_label("Line 2, what")).to_be_focused()
        with at.saving(desk, "Router", "Cable", "Fibre, monthly"):
            desk.page.get_by_label("Line 3, what").press("Alt+ArrowUp")
        expect(desk.page.locator("#paper")).to_contain_text(re.compile("Router.*Cable.*Fibre", re.DOTALL))
        desk.go(draft)
        at.expect_titles(desk, "Router", "Cable", "Fibre, monthly")

    def test_a_line_is_dragged_by_its_grip(self, office, draft):
        desk = office()
        self.write(desk, draft)
        desk.page.locator("#lines [data-grip]").first.hover()
        desk.page.mouse.down()
        target = desk.page.locator("#lines > tr").last.bounding_box()
        with at.saving(desk, "Router", "Cable", "Fibre, monthly"):
            desk.page.mouse.move(target["x"] + 20, target["y"] + target["height"] - 3, steps=8)
            desk.page.mouse.up()
        at.expect_titles(desk, "Router", "Cable", "Fibre, monthly")

    def test_a_line_is_moved_by_a_button_where_no_script_runs(self, office, draft):
        desk = office(scripted=False)
        self.write(desk, draft)
        desk.press("Move line 1 down")
        at.expect_titles(desk, "Router", "Fibre, monthly", "Cable")
        desk.press("Remove line 1")
        desk.press("Save")
        desk.go(draft)
        at.expect_titles(desk, "Fibre, monthly", "Cable")


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_an_item_of_the_catalogue_becomes_a_line_with_its_price_and_tax(office, draft, business, scripted):
    business.item()
    desk = office(scripted=scripted)
    desk.go(draft)
    if scripted:
        desk.page.get_by_text("From items").click()
        desk.page.get_by_label("Find an item").fill("rout")
        desk.page.get_by_role("option", name="Router").click()
    else:
        at.choose_item(desk, "Router")
    at.expect_titles(desk, "Fibre, monthly", "Router")
    # 3,000.00 and 25,000.00, both with 7.5 % on top.
    expect(desk.page.locator("#totals")).to_contain_text("30,100.00")


class TestAnItemMadeInTheEditor:
    def test_it_stands_on_a_line_and_is_found_the_next_time(self, office, draft):
        desk = office()
        desk.go(draft)
        desk.page.get_by_text("From items").click()
        desk.page.get_by_label("Find an item").fill("Antenna")
        desk.page.get_by_text("New item", exact=True).click()
        expect(desk.page.locator("#item_name")).to_have_value("Antenna")
        desk.fill("Unit optional", "piece")
        desk.page.locator("#item_price").fill("1,000")
        desk.page.get_by_role("group", name="Taxes").get_by_label("VAT").check()
        desk.page.locator("#item_price").press("Enter")
        at.expect_titles(desk, "Fibre, monthly", "Antenna")
        expect(desk.page.get_by_label("Line 2, quantity")).to_be_focused()
        expect(desk.page.get_by_label("Line 2, unit")).to_have_value("piece")
        # 3,000.00 and 1,000.00, both with 7.5 % on top.
        expect(desk.page.locator("#totals")).to_contain_text("4,300.00")
        desk.page.get_by_text("From items").click()
        expect(desk.page.get_by_label("Find an item")).to_be_visible()
        desk.page.get_by_label("Find an item").fill("ante")
        expect(desk.page.get_by_role("option", name="Antenna")).to_contain_text("1,000.00")
        desk.page.get_by_text("New item", exact=True).click()
        expect(desk.page.locator("#item_price")).to_have_value("")

    def test_what_cannot_be_used_is_refused_beside_its_field_and_nothing_that_was_typed_is_lost(self, office, draft):
        desk = office()
        desk.go(draft)
        desk.fill("PO number optional", "PO 77")
        at.make_item_in_editor(desk, "Antenna", "a lot")
        expect(desk.page.locator("#item_price-err")).to_contain_text("digits 0 to 9")
        expect(desk.page.locator("#item_price")).to_have_value("a lot")
        expect(desk.page.locator("#item_name")).to_have_value("Antenna")
        at.expect_titles(desk, "Fibre, monthly")
        at.make_item_in_editor(desk, "Antenna", "1000")
        at.expect_titles(desk, "Fibre, monthly", "Antenna")
        expect(desk.page.locator("#item_price-err")).to_have_count(0)
        expect(desk.page.get_by_label("PO number optional")).to_have_value("PO 77")


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
class TestWhatCannotBeUsed:
    @pytest.mark.parametrize("typed", ["minus two", "1e999"])
    def test_a_quantity_is_refused_beside_its_line_and_stays_as_typed(self, office, draft, scripted, typed):
        desk = office(scripted=scripted)
        desk.go(draft)
        desk.fill("Line 1, quantity", typed)
        desk.fill("PO number optional", "PO 77")
        desk.page.get_by_role("button", name="Issue and send").filter(visible=True).click()
        field = desk.page.get_by_label("Line 1, quantity")
        beside = desk.page.get_by_role("row").filter(has=field).locator(".du-err")
        expect(beside).to_contain_text("Quantity")
        expect(field).to_have_value(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(desk.page.get_by_label("PO number optional")).to_have_value("PO 77")

    def test_a_client_without_a_name_is_refused_and_the_rest_stays(self, office, scripted):
        desk = office(scripted=scripted)
        desk.go("/clients/new/")
        desk.page.locator("#email").fill("not an address")
        desk.page.locator("#notes").fill("Pays in cash.")
        desk.press("Add client")
        expect(desk.page.locator("#name-err")).to_contain_text("Enter the client's name.")
        expect(desk.page.locator("#email-err")).to_be_visible()
        expect(desk.page.locator("#email")).to_have_value("not an address")
        expect(desk.page.locator("#notes")).to_have_value("Pays in cash.")


class TestTwoTabs:
    @pytest.fixture
    def tabs(self, office, draft):
        """One person, two tabs, the same draft."""
        one = office()
        two = at.Window(one.page.context.new_page(), one.site)
        one.go(draft)
        two.go(draft)
        return one, two

    def test_the_second_save_shows_both_and_keeps_mine_only_when_told(self, tabs, draft):
        one, two = tabs
        with at.saving(one, "PO 1"):
            one.fill("PO number optional", "PO 1")
        two.fill("PO number optional", "PO 2")
        expect(two.page.locator('#live[data-state="conflict"]')).to_be_attached()
        compared = two.page.get_by_role("row").filter(has_text="PO number")
        expect(compared).to_contain_text("PO 2")
        expect(compared).to_contain_text("PO 1")
        expect(two.page.get_by_label("PO number optional")).to_have_value("PO 2")

        two.press_and_leave("Keep mine")
        one.go(draft)
        expect(one.page.get_by_label("PO number optional")).to_have_value("PO 2")

    def test_a_draft_that_was_issued_in_the_other_tab_is_not_changed(self, tabs, draft):
        one, two = tabs
        one.press("Issue")
        one.page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/$"))
        two.fill("PO number optional", "PO 2")
        problem = two.page.locator("#problems")
        expect(problem).to_contain_text("This invoice was issued, so it cannot be edited.")
        expect(two.page.locator("#live")).to_contain_text("Not saved")
        expect(two.page.get_by_label("PO number optional")).to_have_value("PO 2")
        one.page.reload()
        expect(one.page.locator("main")).not_to_contain_text("PO 2")

    def test_signing_out_in_one_ends_the_other_and_signing_in_leads_back(self, tabs, draft, business):
        one, two = tabs
        one.page.get_by_text(re.compile(r", owner$")).click()
        one.press("Sign out")
        one.page.wait_for_url(re.compile("/login/"))
        # What was typed would be lost by leaving: the browser asks first, and the person leaves.
        two.page.on("dialog", lambda dialog: dialog.accept())
        two.fill("PO number optional", "PO 3")
        two.page.wait_for_url(re.compile(r"/login/\?next=/invoices/"))
        at.sign_in(two, email_of(business))
        expect(two.page).to_have_url(two.site + draft)
        expect(two.page.get_by_label("Line 1, what")).to_have_value("Fibre, monthly")


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_a_chosen_file_travels_along(office, draft, scripted, tmp_path):
    report = tmp_path / "site-report.pdf"
    report.write_bytes(b"%PDF-1.7\n%%EOF")
    desk = office(scripted=scripted)
    desk.go(draft)
    desk.page.locator("#file").set_input_files(report)
    if not scripted:
        desk.press("Attach")
    expect(desk.page.get_by_role("link", name="site-report.pdf")).to_be_visible()


def test_what_cannot_be_a_price_stays_as_it_was_typed(office, draft):
    desk = office()
    desk.go(draft)
    price = desk.page.get_by_label("Line 1, price")
    for typed, shown in [("61480", "61,480.00"), ("0.0375", "0.0375"), ("1,50", "1,50"), ("ten", "ten"), ("", "")]:
        price.fill(typed)
        price.blur()
        expect(price).to_have_value(shown)
