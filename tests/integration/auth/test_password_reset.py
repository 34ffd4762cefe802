"""A forgotten password."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth.errors import LinkUsedUp
from app.auth.models import PersonToken
from app.auth.service import people
from app.extensions import db
from app.jobs.models import SystemJob
from tests.integration.auth.conftest import PASSWORD, Visitor

NEW = "seven quiet stones"


def ask(browser: Visitor, email: str = "ada@example.com") -> Any:
    return browser.post("/password/forgot/", {"email": email})


def said(page: str) -> str:
    """A page without the form's key, whose signature is another one each second."""
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]*"', r'\1""', page)


def test_every_address_gets_the_same_answer_and_the_same_work(
    ada: Visitor, visit: Callable[[], Visitor], app: Flask, letters: Callable[[], list[Any]]
) -> None:
    letters()
    browser = visit()
    known, unknown = ask(browser), ask(browser, "bob@example.com")
    assert known.status_code == unknown.status_code == 200
    assert said(known.text).replace("ada@", "bob@") == said(unknown.text)
    with app.app_context():
        waiting = db.session.scalars(select(SystemJob).where(SystemJob.state == "ready")).all()
        assert [job.task for job in waiting] == ["auth.mail_reset"] * 2
        assert not any("example.com" in str(job.args) for job in waiting), "the queue holds no address in the clear"
    assert [letter.to for letter in letters() if "password" in letter.subject] == ["Ada Obi <ada@example.com>"]


def test_the_link_works_once_and_signs_out_everywhere(
    ada: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    browser = visit()
    ask(browser)
    link = mailed("ada@example.com", "password")
    assert browser.get(link).headers["Referrer-Policy"] == "same-origin"
    assert browser.post(link, {"password": "short"}).status_code == 422, "a refused password leaves the link usable"
    assert browser.post(link, {"password": NEW}).location == "/login/"
    assert not ada.signed_in()
    assert browser.post(link, {"password": NEW + " again"}).status_code == 404
    assert browser.get(link).status_code == 404
    assert visit().sign_in(password=PASSWORD).status_code == 422
    assert visit().sign_in(password=NEW).status_code == 303


def test_only_a_hash_of_the_secret_is_stored(ada: Visitor, app: Flask, mailed: Callable[..., str]) -> None:
    ask(ada)
    secret = mailed("ada@example.com", "password").split("/")[3]
    with app.app_context():
        stored = [(t.token_hash, t.email) for t in db.session.scalars(select(PersonToken))]
        jobs = [str(job.args) for job in db.session.scalars(select(SystemJob))]
    assert secret not in str(stored) + str(jobs)


def test_the_link_dies_after_half_an_hour(ada: Visitor, mailed: Callable[..., str], later: Callable[..., None]) -> None:
    ask(ada)
    link = mailed("ada@example.com", "password")
    later(minutes=31)
    assert ada.get(link).status_code == 404
    assert ada.post(link, {"password": NEW}).status_code == 404


def test_using_one_link_makes_the_others_useless(
    ada: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    ask(ada)
    first = mailed("ada@example.com", "password")
    ask(ada)
    second = mailed("ada@example.com", "password")
    assert first != second
    browser = visit()
    assert browser.post(second, {"password": NEW}).status_code == 303
    assert browser.get(first).status_code == 404


def test_a_link_of_another_kind_does_not_set_a_password(ada: Visitor, mailed: Callable[..., str]) -> None:
    secret = mailed("ada@example.com", "Confirm").split("/")[2]
    assert ada.post(f"/password/reset/{secret}/", {"password": NEW}).status_code == 404


def test_of_eight_at_once_one_uses_the_link(app: Flask, ada: Visitor, mailed: Callable[..., str]) -> None:
    ask(ada)
    secret = mailed("ada@example.com", "password").split("/")[3]

    def use(number: int) -> bool:
        with app.app_context():
            try:
                people.reset_password(secret, f"{NEW} {number}", clock.now())
            except LinkUsedUp:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_a_mailbox_is_not_flooded(ada: Visitor, letters: Callable[[], list[Any]]) -> None:
    for _ in range(8):
        assert ask(ada).status_code == 200
    assert sum("password" in letter.subject for letter in letters()) == 5


def test_five_requests_a_minute_then_a_pause(make_app: Callable[..., Flask]) -> None:
    browser = Visitor(make_app(rate_limits_enabled=True, rate_limit_anonymous=1000))
    assert [ask(browser, f"u{n}@example.com").status_code for n in range(6)] == [200] * 5 + [429]


def test_the_link_begins_with_the_site_address_whatever_the_host_header_says(
    ada: Visitor, letters: Callable[[], list[Any]]
) -> None:
    ada.post("/password/forgot/", {"email": "ada@example.com"}, headers={"X-Forwarded-Host": "evil.example"})
    letter = letters()[-1]
    assert "evil.example" not in letter.text + (letter.html or "")
    assert "http://localhost/password/reset/" in letter.text
