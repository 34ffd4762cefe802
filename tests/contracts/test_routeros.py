"""MikroTik routers: what is done to secrets, queues and sessions, and what their errors mean."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme

from app.billing.drivers.base import Connection, Status, User
from app.billing.drivers.errors import BadLogin, DriverError, NotAllowed, Refused, Unreachable
from app.billing.drivers.routeros import RouterOSDriver
from tests.contracts.fake_routeros import OLD_PASSWORD, PASSWORD, USER, FakeRouterOS, run_fake_routeros
from tests.contracts.networks import HERE, HURRIED, routeros

ADA = User("ada", ip="10.9.0.2")


@pytest.fixture
def router() -> Iterator[FakeRouterOS]:
    """A router with a subscriber who is online."""
    with run_fake_routeros() as running:
        running.subscriber("ada", comment="House 4")
        yield running


def online(router: FakeRouterOS) -> list[str]:
    return [row["name"] for row in router.tables["active"]]


def test_suspending_disables_the_secret_and_ends_the_session(router: FakeRouterOS):
    router.subscriber("bola")
    assert routeros(router).suspend(ADA) == "Secret disabled, 1 session ended."
    assert (router.secret("ada")["disabled"], router.secret("ada")["comment"]) == ("true", "House 4")
    assert online(router) == ["bola"]
    assert routeros(router).status(ADA) == Status("suspended", False)
    assert routeros(router).restore(ADA) == "Secret enabled."
    assert router.secret("ada")["disabled"] == "false"


def test_throttling_changes_the_profile_and_restoring_brings_it_back_exactly(router: FakeRouterOS):
    before = dict(router.secret("ada"))
    routeros(router).throttle(ADA)
    slow = router.secret("ada")
    assert (slow["profile"], slow["comment"]) == ("throttled", "[duely was home20] House 4")
    assert online(router) == [], "a profile counts from the next session on"
    routeros(router).throttle(ADA)
    routeros(router).suspend(ADA)
    routeros(router).restore(ADA)
    assert router.secret("ada") == before


@pytest.mark.parametrize("profile", ["home 20", "10]", "a%b", "ünlimited", "default-encryption", "007", "true"])
def test_profiles_come_back_whatever_they_are_called(profile: str):
    with run_fake_routeros() as router:
        router.subscriber("ada", profile=profile)
        routeros(router).throttle(ADA)
        routeros(router).restore(ADA)
        assert (router.secret("ada")["profile"], router.secret("ada")["comment"]) == (profile, "")


def test_a_secret_that_somebody_else_slowed_gets_the_profile_of_its_record(router: FakeRouterOS):
    router.secret("ada")["profile"] = "throttled"
    with pytest.raises(Refused, match="Enter it in the service record"):
        routeros(router).restore(ADA)
    routeros(router).restore(replace(ADA, profile="home50"))
    assert router.secret("ada")["profile"] == "home50"


def test_throttling_by_queue_limits_the_address(router: FakeRouterOS):
    slow = routeros(router, options={"throttle": "queue", "throttled_rate": "256k/1M"})
    slow.throttle(ADA)
    slow.throttle(ADA)
    [queue] = router.tables["queue"]
    assert {name: queue[name] for name in ("name", "target", "max-limit")} == {
        "name": "duely-ada", "target": "10.9.0.2", "max-limit": "256k/1M",
    }  # fmt: skip
    assert online(router) == ["ada"], "nobody has to dial in again for a queue"
    assert slow.status(ADA).state == "throttled"
    slow.restore(ADA)
    assert router.tables["queue"] == []
    with pytest.raises(Refused, match="address"):
        slow.throttle(replace(ADA, ip=""))


def test_nothing_is_said_to_a_router_that_is_so_already(router: FakeRouterOS):
    routeros(router).restore(ADA)
    assert [words[0] for words in router.heard if words[0].endswith(("/set", "/remove", "/add"))] == []


def test_a_session_that_ended_by_itself_meanwhile_is_no_error(router: FakeRouterOS, monkeypatch: pytest.MonkeyPatch):
    real = FakeRouterOS._print

    def gone(self: FakeRouterOS, table: str, values: dict[str, str], words: list[str]) -> Any:
        said = list(real(self, table, values, words))
        if table == "active":
            self.tables["active"].clear()
        return iter(said)

    monkeypatch.setattr(FakeRouterOS, "_print", gone)
    assert routeros(router).suspend(ADA).startswith("Secret disabled")


def test_a_router_before_6_43_is_answered_by_challenge():
    with run_fake_routeros(old=True) as router:
        router.subscriber("ada")
        assert "1 PPP secrets" in routeros(router, secret=OLD_PASSWORD).test()
        with pytest.raises(BadLogin):
            routeros(router, secret="wrong").test()


def test_a_wrong_password_is_not_tried_again(router: FakeRouterOS):
    with pytest.raises(BadLogin) as caught:
        routeros(router, secret="wrong").suspend(ADA)
    assert caught.value.permanent
    assert router.heard == []


@pytest.mark.parametrize(
    "said, kind, permanent",
    [
        (["!trap", "=category=4", "=message=not enough permissions (9)"], Refused, True),
        (["!trap", "=category=2", "=message=interrupted"], DriverError, False),
        (["!fatal", "session terminated on request"], DriverError, False),
        (["!strange"], Unreachable, False),
    ],
)
def test_errors_say_whether_a_retry_makes_sense(said: list[str], kind: type[DriverError], permanent: bool):
    with run_fake_routeros(says=said) as router, pytest.raises(DriverError) as caught:
        routeros(router, patience=HURRIED).suspend(ADA)
    assert (type(caught.value), caught.value.permanent) == (kind, permanent)


@pytest.mark.parametrize("behaviour", [{"silent": True}, {"slow": 0.1}])
def test_who_is_silent_or_talks_without_end_is_unreachable(behaviour: dict[str, Any]):
    with run_fake_routeros(**behaviour) as router, pytest.raises(Unreachable):
        routeros(router, patience=HURRIED).suspend(ADA)


def test_nobody_there_is_unreachable(router: FakeRouterOS):
    with pytest.raises(Unreachable):
        routeros(router, port=1, patience=HURRIED).suspend(ADA)
    with pytest.raises(Unreachable, match=r"no computer called nowhere\.invalid"):
        routeros(router, address="nowhere.invalid").suspend(ADA)


def test_this_machine_s_own_services_are_not_called_unless_a_setting_says_so(router: FakeRouterOS):
    for address in ("127.0.0.1", "localhost", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"):
        with pytest.raises(NotAllowed, match="ROUTER_NETWORKS"):
            routeros(router, address=address, networks=()).suspend(ADA)


def test_tls_is_trusted_by_certificate_or_because_one_says_so():
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with run_fake_routeros(context) as router:
        router.subscriber("ada")
        to = Connection("127.0.0.1", router.port, USER, PASSWORD, networks=HERE)
        with pytest.raises(Refused, match="certificate"):
            RouterOSDriver(replace(to, options={"tls": "on"})).test()
        assert "answers" in RouterOSDriver(replace(to, options={"tls": "unverified"})).test()
