"""The customer's page in one hand: paying is where the thumb is, and what a banking app needs is one touch away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from app import clock
from app.auth.queries import get_business
from app.auth.service import business as businesses
from app.invoices import service as invoices
from tests.support.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser

LINES = 40
ENLARGED = {"width": PHONE["width"] // 2, "height": PHONE["height"] // 2}
REACH = PHONE["height"] * 2 / 3


@pytest.fixture
def link(business):
    """A long invoice of a business that takes transfers as well."""
    bank = [{"label": "Bank", "value": "Zenith Bank"}, {"label": "Account", "value": "1014 228 873"}]
    version = get_business(business.business_id).version
    businesses.change_settings(business.owner, {"bank_details": bank}, version, clock.now())
    values = business.draft_values("90071992547.49", "1")
    values = replace(values, lines=values.lines * LINES)
    draft = invoices.create_draft(business.owner, values, now=clock.now())
    invoices.issue(business.owner, draft.id, now=clock.now())
    return f"/i/{business.link(draft.id)}/"


def pay_button(window):
    return window.page.locator("button.pay")


def whole_box(locator):
    box = locator.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_pay_stays_under_the_thumb_through_a_long_invoice(window, link, scripted):
    phone = window(phone=True, scripted=scripted)
    phone.go(link)
    at_first = whole_box(pay_button(phone))
    assert at_first["y"] > REACH
    assert at_first["y"] + at_first["height"] <= PHONE["height"]
    phone.page.get_by_text("PDF", exact=True).scroll_into_view_if_needed()
    assert whole_box(pay_button(phone)) == at_first


def test_the_end_of_the_page_is_not_hidden_behind_pay(window, link):
    phone = window(phone=True)
    phone.go(link)
    phone.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    footer = whole_box(phone.page.locator("footer"))
    assert footer["y"] + footer["height"] <= whole_box(phone.page.locator(".bar"))["y"]


def test_who_pays_a_part_does_not_see_the_whole_under_the_thumb(window, link):
    phone = window(phone=True)
    phone.go(link)
    phone.page.get_by_text("Pay a part of it now").click()
    part, whole = phone.page.get_by_label("Amount", exact=True), pay_button(phone)
    assert whole_box(whole)["y"] < whole_box(part)["y"]


def test_on_a_wide_screen_pay_stands_below_the_amount(window, link):
    desk = window()
    desk.go(link)
    assert whole_box(pay_button(desk))["y"] < DESKTOP["height"] / 2


def test_enlarged_to_200_percent_everything_stays_in_the_column(window, link):
    desk = window(viewport=ENLARGED)
    desk.go(link)
    assert desk.page.evaluate("document.scrollingElement.scrollWidth") <= ENLARGED["width"]
    expect(desk.page.locator(".bar")).to_have_css("position", "static")


def test_every_control_is_big_enough_for_a_thumb(window, link):
    phone = window(phone=True)
    phone.go(link)
    phone.page.get_by_text("Pay by bank transfer").click()
    phone.page.get_by_text("Pay a part of it now").click()
    controls = phone.page.locator("a:not(.skip), button, summary, input:not([type=hidden])").filter(visible=True)
    assert controls.count() >= 8
    for control in controls.all():
        assert whole_box(control)["height"] >= 44, control.evaluate("one => one.outerHTML")


def test_an_account_number_is_copied_with_one_touch(window, link):
    phone = window(phone=True, permissions=["clipboard-read", "clipboard-write"])
    phone.go(link)
    phone.page.get_by_text("Pay by bank transfer").click()
    phone.page.get_by_role("button", name="Copy Account").click()
    expect(phone.page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert phone.page.evaluate("navigator.clipboard.readText()") == "1014228873"


def test_without_scripts_no_button_promises_to_copy(window, link):
    phone = window(phone=True, scripted=False)
    phone.go(link)
    phone.page.get_by_text("Pay by bank transfer").click()
    expect(phone.page.get_by_text("1014 228 873")).to_be_visible()
    expect(phone.page.get_by_text("Copy", exact=True).filter(visible=True)).to_have_count(0)
