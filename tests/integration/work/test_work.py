"""Background work as people see it: what it is, how far it is, why it gave up, and what they can do about it."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.auth.models import AuditEvent
from app.auth.rules import NotAllowed
from app.errors import NotFound
from app.extensions import db
from app.jobs.checks import nothing_is_forgotten
from app.jobs.models import Job
from app.jobs.outbox import register, run_due, take
from app.reports.queries import attention
from app.work import service
from app.work.errors import NotGivenUp
from app.work.queries import list_work
from app.work.rules import next_look, what_happened
from tests.support.queues import given_up, one_in_state, queue_up
from tests.support.story import Story, a_business

PAGE = "/settings/jobs/"
LATER = timedelta(hours=2)


@pytest.fixture
def story(app) -> Story:
    with app.app_context():
        yield a_business(app)


@pytest.fixture
def owner(story) -> FlaskClient:
    return story.visitor()


def job(story: Story, job_id: uuid.UUID) -> Job:
    db.session.remove()
    return db.session.get_one(Job, (story.business_id, job_id))


def press(visitor: FlaskClient, url: str, **form: str):
    """Post a form with the page's CSRF key."""
    key = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/account/").text)
    assert key
    return visitor.post(url, data={"csrf_token": key[1], **form})


def look(visitor: FlaskClient, see: str, part: str = "") -> str:
    """The words of a view, without tags."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", visitor.get(f"{PAGE}{part}?see={see}").text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# -- seeing ------------------------------------------------------------------------------------------------------------


def test_what_waits_says_what_it_is_why_it_waits_and_until_when(story, owner):
    then = clock.now() + LATER
    one_in_state(story.business_id, "ready", due_at=then, failures=3, reason="The mail server does not answer")
    one_in_state(story.business_id, "ready", "payments.verify", due_at=then, put_offs=1, reason="Not at night.")
    words = look(owner, "waiting")
    assert "Send a message Failed 3 times: The mail server does not answer. Next try" in words
    assert "Ask whether a payment came Not at night. Due" in words
    assert "Waiting 2" in words


def test_what_runs_shows_how_far_it_is(story, owner):
    one_in_state(story.business_id, "running", due_at=clock.now() + LATER, progress_done=340, progress_total=1000)
    words = look(owner, "running")
    assert "340 of 1,000 done" in words
    assert "Last heard of" in words
    assert "Running 1" in words
    assert 'value="340"' in owner.get(f"{PAGE}?see=running").text


def test_what_runs_says_since_when(story, owner):
    """Added and due yesterday, and taken up just now."""
    queue_up(story.business_id, 1, task="chores.look")
    before = clock.now()
    taken = take(clock.now())
    db.session.remove()
    assert taken is not None
    (piece,) = list_work(story.business_id, "running", clock.now(), None).items
    assert before <= piece.heard_at <= clock.now()
    assert re.search(r"Runs since \S.*, added ", look(owner, "running"))


def test_what_gave_up_is_shown_first_and_never_as_a_trace(story, owner):
    given_up(story.business_id, error="Traceback (most recent call last): smtplib 421")
    words = look(owner, "")
    assert "Failed 10 times, the last time: The mail server does not answer." in words
    assert "Traceback" not in words
    assert "Try again" in words


def test_each_view_says_so_when_it_is_empty(owner):
    assert "Nothing waits" in look(owner, "waiting")
    assert "Nothing runs just now" in look(owner, "running")
    assert "Nothing gave up" in look(owner, "given-up")
    assert "Nothing waits" in look(owner, "nonsense")


def test_nobody_sees_another_s_work_or_that_of_the_installation(app, story, owner):
    given_up(a_business(app).business_id)
    queue_up(None, 3, task="auth.clean_up")
    assert "Nothing gave up" in look(owner, "given-up")
    assert "Nothing waits" in look(owner, "waiting")


def test_a_long_list_goes_on_page_by_page(story, owner):
    ids = [given_up(story.business_id) for _ in range(30)]
    first = owner.get(f"{PAGE}?see=given-up").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = owner.get(following[1].replace("&amp;", "&")).text
    shown = re.findall(r'id="retry-([^"]+)"', first + second)
    assert shown == [str(one) for one in reversed(ids)]


def test_a_list_that_was_asked_for_by_itself_leads_on_to_whole_pages(story, owner):
    for _ in range(30):
        given_up(story.business_id)
    text = owner.get(f"{PAGE}list/?see=given-up&turn=3", headers={"HX-Request": "true"}).text
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following
    assert following[1].startswith(f"{PAGE}?see=given-up&amp;cursor=")
    whole = owner.get(following[1].replace("&amp;", "&")).text
    assert "<html" in whole
    assert 'rel="prev"' in whole


def test_every_task_has_a_title_that_people_understand(app):
    with app.app_context():
        known = app.extensions["duely_tasks"]
        untitled = [name for name in known if name not in app.extensions["duely_task_titles"]]
    assert untitled == []
    assert set(app.extensions["duely_task_titles"]) == set(known)


def test_the_dashboard_leads_here(story, owner):
    given_up(story.business_id)
    [told] = [
        one for one in attention(story.business_id, clock.today("Africa/Lagos"), clock.now()) if "gave up" in one.title
    ]
    assert told.href == f"{PAGE}?see=given-up"
    assert "Send a message" in told.text
    story.issued()
    assert told.href in owner.get("/").text.replace("&amp;", "&")


# -- looking again -----------------------------------------------------------------------------------------------------


def test_the_list_looks_again_by_itself_while_something_is_under_way(story, owner):
    assert "hx-trigger" not in _list(owner)
    one_in_state(story.business_id, "ready")
    assert 'hx-trigger="load delay:2s"' in _list(owner)
    assert 'hx-trigger="load delay:15s"' in _list(owner, turn=45)
    assert "hx-trigger" not in _list(owner, turn=70)
    assert "Look again" in _list(owner, turn=70), "a reload works without a script, too"


def test_what_is_due_later_is_not_looked_at_again_and_again(story, owner):
    one_in_state(story.business_id, "ready", due_at=clock.now() + LATER)
    assert "hx-trigger" not in _list(owner)


def test_it_gives_up_looking_after_about_ten_minutes():
    pauses = [next_look(turn) for turn in range(200)]
    seconds = sum(one for one in pauses if one)
    assert 8 * 60 <= seconds <= 12 * 60
    assert pauses[-1] is None


def _list(visitor: FlaskClient, turn: int = 0) -> str:
    return visitor.get(f"{PAGE}list/?see=waiting&turn={turn}", headers={"HX-Request": "true"}).text


# -- acting ------------------------------------------------------------------------------------------------------------


def test_what_gave_up_is_tried_again_as_if_it_were_new(story, owner):
    one = given_up(story.business_id, crashes=2, first_due_at=clock.now() - timedelta(days=3))
    before = clock.now()
    assert press(owner, f"{PAGE}{one}/retry/").status_code == 303
    found = job(story, one)
    assert (found.state, found.failures, found.crashes, found.error, found.reason) == ("ready", 0, 0, "", "")
    assert before <= found.due_at == found.first_due_at <= clock.now()
    assert _told(story, one) == [("work_tried_again", {"task": "messages.deliver"})]


def test_it_really_runs_again(app, story):
    register({"chores.count": lambda context: None})
    one = given_up(story.business_id, task="chores.count")
    service.try_again(story.owner, one, now=clock.now())
    run_due()
    assert job(story, one).state == "done"


def test_discarding_asks_first_wants_a_reason_and_notes_who_and_why(story, owner):
    one = given_up(story.business_id)
    asked = owner.get(f"{PAGE}{one}/discard/").text
    assert "Discard this work?" in asked
    assert press(owner, f"{PAGE}{one}/discard/", reason=" ").status_code == 422
    assert job(story, one).state == "parked"
    assert press(owner, f"{PAGE}{one}/discard/", reason="We sent it by hand").status_code == 303
    assert job(story, one).state == "dropped"
    assert _told(story, one) == [("work_discarded", {"task": "messages.deliver", "reason": "We sent it by hand"})]
    assert "Nothing gave up" in look(owner, "given-up")


def test_what_was_discarded_is_neither_run_nor_forgotten_nor_on_the_dashboard(app, story):
    one = given_up(story.business_id)
    service.discard(story.owner, one, "by hand", now=clock.now())
    assert run_due() == 0
    assert list(nothing_is_forgotten(story.business_id, clock.now() + timedelta(days=2))) == []
    assert not [
        one for one in attention(story.business_id, clock.today("Africa/Lagos"), clock.now()) if "gave up" in one.title
    ]


@pytest.mark.parametrize("state", ["ready", "rung", "running", "done", "dropped"])
@pytest.mark.parametrize("verb", ["retry", "discard"])
def test_what_did_not_give_up_or_no_longer_has_is_refused_in_plain_words(story, owner, state, verb):
    one = one_in_state(story.business_id, state, due_at=clock.now() + LATER)
    answer = press(owner, f"{PAGE}{one}/{verb}/", reason="why not")
    assert answer.status_code == 409
    assert "no longer among what gave up" in answer.text
    assert job(story, one).state == state
    assert _told(story, one) == []


@pytest.mark.parametrize("verb", ["retry", "discard"])
def test_another_s_work_is_not_there(app, story, owner, verb):
    other = a_business(app)
    one = given_up(other.business_id)
    assert press(owner, f"{PAGE}{one}/{verb}/", reason="mine?").status_code == 404
    assert job(other, one).state == "parked"


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_is_no_admin_looks_and_does_not_touch(story, role):
    one = given_up(story.business_id)
    visitor = story.visitor(role)
    assert "The mail server does not answer" in look(visitor, "given-up")
    assert "Try again" not in look(visitor, "given-up")
    for verb in ("retry", "discard"):
        assert press(visitor, f"{PAGE}{one}/{verb}/", reason="why not").status_code == 403
    assert job(story, one).state == "parked"


def test_services_ask_for_the_role_themselves(story):
    from dataclasses import replace

    one, staff = given_up(story.business_id), replace(story.owner, role="staff")
    for act in (lambda: service.try_again(staff, one, now=clock.now()),
                lambda: service.discard(staff, one, "x", now=clock.now())):  # fmt: skip
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotFound):
        service.try_again(story.owner, uuid.uuid4(), now=clock.now())


def test_of_many_who_press_at_once_one_is_heard(app, story):
    one, results = given_up(story.business_id), Counter()
    ready = threading.Barrier(6)

    def act(number: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                if number % 2:
                    service.try_again(story.owner, one, now=clock.now())
                else:
                    service.discard(story.owner, one, "by hand", now=clock.now())
                results["heard"] += 1
            except NotGivenUp:
                results["refused"] += 1

    people = [threading.Thread(target=act, args=[n]) for n in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert results == {"heard": 1, "refused": 5}
    assert len(_told(story, one)) == 1


def test_trying_again_rings_the_relay(app, story):
    one = given_up(story.business_id)
    heard = []
    app.extensions["duely_bell"] = type("Bell", (), {"ring": lambda self: heard.append("ring")})()
    from sqlalchemy import event

    from app.jobs.relay import _ring

    event.listen(db.session, "after_commit", _ring)
    try:
        service.try_again(story.owner, one, now=clock.now())
    finally:
        event.remove(db.session, "after_commit", _ring)
        del app.extensions["duely_bell"]
    assert heard == ["ring"]


# -- in words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "failures", "put_offs", "reason", "words"),
    [
        ("ready", 0, 0, "", ""),
        ("ready", 0, 2, "Not at night", "Not at night."),
        ("ready", 1, 0, "No answer.", "Failed once: No answer."),
        ("ready", 4, 0, "", "Failed 4 times."),
        ("parked", 1, 0, "This address does not exist.", "This address does not exist."),
        ("parked", 10, 0, "No answer.", "Failed 10 times, the last time: No answer."),
        ("parked", 0, 0, "The worker died three times.", "The worker died three times."),
        ("parked", 10, 0, "", "Failed 10 times."),
    ],
)
def test_what_became_of_it_is_a_sentence(state, failures, put_offs, reason, words):
    assert what_happened(state, failures, put_offs, reason) == words


def _told(story: Story, job_id: uuid.UUID) -> list[tuple[str, dict]]:
    db.session.remove()
    mine = (AuditEvent.business_id == story.business_id, AuditEvent.object_id == job_id)
    query = select(AuditEvent.verb, AuditEvent.facts).where(*mine, AuditEvent.object_kind == "job")
    return [(row.verb, row.facts) for row in db.session.execute(query)]
