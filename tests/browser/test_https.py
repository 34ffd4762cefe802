"""Paying over https at a company on another origin: the rules for referrers, CSRF and forms bite only there.

Each rule has a twin in which the header that keeps it is taken off on the way, and the customer is stuck.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Request, Route, expect

from tests.support import story_pages as at
from tests.support.browser import PHONE
from tests.support.https import HttpsInstallation

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[HttpsInstallation]:
    server = HttpsInstallation(tmp_path_factory.mktemp("https"), {})
    server.start(sqlite_template)
    yield server
    server.stop()


@pytest.fixture
def phone(window) -> at.Window:
    """A customer's phone. Its system knows our certificate authority no more than a stranger's would."""
    return window(phone=True, ignore_https_errors=True)


@pytest.fixture
def link(business, shop) -> str:
    """What the customer got by mail: an invoice over ₦3,225.00."""
    return f"{shop.url}/i/{business.link(business.issued())}/"


def test_signing_up_leaves_a_cookie_that_only_https_to_this_host_ever_sees(window, shop):
    desk = window(ignore_https_errors=True)
    at.sign_up(desk, "owner@secure.example", "Harmattan Fibre")
    [cookie] = desk.page.context.cookies()
    assert cookie["name"] == "__Host-duely"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "localhost")


def test_every_answer_tells_browsers_to_stay_with_https(window, shop, link):
    visitor = window(ignore_https_errors=True)
    for path in ("/login/", link, "/static/icons/mark.svg", "/nothing/"):
        header = visitor.go(path).header_value("Strict-Transport-Security")
        assert header, path
        assert int(re.search(r"max-age=(\d+)", header)[1]) >= 31_536_000, path


class TestPaying:
    def test_the_form_passes_and_leads_to_the_bank_and_back(self, phone, link, shop):
        page = phone.go(link)
        assert page.header_value("Referrer-Policy") == "same-origin"
        sent: list[Request] = []
        phone.page.on("request", lambda request: sent.append(request))
        at.go_to_the_bank(phone)
        assert phone.page.url.startswith(shop.bank)

        paying = next(request for request in sent if request.url.endswith("/pay/")).all_headers()
        assert (paying["origin"], paying["referer"]) == (shop.url, link)
        arriving = next(request for request in sent if request.url.startswith(shop.bank)).all_headers()
        assert "referer" not in arriving, "the bank was told the customer's secret address"

        at.at_the_bank(phone, "Pay ₦3,225.00")
        expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
        assert phone.page.url == link

    def test_money_is_seen_although_the_customer_never_comes_back(self, phone, link):
        phone.go(link)
        at.go_to_the_bank(phone)
        choice = {"outcome": "succeed", "nonce": phone.page.locator("[name=nonce]").get_attribute("value")}
        # The phone sends its choice and is not heard of again until later.
        assert phone.page.request.post(phone.page.url, form=choice, max_redirects=0).status == 303
        # Only the bank's own notice, from its origin to ours over https, can have said so this early.
        phone.go(link)
        expect(phone.page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()


class TestWithoutTheHeaders:
    @pytest.fixture
    def stuck(self, browser, shop) -> Iterator[at.Window]:
        """A phone whose complaints are expected."""
        context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
        yield at.Window(context.new_page(), shop.url)
        context.close()

    def test_a_bank_that_is_not_declared_cannot_be_reached_from_the_form(self, stuck, link, shop):
        change_header(stuck, link, "content-security-policy", lambda policy: policy.replace(f" {shop.bank}", ""))
        stuck.go(link)
        with stuck.page.expect_console_message(lambda message: "form-action" in message.text):
            stuck.page.get_by_role("button", name="Pay ₦3,225.00").click()
        assert stuck.page.url == link

    def test_a_page_that_keeps_its_referrer_to_itself_cannot_be_sent(self, stuck, link):
        change_header(stuck, link, "referrer-policy", lambda _: "no-referrer")
        stuck.go(link)
        with stuck.page.expect_response(lambda answer: answer.url.endswith("/pay/")) as refused:
            stuck.page.get_by_role("button", name="Pay ₦3,225.00").click()
        assert refused.value.status == 400
        assert refused.value.request.all_headers()["origin"] == "null"


def change_header(window: at.Window, url: str, name: str, change) -> None:
    """Let one page arrive with another header than it was sent with."""

    def pass_on(route: Route) -> None:
        answer = route.fetch()
        assert change(answer.headers[name]) != answer.headers[name]
        route.fulfill(response=answer, headers={**answer.headers, name: change(answer.headers[name])})

    window.page.route(url, pass_on)
