"""The frame by itself: transactions, the outbox, limits, sessions, errors. Its tasks are in `chores.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.jobs.outbox import register
from tests.integration.frame import chores
from tests.support.story import a_business


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open and a few chores to run."""
    made = make_app()
    with made.app_context():
        register(chores.TASKS)
        yield made


@pytest.fixture
def business_id(app: Flask) -> uuid.UUID:
    """Somebody whose chores are run."""
    return a_business(app).business_id
