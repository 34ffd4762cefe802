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
    from sqlalchemy import Dialect

_statements: dict[str, tuple[Dialect, dict[Any, Any]]] = {}


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
    """Reads the pattern of each route once per process: doing so for every application was a tenth of the whole run."""
    from werkzeug.routing import Rule

    read = Rule._parse_rule
    known: dict[str, tuple[Any, ...]] = {}

    def parse(rule: Rule, pattern: str) -> Any:
        if pattern not in known:
            parts = tuple(read(rule, pattern))
            known[pattern] = parts, tuple(rule._trace[1:]), dict(rule._converters)
            return parts
        parts, trace, converters = known[pattern]
        rule._trace.extend(trace)
        rule._converters.update(converters)
        rule.arguments.update(converters)
        return parts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_parse_rule", parse)
        yield


@pytest.fixture
def make_app(
    cheap_passwords: None, remembered_routes: None, database_url: str, tmp_path: Path, run_folder: Path
) -> Iterator[Callable[..., Flask]]:
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
        hurry(made[-1])
        made[-1].test_client_class = browser_class()
        made[-1].jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def hurry(app: Flask) -> None:
    """Let the database of an application neither wait for the disk nor put together what an earlier one's did.

    Nothing here must survive a power cut, and SQL for the same engine is the same in every test. SQLAlchemy knows that
    by the dialect, so all applications of a test process have the first one's.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import DBAPIError

    from app.extensions import db

    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    if engine.dialect.name not in _statements:
        # A dialect learns what its database is like when it first connects; others must not get one that knows nothing.
        try:
            engine.connect().close()
        except DBAPIError:
            return
    dialect, statements = _statements.setdefault(engine.dialect.name, (engine.dialect, {}))
    for one in filter(None, (engine, app.extensions["duely_page_engine"])):
        one.dialect = dialect
        one.update_execution_options(compiled_cache=statements)


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
