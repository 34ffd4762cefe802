"""An operation that is to go says so, in the document and in each of its answers."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.extensions import db
from app.web.api import Deprecated, Out, document, operation, rooms_api, told
from tests.support.program import Program
from tests.support.story import a_business


class GoingOut(Out):
    """Something."""

    name: str


@pytest.fixture
def program(make_app):
    """A program of an application in which one operation is to go."""
    app = make_app()
    going = rooms_api("going", "/api/going", "Going")
    gone = Deprecated(date(2027, 1, 1), date(2027, 7, 2), "Ask for /api/staying/ instead.")

    @going.get("/<word>/")
    @operation(
        "Read it", role="viewer", scope="settings:read", gives=GoingOut, example={"name": "old"}, deprecated=gone
    )  # fmt: skip
    def read_going(word):
        """As ever."""
        return told({"name": word})

    app.register_blueprint(going)
    with app.app_context():
        story = a_business(app)
        db.session.remove()
    return Program.of(app, story)


def test_its_answers_say_since_when_and_until_when(program):
    for path in ("/api/going/old/", "/api/going/old/?strange=1"):
        answer = program.send("GET", path)
        assert answer.headers["Deprecation"] == "@1798761600", "1 January 2027, in seconds of Unix"
        assert answer.headers["Sunset"] == "Fri, 02 Jul 2027 00:00:00 GMT"
    stranger = Program(program.app, "")
    assert "Sunset" in stranger.send("GET", "/api/going/old/").headers


def test_the_document_says_so(program):
    with program.app.app_context():
        said = json.loads(document.text())["paths"]["/api/going/{word}/"]["get"]
    assert said["deprecated"] is True
    assert (
        said["description"]
        == "As ever. Deprecated since 2027-01-01, gone after 2027-07-02. Ask for /api/staying/ instead."
    )
    assert {"Deprecation", "Sunset"} <= said["responses"]["200"]["headers"].keys()


def test_nothing_else_says_so(app, program):
    answer = program.send("GET", "/api/settings/")
    assert answer.status_code == 200
    assert not {"Deprecation", "Sunset"} & set(answer.headers.keys())
    with app.app_context():
        said = json.loads(document.text())["paths"]["/api/settings/"]["get"]
    assert "deprecated" not in said


def test_pages_of_other_sites_may_read_it(program):
    program.app.config["API_ORIGINS"] = frozenset({"https://panel.example"})
    answer = program.send("GET", "/api/going/old/", Origin="https://panel.example")
    assert {"Deprecation", "Sunset"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


def test_what_goes_is_announced_half_a_year_before():
    with pytest.raises(ValueError, match="182 days"):
        Deprecated(date(2027, 1, 1), date(2027, 6, 1), "")
