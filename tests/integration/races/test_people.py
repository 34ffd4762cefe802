"""Two people cannot come to have one address, however close together they ask for it."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app import clock
from app.auth.models import Person
from app.auth.service import people
from app.errors import Invalid
from app.extensions import db
from tests.integration.races.crowd import all_at_once
from tests.support.story import PASSWORD, a_business


def move(person_id: uuid.UUID, email: str) -> str:
    try:
        people.change_profile(person_id, "Tolu", email, clock.now(), password=PASSWORD)
    except Invalid as error:
        return " ".join(error.errors)
    return "moved"


def test_of_many_who_move_to_one_address_one_does(app, config):
    movers = [a_business(app, f"Business {number}").owner.person_id for number in range(8)]
    for turn in range(3):
        email = f"wanted-{turn}@example.com"
        db.session.remove()
        outcomes = all_at_once(config, move, [(person_id, email) for person_id in movers])
        assert not [outcome.error for outcome in outcomes if outcome.error]
        assert sorted(outcome.value for outcome in outcomes) == ["email"] * 7 + ["moved"]
        found = select(func.count()).select_from(Person).where(Person.email_key == email)
        assert db.session.scalar(found) == 1
