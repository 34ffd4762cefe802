"""Every page of a business with fourteen months behind it: wide and narrow, light and dark.

The list is made from the routes, so that a new page is looked at, too.
"""

from __future__ import annotations

import pytest
from flask import Flask, url_for
from playwright.sync_api import Page, Response, expect
from werkzeug.routing import Rule

from tests.browser.conftest import signed_in
from tests.browser.looking import EVERY_VIEW, TWO_VIEWS, Looker
from tests.browser.pages import ADDRESSES, NO_PAGES, Examples
from tests.support.browser import DESKTOP, PHONE
from tests.support.story import Story

pytestmark = pytest.mark.browser

ROOMS = (
    "",
    "account",
    "billing",
    "c",
    "cards",
    "clients",
    "credit-notes",
    "dev",
    "i",
    "invitations",
    "invoices",
    "items",
    "login",
)
ROOMS += ("messages", "password", "payments", "refunds", "reports", "search", "settings", "signup", "u", "verify")
# Somebody who is signed in is sent on from here, or is asked something else.
FOR_STRANGERS = {"login", "signup", "invitations", "i", "c", "u"}
CUSTOMERS_PAGE_BYTES = 50 * 1024


def is_page(app: Flask, rule: Rule) -> bool:
    """Whether people look at what a route answers; operations of the API are for programs."""
    for_programs = hasattr(app.view_functions[rule.endpoint], "operation")
    return "GET" in rule.methods and rule.endpoint not in NO_PAGES and not for_programs


def addresses(demo: Story, room: str) -> dict[str, int]:
    """The paths of every page in a room, which is what is behind the first slash -> which of the page's it is.

    0 is its first; the others show the same page in another state.
    """
    examples, found = Examples(demo), {}
    assert examples.endless, "lists in every room have a row that is too long"
    with demo.app.test_request_context():
        for rule in sorted(demo.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if is_page(demo.app, rule) and rule.rule.split("/")[1] == room:
                for place, values in enumerate(ADDRESSES.get(rule.endpoint, lambda _: [{}])(examples)):
                    found[url_for(rule.endpoint, **values).removeprefix("http://localhost")] = place
    return found


def test_no_room_is_left_out(backstage):
    rules = [rule for rule in backstage.url_map.iter_rules() if is_page(backstage, rule)]
    assert {rule.rule.split("/")[1] for rule in rules} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_the_pages_of(room, demo, window):
    opened = window()
    if room not in FOR_STRANGERS:
        signed_in(opened, demo)
    looker = Looker(opened)
    for path, place in addresses(demo, room).items():
        # Every page in every view; of its further states the first two in two views, the others in one each, in turn.
        looker.views = EVERY_VIEW if place == 0 else TWO_VIEWS if place < 3 else [EVERY_VIEW[place % len(EVERY_VIEW)]]
        looker.look_at(path)
    assert looker.weights, "there is nothing in this room"
    assert min(looker.weights.values()) > 2000, "everything a page asks for is counted"
    assert not looker.complaints, "\n".join(looker.complaints)


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("room", ROOMS)
def test_the_pages_opened_afresh(room, size, scheme, demo, window):
    opened = window(viewport=size, color_scheme=scheme, is_mobile=size is PHONE, has_touch=size is PHONE)
    if room not in FOR_STRANGERS:
        signed_in(opened, demo)
    looker = Looker(opened, views=[(size, scheme)])
    for path in addresses(demo, room):
        looker.look_at(path)
    assert not looker.complaints, "\n".join(looker.complaints)


class TestTheCustomersPage:
    @pytest.fixture
    def links(self, demo) -> list[str]:
        """One for each state an invoice can be in, with a payment under way on one of them, and clients' statements."""
        waiting = demo.issued()
        demo.attempt(waiting)
        invoices = [path for path in addresses(demo, "i") if "/pay/" not in path] + [f"/i/{demo.link(waiting)}/"]
        return invoices + list(addresses(demo, "c"))

    def test_it_is_less_than_50_kilobytes_with_everything_but_the_logo_even_uncompressed(self, links, window):
        for link in links:
            phone = window(phone=True)
            answers: list[Response] = []
            phone.page.on("response", lambda answer, into=answers: into.append(answer))
            phone.go(link)
            sizes = {one.url: len(one.body()) for one in answers if "logo" not in one.url}
            assert any("/css/" in url for url in sizes), "everything the page asks for is counted"
            assert sum(sizes.values()) < CUSTOMERS_PAGE_BYTES, sizes

    def test_it_says_the_same_without_a_script(self, links, window):
        with_scripts, without = window(phone=True), window(phone=True, scripted=False)
        for link in links:
            with_scripts.go(link)
            without.go(link)
            assert words(without.page) == words(with_scripts.page)

    def test_what_is_owed_and_how_to_pay_it_stand_on_the_first_screen(self, demo, window):
        phone = window(phone=True)
        phone.go(f"/i/{demo.link(demo.issued())}/")
        for one in (phone.page.get_by_role("heading", level=1), phone.page.get_by_role("button", name="Pay ₦3,225.00")):
            expect(one).to_be_in_viewport(ratio=1)


def words(page: Page) -> list[str]:
    """The words of a page, without the time it was drawn."""
    return page.locator("main").inner_text().split()
