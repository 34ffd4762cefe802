"""Races run in a database of their own, which a twin may rob of its guards."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from flask import Flask

from app import create_app
from app.extensions import db
from config import Config
from tests.support.databases import TEMPLATE


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database that nobody else uses."""
    if engine_name == "sqlite":
        file = tmp_path / "instance" / "duely.db"
        file.parent.mkdir()
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgres")
    # Whoever asks for it sees to it that there is a template to copy.
    request.getfixturevalue("worker_database")
    name = f"race_{uuid.uuid4().hex}"
    yield server.create(name, TEMPLATE)
    server.drop(name)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """Settings that every process of a race shares, with room for a connection per thread."""
    return Config.for_tests(database_url=database_url, instance_dir=tmp_path / "instance", web_threads=20)


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """The application of the one who watches, its context open."""
    made = create_app(config)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def drop_index(database_url: str) -> object:
    """Takes unique indexes away from this test's database."""

    def drop(*names: str) -> None:
        engine = sqlalchemy.create_engine(database_url)
        with engine.begin() as connection:
            for name in names:
                connection.execute(sqlalchemy.text(f"DROP INDEX {name}"))
        engine.dispose()

    return drop
