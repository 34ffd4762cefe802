"""Short stories of the office: taking things back, writing money down, inviting somebody in."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import signed_in
from tests.support import story_pages as at

pytestmark = pytest.mark.browser

WHOLE = "₦3,225.00"


@pytest.fixture
def invoice(business):
    """The path of an invoice over ₦3,225.00."""
    return f"/invoices/{business.issued()}/"


def badge(desk: at.Window):
    """How the open invoice stands."""
    return desk.page.get_by_role("heading", level=1)


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
class TestTakingBack:
    def test_an_invoice_is_voided_with_a_reason_and_its_customer_owes_nothing(
        self, office, invoice, business, window, scripted
    ):
        desk = office(scripted=scripted)
        desk.go(invoice)
        link = business.link(uuid.UUID(invoice.split("/")[2]))
        desk.page.get_by_label("More: copy, mark as sent, void").click()
        desk.page.get_by_role("link", name="Void").click()
        desk.press("Void it")
        expect(desk.page.locator("#reason-err")).to_contain_text("Say why, for your own records.")
        desk.fill("Reason", "Wrong client")
        desk.press("Void it")
        expect(badge(desk)).to_contain_text("Void")
        expect(desk.page.locator("main")).to_contain_text("Wrong client")

        phone = window(phone=True, scripted=scripted)
        phone.go(f"/i/{link}/")
        expect(phone.page.get_by_role("heading", name="This invoice was withdrawn")).to_be_visible()
        expect(phone.page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)

    def test_a_wrong_payment_is_undone_and_the_money_is_owed_again(self, office, invoice, scripted):
        desk = office(scripted=scripted)
        desk.go(invoice)
        desk.page.get_by_role("link", name="Record payment").filter(visible=True).click()
        expect(desk.page.get_by_label("Amount")).to_have_value("3225.00")
        desk.fill("Amount", "1000.10")
        desk.page.get_by_label("Reference optional").fill("TRF 8841")
        desk.press("Record payment")
        expect(badge(desk)).to_contain_text("Part paid")
        expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text(f"₦1,000.10 of {WHOLE} paid")

        desk.page.get_by_role("link", name="Undo").click()
        expect(desk.page.locator("#confirm")).to_contain_text("will owe ₦1,000.10 again")
        desk.fill("Why", "Another invoice")
        desk.press_and_leave("Undo it")
        desk.go(invoice)
        expect(badge(desk)).not_to_contain_text("Part paid")
        expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text(WHOLE)
        expect(desk.page.locator("main")).to_contain_text("Another invoice")


def test_more_money_than_is_due_is_asked_about_first(office, invoice):
    desk = office()
    desk.go(invoice)
    desk.page.keyboard.press("p")
    desk.page.wait_for_url(re.compile("/payments/new/"))
    desk.fill("Amount", "4,000")
    desk.press("Record payment")
    expect(desk.page.locator("main")).to_contain_text("That is ₦775.00 more than is due.")
    desk.press("Record it all the same")
    expect(badge(desk)).to_contain_text("Paid")


def test_a_client_changed_in_two_tabs_is_not_overwritten_unasked(office, business):
    one = office()
    two = at.Window(one.page.context.new_page(), one.site)
    form = f"/clients/{business.client_id}/edit/"
    one.go(form)
    two.go(form)
    one.page.locator("#phone").fill("+234 803 123 4567")
    one.press("Save")
    one.page.wait_for_url(re.compile(rf"/clients/{business.client_id}/$"))
    two.page.locator("#phone").fill("+234 803 765 4321")
    two.press("Save")
    row = two.page.get_by_role("row").filter(has_text="Phone")
    expect(row).to_contain_text(re.compile(r"123.?4567.*765.?4321", re.DOTALL))
    two.press("Save mine over it")
    two.page.wait_for_url(re.compile(rf"/clients/{business.client_id}/$"))
    expect(two.page.locator("main")).to_contain_text(re.compile(r"765.?4321"))


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_somebody_invited_joins_and_may_do_what_their_role_allows(office, window, business, scripted):
    address = f"new-{business.business_id.hex[-6:]}@harmattan.example"
    desk = office(scripted=scripted)
    desk.go("/settings/members/")
    desk.fill("E-mail", address)
    desk.page.get_by_label("Role", exact=True).select_option("viewer")
    desk.press("Send the invitation")
    expect(desk.page.get_by_role("row").filter(has_text=address)).to_be_visible()

    guest = window(scripted=scripted)
    guest.go(at.link_in_letter(guest, address, "/invitations/"))
    guest.fill("Your name", "Sèyí Adékúnlé")
    guest.fill("Password", at.PASSWORD)
    guest.press("Open an account and join")
    guest.page.wait_for_url(guest.site + "/")
    expect(guest.page.locator("body")).to_contain_text("Sèyí Adékúnlé, viewer")
    assert guest.go("/invoices/").status == 200
    assert guest.go("/invoices/new/").status == 403
    desk.page.reload()
    expect(desk.page.get_by_role("row").filter(has_text="Sèyí Adékúnlé")).to_contain_text(address)


def test_a_viewer_is_shown_nothing_that_would_be_refused(window, business, invoice):
    desk = signed_in(window(), business, "viewer")
    desk.go(invoice)
    due = desk.page.get_by_role("region", name="Amount due")
    expect(due.get_by_role("link", name="PDF", exact=True)).to_be_visible()
    for verb in ("Send", "Void", "Record payment"):
        assert not desk.page.get_by_text(verb, exact=True).filter(visible=True).count(), verb
