"""`flask run-due-jobs`, for a machine that has cron and no worker."""

from __future__ import annotations

import pytest

from app.jobs.schedule import Every
from tests.integration.frame.chores import ask, done
from tests.support.queues import queue_up


@pytest.fixture
def run(app):
    """Runs the command, and returns what it says."""
    app.extensions["duely_periodic"] = {"chores.sweep": Every(3600)}

    def command(*arguments: str) -> str:
        result = app.test_cli_runner().invoke(args=["run-due-jobs", *arguments])
        assert result.exit_code == 0, result.output
        return result.output.strip().splitlines()[-1]

    return command


def test_it_adds_what_the_calendar_asks_for_and_does_what_is_due(run, business_id):
    queue_up(business_id, 120)
    assert run() == "Added 1 from the calendar, ran 121."
    assert done("sweep") == 121
    assert run() == "Added 0 from the calendar, ran 0."


def test_it_stops_where_it_is_told_to(run, business_id):
    queue_up(business_id, 10)
    assert run("--limit", "4") == "Added 1 from the calendar, ran 4."
    assert run("--limit", "100") == "Added 0 from the calendar, ran 7."


def test_what_fails_is_tried_again_by_a_later_run_and_does_not_end_this_one(run, business_id):
    ask("chores.stumble", "monday", business_id)
    ask("chores.sweep", "tuesday", business_id)
    assert run() == "Added 1 from the calendar, ran 3."
    assert done("sweep") == 2
