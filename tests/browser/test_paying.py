"""What else can happen between a click on Pay and the money: each ends where somebody knows how it stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import story_pages as at

pytestmark = pytest.mark.browser

WHOLE, HALF, OTHER_HALF, OVER = "₦3,225.00", "₦1,612.50", "₦1,612.50", "₦322.50"


@pytest.fixture
def invoice(business):
    """An invoice over ₦3,225.00."""
    return business.issued()


@pytest.fixture
def link(business, invoice):
    return f"/i/{business.link(invoice)}/"


@pytest.fixture
def phone(window) -> at.Window:
    return window(phone=True)


def staff_see(office, invoice) -> at.Window:
    desk = office()
    desk.go(f"/invoices/{invoice}/")
    return desk


def test_who_pays_less_has_paid_a_part_and_can_pay_the_rest(phone, link, invoice, office):
    phone.go(link)
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, f"Pay only {HALF}")
    expect(phone.page.locator("main")).to_contain_text(f"{HALF} of {WHOLE} is paid")
    desk = staff_see(office, invoice)
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Part paid")
    expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text(f"{HALF} of {WHOLE} paid")

    phone.page.get_by_role("button", name=f"Pay {OTHER_HALF}").click()
    at.at_the_bank(phone, f"Pay {OTHER_HALF}")
    expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()


def test_a_part_can_be_paid_on_purpose(phone, link):
    phone.go(link)
    phone.page.get_by_text("Pay a part of it now").click()
    phone.fill("Amount", "1,000.10")
    phone.press("Pay")
    at.at_the_bank(phone, "Pay ₦1,000.10")
    expect(phone.page.locator("main")).to_contain_text(f"₦1,000.10 of {WHOLE} is paid")
    expect(phone.page.get_by_role("button", name="Pay ₦2,224.90")).to_be_visible()


@pytest.mark.parametrize("typed", ["many", "3,225.01"])
def test_a_part_that_is_none_is_refused_beside_the_field_and_stays_as_typed(phone, link, typed):
    phone.go(link)
    phone.page.get_by_text("Pay a part of it now").click()
    phone.fill("Amount", typed)
    phone.press("Pay")
    field = phone.page.get_by_label("Amount")
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(phone.page.locator("#part-err")).to_be_visible()


def test_who_pays_more_has_paid_and_the_rest_is_credit(phone, link, invoice, office):
    phone.go(link)
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, "Pay ₦3,547.50")
    expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
    desk = staff_see(office, invoice)
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Paid")
    desk.go("/payments/")
    expect(desk.page.get_by_role("row").filter(has_text="Lekki Hub")).to_contain_text(f"{OVER} credit")


def test_a_bank_that_refuses_leaves_the_invoice_open_and_says_so_calmly(phone, link, invoice, office):
    phone.go(link)
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, "Let the bank refuse")
    expect(phone.page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    expect(phone.page.locator("main")).to_contain_text("The invoice is still open")
    phone.page.get_by_role("link", name="Try again").click()
    expect(phone.page.get_by_role("button", name=f"Pay {WHOLE}")).to_be_visible()
    desk = staff_see(office, invoice)
    expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text(WHOLE)
    expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text("Still to pay")


def test_who_cancels_at_the_bank_is_back_on_the_invoice_and_may_pay_again(phone, link):
    phone.go(link)
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, "Cancel and go back")
    expect(phone.page).to_have_url(phone.site + link + "?left=1")
    expect(phone.page.locator("main")).to_contain_text("we know of no money that was taken")
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, f"Pay {WHOLE}")
    expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_money_that_comes_later_shows_by_itself(window, link, scripted):
    phone = window(phone=True, scripted=scripted)
    phone.go(link)
    at.go_to_the_bank(phone)
    at.at_the_bank(phone, "Pay, money comes later")
    expect(phone.page.get_by_role("heading", name="Checking with the bank")).to_be_visible()
    expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible(timeout=60_000)


def test_a_link_that_was_closed_is_a_link_that_does_not_work(phone, link, office, invoice):
    desk = staff_see(office, invoice)
    desk.page.get_by_role("link", name="Close the link").click()
    desk.press("Close the link")
    expect(desk.page.get_by_text("The link is closed")).to_be_visible()
    assert phone.go(link).status == 404
    expect(phone.page.get_by_role("heading", name=re.compile("does not work"))).to_be_visible()
