"""Probes say in one word how it is, details and figures go to those who may have them, and nobody waits."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest
from sqlalchemy import text

from app.database import writing
from app.extensions import db
from app.health import probes
from app.health.deadline import NoAnswer, ask
from tests.support.story import a_business

TOKEN = "a long token for scraping"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PRODUCTION = {"env": "production", "site_url": "https://duely.test", "allowed_hosts": ("duely.test",)}


@pytest.fixture
def hanging_redis():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("path", ["/health/", "/health/live/", "/health/ready/"])
def test_a_sound_installation_answers_ok_and_nothing_more(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("path", ["/health/", "/health/live/", "/health/ready/"])
def test_production_answers_probes_over_plain_http_and_under_any_host(make_app, path):
    client = make_app(**PRODUCTION).test_client()
    assert client.get(path, headers={"Host": "10.2.3.4:8000"}).status_code == 200
    assert client.get("/login/", headers={"Host": "10.2.3.4:8000"}).status_code == 400


@pytest.mark.engines("sqlite")
def test_without_its_database_it_lives_and_is_not_ready(make_app, tmp_path):
    app = make_app()
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "instance" / "duely.db").unlink()
    (tmp_path / "instance" / "duely.db").mkdir()
    client = app.test_client()
    with client.session_transaction() as session:
        session["sid"] = "a browser that is signed in"
    assert client.get("/health/").status_code == 200
    assert client.get("/health/live/").status_code == 200
    answer = client.get("/health/ready/")
    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")
    detailed = client.get("/health/detailed/")
    assert detailed.status_code == 503
    assert detailed.json["database"] == {"state": "failing", "error": "OperationalError"}
    assert "duely_database_up 0.0" in client.get("/metrics").text


def test_with_an_older_schema_it_is_not_ready(app, client):
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/health/ready/")
        assert (answer.status_code, answer.text) == (503, "the database is not at the newest migration\n")
        assert client.get("/health/detailed/").status_code == 503
    finally:
        with app.app_context(), writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": probes.head()})


def test_with_a_newer_schema_it_goes_on_serving_until_the_new_release_takes_over(app, client):
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        assert client.get("/health/ready/").status_code == 200
        assert client.get("/health/detailed/").json["database"]["revision"] == "9999"
    finally:
        with app.app_context(), writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": probes.head()})


def test_the_details_name_every_part(client, engine_name):
    told = client.get("/health/detailed/").json
    assert told["state"] == "ok"
    assert told["database"]["engine"] == engine_name
    assert told["database"]["migrated"] is True
    assert told["queue"] == {"state": "ok", "states": {}, "due": 0, "oldest_due_seconds": 0}
    assert told["redis"] == {"state": "not configured"}
    assert (told["storage"], told["mail"]) == ({"state": "ok", "kind": "local"}, {"state": "mailbox"})


@pytest.mark.engines("sqlite")
class TestWhoMaySeeDetails:
    paths = pytest.mark.parametrize("path", ["/health/detailed/", "/metrics"])

    @paths
    def test_with_a_token_only_its_bearer(self, make_app, path):
        client = make_app(metrics_token=TOKEN).test_client()
        assert client.get(path, headers=BEARER).status_code == 200
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            refused = client.get(path, headers=header)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"] == "Bearer"

    @paths
    def test_in_production_too(self, make_app, path):
        client = make_app(**PRODUCTION, metrics_token=TOKEN).test_client()
        assert client.get(path, headers=BEARER).status_code == 200

    @paths
    def test_without_a_token_only_this_machine(self, make_app, path):
        client = make_app().test_client()
        assert client.get(path).status_code == 200
        assert client.get(path, environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404

    @paths
    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    @pytest.mark.parametrize("trusted_proxies", [0, 1])
    def test_what_a_proxy_forwards_is_not_from_this_machine(self, make_app, path, header, trusted_proxies):
        client = make_app(trusted_proxies=trusted_proxies).test_client()
        assert client.get(path, headers={header: "127.0.0.1"}).status_code == 404

    @paths
    def test_without_a_token_nobody_in_production(self, make_app, path):
        assert make_app(**PRODUCTION).test_client().get(path).status_code == 404


@pytest.mark.engines("sqlite")
def test_a_redis_that_hangs_holds_nobody_up_and_is_no_failure(make_app, hanging_redis):
    client = make_app(redis_url=hanging_redis).test_client()
    began = time.monotonic()
    answer = client.get("/health/detailed/")
    assert time.monotonic() - began < 20, "held by a Redis that never answers"
    assert answer.status_code == 200
    assert answer.json["redis"]["state"] == "failing"


@pytest.mark.engines("sqlite")
def test_whatever_hangs_the_caller_goes_on_in_time(app):
    release = threading.Event()
    with app.app_context():
        began = time.monotonic()
        told = ask({"slow": lambda: release.wait(60), "quick": lambda: 7}, seconds=2)
        assert time.monotonic() - began < 20, "held by what takes a minute"
    release.set()
    assert isinstance(told["slow"], NoAnswer)
    assert told["quick"] == 7


@pytest.mark.engines("sqlite")
def test_probes_never_limit(make_app):
    client = make_app(rate_limits_enabled=True, rate_limit_anonymous=2).test_client()
    for path in ("/health/", "/health/ready/", "/metrics"):
        assert {client.get(path).status_code for _ in range(6)} == {200}


@pytest.mark.engines("sqlite")
def test_methods_that_somebody_makes_up_are_one_figure(client):
    for number in range(3):
        client.open("/health/", method=f"MADEUP{number}")
    figures = client.get("/metrics").text
    assert "MADEUP" not in figures
    assert 'method="other",status="405"} 3.0' in figures


def test_figures_count_requests_jobs_and_payments_and_name_nobody(make_app):
    app = make_app()
    with app.app_context():
        story = a_business(app, "Harmattan Fibre")
        story.payment(story.issued())
        db.session.remove()
    client = app.test_client()
    client.get("/health/")
    client.get("/no-such-page/")
    figures = client.get("/metrics").text
    assert 'duely_http_requests_total{endpoint="health.index",method="GET",status="200"} 1.0' in figures
    assert 'duely_http_requests_total{endpoint="none",method="GET",status="404"} 1.0' in figures
    assert 'duely_http_request_seconds_count{endpoint="health.index"} 1.0' in figures
    assert re.search(r'duely_jobs\{state="ready"\} [1-9]', figures)
    assert re.search(r"duely_jobs_due [1-9]", figures)
    assert re.search(r'duely_payments_posted_total\{method="transfer"\} [1-9]', figures)
    assert str(story.business_id) not in figures
    assert "Harmattan" not in figures
