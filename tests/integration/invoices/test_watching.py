"""The page of an invoice goes on by itself while a mail or a payment is under way, and stops when that is over."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from app import clock
from app.database import writing
from app.extensions import db
from app.jobs import run_all
from app.messages.models import Message
from app.payments import service as payments

HTMX = {"HX-Request": "true"}


def read(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def next_look(markup: BeautifulSoup) -> str | None:
    """The address that is asked next, by itself."""
    asks = [one for one in markup.select("#watch [hx-get]") if "load" in one["hx-trigger"]]
    assert len(asks) <= 1
    return asks[0]["hx-get"] if asks else None


@pytest.fixture
def browser(ours):
    return ours.visitor()


@pytest.fixture
def sent(ours, browser):
    """An invoice whose mail is in the outbox."""
    invoice_id = ours.issued()
    browser.post(f"/invoices/{invoice_id}/send/")
    return f"/invoices/{invoice_id}/"


def test_an_invoice_with_nothing_under_way_asks_for_nothing(ours, browser):
    for page in (f"/invoices/{ours.issued()}/", f"/invoices/{ours.issued()}/panel/"):
        assert 'hx-trigger="load' not in browser.get(page).text


def test_while_the_mail_is_queued_the_page_asks_and_without_a_script_one_can_look_again(browser, sent):
    page = read(browser.get(sent).text)
    assert next_look(page)
    assert page.select_one("#watch a")["href"] == sent


def test_as_long_as_nothing_happened_only_the_next_question_comes_back(browser, sent):
    first = next_look(read(browser.get(sent).text))
    answer = browser.get(first, headers=HTMX)
    assert "HX-Retarget" not in answer.headers
    assert [one["id"] for one in read(answer.text).find_all(id=True)] == ["watch"]
    second = next_look(read(answer.text))
    assert second is not None
    assert second != first, "it counts how often it asked"


def test_when_the_mail_is_out_badge_messages_and_timeline_come_and_the_asking_stops(browser, sent):
    asked = next_look(read(browser.get(sent).text))
    run_all()
    answer = browser.get(asked, headers=HTMX)
    parts = read(answer.text)
    assert answer.headers["HX-Retarget"] == "#beside"
    assert "Sent by e-mail" in parts.select_one("#beside").text
    assert parts.select_one("#badge[hx-swap-oob]").text.strip() == "Sent"
    assert "Accepted by the provider" in parts.select_one("#messages[hx-swap-oob]").text
    assert next_look(parts) is None
    assert "The e-mail is sent" in answer.headers["HX-Trigger"]
    # What did not change stays as it is, with whatever somebody has open in it.
    assert not parts.select("#due, #faces")


def test_a_mail_that_failed_is_said_at_once_with_its_reason(ours, browser, sent):
    asked = next_look(read(browser.get(sent).text))
    with writing() as session:
        message = session.query(Message).filter_by(business_id=ours.business_id).one()
        message.state, message.reason, message.failed_at = "failed", "No such mailbox", clock.now()
    db.session.remove()
    answer = browser.get(asked, headers=HTMX)
    assert "No such mailbox" in read(answer.text).select_one("#messages").text
    assert '"kind": "bad"' in answer.headers["HX-Trigger"]
    assert next_look(read(answer.text)) is None


def test_after_ten_minutes_the_page_stops_asking_and_offers_to_look_again(browser, sent):
    given_up = re.sub(r"turn=\d+", "turn=70", next_look(read(browser.get(sent).text)))
    link = read(browser.get(given_up, headers=HTMX).text).select_one("#watch a")
    assert link["href"] == sent
    assert not link.get("hx-get")


def went_to_pay(ours, invoice_id):
    """The customer opened the link and pressed Pay."""
    ours.app.test_client().get(f"/i/{ours.link(invoice_id)}/")
    click = ours.attempt(invoice_id)
    db.session.remove()
    return click


def test_while_the_client_pays_the_page_waits_and_shows_the_money_when_it_is_there(ours, browser):
    invoice_id = ours.issued()
    click = went_to_pay(ours, invoice_id)
    page = read(browser.get(f"/invoices/{invoice_id}/").text)
    assert "The client has gone to pay" in page.select_one("#watch").text
    ours.pay_at_bank(click)
    payments.verify_now(ours.business_id, click.id, now=clock.now())
    db.session.remove()
    here = f"http://localhost/invoices/{invoice_id}/?see=email"
    answer = browser.get(next_look(page), headers=HTMX | {"HX-Current-URL": here})
    parts = read(answer.text)
    assert parts.select_one("#badge").text.strip() == "Paid"
    assert "3,225.00 of ₦3,225.00 paid" in parts.select_one("#due[hx-swap-oob]").text
    assert "3,225.00 came in" in answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    faces = parts.select_one("#faces[hx-swap-oob]")
    assert faces.select_one("[aria-current]").text == "E-mail", "one goes on looking at what one looked at"
    assert not faces.select("[data-focus]"), "nobody's focus is taken"


def test_a_client_who_never_came_back_is_not_waited_for(ours, browser, monkeypatch):
    invoice_id = ours.issued()
    went_to_pay(ours, invoice_id)
    monkeypatch.setattr("app.payments.queries.rows.OPEN_FOR", clock.now() - clock.now())
    assert next_look(read(browser.get(f"/invoices/{invoice_id}/").text)) is None


@pytest.mark.parametrize(
    "query", ["", "?turn=-5&mail=zzz&money=x", "?turn=many", "?turn=99999999999&money=open-" + "9" * 30]
)
def test_an_address_somebody_made_up_is_answered_like_any_other(browser, sent, query):
    assert browser.get(f"{sent}watch/{query}", headers=HTMX).status_code == 200
