"""Opening an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth import queries
from tests.integration.auth.conftest import PASSWORD, Visitor


def test_a_new_person_owns_a_business_with_the_currency_and_clock_of_its_country(app: Flask, visitor: Visitor) -> None:
    assert visitor.sign_up(country="KE").location == "/"
    assert visitor.signed_in()
    with app.app_context():
        person = queries.find_person("ADA@example.com")
        assert person is not None
        assert person.password_hash.startswith("$argon2id$")
        [(business_id, name, role)] = queries.memberships(person.id)
        business = queries.get_business(business_id)
    assert (name, role, business.currency, business.timezone) == ("Obi Fibre", "owner", "KES", "Africa/Nairobi")
    assert len(business.gateway_key) == 20


def test_an_address_has_one_account(ada: Visitor, visit: Callable[[], Visitor]) -> None:
    answer = visit().sign_up(email="ADA@EXAMPLE.com", name="Another Ada")
    assert answer.status_code == 422
    assert "There is an account with this address already" in answer.text
    assert 'value="Another Ada"' in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"name": "a\x00b"}, {"name": "x" * 10_000}, {"email": "nope"}, {"email": "x" * 10_000},
        {"email": "ada@example.com\r\nBcc: all@example.com"}, {"password": "short"}, {"password": "ada@example.com"},
        {"password": "password123"}, {"password": "x" * 10_000}, {"country": "XX"}, {"business_name": "   "},
        {"business_name": "\x1b[31m"},
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_the_field_and_the_rest_is_kept(visitor: Visitor, changes: dict[str, str]) -> None:
    answer = visitor.sign_up(**changes)
    assert answer.status_code == 422
    assert 'class="du-err"' in answer.text
    kept = "Obi Fibre" if "business_name" not in changes else "Ada Obi"
    assert f'value="{kept}"' in answer.text
    assert PASSWORD not in answer.text
    assert not visitor.signed_in()


def test_a_bad_address_and_a_bad_password_are_said_at_once_and_it_is_asked_for_again(
    visitor: Visitor,
) -> None:
    answer = visitor.sign_up(email="nope", password="short")
    assert 'id="email-err"' in answer.text
    assert 'id="password-err"' in answer.text
    assert "what you typed is still here, but type the password again" in answer.text


def test_without_the_csrf_key_nothing_happens(app: Flask, visitor: Visitor) -> None:
    typed = {"name": "A", "business_name": "B", "country": "NG", "email": "a@example.com", "password": PASSWORD}
    assert visitor.client.post("/signup/", data=typed).status_code == 400
    with app.app_context():
        assert not queries.anybody()


def test_the_first_account_may_be_opened_even_when_accounts_are_closed(make_app: Callable[..., Flask]) -> None:
    app = make_app(signup_open=False)
    assert Visitor(app).sign_up().status_code == 303
    stranger = Visitor(app)
    page = stranger.get("/signup/")
    assert page.status_code == 403
    assert "New accounts are closed" in page.text
    assert stranger.sign_up("eve@example.com").status_code == 403
    assert "/signup/" not in stranger.get("/login/").text


def test_an_address_that_grows_when_its_case_is_folded_is_refused(visitor: Visitor) -> None:
    domain = ".".join(["a" * 60] * 3) + ".com"
    answer = visitor.sign_up("\u0390" * 32 + "@" + domain)
    assert answer.status_code == 422
    assert "This e-mail address is too long." in answer.text


def test_in_production_the_first_stranger_is_not_the_owner(make_app: Callable[..., Flask]) -> None:
    app = make_app(env="production", site_url="https://localhost", signup_open=True)
    assert Visitor(app).get("/signup/", base_url="https://localhost").status_code == 403
    with app.app_context():
        from app.auth.service import people

        assert not people.sign_up_open()


def test_the_mailed_link_confirms_the_address_by_a_button_and_only_once(
    ada: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str], app: Flask
) -> None:
    link = mailed("ada@example.com", "Confirm")
    scanner = visit()
    page = scanner.get(link)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert scanner.get(link).status_code == 200, "looking does not use the link up"
    assert "Confirm ada@example.com" in ada.get("/account/").text
    assert scanner.post(link).status_code == 303
    assert "Confirm ada@example.com" not in ada.get("/account/").text
    assert scanner.get(link).status_code == 404
    assert scanner.post(link).status_code == 404


def test_the_confirmation_can_be_mailed_again_within_reason(ada: Visitor, letters: Callable[[], list[Any]]) -> None:
    answers = [ada.post("/account/verify/resend/").status_code for _ in range(6)]
    assert answers == [303] * 4 + [409] * 2
    assert len(letters()) == 5
