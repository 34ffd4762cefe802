"""A program with a token, and answers that are held against the document."""

from __future__ import annotations

import pytest
from flask import Flask

from app.extensions import db
from tests.support.program import Program
from tests.support.story import Story, a_business


@pytest.fixture
def ours(app: Flask) -> Story:
    with app.app_context():
        story = a_business(app)
        db.session.remove()
    return story


@pytest.fixture
def program(app: Flask, ours: Story) -> Program:
    """A program that may do all the owner may."""
    return Program.of(app, ours)


@pytest.fixture
def stranger(app: Flask) -> Program:
    """A program of another business."""
    with app.app_context():
        story = a_business(app, "Savannah", "Koko")
        db.session.remove()
    return Program.of(app, story)
