"""The database goes away and comes back: people get a 503 page with a reference, and nothing has to be restarted."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from app.jobs import relay
from app.jobs.outbox import register
from config import Config
from tests.integration.frame import chores
from tests.support.application import browser_class
from tests.support.databases import TEMPLATE
from tests.support.story import a_business


@pytest.fixture
def own_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that this test may take away."""
    if engine_name == "sqlite":
        yield request.getfixturevalue("database_url")
        return
    server = request.getfixturevalue("postgres")
    request.getfixturevalue("worker_database")
    name = f"fault_{uuid.uuid4().hex}"
    yield server.create(name, TEMPLATE)
    server.drop(name)


@pytest.fixture
def app(own_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Config.for_tests(database_url=own_url, instance_dir=tmp_path / "instance"))
    made.test_client_class = browser_class()
    with made.app_context():
        register(chores.TASKS)
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def without_database(app: Flask, own_url: str, request: pytest.FixtureRequest) -> Callable:
    """Takes the database away for the length of a `with`."""
    if own_url.startswith("sqlite"):
        return lambda: _without_file(Path(own_url.removeprefix("sqlite:///")))
    return lambda: _without_server(request.getfixturevalue("postgres"), str(db.engine.url.database))


@contextlib.contextmanager
def _without_file(file: Path) -> Iterator[None]:
    aside = file.with_name("aside")
    db.session.remove()
    db.engine.dispose()
    for left in (f"{file}-wal", f"{file}-shm"):
        Path(left).unlink(missing_ok=True)
    shutil.move(file, aside)
    file.mkdir()
    yield
    db.session.remove()
    db.engine.dispose()
    file.rmdir()
    shutil.move(aside, file)


@contextlib.contextmanager
def _without_server(server, name: str) -> Iterator[None]:
    with server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.mark.parametrize("url", ["/account/", "/clients/", "/invoices/", "/i/some-secret/"])
def test_people_get_a_503_page_with_a_reference_and_then_their_page_again(app, without_database, url):
    story = a_business(app)
    visitor = story.visitor()
    usual = visitor.get(url).status_code
    db.session.remove()
    with without_database():
        for _ in range(3):
            answer = visitor.get(url)
            assert answer.status_code == 503
            assert answer.headers["X-Request-ID"] in answer.text
            assert "Traceback" not in answer.text
            db.session.remove()
        probe = app.test_client()
        assert [probe.get(f"/health/{word}").status_code for word in ("", "live/", "ready/")] == [200, 200, 503]
    assert visitor.get(url).status_code == usual
    assert usual != 503


def test_a_form_that_is_sent_meanwhile_gets_one_too_and_changes_nothing(app, without_database):
    app.config["WTF_CSRF_ENABLED"] = False
    story = a_business(app)
    visitor = story.visitor()
    db.session.remove()
    with without_database():
        assert visitor.post("/account/switch/", data={"business_id": story.business_id}).status_code == 503
        assert visitor.post("/logout/").status_code == 503
    assert visitor.get("/account/").status_code == 200


def test_the_job_runner_waits_for_it(app, without_database, monkeypatch):
    monkeypatch.setattr(relay, "AFTER_DATABASE_FAILURE", 0.01)
    chores.ask("chores.sweep", "monday")
    db.session.remove()
    rounds = []
    with without_database():
        relay.run_embedded(lambda: len(rounds) > 3 or rounds.append(1), idle=0.01)
    relay.run_embedded(lambda: chores.done("sweep") == 1, idle=0.01)
    assert chores.row("monday").state == "done"
