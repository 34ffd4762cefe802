"""The application under test, made fresh for each test over a clean database."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def make_app(database_url: str, tmp_path: Path, run_folder: Path) -> Iterator[Callable[..., Flask]]:
    """Makes applications over this test's database; keywords are settings of `Config`."""
    # Imported late, so that unit tests need neither Flask nor the models.
    from jinja2 import FileSystemBytecodeCache

    from app import create_app
    from app.extensions import db
    from config import Config

    made: list[Flask] = []
    # Compiling templates anew for each test's application would be a third of the whole run.
    compiled = run_folder / "templates"
    compiled.mkdir(exist_ok=True)

    def make(**settings: object) -> Flask:
        config = Config.for_tests(database_url=database_url, instance_dir=tmp_path / "instance", **settings)
        made.append(create_app(config))
        made[-1].test_client_class = browser_class()
        made[-1].jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def browser_class() -> type[FlaskClient]:
    """A test client whose requests know nothing of a context that the test itself has open.

    Flask would lend them its `g`, and whoever signed in with the first request would be signed in for all others.
    """
    from flask.testing import FlaskClient as Plain

    class Browser(Plain):
        def open(self, *args: Any, **kwargs: Any) -> Any:
            return contextvars.Context().run(super().open, *args, **kwargs)

    return Browser


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application as tests configure it: no Redis, no mail server, no limits."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without a session."""
    return app.test_client()
