"""kill -9 at each named point of sending: nothing is lost, a text never leaves twice, a mail at one moment only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.jobs import run_all
from app.jobs.models import Job
from app.messages.models import Message
from tests.faults.doomed import POINTS
from tests.faults.mortal import MortalProgram
from tests.faults.outgoing import environ_of, providers, write
from tests.support.story import a_business

AFTER_ACCEPTANCE = ("the provider accepted it", "half of it was recorded")
"""Where the provider has it and our commit did not happen."""
BEFORE_ACCEPTANCE = ("the job was taken", "the try was noted", "the provider is about to be asked")


def test_nothing_is_lost_and_only_mail_leaves_twice(make_app: Any, monkeypatch: Any, tmp_path: Path) -> None:
    with providers(tmp_path) as both:
        app = make_app(**both.settings())
        with app.app_context():
            business_id = a_business(app).business_id
            written = {
                (point, channel): write(business_id, channel, number)
                for number, point in enumerate(POINTS)
                for channel in ("email", "sms", "whatsapp")
            }
            jobs = {row.args["message_id"]: row.id for row in db.session.scalars(select(Job))}
            asked = [f"{point}={jobs[str(made)]}={business_id}" for (point, _), (made, _) in written.items()]
            db.session.remove()
            db.engine.dispose()
            environ = environ_of(app) | both.environ()
            doomed = MortalProgram("doomed", ["-m", "tests.faults.doomed", *asked], environ, tmp_path / "log")
            doomed.start()
            assert doomed.wait() == 0, f"somebody came through alive: {doomed.log.read_text()}"
            took = both.mails() + both.texts()
            assert {
                point: [took[word] for (where, _), (_, word) in written.items() if where == point] for point in POINTS
            } == {point: [0, 0, 0] if point in BEFORE_ACCEPTANCE else [1, 1, 1] for point in POINTS}

            # The next worker finds the leases over, and looks up what may have left.
            for wait in (2, 10, 20):
                later = clock.now() + timedelta(minutes=wait)
                with monkeypatch.context() as time_passes:
                    time_passes.setattr("app.clock.now", lambda later=later: later)
                    run_all()
                db.session.remove()
            took = both.mails() + both.texts()
            for (point, channel), (made, word) in written.items():
                copies = 2 if channel == "email" and point in AFTER_ACCEPTANCE else 1
                row = db.session.get_one(Message, (business_id, made))
                assert (point, channel, row.state, took[word]) == (point, channel, "sent", copies)
            assert set(db.session.scalars(select(Job.state).where(Job.task == "messages.deliver"))) == {"done"}
