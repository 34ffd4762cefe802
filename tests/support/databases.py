"""Migrated databases, one clean one for every test that asks, on SQLite and on PostgreSQL.

The schema is migrated once per run and engine. SQLite: every test gets a copy of the file. PostgreSQL: every test
process gets one copy of the template and empties it between tests (copying it each time costs forty times as much).
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Postgres
from tests.support.run_folder import one_at_a_time

ROOT = Path(__file__).resolve().parent.parent.parent
ENGINES = ("sqlite", "postgresql")
# What meets the database in these folders is shown on both; elsewhere one engine will do. `engines(...)` overrides.
BOTH_ENGINES_IN = ("integration", "faults")
TEMPLATE = "template_duely"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engines(*names): run on these of sqlite, postgresql, whatever the folder says")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses a database runs once on each of its engines."""
    if "engine_name" not in metafunc.fixturenames:
        return
    if any("engine_name" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")):
        return
    both = metafunc.definition.path.relative_to(ROOT / "tests").parts[0] in BOTH_ENGINES_IN
    mark = metafunc.definition.get_closest_marker("engines")
    names = mark.args if mark else ENGINES if both else ENGINES[:1]
    marks = {"postgresql": [pytest.mark.postgres]}
    params = [pytest.param(name, marks=marks.get(name, [])) for name in names]
    metafunc.parametrize("engine_name", params, indirect=True)


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """ "sqlite" or "postgresql": the engine this test runs on."""
    return str(getattr(request, "param", ENGINES[0]))


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without a row, on the engine of this test."""
    if engine_name == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        name: str = request.getfixturevalue("worker_database")
        server.empty(name)
        return server.url(name)
    file = tmp_path / "instance" / "duely.db"
    file.parent.mkdir(exist_ok=True)
    shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def blank_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases without any table, for tests of the migrations themselves; returns the address of each."""
    made: list[str] = []

    def make() -> str:
        name = f"blank_{uuid.uuid4().hex}"
        if engine_name == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        made.append(name)
        return str(request.getfixturevalue("postgres").create(name))

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop(name)


@pytest.fixture(scope="session")
def sqlite_template(run_folder: Path) -> Path:
    """A migrated SQLite file without a row."""
    file = run_folder / "template.db"
    with one_at_a_time(run_folder, "sqlite"):
        if not file.exists():
            unfinished = run_folder / "unfinished.db"
            migrate(f"sqlite:///{unfinished}", run_folder / "template-instance")
            # The last one to close it moves the write-ahead log into the file, which is then all there is to copy.
            sqlite3.connect(unfinished).close()
            unfinished.rename(file)
    return file


@pytest.fixture(scope="session")
def worker_database(run_folder: Path, postgres: Postgres) -> str:
    """The PostgreSQL database of this test process, migrated; `database_url` empties it for each test."""
    with one_at_a_time(run_folder, "template"):
        if not postgres.exists(TEMPLATE):
            url = postgres.create("unfinished")
            migrate(url, run_folder / "template-instance")
            with postgres.connect() as connection:
                connection.execute(f"ALTER DATABASE unfinished RENAME TO {TEMPLATE}")
        name = f"worker_{uuid.uuid4().hex}"
        postgres.create(name, TEMPLATE)
    return name


def migrate(database_url: str, instance_dir: Path) -> None:
    """Bring a database to the newest schema, the way `flask db upgrade` does."""
    import flask_migrate

    from app import create_app
    from app.extensions import db
    from config import Config

    app = create_app(Config.for_tests(database_url=database_url, instance_dir=instance_dir))
    with app.app_context():
        flask_migrate.upgrade(directory=str(ROOT / "migrations"))
        db.session.remove()
        db.engine.dispose()
