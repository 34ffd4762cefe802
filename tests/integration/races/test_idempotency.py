"""The same Idempotency-Key many times at once: one object, one answer."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from app.clients.models import Client
from app.extensions import db
from tests.support.program import Program
from tests.support.story import a_business

MANY = 20


def test_twenty_twins_at_once_make_one_customer(app: Flask) -> None:
    with app.app_context():
        story = a_business(app)
        before = db.session.scalar(select(func.count()).select_from(Client))
        db.session.remove()
    token = Program.of(app, story).token
    gate = Barrier(MANY)

    def ask(_: int) -> tuple[int, bytes]:
        gate.wait()
        with app.app_context():
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-same"}
            answer = app.test_client().post("/api/customers/", json={"name": "Ada"}, headers=headers)
            db.session.remove()
            return answer.status_code, answer.get_data()

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(ask, range(MANY)))
    done = {body for status, body in answers if status == 201}
    waiting = [json.loads(body)["code"] for status, body in answers if status != 201]
    assert len(done) == 1
    assert set(waiting) <= {"still_running"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Client)) == before + 1
