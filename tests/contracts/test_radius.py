"""FreeRADIUS by its tables, in a real PostgreSQL: groups are changed and come back row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.billing.drivers.base import Status, User
from app.billing.drivers.errors import BadLogin, NotAllowed, Refused, Unreachable
from tests.contracts.networks import HURRIED, Radius, radius_database
from tests.support.postgres import Postgres

pytestmark = pytest.mark.postgres
ADA = User("ada")


@pytest.fixture
def radius(postgres: Postgres) -> Iterator[Radius]:
    """A RADIUS database with two subscribers."""
    with radius_database(postgres) as made:
        made.subscriber("ada")
        made.subscriber("bola")
        yield made


def groups_of(radius: Radius, name: str) -> list[str]:
    found = radius.ask("SELECT groupname FROM radusergroup WHERE username = %s ORDER BY priority", name)
    return [group for (group,) in found]


def test_who_is_suspended_is_in_that_group_alone_and_gets_theirs_back_with_ids_and_priorities(radius: Radius):
    before = radius.groups()
    said = radius.driver().suspend(ADA)
    assert said == "Moved to the group suspended; 1 open session will follow when reconnecting."
    assert (groups_of(radius, "ada"), groups_of(radius, "bola")) == (["suspended"], ["home20", "public-ip"])
    radius.driver().throttle(ADA)
    radius.driver().suspend(ADA)
    assert groups_of(radius, "ada") == ["suspended"]
    assert radius.driver().restore(ADA).startswith("Moved back to home20, public-ip")
    assert radius.groups() == before


def test_a_group_that_was_added_meanwhile_comes_back_as_well(radius: Radius):
    radius.driver().suspend(ADA)
    radius.ask("INSERT INTO radusergroup (username, groupname, priority) VALUES ('ada', 'home50', 3)")
    radius.driver().suspend(ADA)
    assert groups_of(radius, "ada") == ["suspended"]
    radius.driver().restore(ADA)
    assert groups_of(radius, "ada") == ["home50", "home20", "public-ip"]


@pytest.mark.parametrize("name", ["~kept~ada", "~KEPT~ada"])
def test_what_waits_for_somebody_cannot_be_switched_as_somebody(radius: Radius, name: str):
    radius.driver().suspend(ADA)
    before = radius.groups()
    driver = radius.driver()
    for call in (driver.suspend, driver.throttle, driver.restore, driver.status):
        with pytest.raises(Refused, match="begin with ~kept~"):
            call(User(name))
    assert radius.groups() == before


def test_who_had_no_group_has_none_again_or_the_one_of_the_record(radius: Radius):
    radius.ask("DELETE FROM radusergroup WHERE username = 'ada'")
    radius.driver().suspend(ADA)
    radius.driver().restore(ADA)
    assert groups_of(radius, "ada") == []
    radius.driver().restore(replace(ADA, profile="home20"))
    assert groups_of(radius, "ada") == ["home20"]


def test_groups_may_be_called_otherwise(radius: Radius):
    named = radius.driver(options={"database": radius.database, "suspended_group": "off", "throttled_group": "slow"})
    named.suspend(ADA)
    assert (groups_of(radius, "ada"), named.status(ADA)) == (["off"], Status("suspended", True))
    named.throttle(ADA)
    assert named.status(ADA).state == "throttled"


def test_open_sessions_say_who_is_online(radius: Radius):
    radius.ask("UPDATE radacct SET acctstoptime = now() WHERE username = 'ada'")
    found = radius.driver().list_states([])
    assert found == {"ada": Status("active", False), "bola": Status("active", True)}


def test_a_change_is_whole_or_not_at_all(radius: Radius):
    """The tables refuse the new group: then the old ones are where they were."""
    before = radius.groups()
    radius.ask("ALTER TABLE radusergroup ADD CHECK (groupname <> 'suspended')")
    with pytest.raises(Refused, match="violates check constraint"):
        radius.driver().suspend(ADA)
    assert radius.groups() == before


def test_what_cannot_be_reached_or_used_says_so(radius: Radius):
    with pytest.raises(Unreachable):
        radius.driver(port=1).suspend(ADA)
    with pytest.raises(BadLogin, match="does not exist"):
        radius.driver(options={"database": "nowhere"}).suspend(ADA)
    with pytest.raises(NotAllowed):
        radius.driver(networks=()).suspend(ADA)
    radius.ask("DROP TABLE radacct")
    with pytest.raises(Refused, match="radacct"):
        radius.driver().test()


def test_somebody_who_holds_the_rows_is_not_waited_for_for_ever(radius: Radius):
    with radius.postgres.connect(radius.database) as other, other.transaction():
        other.execute("SELECT * FROM radusergroup WHERE username = 'ada' FOR UPDATE")
        with pytest.raises(Unreachable, match="timeout"):
            radius.driver(patience=HURRIED).suspend(ADA)
    radius.driver().suspend(ADA)
