"""What a list of addresses does not lead to: the first day, refusals, errors, and whatever opens on a page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app import clock
from app.auth.service import business as businesses
from app.auth.service import people, sessions
from app.database import writing
from tests.browser.conftest import signed_in
from tests.browser.looking import TWO_VIEWS, Looker
from tests.support.story import PASSWORD, Story
from tests.support.story_pages import Window

pytestmark = pytest.mark.browser

# The pages that have little to show on the first day.
BARE = ("/", "/invoices/", "/invoices/new/", "/clients/", "/items/", "/payments/", "/billing/plans/")

# A page with a form -> the field that is wrong once everything was cleared.
REFUSED = {
    "/clients/new/": "name",
    "/items/new/": "name",
    "/billing/plans/new/": "name",
    "/settings/": "name",
    "/settings/documents/": "number_pattern",
    "/settings/messages/invoice/": "subject",
}
REFUSED_TO_STRANGERS = {"/signup/": "email", "/login/": "email"}
CLEAR_AND_SEND = """field => {
  const form = document.getElementById(field).form;
  form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), textarea")
    .forEach((one) => { one.value = ""; });
  form.submit();
}"""


@pytest.fixture
def newcomer(backstage, window) -> Window:
    """Somebody who opened an account a minute ago and has not confirmed the address."""
    now, email = clock.now(), f"new-{clock.now().timestamp()}@example.com"
    stored = people.new_hash(PASSWORD, email)
    with writing():
        person_id = people.add_person("Nneka Obi", email, stored, now).id
        business_id = businesses.create_business(person_id, "Nneka's Bakery", now)
    token = sessions.begin(person_id, business_id, now=now, ip="", user_agent="")
    return signed_in(window(), Story(backstage, business_id, None, token, None, None))


@pytest.fixture
def desk(demo, window) -> Window:
    """The owner of the demo business."""
    return signed_in(window(), demo)


def complain(looker: Looker) -> None:
    assert looker.paths, "nothing was looked at"
    assert not looker.complaints, "\n".join(looker.complaints)


def test_the_first_day(newcomer):
    looker = Looker(newcomer, TWO_VIEWS)
    for path in BARE:
        looker.look_at(path)
    expect(newcomer.page.get_by_text(re.compile("^Confirm new-.* to send invoices"))).to_be_visible()
    complain(looker)


class TestForms:
    def refuse(self, window: Window, forms: dict[str, str]) -> None:
        looker = Looker(window, TWO_VIEWS)
        for path, field in forms.items():
            window.go(path)
            looker.expects(422)
            with window.page.expect_navigation():
                window.page.evaluate(CLEAR_AND_SEND, field)
            looker.look("refused")
            if not window.page.locator(f"#{field}[aria-invalid=true]").count():
                looker.complain(f"does not mark {field}")
        complain(looker)

    def test_that_are_refused(self, desk, demo):
        self.refuse(desk, REFUSED | {f"/payments/new/?invoice={demo.issued()}": "amount"})

    def test_that_are_refused_to_strangers(self, window):
        self.refuse(window(), REFUSED_TO_STRANGERS)

    def test_of_what_somebody_else_saved_meanwhile(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        desk.go(f"/clients/{demo.client_id}/edit/")
        desk.page.evaluate("document.querySelector('[name=version]').value = '0'")
        desk.page.locator("#notes").fill("Ẹ ṣé púpọ̀. " * 20)
        looker.expects(409)
        desk.press("Save")
        expect(desk.page.locator("#stale")).to_be_visible()
        looker.look("saved by somebody else meanwhile")
        complain(looker)

    def test_of_a_price_that_says_what_it_changes(self, desk, demo):
        looker, page = Looker(desk, TWO_VIEWS), desk.page
        desk.go(f"/billing/plans/{demo.plan()}/price/")
        page.get_by_label("Price of a period").fill("18,000")
        desk.press("See what changes")
        expect(page.get_by_role("heading", name="What changes")).to_be_visible()
        looker.look("with its effect")
        desk.press("Set the price")
        expect(page.get_by_text("To come", exact=True)).to_be_visible()
        complain(looker)

    def test_of_a_plan_whose_settings_are_told_while_one_types(self, desk):
        looker, page = Looker(desk, TWO_VIEWS), desk.page
        desk.go("/billing/plans/new/")
        page.get_by_label("Price of a period").fill("15,000")
        expect(page.locator("#plan-example")).to_contain_text("15,000")
        expect(page.get_by_label("Day of the month")).to_be_hidden()
        page.get_by_label("On a fixed day").check()
        page.get_by_label("Day of the month").select_option("last day of the month")
        page.get_by_label("Not billed").check()
        page.get_by_label("Free days at the beginning").fill("45")
        expect(page.locator("#plan-example")).to_contain_text("Free days at the beginning")
        looker.look("with its first bills")
        complain(looker)

    def test_of_an_invoice_nobody_filled_in(self, desk):
        looker = Looker(desk, TWO_VIEWS)
        desk.go("/invoices/new/")
        looker.expects(422)
        with desk.page.expect_navigation():
            desk.page.get_by_role("button", name=re.compile("^Issue and send")).filter(visible=True).click()
        looker.look("refused")
        complain(looker)


class TestErrors:
    def test_of_people_who_are_signed_in(self, business, window):
        looker = Looker(signed_in(window(), business, "viewer"), TWO_VIEWS)
        looker.look_at("/nothing/", 404)
        looker.look_at("/invoices/00000000-0000-7000-8000-000000000000/", 404)
        looker.look_at("/clients/new/", 403)
        complain(looker)

    def test_of_strangers(self, window):
        looker = Looker(window(), TWO_VIEWS)
        for path in ("/nothing/", "/i/made-up/", "/verify/made-up/", "/dev/mailbox/made-up/"):
            looker.look_at(path, 404)
        complain(looker)


class TestWhatOpens:
    """Menus, dialogs, lists to choose from, and what the press of a button leaves behind."""

    def test_menus(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        for path in ("/", "/invoices/", f"/invoices/{demo.issued()}/", f"/clients/{demo.client_id}/"):
            desk.go(path)
            looker.look("as it is")
            looker.open_everything()
        assert any("More" in path for path in looker.paths), looker.paths
        complain(looker)

    def test_a_dialog_and_its_refusal(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        desk.go(f"/invoices/{demo.issued()}/")
        desk.page.get_by_text("More: copy").or_(desk.page.get_by_label(re.compile("^More: copy"))).click()
        desk.page.get_by_role("link", name="Void").click()
        expect(desk.page.get_by_role("dialog")).to_be_visible()
        looker.look("with the dialog open")
        looker.expects(422)
        desk.press_and_leave("Void it")
        looker.look("refused")
        complain(looker)

    def test_toasts(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        desk.go(f"/clients/{demo.client_id}/")
        for kind in ("ok", "bad"):
            shown = {"message": "INV-2026-0421 voided", "kind": kind, "undo": "/" if kind == "ok" else None}
            desk.page.evaluate("one => window.duely.toast(one)", shown)
        expect(desk.page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
        looker.look("with toasts")
        complain(looker)

    def test_lists_to_choose_from_in_the_editor(self, desk, demo):
        page, looker = desk.page, Looker(desk, TWO_VIEWS)
        desk.go(f"/invoices/{demo.draft()}/edit/")
        page.get_by_role("combobox", name="Client", exact=True).fill("a")
        expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        looker.look("choosing a client")
        page.keyboard.press("Escape")
        page.get_by_text("From items").click()
        expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        looker.look("choosing an item")
        page.get_by_text("New item", exact=True).click()
        looker.look("making an item")
        page.get_by_label(re.compile("^Line 1, taxes")).click()
        looker.look("choosing taxes")
        page.get_by_text("Add a new client").click()
        looker.expects(422)
        desk.press("Add and choose")
        expect(page.locator("#name-err")).to_be_visible()
        looker.look("refusing a client")
        complain(looker)

    def test_the_panel_beside_the_list(self, desk, demo):
        invoice_id = demo.issued()
        demo.payment(invoice_id, 1000)
        looker = Looker(desk, TWO_VIEWS)
        desk.go("/invoices/")
        desk.page.locator("[name=ids]").first.check()
        desk.page.locator(f'a[href="/invoices/{invoice_id}/"]').click()
        panel = desk.page.locator("aside.du-panel")
        for part in ("Overview", "Activity", "Messages", "Payments"):
            panel.get_by_role("link", name=part).click()
            expect(panel.locator("[aria-current]")).to_contain_text(part)
            looker.look(f"the panel with {part}")
        complain(looker)

    def test_the_box_that_finds_anything(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        desk.go("/items/")
        desk.page.keyboard.press("Control+k")
        expect(desk.page.locator("dialog li").first).to_be_visible()
        looker.look("with the search open")
        for typed in ("lekki", "no such thing"):
            desk.page.locator("dialog input").fill(typed)
            expect(desk.page.locator(f"dialog [data-q='{typed}']")).to_be_visible()
            looker.look(f"with {typed} searched")
        complain(looker)

    def test_the_mail_of_an_invoice(self, desk, demo):
        looker = Looker(desk, TWO_VIEWS)
        desk.go(f"/invoices/{demo.issued()}/?see=email")
        expect(desk.page.frame_locator("iframe").get_by_role("link").first).to_be_visible()
        looker.look("the e-mail")
        complain(looker)
