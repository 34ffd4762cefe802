"""A business, and somebody's software on this machine that may be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from pytest_httpserver import HTTPServer

from tests.support.receiver import Receiver
from tests.support.story import Story, a_business


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    made = make_app(router_networks=("127.0.0.0/8",))
    with made.app_context():
        yield made


@pytest.fixture
def ours(app: Flask) -> Story:
    return a_business(app)


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Receiver:
    return Receiver(httpserver)
