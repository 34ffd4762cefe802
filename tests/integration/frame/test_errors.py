"""Whatever goes wrong, people get a page with a sentence and a reference, and no trace of our insides."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.errors import Conflict, Unavailable
from app.extensions import db
from app.web.access import public
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite")


def check_page(answer, status: int) -> None:
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "<html" in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert "Traceback" not in answer.text
    assert "sqlalchemy" not in answer.text.lower()


@pytest.mark.parametrize("url", ["/nothing/", "/clients/not-an-id/", "/%00/", "/i/no-such-secret/"])
def test_what_is_not_there_is_a_404_page(client, url):
    check_page(client.get(url), 404)


def test_the_wrong_verb_is_a_405_that_says_which_are_right(client):
    answer = client.delete("/login/")
    check_page(answer, 405)
    assert {"GET", "POST"} <= {verb.strip() for verb in answer.headers["Allow"].split(",")}


def test_a_body_that_is_too_large_is_a_413_page(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    check_page(client.post("/login/", data={"email": "x" * (9 * 1024 * 1024)}), 413)
    # One field of a form with files may not fill the memory either.
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + b"x" * (3 * 1024 * 1024) + b"\r\n--x--\r\n"
    check_page(client.post("/login/", data=part, content_type="multipart/form-data; boundary=x"), 413)


def test_a_form_without_its_key_is_a_400_page_that_says_what_to_do(client):
    answer = client.post("/login/", data={})
    check_page(answer, 400)
    assert "Reload the page" in answer.text


@pytest.mark.parametrize(
    "error, status, sentence",
    [
        (Conflict("A business needs an owner."), 409, "A business needs an owner."),
        (Unavailable("The bank is shut."), 503, "The bank is shut."),
        (RuntimeError("the password is hunter2"), 500, ""),
    ],
    ids=["conflict", "unavailable", "unexpected"],
)
def test_errors_of_ours_are_said_in_their_own_words_and_others_are_kept_to_ourselves(
    app, client, error, status, sentence
):
    @app.get("/breaks/")
    @public
    def breaks():
        raise error

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/breaks/")
    check_page(answer, status)
    assert sentence in answer.text
    assert "hunter2" not in answer.text
    # A refusal by a rule is nobody else's doing.
    assert "Somebody" not in answer.text
    part = client.get("/breaks/", headers={"HX-Request": "true"})
    assert part.status_code == status
    assert "<html" not in part.text
    assert part.headers["X-Request-ID"] in part.text


def test_every_answer_has_a_reference_of_its_own_that_nobody_else_chooses(client):
    answers = [
        client.get(url, headers={"X-Request-ID": "mine"}) for url in ("/login/", "/login/", "/nothing/", "/health/")
    ]
    references = [answer.headers["X-Request-ID"] for answer in answers]
    assert len(set(references)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{32}", reference) for reference in references)


def test_a_route_that_says_nothing_about_access_cannot_be_reached(app, client):
    app.add_url_rule("/forgotten/", "forgotten", lambda: "secret")
    with app.app_context():
        story = a_business(app)
    for browser in (client, story.visitor()):
        answer = browser.get("/forgotten/")
        assert answer.status_code == 403
        assert "secret" not in answer.text


def test_in_production_no_log_tells_what_a_statement_was_given(make_app):
    app = make_app(env="production", site_url="https://localhost")
    with app.app_context(), pytest.raises(SQLAlchemyError) as caught:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE secret = :given"), {"given": "hunter2"})
    assert "SELECT nothing" in str(caught.value)
    assert "hunter2" not in str(caught.value)
