"""The page of background work goes on by itself while something runs, and what gave up can be taken up again there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from app import clock
from app.database import writing
from app.extensions import db
from app.jobs.models import Job
from tests.support.queues import given_up, one_in_state

pytestmark = pytest.mark.browser


def change(job_id, **values) -> None:
    with writing():
        db.session.execute(update(Job).where(Job.id == job_id).values(**values))
    db.session.remove()


def test_the_list_follows_what_runs_and_stops_when_nothing_does(office, business):
    soon = clock.now() + timedelta(hours=1)
    one = one_in_state(business.business_id, "running", due_at=soon, progress_done=1, progress_total=10)
    desk = office()
    desk.go("/settings/jobs/?see=running")
    work = desk.page.locator("#work")
    expect(work).to_contain_text("1 of 10 done")
    desk.page.evaluate("window.sameDocument = true")
    change(one, progress_done=5)
    expect(work).to_contain_text("5 of 10 done", timeout=60_000)
    change(one, state="done")
    expect(work).to_contain_text("Nothing runs just now", timeout=60_000)
    # Work of the day may have come to the new business in between; the list follows that to its end, too.
    expect(desk.page.locator("#look-again")).to_have_count(0, timeout=60_000)
    assert desk.page.evaluate("window.sameDocument")
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.wait_for_timeout(2500)
    assert not asked


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no script"])
def test_what_gave_up_is_tried_again_or_discarded(office, business, scripted):
    given_up(business.business_id, task="messages.deliver")
    given_up(business.business_id, task="invoices.print")
    desk = office(scripted=scripted)
    desk.go("/settings/jobs/")
    work = desk.page.locator("#work")
    expect(work).to_contain_text("Make the PDF of an invoice")
    work.get_by_role("link", name="Discard").first.click()
    desk.page.get_by_label("Reason").fill("Nobody wants it any more")
    desk.page.get_by_role("button", name="Discard it").click()
    expect(work).not_to_contain_text("Make the PDF of an invoice")
    work.get_by_role("button", name="Try again").click()
    expect(work).to_contain_text("Nothing gave up")
