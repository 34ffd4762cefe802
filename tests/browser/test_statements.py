"""The story of a statement: from the client's page to a mail, and from the mail to a phone that pays what is open."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from app.clients.queries import document_recipients
from tests.support import story_pages as at

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
class TestAStatement:
    def test_is_sent_and_leads_its_client_to_what_is_open(self, office, business, window, scripted):
        shared, kept = business.issued(), business.issued()
        business.payment(kept, 122_500)
        business.link(shared)
        desk = office(scripted=scripted)
        desk.go(f"/clients/{business.client_id}/")
        desk.page.get_by_role("link", name="Statement").click()
        expect(desk.page.get_by_role("table")).to_contain_text("Balance brought forward")
        expect(desk.page.get_by_role("region", name="Figures, NGN")).to_contain_text("₦5,225.00")
        desk.page.get_by_role("link", name="Send").click()
        [(_, address)] = document_recipients(business.business_id, business.client_id)
        expect(desk.page.locator("#confirm")).to_contain_text(address)
        desk.press_and_leave("Send")
        expect(desk.page.locator("main")).to_contain_text("Statement from Harmattan")

        phone = window(phone=True, scripted=scripted)
        phone.go(at.link_in_letter(window(), address, "/c/", re.compile("statement", re.IGNORECASE)))
        expect(phone.page.get_by_role("heading", level=1)).to_contain_text("Statement for Lekki Hub")
        expect(phone.page.locator(".due")).to_contain_text("₦5,225.00")
        # The receipt of the other one brought a link to that, too.
        phone.page.get_by_role("link", name="See and pay").first.click()
        expect(phone.page.get_by_role("button", name="Pay ₦3,225.00", exact=True)).to_be_visible()

    def test_is_looked_at_for_other_days_and_printed(self, office, business, scripted):
        business.issued()
        desk = office(scripted=scripted)
        desk.go(f"/clients/{business.client_id}/statement/")
        desk.fill("From", "2026-03-31")
        desk.fill("To", "2026-03-01")
        desk.press_and_leave("Show these days")
        expect(desk.page.locator("#to-err")).to_contain_text("The period ends before it begins")
        expect(desk.page.get_by_label("From", exact=True)).to_have_value("2026-03-31")
        desk.fill("From", "2020-01-01")
        desk.fill("To", "2020-12-31")
        desk.press_and_leave("Show these days")
        expect(desk.page.get_by_role("table")).to_contain_text("Nothing was billed, paid or credited in these days.")
        desk.page.get_by_role("link", name="This year").click()
        with desk.page.expect_download() as download:
            desk.page.get_by_role("link", name="PDF").click()
        assert re.fullmatch(r"statement-lekki-hub-\d{4}-01-01-to-[0-9-]+\.pdf", download.value.suggested_filename)
        paper = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages[0].extract_text()
        assert "Balance due" in paper
        assert "₦3,225.00" in paper

    def test_has_a_link_that_is_made_and_closed(self, office, business, window, scripted):
        desk = office(scripted=scripted)
        desk.go(f"/clients/{business.client_id}/statement/")
        desk.page.get_by_role("link", name="Make link").click()
        desk.press_and_leave("Make the link")
        address = desk.page.get_by_label("The client's link").input_value()
        phone = window(phone=True, scripted=scripted)
        phone.go(address)
        expect(phone.page.locator("main")).to_contain_text("Nothing is owed")
        desk.page.get_by_role("link", name="Close the link").click()
        desk.press_and_leave("Close the link")
        expect(desk.page.get_by_label("The client's link")).to_have_count(0)
        phone.go(address)
        expect(phone.page.get_by_role("heading", name="This link does not work")).to_be_visible()
