"""A button that sends, pressed twice or again because no answer came, sends once: the form says that it is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.extensions import db
from app.messages.models import Message
from tests.support.story import Story, a_business

WAYS = ("page", "question", "list", "receipt", "statement")


@pytest.fixture
def opened(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def ours(opened: Flask) -> Story:
    return a_business(opened)


def press(story: Story, browser: FlaskClient, way: str) -> tuple[str, dict[str, str]]:
    """The address of a form that sends, and what its page put into it."""
    invoice_id = story.issued()
    shown = {
        "page": f"/invoices/{invoice_id}/",
        "question": f"/invoices/{invoice_id}/send/",
        "list": "/invoices/",
        "receipt": f"/payments/{story.payment(invoice_id)}/send-receipt/" if way == "receipt" else "",
        "statement": f"/clients/{story.client_id}/statement/send/",
    }[way]
    page = browser.get(shown).text
    action = "/invoices/bulk/" if way == "list" else f"/invoices/{invoice_id}/send/" if way == "page" else shown
    form = re.search(rf'<form[^>]*action="{re.escape(action)}[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form
    [form_id] = re.findall(r'name="form_id" value="([^"]+)"', form[1])
    return action, {"form_id": form_id} | ({"do": "send", "ids": str(invoice_id)} if way == "list" else {})


def written(story: Story) -> int:
    db.session.remove()
    return db.session.query(Message).filter_by(business_id=story.business_id).count()


@pytest.mark.parametrize("way", WAYS)
def test_the_same_form_sends_once_however_late_it_comes_again(ours, way):
    browser, now = ours.visitor(), clock.now()
    action, form = press(ours, browser, way)
    for later in (1, 2, 120, 3600):
        with time_machine.travel(now + timedelta(seconds=later), tick=False):
            assert browser.post(action, data=form).status_code in (200, 303)
    assert written(ours) == 1


@pytest.mark.parametrize("way", ["question", "statement"])
def test_whoever_asks_anew_sends_anew(ours, way):
    browser = ours.visitor()
    action, form = press(ours, browser, way)
    [again] = re.findall(r'name="form_id" value="([^"]+)"', browser.get(action).text)
    for form_id in (form["form_id"], again):
        browser.post(action, data={"form_id": form_id})
    assert written(ours) == 2


def test_one_form_of_the_list_sends_each_of_the_ticked_ones_once(ours):
    browser = ours.visitor()
    action, form = press(ours, browser, "list")
    ids = [form["ids"], *(str(ours.issued()) for _ in range(2))]
    for ticked in (ids[:2], ids):
        assert browser.post(action, data=form | {"ids": ticked}).status_code == 200
    assert written(ours) == 3


@pytest.mark.parametrize("form_id", ["", "x" * 36, "0" * 400, "\0"])
def test_a_form_without_an_id_of_ours_sends_each_time(ours, form_id):
    browser, invoice_id = ours.visitor(), ours.issued()
    for _ in range(2):
        assert browser.post(f"/invoices/{invoice_id}/send/", data={"form_id": form_id}).status_code == 303
    assert written(ours) == 2


def test_one_business_s_form_is_nothing_to_another(ours, opened):
    theirs = a_business(opened, "Another one")
    action, form = press(ours, ours.visitor(), "question")
    ours.visitor().post(action, data=form)
    theirs.visitor().post(f"/invoices/{theirs.issued()}/send/", data=form)
    assert (written(ours), written(theirs)) == (1, 1)
