"""`flask create-user`: how the first owner comes into an installation."""

from __future__ import annotations

import uuid

import pytest
from click.testing import Result
from flask import Flask

from app.auth import queries
from tests.integration.auth.conftest import PASSWORD, Visitor


def run(app: Flask, *more: str, email: str = "ada@example.com", business: str = "Obi Fibre") -> Result:
    arguments = ["create-user", "--email", email, "--password", PASSWORD, "--business", business, *more]
    return app.test_cli_runner().invoke(args=arguments)


def test_it_opens_a_business_with_an_owner_who_can_sign_in_at_once(app: Flask) -> None:
    result = run(app)
    assert result.exit_code == 0, result.output
    person_id, business_id = (uuid.UUID(word) for word in result.output.strip().splitlines()[-1].split())
    with app.app_context():
        assert queries.memberships(person_id) == [(business_id, "Obi Fibre", "owner")]
    browser = Visitor(app)
    assert browser.sign_in().status_code == 303
    assert "Confirm ada@" not in browser.get("/account/").text


def test_it_adds_people_to_a_business_by_name_or_id(app: Flask) -> None:
    business_id = run(app).output.split()[-1]
    assert run(app, "--role", "staff", email="s@example.com").exit_code == 0
    assert run(app, "--role", "viewer", email="v@example.com", business=business_id).exit_code == 0
    with app.app_context():
        found = {member.email: member.role for member in queries.members(uuid.UUID(business_id))}
    assert found == {"ada@example.com": "owner", "s@example.com": "staff", "v@example.com": "viewer"}


@pytest.mark.parametrize(
    "more, changes, sentence",
    [
        (("--role", "staff"), {"business": "New"}, "no such business"),
        (("--role", "staff"), {"business": "01a1f92d-1995-7512-b040-5bdef4776f7f"}, "nothing here"),
        ((), {}, "member already"),
        ((), {"email": "nope"}, "@"),
        ((), {"email": "x@example.com", "business": " "}, "name or the id"),
        ((), {"email": "x@example.com", "business": "a\x1bb"}, "cannot be stored"),
        (("--role", "root"), {}, "root"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    app: Flask, more: tuple[str, ...], changes: dict[str, str], sentence: str
) -> None:
    run(app)
    result = run(app, *more, **changes)
    assert result.exit_code != 0
    assert sentence in result.output
    with app.app_context():
        assert queries.find_person("x@example.com") is None


def test_a_weak_password_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["create-user", "--email", "a@example.com", "--password", "short", "--business", "B"]
    )
    assert result.exit_code == 1
    assert "--password: Use at least 10 characters" in result.output
