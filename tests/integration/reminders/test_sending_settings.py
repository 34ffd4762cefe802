"""The page "Sending": two windows, parts that change by themselves, and settings that make no sense."""

from __future__ import annotations

import re

import pytest

from app.auth.queries import get_business
from app.clients.queries import get_client
from app.extensions import db
from app.reminders import queries
from tests.integration.reminders.test_outlook_pages import text
from tests.integration.reminders.test_reminder_pages import typed
from tests.support.story import a_business

AT = "/settings/reminders/"


@pytest.fixture
def story(app):
    return a_business(app)


@pytest.fixture
def browser(story):
    return story.visitor("admin")


def value(answer, name: str) -> str:
    """What is chosen in a list of the page."""
    chosen = re.search(rf'<select[^>]*name="{name}".*?</select>', answer.text, re.S)[0]
    return re.search(r'<option selected value="([^"]*)"', chosen)[1]


def test_a_stale_save_keeps_what_was_typed_beside_what_stands_now(story, browser):
    old = typed(story)
    assert browser.post(AT, data=old | {"send_hour": "9"}).status_code == 303
    answer = browser.post(AT, data=old | {"send_hour": "14", "day_2": "y"})
    assert answer.status_code == 409
    said = text(answer)
    assert "Send at 09:00 14:00" in said
    assert "Tuesday no yes" in said
    assert value(answer, "send_hour") == "14"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    assert browser.post(AT, data=old | {"send_hour": "14", "version": version}).status_code == 303
    db.session.rollback()
    assert get_business(story.business_id).send_hour == 14


def test_a_step_or_a_day_off_changes_its_part_of_the_page_and_nothing_else(story, browser):
    htmx = {"HX-Request": "true"}
    step = {"days": "5", "when": "after", "channel": "", "wording": "reminder_overdue"}
    answer = browser.post(f"{AT}steps/", data=step, headers=htmx)
    assert answer.status_code == 200
    assert '<div id="ladder"' in answer.text
    assert "5 days after the due date" in answer.text
    assert 'name="send_hour"' not in answer.text
    [rung] = queries.rungs(story.business_id)
    for _ in range(2):
        answer = browser.post(f"{AT}steps/{rung.id}/end/", headers=htmx)
        assert (answer.status_code, "HX-Redirect" in answer.headers) == (200, False)
    assert "taken off already" in answer.headers["HX-Trigger"]
    refused = browser.post(f"{AT}holidays/", data={"on_day": "1999-01-01"}, headers=htmx)
    assert (refused.status_code, '<div id="days-off"' in refused.text) == (422, True)
    page = browser.get(AT).text
    assert f'hx-post="{AT}steps/"' in page
    assert f'hx-post="{AT}holidays/"' in page


def test_a_week_without_a_day_is_refused_beside_its_days(story, browser):
    days = {f"day_{number}": "" for number in range(1, 8)}
    answer = browser.post(AT, data={name: one for name, one in (typed(story) | days).items() if one})
    assert answer.status_code == 422
    assert 'id="day_1-err"' in answer.text
    db.session.rollback()
    assert get_business(story.business_id).workdays == "12345"


def test_an_hour_in_the_quiet_hours_is_said_to_leave_when_they_end(story, browser):
    saved = browser.post(AT, data=typed(story, send_hour="22"), follow_redirects=True)
    assert "Reminders leave at 08:00, when the quiet hours end" in text(saved)
    assert "what falls on a day leaves at 08:00" in text(saved)
    calm = browser.post(AT, data=typed(story, send_hour="22", quiet_from="8"), follow_redirects=True)
    assert "leaves at" not in text(calm)
    assert "There are none now." in text(calm)


@pytest.mark.parametrize(
    ("days", "when", "wording", "true"),
    [
        ("3", "before", "reminder_last", "Friendly, before it is due"),
        ("3", "before", "reminder_overdue", "Friendly, before it is due"),
        ("0", "after", "reminder_last", "It is due today"),
        ("3", "after", "reminder_before", "It is overdue"),
    ],
)
def test_words_that_are_not_true_on_their_day_are_refused_beside_them(browser, days, when, wording, true):
    step = {"days": days, "when": when, "channel": "", "wording": wording}
    answer = browser.post(f"{AT}steps/", data=step)
    assert answer.status_code == 422
    assert f"Choose “{true}”" in text(answer)
    assert 'id="wording-err"' in answer.text


def test_a_second_channel_without_a_first_one_is_refused(story):
    browser, at = story.visitor("staff"), f"/clients/{story.client_id}/reminders/channels/"
    answer = browser.post(at, data={"first": "", "second": "sms", "third": ""})
    assert answer.status_code == 422
    assert "Choose what comes first" in text(answer)
    assert value(answer, "second") == "sms"
    assert browser.post(at, data={"first": "", "second": "", "third": ""}).status_code == 303
    db.session.rollback()
    assert get_client(story.business_id, story.client_id).channels == []
