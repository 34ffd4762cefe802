"""ROUTER_NETWORKS names the networks that may be called although they are nobody's business otherwise."""

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
