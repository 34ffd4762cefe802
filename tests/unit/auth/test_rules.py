"""Roles, addresses, browsers and places: decided from their arguments alone."""

from __future__ import annotations

import uuid

import pytest

from app.auth.browsers import browser
from app.auth.places import currency_of, timezone_of
from app.auth.rules import ROLES, Actor, NotAllowed, NotVerified, at_least, email_key, may_manage, who

BUSINESS = uuid.uuid4()


@pytest.mark.parametrize("wanted", ROLES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_includes_every_role_below_it(role: str, wanted: str) -> None:
    actor = Actor("person", BUSINESS, role=role)  # type: ignore[arg-type]
    if ROLES.index(role) >= ROLES.index(wanted):  # type: ignore[arg-type]
        actor.require(wanted)  # type: ignore[arg-type]
    else:
        with pytest.raises(NotAllowed):
            actor.require(wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [None, "", "root", "Owner"])
def test_a_role_that_is_none_may_nothing(role: str | None) -> None:
    assert not at_least(role, "viewer")


@pytest.mark.parametrize(
    "manager, manageable",
    [("viewer", ()), ("staff", ()), (None, ()), ("admin", ("viewer", "staff", "admin")), ("owner", ROLES)],
)
def test_admins_manage_everybody_but_owners(manager: str | None, manageable: tuple[str, ...]) -> None:
    assert tuple(role for role in ROLES if may_manage(manager, role)) == tuple(manageable)


def test_a_customer_may_nothing_that_a_role_may() -> None:
    with pytest.raises(NotAllowed):
        Actor.customer(BUSINESS, "Kemi").require("viewer")


def test_unverified_people_may_not_send_and_the_system_always_may() -> None:
    with pytest.raises(NotVerified):
        Actor("person", BUSINESS, role="owner", verified=False).require_verified()
    Actor.system(BUSINESS).require_verified()


@pytest.mark.parametrize(
    "name, token_id, token_name, words",
    [
        ("Ada Obi", None, None, "Ada Obi"),
        ("Ada Obi", BUSINESS, "Export", "Ada Obi, by the token “Export”"),
        ("Ada Obi", BUSINESS, "", "Ada Obi, by a token without a name"),
        ("Ada Obi", BUSINESS, None, "Ada Obi, by a program that signed in"),
        ("", BUSINESS, "Export", ""),
    ],
)
def test_a_person_is_named_with_the_token_that_acted(
    name: str, token_id: uuid.UUID | None, token_name: str | None, words: str
) -> None:
    assert who(name, token_id, token_name) == words


@pytest.mark.parametrize("typed", ["Ada@Example.com", " ada@example.com ", "ADA@EXAMPLE.COM"])
def test_an_address_is_one_however_it_is_typed(typed: str) -> None:
    assert email_key(typed) == "ada@example.com"


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert email_key("jose\u0301@example.com") == email_key("jos\u00e9@example.com")


@pytest.mark.parametrize(
    "user_agent, words",
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_so_that_its_owner_knows_it(user_agent: str, words: str) -> None:
    assert browser(user_agent) == words


@pytest.mark.parametrize(
    "country, currency, zone",
    [
        ("NG", "NGN", "Africa/Lagos"), ("KE", "KES", "Africa/Nairobi"), ("DE", "EUR", "Europe/Berlin"),
        ("US", "USD", "America/New_York"), ("JP", "JPY", "Asia/Tokyo"), ("ZZ", "USD", "UTC"),
    ],
)  # fmt: skip
def test_a_country_suggests_its_currency_and_time_zone(country: str, currency: str, zone: str) -> None:
    assert (currency_of(country), timezone_of(country)) == (currency, zone)
