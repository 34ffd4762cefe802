"""What every driver promises: services go off, slow and on again, as often as one says it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.billing.drivers import reaching
from app.billing.drivers.base import Connection, Status, User
from app.billing.drivers.errors import NotAllowed, UnknownUser
from app.billing.drivers.radius import RadiusDriver
from app.billing.drivers.reaching import allowed, resolve
from app.billing.drivers.routeros import RouterOSDriver
from tests.contracts.fake_routeros import run_fake_routeros
from tests.contracts.networks import Network, open_network, routeros

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


OURS = (("db.duely.internal", 5432), ("10.7.0.6", 6379), ("mail.duely.example", 587), ("gone.duely.internal", 1))
NAMES = {
    "db.duely.internal": "10.7.0.5",
    "mail.duely.example": "203.1.113.25",
    "radius.isp.example": "10.7.0.5",
    "www.isp.example": "203.1.113.25",
    "core.isp.example": "10.7.0.9",
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server of our own, behind which numbers stay what they are."""
    real = socket.getaddrinfo

    def look_up(host: str, *args: object, **how: object) -> object:
        if not host[0].isdigit() and host not in NAMES and ":" not in host and host != "localhost":
            raise socket.gaierror(host)
        return real(NAMES.get(host, host), *args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(reaching.socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8", "::/0", "203.0.0.0/8")])
@pytest.mark.parametrize(
    "address, port",
    [("10.7.0.5", 5432), ("radius.isp.example", 5432), ("::ffff:10.7.0.5", 5432), ("2002:a07:5::1", 5432),
     ("168230917", 5432), ("10.7.0.6", 6379), ("203.1.113.25", 587), ("www.isp.example", 587)],
)  # fmt: skip
def test_what_duely_itself_runs_on_is_never_called_by_any_name(
    names: None, networks: tuple[str, ...], address: str, port: int
):
    for kind in (RouterOSDriver, RadiusDriver):
        to = Connection(address, port, "ada", "x", networks=networks, private=True, doors=OURS)
        with pytest.raises(NotAllowed, match="never"):
            kind(to).test()


def test_the_other_ports_of_a_private_computer_that_duely_uses_need_the_setting(names: None):
    to = Connection(doors=OURS)
    for port in (22, 8728):
        with pytest.raises(NotAllowed, match="ROUTER_NETWORKS"):
            resolve("radius.isp.example", port, to, private=True)
    named = Connection(networks=("10.7.0.5/32",), doors=OURS)
    assert resolve("radius.isp.example", 3306, named, private=True) == "10.7.0.5"
    assert resolve("www.isp.example", 443, to, private=False) == "203.1.113.25"
    assert resolve("core.isp.example", 5432, to, private=True) == "10.7.0.9"


@pytest.mark.parametrize("kind", [RouterOSDriver, RadiusDriver])
@pytest.mark.parametrize("address", ["10.9.0.1", "fd00::1", "core.isp.example", "168361985", "::ffff:10.9.0.1"])
def test_private_networks_are_called_only_where_the_installation_lives_in_one(
    names: None, kind: type[RouterOSDriver | RadiusDriver], address: str
):
    with pytest.raises(NotAllowed, match="private network"):
        kind(Connection(address, username="ada", secret="x")).test()


def test_a_name_is_looked_up_once_and_what_was_checked_is_called(monkeypatch: pytest.MonkeyPatch):
    """A name server that says something else at every question leads nowhere else."""
    real, asked = socket.getaddrinfo, []

    def look_up(host: str, *args: object, **how: object) -> object:
        if host == "turns.isp.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.7.0.5"
        return real(host, *args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(reaching.socket, "getaddrinfo", look_up)
    with run_fake_routeros() as router:
        assert routeros(router, address="turns.isp.example").test()
    assert len(asked) == 1


@pytest.mark.parametrize("own", ["localhost", "127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "localhost", "::1"])
def test_all_addresses_of_this_machine_are_one(own: str, address: str):
    to = Connection(networks=("127.0.0.0/8", "::1/128"), doors=((own, 5432),))
    with pytest.raises(NotAllowed, match="never"):
        resolve(address, 5432, to, private=True)
    assert resolve("127.0.0.1", 8728, to, private=True) == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    ["2002:7f00:1::1", "2002:a9fe:a9fe::1", "fec0::1", "192.0.0.8", "192.0.0.170", "fd00:ec2::254", "100.64.0.1",
     "100.100.100.200", "::ffff:100.64.0.1", "2002:6440:1::1"],
)  # fmt: skip
def test_nobody_s_router_is_where_clouds_and_tunnels_are_unless_a_setting_says_so(address: str):
    assert not allowed(address, (), private=True)
    assert not allowed(address, (), private=False)
    assert allowed(address, ("0.0.0.0/0", "::/0"), private=False)
