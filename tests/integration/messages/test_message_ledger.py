"""The ledger of messages: what staff see of each, and sending one again."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app import clock
from app.database import writing
from app.extensions import db
from app.jobs import run_all
from app.messages.models import Message
from app.messages.rules import STATES
from app.messages.service import mark
from tests.support.story import a_business


@pytest.fixture
def app(make_app):
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def story(app):
    return a_business(app)


def test_it_says_to_whom_what_and_why_it_failed(story):
    story.failed_message()
    page = story.visitor("viewer").get("/messages/").text
    for said in ("INV-", "Not sent", "The mailbox does not exist.", "@lekki.example"):
        assert said in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=failed", True), ("state=read", False), ("channel=email", True), ("channel=sms", False),
     ("kind=invoice", True), ("kind=receipt", False), ("q=LEKKI.example", True), ("q=nobody", False),
     ("state=%00&channel=x&kind=%27&client=1&cursor=zzz", True), ("q=%25", False), ("q=_", False)],
)  # fmt: skip
def test_it_is_narrowed_by_state_channel_kind_and_words(story, query, found):
    message = story.failed_message()
    assert (f"/messages/{message}/" in story.visitor().get(f"/messages/?{query}").text) is found


def test_one_is_shown_as_it_was_sent_in_a_frame_that_runs_nothing(story):
    message = story.failed_message()
    browser = story.visitor("viewer")
    page = browser.get(f"/messages/{message}/")
    assert f'src="/messages/{message}/html/"' in page.text
    part = browser.get(f"/messages/{message}/html/")
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert "script-src" not in part.headers["Content-Security-Policy"]


def test_it_is_sent_again_after_asking_and_only_when_it_did_not_get_out(story):
    message = story.failed_message()
    browser = story.visitor("staff")
    assert "once more" in browser.get(f"/messages/{message}/resend/").text
    assert browser.post(f"/messages/{message}/resend/").status_code == 303
    run_all()
    assert "Accepted by the mail server" in browser.get(f"/messages/{message}/").text
    assert browser.post(f"/messages/{message}/resend/").status_code == 409


def test_a_viewer_sends_nothing(story):
    message = story.failed_message()
    assert story.visitor("viewer").post(f"/messages/{message}/resend/").status_code == 403


def test_an_address_that_bounced_is_said_and_can_be_used_again(story):
    message = story.failed_message()
    address = db.session.get_one(Message, (story.business_id, message)).recipients[0][1]
    with writing():
        mark(story.business_id, "email", address, failed_at=clock.now(), reason="The mailbox does not exist.")
    browser = story.visitor("staff")
    assert "Nothing more is sent by e-mail to" in browser.get(f"/messages/{message}/").text
    assert browser.post(f"/messages/{message}/trust/").status_code == 303
    assert "Nothing more is sent by e-mail to" not in browser.get(f"/messages/{message}/").text


def test_the_page_of_another_business_does_not_exist(story, app):
    other = a_business(app, "Savannah Coffee")
    message = other.failed_message()
    for path in ("", "html/", "resend/"):
        assert story.visitor().get(f"/messages/{message}/{path}").status_code == 404


def set_state(story, message, **values) -> None:
    with writing():
        mine = (Message.business_id == story.business_id, Message.id == message)
        db.session.execute(update(Message).where(*mine).values(**values))
    db.session.remove()


def test_every_state_that_is_shown_can_be_looked_for(story):
    message, browser = story.failed_message(), story.visitor("viewer")
    page = browser.get("/messages/").text
    for state in STATES:
        assert f"state={state}" in page
        set_state(story, message, state=state)
        assert f"/messages/{message}/" in browser.get(f"/messages/?state={state}").text


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_a_text_is_told_by_its_first_words_and_has_no_subject(story, channel):
    message, browser = story.failed_message(), story.visitor("viewer")
    said = "Harmattan: invoice 7 is due. " + "More of it. " * 20
    set_state(story, message, channel=channel, text=said, html="", subject="A subject of a mail")
    for place in ("/messages/", f"/messages/{message}/"):
        page = browser.get(place).text
        assert "Harmattan: invoice 7 is due." in page
        assert "A subject of a mail" not in page
    assert said not in browser.get("/messages/").text


@pytest.mark.parametrize(
    ("values", "said", "not_said"),
    [
        ({"state": "queued", "failed_at": None}, "As it would be sent", "As sent"),
        ({"state": "failed"}, "As it would be sent", "As sent"),
        ({"state": "sent", "sent_at": clock.now()}, "As sent", "would be"),
        ({"state": "failed", "sent_at": clock.now()}, "Not delivered", "Not sent"),
        ({"state": "failed", "sent_at": clock.now(), "delivered_at": clock.now()}, "Failed after", "Not sent"),
    ],
)
def test_a_page_says_of_a_message_only_what_became_of_it(story, values, said, not_said):
    message, browser = story.failed_message(), story.visitor("viewer")
    set_state(story, message, **values)
    page = browser.get(f"/messages/{message}/").text
    assert said in page
    assert not_said not in page
