"""Which networks routers may be in: ROUTER_NETWORKS names some, ROUTERS_ON_PRIVATE_NETWORKS allows all private ones."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from config import Config, SettingError

BASE = {"APP_ENV": "testing", "SECRET_KEY": "x" * 40, "ENCRYPTION_KEYS": Fernet.generate_key().decode()}


def test_without_it_there_are_none():
    assert Config.from_env(BASE).router_networks == ()


def test_several_are_separated_by_commas():
    told = Config.from_env({**BASE, "ROUTER_NETWORKS": "10.20.0.0/16, 127.0.0.1/32,fd00::/8"})
    assert told.router_networks == ("10.20.0.0/16", "127.0.0.1/32", "fd00::/8")


@pytest.mark.parametrize("text", ["10.20.0.0/99", "office", "10.20.0.7/16"])
def test_what_is_no_network_is_refused_by_name(text):
    with pytest.raises(SettingError, match="ROUTER_NETWORKS"):
        Config.from_env({**BASE, "ROUTER_NETWORKS": text})


PRODUCTION = BASE | {"APP_ENV": "production", "SITE_URL": "https://pay.example.com", "ALLOWED_HOSTS": "pay.example.com"}


@pytest.mark.parametrize(
    "environ, allowed",
    [
        (BASE, True),
        (PRODUCTION, False),
        (PRODUCTION | {"ROUTERS_ON_PRIVATE_NETWORKS": "on"}, True),
        (BASE | {"ROUTERS_ON_PRIVATE_NETWORKS": "off"}, False),
    ],
)
def test_private_networks_are_closed_in_production_unless_it_says_otherwise(environ, allowed):
    assert Config.from_env(environ).routers_on_private_networks is allowed


def test_what_is_neither_on_nor_off_is_refused_by_name():
    with pytest.raises(SettingError, match="ROUTERS_ON_PRIVATE_NETWORKS"):
        Config.from_env({**BASE, "ROUTERS_ON_PRIVATE_NETWORKS": "yes"})
