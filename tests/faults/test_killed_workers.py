"""kill -9 of a worker at any step of its work loses nothing and does nothing twice."""

from __future__ import annotations

import pytest

from app import clock
from app.extensions import db
from app.jobs import run_all
from tests.faults.conftest import wait_until
from tests.integration.frame.chores import ask, done, expire, row
from tests.support.story import a_business

# Where it is killed -> (effects of the steps that were committed by then, calls the vendor sees in all)
POINTS = {
    "prepare": ({"prepared": 0, "recorded": 0}, 1),
    "call": ({"prepared": 1, "recorded": 0}, 2),
    "record": ({"prepared": 1, "recorded": 0}, 2),
}


@pytest.mark.parametrize("step", POINTS)
def test_work_that_was_killed_is_done_by_the_next_worker(app, program, tmp_path, step):
    committed, calls = POINTS[step]
    sign, log = tmp_path / "sign", tmp_path / "vendor"
    business_id = a_business(app).business_id
    ask("chores.deliver", "parcel", business_id, hang=step, sign=str(sign), log=str(log))
    db.session.remove()
    program.start("-m", "tests.integration.frame.chores")
    wait_until(sign.exists, program)
    program.kill()

    job = row("parcel")
    assert (job.state, job.attempts, job.crashes) == ("running", 1, 0)
    assert {name: done(name) for name in committed} == committed

    # The next worker finds the lease over; this time nobody kills it.
    _unhang("parcel")
    expire("parcel", clock.now())
    run_all()
    job = row("parcel")
    assert (job.state, job.attempts, job.crashes, job.failures) == ("done", 2, 1, 0)
    assert done("recorded") == 1
    assert len(log.read_text().splitlines()) == calls


def test_until_the_lease_is_over_nobody_else_touches_it(app, program, tmp_path):
    sign = tmp_path / "sign"
    ask("chores.deliver", "parcel", hang="call", sign=str(sign), log=str(tmp_path / "vendor"))
    db.session.remove()
    program.start("-m", "tests.integration.frame.chores")
    wait_until(sign.exists, program)
    program.kill()
    run_all()
    assert (row("parcel").state, row("parcel").attempts) == ("running", 1)


def _unhang(key: str) -> None:
    from sqlalchemy import update

    from app.database import writing

    job = row(key)
    args = {name: value for name, value in job.args.items() if name != "hang"}
    with writing():
        db.session.execute(update(type(job)).where(type(job).key == key).values(args=args))
    db.session.remove()
