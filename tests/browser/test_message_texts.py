"""Wording a message: what its reader gets follows what is typed, with scripts and without, and nothing else is kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.messages.queries import wording_of
from app.messages.wordings import default_wording
from tests.support import story_pages as at

pytestmark = pytest.mark.browser

URL = "/settings/messages/invoice/"
HTML = '<h1>Good day, {{client_name}}</h1><p>Here is <b>{{number}}</b>.</p><p><a href="{{link}}">Look</a></p>'


def mail(desk: at.Window):
    """The e-mail in its frame."""
    return desk.page.frame_locator("iframe[name=message-mail]").locator("body")


def test_the_preview_follows_what_is_typed_and_saving_is_what_keeps_it(office, business):
    invoice_id = business.issued()
    desk = office()
    desk.go(URL)
    expect(mail(desk)).to_contain_text("Hello Lekki Hub, here is invoice")
    desk.fill("Words, HTML", HTML)
    expect(mail(desk).get_by_role("heading", name="Good day, Lekki Hub")).to_be_visible()
    desk.fill("SMS text", "{{number}} over {{amout}}")
    expect(desk.page.get_by_text("This cannot be saved yet.")).to_be_visible()
    # What was typed in the other field is still in the frame.
    expect(mail(desk).get_by_role("heading", name="Good day, Lekki Hub")).to_be_visible()
    desk.fill("SMS text", "{{number}} over {{amount}}")
    expect(desk.page.get_by_text("This cannot be saved yet.")).to_be_hidden()
    expect(desk.page.get_by_text(re.compile(r"^\S+-0001 over NGN 3,225\.00$"))).to_be_visible()
    assert wording_of(business.business_id, "invoice", "en").wording == default_wording("invoice", "en")
    desk.press_and_leave("Save changes")
    expect(desk.page.get_by_text("You changed its words on")).to_be_visible()
    expect(mail(desk)).to_contain_text("Good day, Lekki Hub")
    desk.go(f"/invoices/{invoice_id}/?see=email")
    expect(desk.page.frame_locator("iframe[title='The e-mail']").locator("h1")).to_have_text("Good day, Lekki Hub")


def test_going_back_to_the_default_asks_first(office, business):
    desk = office()
    desk.go(URL)
    desk.fill("Subject", "Mine: {{number}}")
    desk.press_and_leave("Save changes")
    desk.page.get_by_role("link", name="Reset to the default").click()
    expect(desk.page.get_by_role("dialog")).to_contain_text("are deleted")
    desk.press_and_leave("Reset")
    expect(desk.page.get_by_text("These are the words Duely comes with.")).to_be_visible()
    expect(desk.page.get_by_label("Subject", exact=True)).to_have_value(default_wording("invoice", "en").subject)


def test_without_a_script_the_preview_is_asked_for(office, business):
    desk = office(scripted=False)
    desk.go(URL)
    desk.fill("Words, HTML", HTML)
    desk.press("Show the preview")
    expect(desk.page.get_by_label("Words, HTML", exact=True)).to_have_value(HTML)
    desk.button("Show the e-mail").click()
    expect(mail(desk)).to_contain_text("Good day, ")
