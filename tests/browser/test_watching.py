"""The page of an invoice goes on by itself: nobody reloads it to learn that a mail is out or that money came."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import story_pages as at

pytestmark = pytest.mark.browser


def parts(desk: at.Window):
    """The heading with the badge, the timeline, and the line that says what is waited for."""
    page = desk.page
    timeline = page.locator("section").filter(has=page.get_by_role("heading", name="Timeline"))
    return page.get_by_role("heading", level=1), timeline, page.locator("#watch")


def test_after_sending_the_page_goes_from_queued_to_sent_without_being_loaded_again(office, business):
    desk = office()
    desk.go(f"/invoices/{business.issued()}/")
    desk.press("Send")
    badge, timeline, waiting = parts(desk)
    expect(timeline).to_contain_text("E-mail put into the outbox")
    desk.page.evaluate("window.sameDocument = true")
    expect(badge).to_contain_text("Sent", timeout=60_000)
    expect(timeline).to_contain_text("Sent by e-mail")
    expect(desk.page.locator("#messages")).to_contain_text("Accepted by the mail server")
    expect(waiting).to_be_hidden()
    assert desk.page.evaluate("window.sameDocument")
    # And that is the end of it.
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.wait_for_timeout(2500)
    assert not asked


def test_while_the_customer_pays_the_owner_s_page_shows_the_money_come_in(office, window, business):
    invoice_id = business.issued()
    phone = window(phone=True)
    phone.go(f"/i/{business.link(invoice_id)}/")
    at.go_to_the_bank(phone)
    desk = office()
    desk.go(f"/invoices/{invoice_id}/")
    badge, timeline, waiting = parts(desk)
    expect(waiting).to_contain_text("The client has gone to pay.")
    desk.page.evaluate("window.sameDocument = true")
    at.at_the_bank(phone, "Pay ₦3,225.00")
    expect(badge).to_contain_text("Paid", timeout=60_000)
    expect(timeline).to_contain_text(re.compile("Payment received: ₦3,225.00.*through Demo bank", re.DOTALL))
    expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text("₦3,225.00 of ₦3,225.00 paid")
    expect(desk.page.locator("#toasts")).to_contain_text("₦3,225.00 came in")
    assert desk.page.evaluate("window.sameDocument")
