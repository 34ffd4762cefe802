"""Two businesses and whoever words the messages of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.story import Story, a_business

HOSTILE = 'O\'Neil <script>{{amount}}</script> & "Sons"'


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open, so that a test may call services; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def ours(app: Flask) -> Story:
    """The business a test is about. Its client has a name that wants to be more than one."""
    return a_business(app, "Harmattan Fibre", HOSTILE)


@pytest.fixture
def theirs(app: Flask) -> Story:
    """Another business, whose words are nobody else's."""
    return a_business(app, "Savannah Coffee")
