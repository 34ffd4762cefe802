"""The main job, from signing up to being paid, as two people live it: one at a desk, one with a phone.

It runs twice: as most browsers are, and with scripts switched off.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import story_pages as at

pytestmark = pytest.mark.browser

# Two lines, one of them 10 % off, 5 % off everything, VAT of 7.5 %: counted by hand.
#   1 x 45,000.00 = 45,000.00;  2.5 x 18,333.33 = 45,833.325 -> 45,833.33;  10 % of it 4,583.33 -> 41,250.00
#   together 90,833.33 - 4,583.33 = 86,250.00;  5 % of it 4,312.50 -> 81,937.50;  7.5 % of it 6,145.3125 -> 6,145.31
SUBTOTAL, OFF_LINES, AFTER_LINES, OFF_ALL, VAT, TOTAL = (
    "90,833.33",
    "4,583.33",
    "86,250.00",
    "4,312.50",
    "6,145.31",
    "88,082.81",
)


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_from_signing_up_to_being_paid(scripted, window, tmp_path):
    owner, customer = f"owner-{scripted}@harmattan.example".lower(), f"amaka-{scripted}@lekki.example".lower()
    desk = window(scripted=scripted)

    # A business opens an account, confirms its address, and says what VAT is.
    at.sign_up(desk, owner, "Harmattan Fibre")
    at.confirm_address(desk, owner)
    at.add_tax(desk)

    # It writes an invoice to a client it never had before, also for something it never sold before.
    if not scripted:
        at.add_item(desk, "Router, dual band", "18333.33")
    at.start_invoice_for_new_client(desk, "Lekki Hub", customer)
    at.write_line(desk, 1, "Fibre installation", "1", "45,000")
    if scripted:
        at.make_item_in_editor(desk, "Router, dual band", "18,333.33")
    else:
        at.choose_item(desk, "Router, dual band")
    at.expect_titles(desk, "Fibre installation", "Router, dual band")
    expect(desk.page.get_by_label("Line 2, price")).to_have_value("18,333.33")
    desk.fill("Line 2, quantity", "2.5")
    desk.page.get_by_label(re.compile("Line 2, discount")).fill("10%")
    desk.fill("Discount on everything", "5%")
    if not scripted:
        desk.press("Save")
    totals = desk.page.locator("#totals")
    for figure in (SUBTOTAL, OFF_LINES, OFF_ALL, VAT, TOTAL):
        expect(totals).to_contain_text(figure)
    expect(desk.page.get_by_role("article", name="The document")).to_contain_text(f"₦{TOTAL}")

    # It is issued and goes out.
    desk.page.get_by_role("button", name="Issue and send").filter(visible=True).click()
    desk.page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/$"))
    path = at.invoice_path(desk)
    number = desk.page.get_by_role("heading", level=1).locator("span").first.inner_text()
    assert re.fullmatch(r"INV-\d{4}-0001", number)

    # The customer reads the mail on a phone and opens the link in it.
    phone = window(scripted=scripted, phone=True)
    at.open_letter(phone, customer, re.compile(re.escape(number)))
    expect(phone.page.locator("pre")).to_contain_text(f"₦{TOTAL}")
    expect(phone.page.get_by_role("link", name=f"{number}.pdf")).to_be_visible()
    link = at.link_in_letter(phone, customer, "/i/")
    phone.go(link)
    expect(phone.page.get_by_role("heading", name=f"Invoice {number} for Lekki Hub")).to_be_visible()
    pay = phone.page.get_by_role("button", name=f"Pay ₦{TOTAL}")
    expect(pay).to_be_in_viewport()

    # They pay; another page of theirs, and nobody touches it, says so by itself.
    at.go_to_the_bank(phone)
    second = at.Window(phone.page.context.new_page(), phone.site, scripted)
    second.go(link)
    at.at_the_bank(phone, f"Pay ₦{TOTAL}")
    expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
    expect(phone.page.locator("main")).to_contain_text(f"₦{TOTAL}")
    if not scripted:
        second.page.reload()
    expect(second.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()

    # The business sees the same.
    desk.go(path)
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Paid")
    expect(desk.page.get_by_role("region", name="Amount due")).to_contain_text(f"₦{TOTAL} of ₦{TOTAL} paid")
    desk.go("/invoices/")
    expect(desk.page.get_by_role("row").filter(has_text=number)).to_contain_text("Paid")

    # Both can print it, and the figures are the same to the cent.
    for reader, link_name in ((desk.go(path) and desk, "PDF"), (second, "Invoice")):
        words = at.text_of(at.download_pdf(reader, tmp_path, link_name))
        for figure in (number, AFTER_LINES, OFF_ALL, VAT, f"₦{TOTAL}", "Fibre installation", "Lekki Hub"):
            assert figure in words
    assert f"₦{TOTAL}" in at.text_of(at.download_pdf(second, tmp_path, "Receipt"))
