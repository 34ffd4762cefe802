"""A business with a client, whose books are asked for soundness after every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.sound import violations
from tests.support.story import Story, a_business


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    """The business; whatever a test did, `flask audit` finds nothing."""
    with app.app_context():
        made = a_business(app)
        yield made
        assert violations(made.business_id) == []
