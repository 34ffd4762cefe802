"""kill -9 of the web server when what was asked is committed and not answered: asking again sends nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.auth.models import Person
from app.extensions import db
from app.jobs.models import Job
from app.messages.models import Message
from app.payments.models import Allocation
from tests.faults.colleagues import Colleague, Traffic
from tests.faults.errands import Errand, prepare
from tests.faults.mortal import MortalWeb, wait_for
from tests.faults.outgoing import environ_of
from tests.support.story import Story, a_business

WAYS = ("page", "question", "editor", "list", "receipt", "payment", "reminder", "statement")


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open."""
    made: Flask = make_app()
    with made.app_context():
        yield made


def one_of_each(story: Story, *, looks: bool) -> list[Errand]:
    """An errand of each way, of people who look first or who send the same form again."""
    found = {errand.way: errand for errand in prepare(story, 24)}
    assert set(WAYS) <= set(found)
    for errand in found.values():
        errand.insists, errand.looks = True, looks
    return [found[way] for way in WAYS]


def messages_about(errand: Errand) -> int:
    """How many of its messages are written, or about to be: a receipt is asked for by the payment."""
    db.session.rollback()
    if errand.way == "payment":
        paid = db.session.scalars(select(Allocation.payment_id).where(Allocation.invoice_id == errand.target)).all()
        keys = [f"receipt:{one}" for one in paid]
        return db.session.scalar(select(func.count()).select_from(Job).where(Job.key.in_(keys))) or 0
    paid = select(Allocation.payment_id).where(Allocation.invoice_id == errand.target)
    about = Message.object_id.in_(paid) if errand.way == "receipt" else Message.object_id == errand.target
    return db.session.scalar(select(func.count()).select_from(Message).where(about)) or 0


@pytest.mark.parametrize("looks", [False, True], ids=["the-same-form", "the-page-first"])
def test_what_was_done_and_not_answered_is_done_once(app: Flask, tmp_path: Path, looks: bool) -> None:
    story = a_business(app)
    email = db.session.scalars(select(Person.email).where(Person.id == story.owner.person_id)).one()
    errands = one_of_each(story, looks=looks)
    order = tmp_path / "dies-at"
    lifted = dict.fromkeys(("RATE_LIMIT_AUTHENTICATED", "RATE_LIMIT_ANONYMOUS", "RATE_LIMIT_LOGIN"), "1000000")
    web = MortalWeb(
        environ_of(app) | lifted | {"DIES_AT": str(order)}, tmp_path / "web.log", "tests.faults.dying_web:app"
    )
    traffic = Traffic()
    staff = [Colleague(web.url, email, traffic, lambda *_: 0) for _ in WAYS]
    try:
        web.start()
        wait_for(web.answers, "the start of the web server")
        for one in staff:
            one.sign_in()
        order.write_text(str(len(WAYS)))
        with ThreadPoolExecutor(len(WAYS)) as hands:
            running = [hands.submit(one.run, errand) for one, errand in zip(staff, errands, strict=True)]
            wait_for(lambda: not order.exists(), "its death")
            written = {errand.way: messages_about(errand) for errand in errands}
            web.kill()
            web.start()
            wait_for(web.answers, "its next life")
            for one in running:
                one.result()
    finally:
        web.kill()
    assert written == dict.fromkeys(WAYS, 1), "it died after each was done"
    assert traffic.cut == len(WAYS), "and none was answered"
    assert Counter(errand.answered for errand in errands) == {1: len(WAYS)}
    assert {errand.way: messages_about(errand) for errand in errands} == dict.fromkeys(WAYS, 1)
