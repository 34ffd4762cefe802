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


@pytest.fixture(scope="session")
def cheap_passwords() -> Iterator[None]:
    """Keeps passwords as they are kept, for a hundredth of the effort: half of all tests begin by signing up."""
    from argon2 import PasswordHasher

    from app.auth import passwords

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def remembered_routes() -> Iterator[None]:
    """Puts the map of all routes together once per process: for every application it was an eighth of the whole run."""
    from app.web.application import Application
    from tests.support.remembered import RememberedMap

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Application, "url_map_class", RememberedMap)
        yield


@pytest.fixture(scope="session")
def kept_connections() -> Iterator[None]:
    """Closes those that applications leave to the next test's."""
    from tests.support import remembered

    yield
    remembered.end()


@pytest.fixture
def make_app(
    cheap_passwords: None,
    remembered_routes: None,
    kept_connections: None,
    database_url: str,
    tmp_path: Path,
    run_folder: Path,
) -> Iterator[Callable[..., Flask]]:
    """Makes applications over this test's database; keywords are settings of `Config`."""
    # Imported late, so that unit tests need neither Flask nor the models.
    from app import create_app
    from app.extensions import db
    from config import Config
    from tests.support import remembered

    made: list[Flask] = []
    # Compiling templates anew for each test's application would be a third of the whole run.
    compiled = run_folder / "templates"
    compiled.mkdir(exist_ok=True)

    def make(**settings: object) -> Flask:
        config = Config.for_tests(database_url=database_url, instance_dir=tmp_path / "instance", **settings)
        made.append(create_app(config))
        remembered.share(made[-1])
        made[-1].test_client_class = browser_class()
        made[-1].jinja_env.bytecode_cache = remembered.RememberedTemplates(str(compiled))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                remembered.part(engine)


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
