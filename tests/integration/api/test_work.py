"""Background work by the API: what gave up is tried again or discarded by admins."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app import clock
from app.auth.queries import timeline
from app.work.queries import count_work
from tests.support.program import Program
from tests.support.queues import given_up, queue_up

pytestmark = pytest.mark.engines("sqlite", "postgresql")
JOBS = "/api/settings/jobs/"


@pytest.fixture
def job_id(app: Any, ours: Any) -> str:
    with app.app_context():
        return str(given_up(ours.business_id))


def test_what_gave_up_is_listed_and_tried_again(app, program, ours, job_id):
    (job,) = program.get(JOBS)["data"]
    assert (job["id"], job["title"], job["state"], job["failures"]) == (job_id, "Send a message", "given-up", 10)
    assert job["told"] == "Failed 10 times, the last time: The mail server does not answer."
    program.post(f"{JOBS}{job_id}/retry/", status=202)
    assert program.get(JOBS)["data"] == []
    assert [one["id"] for one in program.get(f"{JOBS}?state=waiting")["data"]] == [job_id]
    assert program.post(f"{JOBS}{job_id}/retry/", status=409)["code"] == "conflict"
    with app.app_context():
        assert count_work(ours.business_id, clock.now()).given_up == 0
        (event,) = timeline(ours.business_id, "job", uuid.UUID(job_id))
    assert (event.verb, event.facts["task"]) == ("work_tried_again", "messages.deliver")


def test_what_gave_up_is_discarded_with_a_reason(app, program, ours, job_id):
    at = f"{JOBS}{job_id}/discard/"
    for wrong in ({}, {"reason": " "}, {"reason": "x" * 301}):
        assert program.post(at, wrong, 422)["errors"].keys() == {"reason"}
    program.post(at, {"reason": "Sent by hand"})
    assert program.get(JOBS)["data"] == []
    program.post(at, {"reason": "Sent by hand"}, 409)
    with app.app_context():
        (event,) = timeline(ours.business_id, "job", uuid.UUID(job_id))
    assert (event.verb, event.facts["reason"]) == ("work_discarded", "Sent by hand")


def test_work_comes_in_pages(app, program, ours):
    with app.app_context():
        queue_up(ours.business_id, 3)
    first = program.get(f"{JOBS}?state=waiting&limit=2&total=true")
    assert (len(first["data"]), first["pagination"]["total"] >= 3) == (2, True)
    rest = program.get(f"{JOBS}?state=waiting&limit=2&cursor={first['pagination']['next']}")
    assert not {one["id"] for one in first["data"]} & {one["id"] for one in rest["data"]}
    assert program.get(f"{JOBS}?state=lost", 422)["errors"].keys() == {"state"}


def test_only_admins_decide_and_only_about_their_own(app, program, ours, stranger, job_id):
    staff = Program.of(app, ours, "staff")
    assert [one["id"] for one in staff.get(JOBS)["data"]] == [job_id]
    staff.post(f"{JOBS}{job_id}/retry/", status=403)
    staff.post(f"{JOBS}{job_id}/discard/", {"reason": "Sent by hand"}, 403)
    assert stranger.get(JOBS)["data"] == []
    stranger.post(f"{JOBS}{job_id}/retry/", status=404)
    stranger.post(f"{JOBS}{job_id}/discard/", {"reason": "Sent by hand"}, 404)
    assert [one["id"] for one in program.get(JOBS)["data"]] == [job_id]
