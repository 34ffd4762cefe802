"""Books to export, and the files that the owner downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.extensions import db
from tests.support.story import Story

OCTOBER = "?from=2026-10-01&to=2026-10-31"


@pytest.fixture
def opened(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def download() -> Callable[..., bytes]:
    """Downloads the journal of a business as "csv" or "beancount"."""

    def get(story: Story, form: str, days: str = OCTOBER) -> bytes:
        db.session.remove()
        answer = story.visitor().get(f"/reports/journal.{form}{days}")
        assert answer.status_code == 200
        assert answer.is_streamed
        return answer.data

    return get
