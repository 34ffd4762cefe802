"""What every driver promises: services go off, slow and on again, as often as one says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.billing.drivers.base import Status, User
from app.billing.drivers.errors import UnknownUser
from tests.contracts.networks import Network, open_network

ADA, BOLA = User("ada", reference="s1"), User("bola@isp.example", reference="s2")
DRIVERS = ["log", "webhook", "routeros", pytest.param("radius", marks=pytest.mark.postgres)]


@pytest.fixture(params=DRIVERS)
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Network]:
    """Each network, with two subscribers."""
    postgres = request.getfixturevalue("postgres") if request.param == "radius" else None
    with open_network(request.param, tmp_path, postgres) as opened:
        for one in (ADA, BOLA):
            opened.behind.subscriber(one.name)
        yield opened


def states(network: Network) -> dict[str, str]:
    return {name: found.state for name, found in network.driver.list_states([ADA, BOLA]).items()}


def test_a_service_goes_off_and_on_again_and_no_other_does(network: Network):
    assert states(network) == {"ada": "active", "bola@isp.example": "active"}
    assert network.driver.suspend(ADA).endswith(".")
    assert states(network) == {"ada": "suspended", "bola@isp.example": "active"}
    assert network.driver.status(ADA).state == "suspended"
    assert network.driver.restore(ADA).endswith(".")
    assert states(network) == {"ada": "active", "bola@isp.example": "active"}


def test_a_service_gets_slow_then_goes_off_and_comes_back_as_it_was(network: Network):
    network.driver.throttle(ADA)
    assert network.driver.status(ADA).state == "throttled"
    network.driver.suspend(ADA)
    assert network.driver.status(ADA).state == "suspended"
    network.driver.throttle(ADA)
    assert network.driver.status(ADA).state == "throttled"
    network.driver.restore(ADA)
    assert network.driver.status(ADA).state == "active"


@pytest.mark.parametrize("verb, state", [("suspend", "suspended"), ("throttle", "throttled"), ("restore", "active")])
def test_saying_it_again_changes_nothing(network: Network, verb: str, state: str):
    for _ in range(3):
        getattr(network.driver, verb)(ADA)
        assert network.driver.status(ADA).state == state


def test_who_is_online_is_said_or_not_known(network: Network):
    assert network.driver.status(ADA).online in (True, None)
    assert isinstance(network.driver.list_states([ADA])["ada"], Status)


def test_somebody_unknown_is_an_error_that_is_not_tried_again(network: Network):
    if not network.knows:
        return
    nobody = User("nobody")
    for call in (network.driver.suspend, network.driver.throttle, network.driver.restore, network.driver.status):
        with pytest.raises(UnknownUser, match="nobody") as caught:
            call(nobody)
        assert caught.value.permanent
    assert "nobody" not in states(network)


def test_a_connection_can_be_tried(network: Network):
    assert network.driver.test().endswith(".")
